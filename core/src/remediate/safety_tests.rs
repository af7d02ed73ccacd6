//! What envcheck never does, sentence by sentence: each is tried with a fix that asks for the contrary in as harmless a tone as
//! it can. What needs a server to be tried is in the live tests; how much is risked, in the tests of the floor.

use super::Proposal;
use super::tests::{Scene, finding, value};
use crate::inventory::ResourceRef;
use crate::plan::{Consent, FIRST_PASSWORD, Step, Undo};
use crate::policy::Risk;
use crate::value::{Value, ValueExt};

/// A scene with one object besides, and what is proposed for a fix of it.
fn proposed(object: &str, fix: &str) -> Proposal {
    let object = value(object);
    let text = |path: &[&str]| object.text_at(path).map(ToOwned::to_owned);
    let target = ResourceRef::kubernetes(
        &text(&["apiVersion"]).unwrap(),
        &text(&["kind"]).unwrap(),
        text(&["metadata", "namespace"]).as_deref(),
        &text(&["metadata", "name"]).unwrap(),
    );
    let mut scene = Scene::with("");
    scene.objects.insert(target.clone(), object);
    scene.propose(&[finding("p", &target, fix, false)])
}

#[track_caller]
fn left(object: &str, fix: &str, why: &str) {
    let proposal = proposed(object, fix);
    assert_eq!(proposal.steps, [], "{fix}");
    assert!(
        proposal.left[0].why.contains(why),
        "{}: {fix}",
        proposal.left[0].why
    );
}

#[track_caller]
fn step(object: &str, fix: &str) -> Step {
    let mut proposal = proposed(object, fix);
    assert_eq!(proposal.left, [], "{fix}");
    proposal.steps.remove(0)
}

fn patch(operations: &str) -> String {
    format!(r#"{{"action":"kubernetes.patch","risk":"safe","summary":"s","patch":{operations}}}"#)
}

const DELETE: &str = r#"{"action":"kubernetes.delete","risk":"safe","summary":"s"}"#;
const SERVICE: &str = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
    "spec":{"type":"LoadBalancer","ports":[{"port":80}]}}"#;
const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"METADATA},
    "spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"web","image":"web:1",
    "env":[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"LEVEL","value":"info"}]}]}}}}"#;

fn deployment(metadata: &str) -> String {
    DEPLOYMENT.replace("METADATA", metadata)
}

#[test]
fn never_by_any_remediation() {
    for (api, kind) in [
        ("v1", "Namespace"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "PersistentVolume"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("v1", "Node"),
        ("s3.aws.upbound.io/v1beta1", "Bucket"),
        ("objectbucket.io/v1alpha1", "ObjectBucketClaim"),
    ] {
        let object = format!(r#"{{"apiVersion":"{api}","kind":"{kind}","metadata":{{"name":"it"}}}}"#);
        left(&object, DELETE, "no remediation deletes a");
    }
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"it","namespace":"shop"}}"#;
    left(secret, DELETE, "no remediation deletes a Secret");
    left(
        secret,
        &patch(r#"[{"op":"add","path":"/data","value":{"a":"Yg=="}}]"#),
        "no remediation writes a Secret",
    );
    left(
        secret,
        r#"{"action":"kubernetes.label","risk":"safe","summary":"s","params":{"labels":{"a":"b"}}}"#,
        "no remediation writes a Secret",
    );
}

#[test]
fn the_engine_takes_the_higher_of_two_risks() {
    let type_ = patch(r#"[{"op":"replace","path":"/spec/type","value":"ClusterIP"}]"#);
    assert_eq!(
        step(SERVICE, &type_).risk,
        Risk::Destructive,
        "an address is lost"
    );
    let image =
        patch(r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"web:2"}]"#);
    assert_eq!(
        step(&deployment(""), &image).risk,
        Risk::Disruptive,
        "Pods start anew"
    );
    let annotate =
        r#"{"action":"kubernetes.annotate","risk":"RISK","summary":"s","params":{"annotations":{"a":"b"}}}"#;
    for (stated, risk) in [
        ("safe", Risk::Safe),
        ("disruptive", Risk::Disruptive),
        ("destructive", Risk::Destructive),
    ] {
        assert_eq!(step(SERVICE, &annotate.replace("RISK", stated)).risk, risk);
    }
    // Any deletion is destructive, and says that nothing brings it back.
    let gone = step(SERVICE, DELETE);
    assert_eq!(gone.risk, Risk::Destructive);
    assert!(
        matches!(&gone.undo, Undo::None(why) if why.contains("not kept")),
        "{:?}",
        gone.undo
    );
}

#[test]
fn the_first_password_goes_by_its_name_alone_and_for_ever() {
    let secret = format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"{FIRST_PASSWORD}","namespace":"argocd"}}}}"#
    );
    let step = step(&secret, DELETE);
    assert_eq!(step.risk, Risk::Destructive);
    assert_eq!(
        step.undo,
        Undo::None("what a Secret holds is not kept".to_owned())
    );
    for up_to in [
        None,
        Some(Risk::Safe),
        Some(Risk::Disruptive),
        Some(Risk::Destructive),
    ] {
        let consent = Consent {
            up_to,
            named: Vec::new(),
            accepted: Vec::new(),
            asked: None,
        };
        assert!(consent.covers(&step).is_err(), "{up_to:?}");
    }
    let named = Consent {
        up_to: None,
        named: vec![step.id.clone()],
        accepted: Vec::new(),
        asked: None,
    };
    assert_eq!(named.covers(&step), Ok(()));
}

#[test]
fn no_step_on_a_partial_view() {
    let annotate =
        r#"{"action":"kubernetes.annotate","risk":"safe","summary":"s","params":{"annotations":{"a":"b"}}}"#;
    let web = super::tests::ingress("web");
    let fault = [finding("p", &web, annotate, false)];
    let mut scene = Scene::with("");
    assert_eq!(scene.propose(&fault).steps.len(), 1);
    scene.complete = false;
    assert_eq!(scene.propose(&fault).steps, []);
    scene.complete = true;
    scene.unread.insert(web.clone(), "forbidden".to_owned());
    assert_eq!(scene.propose(&fault).steps, []);
}

#[test]
fn what_belongs_to_others_is_left_to_them() {
    let scale = patch(r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#);
    let managed = |manager: &str, operation: &str| {
        deployment(&format!(
            r#","managedFields":[{{"manager":"{manager}","operation":"{operation}","fieldsV1":{{"f:spec":{{"f:replicas":{{}}}}}}}}]"#
        ))
    };
    left(
        &managed("kustomize-controller", "Apply"),
        &scale,
        "kustomize-controller applied spec.replicas",
    );
    assert_eq!(
        step(&managed("kubectl-edit", "Update"), &scale).risk,
        Risk::Disruptive
    );
    assert_eq!(step(&managed("envcheck", "Apply"), &scale).risk, Risk::Disruptive);
    left(
        &deployment(r#","ownerReferences":[{"kind":"Rollout","name":"web","controller":true}]"#),
        &scale,
        "belongs to Rollout web",
    );
    left(
        &deployment(r#","labels":{"doks.digitalocean.com/managed":"true"}"#),
        &scale,
        "DigitalOcean's own",
    );
}

#[test]
fn what_looks_like_a_credential_is_not_rewritten() {
    let container = "/spec/template/spec/containers/0";
    for operations in [
        format!(r#"[{{"op":"replace","path":"{container}/env/0/value","value":"other"}}]"#),
        format!(r#"[{{"op":"remove","path":"{container}/env/0"}}]"#),
        format!(r#"[{{"op":"remove","path":"{container}/env"}}]"#),
        format!(r#"[{{"op":"remove","path":"{container}"}}]"#),
        format!(r#"[{{"op":"replace","path":"{container}","value":{{"name":"web","image":"web:1"}}}}]"#),
        format!(
            r#"[{{"op":"copy","from":"{container}/env/0/value","path":"/metadata/labels"}},{{"op":"remove","path":"{container}/env/0"}}]"#
        ),
        r#"[{"op":"replace","path":"/spec/template","value":{"spec":{"containers":[]}}}]"#.to_owned(),
    ] {
        left(&deployment(""), &patch(&operations), "credential");
        let told = format!("{:?}", proposed(&deployment(""), &patch(&operations)).left);
        assert!(!told.contains("hunter2"), "{told}");
    }
    // And whatever is shown of what stands beside one keeps it to itself.
    let level = patch(&format!(
        r#"[{{"op":"replace","path":"{container}/env/1/value","value":"debug"}}]"#
    ));
    left(&deployment(""), &level, "credential");
    let image = patch(&format!(
        r#"[{{"op":"replace","path":"{container}/image","value":"web:2"}}]"#
    ));
    let shown = format!("{:?}", step(&deployment(""), &image));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_has_no_inverse_says_so_and_is_not_safe() {
    // The former text holds a credential, which no journal keeps.
    let object = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"it","namespace":"shop"},"data":{"a":"b"}}"#;
    let gone = step(object, DELETE);
    assert!(matches!(gone.undo, Undo::None(_)));
    assert!(gone.risk > Risk::Safe);
    let created = r#"{"action":"kubernetes.create","risk":"safe","summary":"s","object":
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"new","namespace":"shop"}}}"#;
    assert_eq!(step(object, created).undo, Undo::Delete);
    let same = patch(r#"[{"op":"replace","path":"/data/a","value":"c"}]"#);
    let Undo::Patch(back) = step(object, &same).undo else {
        panic!()
    };
    assert_eq!(back[0].value, Some(Value::from("b")));
}
