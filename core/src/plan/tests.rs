//! What plans and journals keep is what comes back; what somebody changed, or cut, is not believed; and risk is ours to judge.

use super::*;
use crate::findings::{Fingerprint, Fix, FixAction};
use crate::inventory::ResourceRef;
use crate::plan::journal::{Ended, Head, Intent, Record};
use crate::policy::Risk;
use crate::value::Value;

fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

fn deed(action: FixAction, kind: &str, data: &str) -> Deed {
    Deed {
        action,
        target: ResourceRef::kubernetes("v1", kind, Some("back"), "ii"),
        data: value(data),
    }
}

fn step() -> Step {
    let deed = deed(FixAction::KubernetesLabel, "Service", r#"{"labels":{"a":"b"}}"#);
    let before = value(
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"ii","namespace":"back"},"spec":{}}"#,
    );
    let after = deed.done_to(Some(&before)).unwrap().unwrap();
    let repaired = Repaired {
        policy: "some-policy".into(),
        resource: deed.target.clone(),
        message: "is wrong".to_owned(),
        fingerprint: Fingerprint::parse(&format!("v1:{}", "a".repeat(64))).unwrap(),
    };
    Step {
        id: Step::id_of(&deed),
        risk: Risk::Safe,
        summary: "label it".to_owned(),
        repairs: vec![repaired.clone()],
        keeper: Keeper::ArgoCd {
            application: "back".to_owned(),
            automated: true,
            self_heal: false,
        },
        cautions: vec!["mind".to_owned()],
        before: Some(meaning_hash(&before)),
        preview: preview(Some(&before), Some(&after)),
        undo: deed.undo(Some(&before), Some(&after)),
        foreign: false,
        rehearsed: true,
        causes: Vec::new(),
        after: Vec::new(),
        deed,
    }
}

fn plan() -> Plan {
    let step = step();
    Plan {
        environment: "stage".to_owned(),
        cluster: PlannedCluster {
            name: "do-fra1-stage".to_owned(),
            uid: Some("u".to_owned()),
            id: Some("8d2c".to_owned()),
        },
        made: "2026-11-23T03:00:00Z".parse().unwrap(),
        inputs: Some(Inputs {
            spec: "5".repeat(64),
            waivers: digest_of([""; 0]),
            policies: [(
                "some-policy".to_owned(),
                OfPolicy {
                    rules: digest_of(["a"]),
                    findings: digest_of(["b"]),
                },
            )]
            .into(),
        }),
        in_git: Vec::new(),
        left: vec![LeftAlone {
            finding: step.repairs[0].clone(),
            why: "only you know".to_owned(),
        }],
        proof: Proof {
            gone: step.repairs.clone(),
            rolling: step.repairs.clone(),
            closed: vec![Pair {
                from: "a".to_owned(),
                to: "b".to_owned(),
                conn: "TCP 80".to_owned(),
            }],
            ..Proof::default()
        },
        steps: vec![step],
    }
}

#[test]
fn a_plan_comes_back_as_it_was_written_and_not_when_it_was_changed() {
    let text = write(&plan());
    assert_eq!(read(&text).unwrap(), plan());
    for (from, to) in [
        ("\"safe\"", "\"disruptive\""),
        ("\"a\": \"b\"", "\"a\": \"c\""),
        ("stage", "prod"),
    ] {
        assert_eq!(read(&text.replace(from, to)), Err(NoPlan::Changed), "{from}");
    }
    for text in [
        "",
        "{}",
        "null",
        "{\"apiVersion\":\"envcheck.dev/plan/v2\"}",
        "{\"apiVersion\":\"envcheck.dev/plan/v1\"}",
    ] {
        assert!(matches!(read(text), Err(NoPlan::Malformed(_))), "{text}");
    }
}

#[test]
fn a_journal_tells_what_was_begun_and_how_it_ended_also_when_it_was_cut() {
    let head = Head {
        run: "r".to_owned(),
        environment: "stage".to_owned(),
        cluster: plan().cluster,
        started: "2026-11-23T03:00:00Z".to_owned(),
        undoes: None,
        steps: Some(1),
    };
    let intent = Intent {
        step: "1".to_owned(),
        summary: "label it".to_owned(),
        deed: step().deed,
        before: Some("b".to_owned()),
        after: Some("a".to_owned()),
        undo: step().undo,
    };
    let done = Record::Done {
        step: "1".to_owned(),
        after: Some("a".to_owned()),
        uid: None,
    };
    let begun = head.line() + &Record::Intent(Box::new(intent.clone())).line();
    let whole = begun.clone() + &done.line();
    let read = journal::read(&whole).unwrap();
    assert_eq!(read.head, head);
    assert_eq!(read.steps[0].intent, intent);
    assert_eq!(
        read.steps[0].ended,
        Some(Ended::Done {
            after: Some("a".to_owned()),
            uid: None
        })
    );
    // What was adopted is no step.
    let thing = ResourceRef {
        api_version: "digitalocean.com/v2".to_owned(),
        kind: "VPC".to_owned(),
        namespace: None,
        name: "stage".to_owned(),
        id: Some("v".to_owned()),
    };
    let adopting = head.line() + &Record::Adopted(thing.clone()).line();
    let told = journal::read(&adopting).unwrap();
    assert_eq!((told.adopted, told.steps.len()), (vec![thing], 0));
    let nothing = adopting.replace("\"name\":\"stage\"", "\"name\":\"\"");
    assert!(journal::read(&nothing).unwrap_err().contains("what was adopted"));
    // It came to its end only where it says so; of one that never said how many steps there were, the steps tell it.
    assert!(!read.ended && read.is_cut());
    let end = |stopped: Option<&str>| {
        let record = Record::End {
            stopped: stopped.map(ToOwned::to_owned),
        };
        journal::read(&(whole.clone() + &record.line())).unwrap()
    };
    let ended = end(None);
    assert!(ended.ended && !ended.is_cut() && ended.steps == read.steps && ended.stopped.is_none());
    let stopped = end(Some("it did not come up"));
    assert_eq!(stopped.stopped.as_deref(), Some("it did not come up"));
    assert!(!stopped.is_cut());
    // As it was written before a reason was kept.
    let earlier = journal::read(&(whole.clone() + "{\"phase\":\"end\"}\n")).unwrap();
    assert_eq!(earlier, ended);
    let older = |text: &str| journal::read(&text.replace(r#""steps":1"#, r#""steps":null"#)).unwrap();
    assert!(!older(&whole).is_cut() && older(&begun).is_cut());
    // Wherever it is cut, what is whole is told, and nothing else.
    for end in 0..whole.len() {
        match journal::read(&whole[..end]) {
            Err(_) => assert!(end < head.line().len()),
            Ok(read) if end < begun.len() => assert!(read.steps.is_empty()),
            Ok(read) => assert_eq!(read.steps[0].ended, None),
        }
    }
    assert!(
        journal::read(&(head.line() + &done.line())).is_err(),
        "it ends what never began"
    );
}

#[test]
fn steps_that_are_no_list_are_no_plan() {
    let content = value(
        r#"{"environment":"stage","made":"2026-11-23T03:00:00Z","steps":{"a":1},"inGit":[],"leftAlone":[]}"#,
    );
    let digest = crate::inventory::snapshot::sha256(content.to_json_str().unwrap().as_bytes());
    let file = format!(
        r#"{{"apiVersion":"envcheck.dev/plan/v1","plan":{},"sha256":"{digest}"}}"#,
        content.to_json_str().unwrap()
    );
    assert!(read(&file).unwrap_err().to_string().contains("steps are no list"));
}

#[test]
fn risk_is_ours_to_judge() {
    let patch = FixAction::KubernetesPatch;
    for (action, kind, data, wanted) in [
        (
            FixAction::KubernetesLabel,
            "Service",
            r#"{"labels":{"a":"b"}}"#,
            Risk::Safe,
        ),
        (
            FixAction::KubernetesLabel,
            "Namespace",
            r#"{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}"#,
            Risk::Disruptive,
        ),
        (
            FixAction::KubernetesLabel,
            "Namespace",
            r#"{"labels":{"pod-security.kubernetes.io/warn":"baseline"}}"#,
            Risk::Safe,
        ),
        (
            FixAction::KubernetesAnnotate,
            "Service",
            r#"{"annotations":{"service.beta.kubernetes.io/do-loadbalancer-type":"REGIONAL"}}"#,
            Risk::Destructive,
        ),
        (
            patch,
            "Service",
            r#"[{"op":"replace","path":"/spec/type","value":"ClusterIP"}]"#,
            Risk::Destructive,
        ),
        (
            patch,
            "Service",
            r#"[{"op":"remove","path":"/spec/externalIPs"}]"#,
            Risk::Disruptive,
        ),
        (
            patch,
            "Service",
            r#"[{"op":"add","path":"/metadata/annotations/kubernetes.digitalocean.com~1load-balancer-id","value":"x"}]"#,
            Risk::Destructive,
        ),
        (
            patch,
            "Deployment",
            r#"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"a"}]"#,
            Risk::Disruptive,
        ),
        (
            patch,
            "Ingress",
            r#"[{"op":"add","path":"/spec/ingressClassName","value":"nginx"}]"#,
            Risk::Disruptive,
        ),
        (
            patch,
            "ConfigMap",
            r#"[{"op":"replace","path":"/data","value":{}}]"#,
            Risk::Disruptive,
        ),
        (FixAction::KubernetesDelete, "ConfigMap", "{}", Risk::Destructive),
        (
            FixAction::RegistryCollectGarbage,
            "Registry",
            r#"{"type":"unreferenced blobs only"}"#,
            Risk::Disruptive,
        ),
        (
            FixAction::RegistryCollectGarbage,
            "Registry",
            r#"{"type":"untagged manifests"}"#,
            Risk::Destructive,
        ),
    ] {
        assert_eq!(
            risk(&deed(action, kind, data)),
            Ok(wanted),
            "{} {kind} {data}",
            action.as_str()
        );
    }
}

#[test]
fn some_things_no_remediation_does() {
    let patch = FixAction::KubernetesPatch;
    for (action, kind, data) in [
        (FixAction::KubernetesDelete, "Namespace", "{}"),
        (FixAction::KubernetesDelete, "PersistentVolumeClaim", "{}"),
        (FixAction::KubernetesDelete, "CustomResourceDefinition", "{}"),
        (FixAction::KubernetesDelete, "Node", "{}"),
        (
            patch,
            "Secret",
            r#"[{"op":"replace","path":"/data/a","value":"b"}]"#,
        ),
        (
            patch,
            "Deployment",
            r#"[{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"DB_PASSWORD","value":"x"}}]"#,
        ),
        (
            patch,
            "Deployment",
            r#"[{"op":"replace","path":"/spec/template/spec/containers/0/env/3/value","value":"x"}]"#,
        ),
        (FixAction::ClusterUpdate, "Cluster", r#"{"ha":false}"#),
        (FixAction::ClusterUpdate, "Cluster", r#"{"version":"1.36.0"}"#),
    ] {
        assert!(
            risk(&deed(action, kind, data)).is_err(),
            "{} {kind} {data}",
            action.as_str()
        );
    }
}

#[test]
fn consent_is_no_more_than_what_was_said() {
    let consent = |up_to, named: &[&str]| Consent {
        up_to,
        named: named.iter().map(ToString::to_string).collect(),
        accepted: Vec::new(),
        asked: None,
    };
    let mut step = step();
    assert!(consent(Some(Risk::Safe), &[]).covers(&step).is_ok());
    assert!(consent(None, &[]).covers(&step).is_err());
    step.risk = Risk::Disruptive;
    assert!(consent(Some(Risk::Safe), &[]).covers(&step).is_err());
    assert!(consent(Some(Risk::Disruptive), &[]).covers(&step).is_ok());
    // Yes to a question is yes to what was asked.
    let accepted = Consent {
        accepted: vec![step.id.clone()],
        ..consent(None, &[])
    };
    assert!(accepted.covers(&step).is_ok());
    step.rehearsed = false;
    assert!(consent(Some(Risk::Disruptive), &[]).covers(&step).is_err());
    assert!(accepted.covers(&step).is_err());
    step.rehearsed = true;
    step.causes = step.repairs.clone();
    assert!(consent(Some(Risk::Disruptive), &[]).covers(&step).is_err());
    assert!(accepted.covers(&step).is_err());
    step.causes = Vec::new();
    step.risk = Risk::Destructive;
    assert!(accepted.covers(&step).is_err());
    assert!(
        consent(Some(Risk::Destructive), &[]).covers(&step).is_err(),
        "it is named, or left"
    );
    assert!(consent(None, &[&step.id.clone()]).covers(&step).is_ok());
    // Who was asked is told what they said, and not which flag would have said more.
    step.risk = Risk::Disruptive;
    let asked = Consent {
        asked: Some(Risk::Disruptive),
        ..consent(Some(Risk::Safe), &[])
    };
    assert!(asked.covers(&step).unwrap_err().starts_with("it was declined"));
    // Of what nobody was asked, nothing was declined.
    let asked = Consent {
        asked: Some(Risk::Safe),
        ..asked
    };
    let why = asked.covers(&step).unwrap_err();
    assert!(
        why.starts_with("it is disruptive: --max-risk disruptive"),
        "{why}"
    );
}

#[test]
fn a_step_rests_on_what_makes_its_target_or_its_namespace() {
    let of = |action, kind: &str, namespace: Option<&str>, name: &str, before: Option<&str>| {
        let deed = Deed {
            action,
            target: ResourceRef::kubernetes("v1", kind, namespace, name),
            data: value("{}"),
        };
        let mut step = Step::new(deed, Risk::Safe, String::new());
        step.before = before.map(ToOwned::to_owned);
        step
    };
    let namespace = of(FixAction::KubernetesCreate, "Namespace", None, "b2b", None);
    let inside = of(
        FixAction::KubernetesCreate,
        "ResourceQuota",
        Some("b2b"),
        "quota",
        None,
    );
    let labelled = of(FixAction::KubernetesLabel, "Namespace", None, "b2b", Some("x"));
    let patched = of(FixAction::KubernetesPatch, "Namespace", None, "b2b", Some("x"));
    assert!(inside.rests_on(&namespace) && patched.rests_on(&namespace));
    assert!(!namespace.rests_on(&inside) && !namespace.rests_on(&namespace));
    // What is there already stays as it was: others on the same thing do not need it.
    assert!(!patched.rests_on(&labelled) && !inside.rests_on(&labelled));
}

#[test]
fn what_the_server_writes_is_no_change() {
    let before = value(
        r#"{"kind":"Service","metadata":{"name":"a","uid":"1","resourceVersion":"2","labels":{}},"status":{"x":1}}"#,
    );
    let after = value(
        r#"{"kind":"Service","metadata":{"name":"a","uid":"3","resourceVersion":"4","generation":2,"managedFields":[],
            "annotations":{"deployment.kubernetes.io/revision":"2"}},"status":{"x":2}}"#,
    );
    assert_eq!(meaning(&before), meaning(&after));
    assert!(preview(Some(&before), Some(&after)).is_empty());
    let changed = value(r#"{"kind":"Service","metadata":{"name":"a","annotations":{"a":"b"}}}"#);
    assert_ne!(meaning_hash(&before), meaning_hash(&changed));
}

#[test]
fn a_deed_is_taken_back_to_what_was_there() {
    let before = value(
        r#"{"kind":"Service","metadata":{"name":"a","labels":{"x":"1"}},"spec":{"ports":[{"port":80}],"type":"NodePort"}}"#,
    );
    for (action, data) in [
        (FixAction::KubernetesLabel, r#"{"labels":{"x":"2","y":"3"}}"#),
        (FixAction::KubernetesAnnotate, r#"{"annotations":{"y":"3"}}"#),
        (
            FixAction::KubernetesPatch,
            r#"[{"op":"remove","path":"/spec/ports/0"},{"op":"replace","path":"/spec/type","value":"ClusterIP"}]"#,
        ),
    ] {
        let deed = deed(action, "Service", data);
        let after = deed.done_to(Some(&before)).unwrap().unwrap();
        let Undo::Patch(back) = deed.undo(Some(&before), Some(&after)) else {
            panic!("{data}")
        };
        let again = crate::value::patch::patched(&after, &back).unwrap();
        assert_eq!(meaning(&again), meaning(&before), "{data}");
    }
    let create = deed(FixAction::KubernetesCreate, "Service", "{\"kind\":\"Service\"}");
    assert!(create.done_to(Some(&before)).is_err(), "it exists already");
    assert_eq!(create.undo(None, Some(&before)), Undo::Delete);
}

#[test]
fn the_last_mark_goes_with_its_list_and_comes_back_beside_what_nobody_meant() {
    let remove = r#"[{"op":"remove","path":"/metadata/annotations/a"}]"#;
    let deed = deed(FixAction::KubernetesPatch, "Service", remove);
    let service = |annotations: &str| {
        value(&format!(
            r#"{{"kind":"Service","metadata":{{"name":"a"{annotations}}}}}"#
        ))
    };
    let alone = service(r#","annotations":{"a":"1"}"#);
    let after = deed.done_to(Some(&alone)).unwrap().unwrap();
    assert_eq!(after, service(""));
    let Undo::Patch(back) = deed.undo(Some(&alone), Some(&after)) else {
        panic!("no undo")
    };
    assert_eq!(crate::value::patch::patched(&after, &back).unwrap(), alone);
    // What kubectl notes there is no part of what it means, and is not lost when it is taken back.
    let note = r#""kubectl.kubernetes.io/last-applied-configuration":"{}""#;
    let noted = service(&format!(r#","annotations":{{"a":"1",{note}}}"#));
    let after = deed.done_to(Some(&noted)).unwrap().unwrap();
    assert_eq!(after, service(&format!(r#","annotations":{{{note}}}"#)));
    let Undo::Patch(back) = deed.undo(Some(&noted), Some(&after)) else {
        panic!("no undo")
    };
    assert_eq!(crate::value::patch::patched(&after, &back).unwrap(), noted);
    // Nor does a list go that was empty before.
    let empty = service(r#","annotations":{"a":"1"},"labels":{}"#);
    let left = deed.done_to(Some(&empty)).unwrap().unwrap();
    assert_eq!(left, service(r#","labels":{}"#));
}

#[test]
fn a_fix_that_names_no_object_is_none() {
    let fix = |text: &str| Fix::from_value(&value(text));
    let create =
        fix(r#"{"action":"kubernetes.create","risk":"safe","summary":"s","object":{"kind":"Service"}}"#)
            .unwrap();
    assert!(Deed::of(&create, &ResourceRef::environment("stage")).is_err());
}

#[test]
fn a_plan_is_of_one_cluster() {
    let cluster = |uid: Option<&str>, id: Option<&str>| PlannedCluster {
        name: "do-fra1-stage".to_owned(),
        uid: uid.map(ToOwned::to_owned),
        id: id.map(ToOwned::to_owned),
    };
    let own = cluster(Some("u"), Some("8d2c"));
    for same in [own.clone(), cluster(Some("u"), None)] {
        assert!(own.is(&same) && same.is(&own), "{same:?}");
    }
    for other in [
        cluster(Some("v"), Some("8d2c")),
        cluster(Some("u"), Some("9e3d")),
        cluster(None, Some("8d2c")),
        cluster(None, None),
    ] {
        assert!(!own.is(&other) && !other.is(&own), "{other:?}");
    }
    let unknown = cluster(None, None);
    assert!(!unknown.is(&unknown), "what nobody knows is not the same");
}

/// What a schema says against a document.
fn faults(schema: &serde_json::Value, text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let document = serde_json::from_str(text).unwrap();
    validator
        .iter_errors(&document)
        .map(|fault| fault.to_string())
        .collect()
}

#[test]
fn a_plan_s_file_holds_to_its_schema_whatever_is_in_it() {
    let schema = schema::of_repairs();
    let mut whole = plan();
    let first = whole.steps[0].clone();
    let undo = |undo: Undo, keeper: Keeper| Step {
        undo,
        keeper,
        before: None,
        causes: first.repairs.clone(),
        ..first.clone()
    };
    let mut elsewhere = first.deed.clone();
    elsewhere.target.id = Some("8d2c".to_owned());
    elsewhere.target.namespace = None;
    whole.steps.extend([
        undo(Undo::Delete, Keeper::Nobody),
        undo(Undo::None("why".to_owned()), Keeper::Helm("web".to_owned())),
        undo(Undo::Deed(Box::new(elsewhere)), Keeper::Nobody),
    ]);
    whole.in_git.push(InGit {
        step: first.clone(),
        application: "back".to_owned(),
        repository: "r".to_owned(),
        base: "main".to_owned(),
        how: "how".to_owned(),
        live_too: true,
    });
    let text = write(&whole);
    assert_eq!(faults(&schema, &text), [""; 0]);
    // A file of an earlier version.
    let old = Plan {
        inputs: None,
        ..plan()
    };
    assert_eq!(faults(&schema, &write(&old)), [""; 0]);
    let lacking = write(&old).replace("\"inputs\": null,", "");
    assert_ne!(lacking, write(&old));
    assert_eq!(faults(&schema, &lacking), [""; 0]);
    for (from, to) in [
        ("plan/v1", "plan/v2"),
        ("\"risk\": \"safe\"", "\"risk\": \"harmless\""),
        ("\"summary\"", "\"summery\""),
        ("\"waivers\"", "\"waiver\""),
        ("\"liveToo\": true", "\"liveToo\": 1"),
        ("\"none\": \"why\"", "\"none\": 1"),
        ("\"action\": \"kubernetes.label\"", "\"action\": \"\""),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from}");
        assert!(!faults(&schema, &other).is_empty(), "{to}");
    }
}

#[test]
fn a_plan_without_inputs_is_read_as_one_of_an_earlier_version() {
    let old = Plan {
        inputs: None,
        ..plan()
    };
    assert_eq!(read(&write(&old)).unwrap(), old);
    // As it was written before there were any.
    let mut file = value(&write(&old));
    let mut content = file["plan"].clone();
    content.as_object_mut().unwrap().remove(&Value::from("inputs"));
    let digest = crate::inventory::snapshot::sha256(content.to_json_str().unwrap().as_bytes());
    let members = file.as_object_mut().unwrap();
    members.insert(Value::from("plan"), content);
    members.insert(Value::from("sha256"), Value::from(digest));
    assert_eq!(read(&file.to_json_str().unwrap()).unwrap(), old);
}

#[test]
fn plans_of_what_is_made_and_of_what_goes_hold_to_their_schemas() {
    let Step { deed, .. } = step();
    let target = deed.target.clone();
    let conflict = Conflict {
        target: target.clone(),
        why: "why".to_owned(),
        hint: "hint".to_owned(),
    };
    let made = Provisioning {
        environment: "stage".to_owned(),
        planned: plan().made,
        made_for: MadeFor {
            account: None,
            cluster: Some(plan().cluster),
        },
        steps: vec![Making {
            step: step(),
            after: vec![step().id],
        }],
        standing: vec![Standing {
            target: target.clone(),
            created: true,
            shared: false,
            adopted: false,
            differs: vec![Difference::by_hand("size")],
        }],
        conflicts: vec![conflict.clone()],
        bill: vec![Bill {
            what: "nodes".to_owned(),
            cents: None,
            new: true,
            shared: false,
        }],
        adoptions: vec![Adoption {
            target: target.clone(),
            id: "8d2c".to_owned(),
            why: "why".to_owned(),
        }],
        notes: vec!["note".to_owned()],
        opened: Vec::new(),
        closed: vec![Pair {
            from: "a".to_owned(),
            to: "b".to_owned(),
            conn: "TCP 80".to_owned(),
        }],
        unseen: Vec::new(),
        captured: false,
        instead: Vec::new(),
    };
    let of_made = schema::of_provisioning();
    assert_eq!(faults(&of_made, &made.to_json()), [""; 0]);
    let gone = Removing {
        environment: "stage".to_owned(),
        planned: plan().made,
        steps: vec![Removal {
            step: step(),
            after: Vec::new(),
            proof: "marked".to_owned(),
            adopted: false,
            along: vec![Along {
                what: "nodes".to_owned(),
                cents: Some(1),
            }],
        }],
        staying: vec![Staying {
            target,
            why: "why".to_owned(),
            open: true,
            passing: false,
            billed: true,
            cents: None,
            step: None,
        }],
        conflicts: vec![conflict],
        notes: Vec::new(),
    };
    let of_gone = schema::of_removal();
    assert_eq!(faults(&of_gone, &gone.to_json()), [""; 0]);
    // And neither is taken for the other.
    assert!(!faults(&of_made, &gone.to_json()).is_empty());
    assert!(!faults(&of_gone, &made.to_json()).is_empty());
}
