//! Which fixes become steps, and which are left alone with what reason.

use super::{Access, Observed, Proposal, Proposed, propose, targets, undo};
use crate::findings::{Draft, Finding, Fix};
use crate::inventory::redact::Redactor;
use crate::inventory::{Origin, ResourceRef};
use crate::plan::{Deed, Keeper, Undo};
use crate::policy::{Risk, Severity};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

pub(super) fn ingress(name: &str) -> ResourceRef {
    ResourceRef::kubernetes("networking.k8s.io/v1", "Ingress", Some("web"), name)
}

fn object(reference: &ResourceRef, metadata: &str) -> Value {
    value(&format!(
        r#"{{"apiVersion":"{}","kind":"{}","metadata":{{"name":"{}","namespace":"web","uid":"u","resourceVersion":"1"{metadata}}},"spec":{{"ingressClassName":"other"}}}}"#,
        reference.api_version, reference.kind, reference.name
    ))
}

pub(super) fn finding(policy: &str, about: &ResourceRef, fix: &str, foreign: bool) -> Finding {
    let fix = (!fix.is_empty()).then(|| Fix::from_value(&value(fix)).unwrap());
    Finding::new(Draft {
        policy: policy.into(),
        title: policy.into(),
        category: "c".into(),
        severity: Severity::High,
        environment: Some("stage".into()),
        resource: Some(about.clone()),
        path: None,
        key: Some(policy.to_owned()),
        message: "is wrong".to_owned(),
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix,
        foreign,
    })
    .unwrap()
}

const ANNOTATE: &str = r#"{"action":"kubernetes.annotate","risk":"safe","summary":"annotate it","params":{"annotations":{"a":"b"}}}"#;
const CLASS: &str = r#"{"action":"kubernetes.patch","risk":"safe","summary":"class it",
    "patch":[{"op":"replace","path":"/spec/ingressClassName","value":"nginx"}]}"#;

pub(super) struct Scene {
    pub(super) objects: BTreeMap<ResourceRef, Value>,
    pub(super) unread: BTreeMap<ResourceRef, String>,
    pub(super) applications: Vec<Value>,
    pub(super) complete: bool,
    pub(super) trust: bool,
}

impl Scene {
    pub(super) fn with(metadata: &str) -> Self {
        let web = ingress("web");
        Self {
            objects: BTreeMap::from([(web.clone(), object(&web, metadata))]),
            unread: BTreeMap::new(),
            applications: Vec::new(),
            complete: true,
            trust: false,
        }
    }

    pub(super) fn propose(&self, findings: &[Finding]) -> Proposal {
        let redactor = Redactor::new([7; 32]);
        let observed = Observed {
            objects: &self.objects,
            unread: &self.unread,
            applications: &self.applications,
            access: Access::default(),
            redactor: &redactor,
        };
        let proposed: Vec<Proposed<'_>> = findings
            .iter()
            .map(|finding| Proposed {
                finding,
                complete: self.complete,
                no_fix: None,
            })
            .collect();
        propose(&proposed, &observed, self.trust)
    }

    #[track_caller]
    fn leaves(&self, fix: &str, why: &str) {
        let proposal = self.propose(&[finding("p", &ingress("web"), fix, false)]);
        assert_eq!(proposal.steps, []);
        assert!(proposal.left[0].why.contains(why), "{}", proposal.left[0].why);
    }

    /// To Git alone.
    #[track_caller]
    fn routes(&self, fix: &str) {
        let proposal = self.propose(&[finding("p", &ingress("web"), fix, false)]);
        assert_eq!((proposal.steps.len(), proposal.left.len()), (0, 0));
        let routed = &proposal.routed[0];
        assert!(routed.why.contains("selfHeal") && !routed.live_too, "{routed:?}");
    }
}

#[test]
fn a_fix_becomes_a_step_with_its_preview_its_undo_and_the_higher_risk() {
    let scene = Scene::with("");
    let proposal = scene.propose(&[finding("p", &ingress("web"), CLASS, false)]);
    let [step] = proposal.steps.as_slice() else {
        panic!("{proposal:?}")
    };
    assert_eq!(
        step.risk,
        Risk::Disruptive,
        "the class of an Ingress is, whatever the policy says"
    );
    assert!(
        step.preview.contains(&"-   ingressClassName: other".to_owned()),
        "{:?}",
        step.preview
    );
    assert!(step.preview.contains(&"+   ingressClassName: nginx".to_owned()));
    assert!(matches!(&step.undo, Undo::Patch(operations) if operations.len() == 1));
    assert_eq!(step.keeper, Keeper::Nobody);
    assert_eq!(
        targets(&[finding("p", &ingress("web"), CLASS, false)]),
        [ingress("web")]
    );
}

#[test]
fn two_findings_with_one_fix_share_a_step() {
    let findings = [
        finding("p", &ingress("web"), ANNOTATE, false),
        finding("q", &ingress("web"), ANNOTATE, false),
    ];
    let proposal = Scene::with("").propose(&findings);
    assert_eq!(proposal.steps.len(), 1);
    assert_eq!(proposal.steps[0].policies(), ["p".into(), "q".into()]);
}

#[test]
fn steps_on_one_object_follow_one_another() {
    let findings = [
        finding("p", &ingress("web"), ANNOTATE, false),
        finding("q", &ingress("web"), CLASS, false),
    ];
    let proposal = Scene::with("").propose(&findings);
    let [first, second] = proposal.steps.as_slice() else {
        panic!("{proposal:?}")
    };
    assert_ne!(
        first.before, second.before,
        "the second finds what the first leaves"
    );
    assert_eq!(first.risk, Risk::Safe);
}

#[test]
fn what_contradicts_is_left_to_a_person() {
    let other = CLASS.replace("nginx", "traefik");
    let findings = [
        finding("p", &ingress("web"), CLASS, false),
        finding("q", &ingress("web"), &other, false),
    ];
    let proposal = Scene::with("").propose(&findings);
    assert_eq!(proposal.steps.len(), 1);
    assert!(
        proposal.left[0].why.contains("contradicts"),
        "{:?}",
        proposal.left
    );
}

#[test]
fn some_findings_are_left_alone_and_told_why() {
    let plain = Scene::with("");
    plain.leaves("", "no fix is known");
    plain.leaves(
        r#"{"action":"instructions","risk":"safe","summary":"move it"}"#,
        "move it",
    );
    plain.leaves(
        r#"{"action":"kubernetes.delete","risk":"safe","summary":"s","target":{"apiVersion":"v1","kind":"Namespace","name":"web"}}"#,
        "no remediation deletes a Namespace",
    );
    plain.leaves(
        r#"{"action":"kubernetes.create","risk":"safe","summary":"s","object":{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","namespace":"web"}}}"#,
        "exists already",
    );
    Scene {
        complete: false,
        ..Scene::with("")
    }
    .leaves(ANNOTATE, "could not look at all");
    Scene::with(r#","annotations":{"a":"b"}"#).leaves(ANNOTATE, "as it should be by now");
    Scene::with(r#","ownerReferences":[{"kind":"Gateway","name":"g","controller":true}]"#)
        .leaves(ANNOTATE, "belongs to Gateway g");
    Scene::with(r#","labels":{"doks.digitalocean.com/managed":"true"}"#)
        .leaves(ANNOTATE, "DigitalOcean's own");
    Scene {
        unread: BTreeMap::from([(ingress("web"), "forbidden".to_owned())]),
        ..Scene::with("")
    }
    .leaves(ANNOTATE, "could not be read: forbidden");
    Scene {
        objects: BTreeMap::new(),
        ..Scene::with("")
    }
    .leaves(ANNOTATE, "does not exist");
}

#[test]
fn fixes_of_the_users_own_policies_need_trust() {
    let mut scene = Scene::with("");
    let findings = [finding("p", &ingress("web"), ANNOTATE, true)];
    assert!(scene.propose(&findings).left[0].why.contains("--trust-fixes"));
    scene.trust = true;
    assert!(scene.propose(&findings).steps[0].foreign);
}

#[test]
fn what_argo_cd_would_take_back_is_not_changed_in_the_cluster() {
    let tracked =
        r#","annotations":{"argocd.argoproj.io/tracking-id":"shop:networking.k8s.io/Ingress:web/web"}"#;
    let application = |automated: &str| {
        value(&format!(
            r#"{{"metadata":{{"name":"shop","namespace":"argocd"}},"spec":{{"syncPolicy":{automated}}}}}"#
        ))
    };
    for (policy, left) in [
        (r#"{"automated":{"selfHeal":true}}"#, true),
        (r#"{"automated":{"selfHeal":true,"enabled":false}}"#, false),
        (r#"{"automated":{}}"#, false),
        ("{}", false),
    ] {
        let mut scene = Scene::with(tracked);
        scene.applications.push(application(policy));
        let proposal = scene.propose(&[finding("p", &ingress("web"), CLASS, false)]);
        assert_eq!(proposal.steps.is_empty(), left, "{policy}");
        assert_eq!(proposal.routed.len(), 1, "Git is where it lasts");
        if let Some(step) = proposal.steps.first() {
            assert!(
                step.cautions[0].contains("application shop"),
                "{:?}",
                step.cautions
            );
        }
    }
    // By label, where an application has that name; and one of which nobody knows anything.
    let mut scene = Scene::with(r#","labels":{"app.kubernetes.io/instance":"shop"}"#);
    scene
        .applications
        .push(application(r#"{"automated":{"selfHeal":true}}"#));
    scene.routes(CLASS);
    Scene::with(tracked).routes(CLASS);
    // An id that came along when the object was copied is nobody's.
    let copied = tracked.replace("web/web", "web/other");
    assert_eq!(
        Scene::with(&copied)
            .propose(&[finding("p", &ingress("web"), CLASS, false)])
            .steps
            .len(),
        1
    );
}

#[test]
fn no_undo_keeps_a_credential() {
    let deployment = ResourceRef::kubernetes("apps/v1", "Deployment", Some("web"), "web");
    let before = value(
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"web"},
            "spec":{"template":{"spec":{"containers":[{"name":"a","image":"x","env":[{"name":"DB_PASSWORD","value":"hunter2"}]}]}}}}"#,
    );
    let mut scene = Scene::with("");
    scene.objects.insert(deployment.clone(), before.clone());
    let fix = r#"{"action":"kubernetes.patch","risk":"safe","summary":"s","patch":[{"op":"remove","path":"/spec/template/spec/containers/0"}]}"#;
    let proposal = scene.propose(&[finding("p", &deployment, fix, false)]);
    assert_eq!(proposal.steps, []);
    assert!(proposal.left[0].why.contains("credential"), "{:?}", proposal.left);
    assert!(!format!("{proposal:?}").contains("hunter2"));
    // And should it be asked for all the same: what the server's dry run says may differ from what was planned.
    let deed = Deed::of(&Fix::from_value(&value(fix)).unwrap(), &deployment).unwrap();
    let after = deed.done_to(Some(&before)).unwrap();
    let undo = undo(&deed, Some(&before), after.as_ref(), &Redactor::new([7; 32]));
    assert!(
        matches!(&undo, Undo::None(why) if why.contains("credential")),
        "{undo:?}"
    );
}

#[test]
fn what_a_client_notes_beside_it_makes_no_credential_of_what_is_undone() {
    let web = ingress("web");
    let noted = r#","annotations":{"kubernetes.io/ingress.class":"other","kubectl.kubernetes.io/last-applied-configuration":"{}"}"#;
    let before = object(&web, noted);
    let fix = r#"{"action":"kubernetes.patch","risk":"disruptive","summary":"s","patch":[{"op":"remove","path":"/metadata/annotations/kubernetes.io~1ingress.class"}]}"#;
    let deed = Deed::of(&Fix::from_value(&value(fix)).unwrap(), &web).unwrap();
    let after = deed.done_to(Some(&before)).unwrap();
    let undo = undo(&deed, Some(&before), after.as_ref(), &Redactor::new([7; 32]));
    let Undo::Patch(back) = &undo else {
        panic!("{undo:?}")
    };
    let again = crate::value::patch::patched(&after.unwrap(), back).unwrap();
    assert_eq!(again, before);
}
