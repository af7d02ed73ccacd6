use super::*;
use crate::findings::drift::{Moved, Side, State};
use crate::inventory::ResourceRef;
use crate::inventory::redact::Redactor;
use crate::value::Value;
use crate::yaml::value_of as read;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn said(text: &str) -> Said {
    Said {
        value: read(text),
        place: "the spec".to_owned(),
    }
}

fn thing(declared: Option<&str>, committed: Option<&str>, live: &str) -> Thing {
    Thing {
        target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("b"), "web"),
        declared: declared.map(said),
        committed: committed.map(said),
        live: Found::There(read(live)),
        applied: None,
    }
}

fn none() -> BTreeMap<(String, String, String), String> {
    BTreeMap::new()
}

fn compared(thing: &Thing) -> Outcome {
    thing.compared(&Rules {
        declared: &[],
        applications: &[],
        scaled: &none(),
        marks: &MARKS,
        one_key: true,
    })
}

fn moves(outcome: &Outcome) -> Vec<(String, Moved, Option<String>)> {
    let differences = outcome.drifted.as_ref().map_or(&[][..], |one| &one.differences);
    differences
        .iter()
        .map(|one| {
            (
                one.path.clone(),
                one.moved,
                one.writer.as_ref().map(|by| by.manager.clone()),
            )
        })
        .collect()
}

const MARKS: [&str; 2] = ["envcheck.dev/environment", "app.kubernetes.io/managed-by"];
const HEAD: &str = "apiVersion: apps/v1, kind: Deployment";

fn object(spec: &str) -> String {
    format!("{{{HEAD}, metadata: {{name: web, namespace: b}}, spec: {spec}}}")
}

/// With who wrote `spec.a`.
fn written(spec: &str, manager: &str, operation: &str) -> String {
    format!(
        "{{{HEAD}, metadata: {{name: web, namespace: b, managedFields: [{{manager: {manager}, operation: {operation}, \
         time: '2026-05-01T00:00:00Z', fieldsV1: {{f:spec: {{f:a: {{}}}}}}}}]}}, spec: {spec}}}"
    )
}

#[test]
fn with_three_sides_the_odd_one_moved() {
    for (declared, committed, live, moved) in [
        (1, 1, 2, Moved::Live),
        (2, 1, 1, Moved::Declaration),
        (1, 2, 1, Moved::Git),
        (1, 2, 3, Moved::Several),
    ] {
        let of = |number: i32| object(&format!("{{a: {number}}}"));
        let outcome = compared(&thing(Some(&of(declared)), Some(&of(committed)), &of(live)));
        assert_eq!(
            moves(&outcome),
            [("spec.a".to_owned(), moved, None)],
            "{declared} {committed} {live}"
        );
    }
}

#[test]
fn with_two_sides_the_record_tells_and_else_nobody() {
    let declared = object("{a: 1}");
    for (manager, operation, moved) in [
        ("argocd-controller", "Apply", Moved::Declaration),
        ("envcheck", "Update", Moved::Declaration),
        ("kubectl-client-side-apply", "Update", Moved::Declaration),
        ("kubectl-edit", "Update", Moved::Live),
        ("kube-controller-manager", "Update", Moved::Live),
    ] {
        let outcome = compared(&thing(
            Some(&declared),
            None,
            &written("{a: 2}", manager, operation),
        ));
        assert_eq!(
            moves(&outcome),
            [("spec.a".to_owned(), moved, Some(manager.to_owned()))],
            "{manager}"
        );
    }
    let unknown = compared(&thing(Some(&declared), None, &object("{a: 2}")));
    assert_eq!(moves(&unknown), [("spec.a".to_owned(), Moved::Unknown, None)]);
    // What was applied last is a third side.
    for (applied, moved) in [(1, Moved::Live), (2, Moved::Declaration), (3, Moved::Several)] {
        let mut one = thing(Some(&declared), None, &object("{a: 2}"));
        one.applied = Some(read(&object(&format!("{{a: {applied}}}"))));
        assert_eq!(moves(&compared(&one)), [("spec.a".to_owned(), moved, None)]);
    }
}

#[test]
fn what_somebody_put_in_is_told_and_what_controllers_did_is_not() {
    let declared = object("{b: 1}");
    let by = |manager: &str| {
        moves(&compared(&thing(
            Some(&declared),
            None,
            &written("{a: 2, b: 1}", manager, "Update"),
        )))
    };
    for person in ["kubectl-edit", "kubectl-label", "node-fetch", "Mozilla"] {
        assert_eq!(
            by(person),
            [("spec.a".to_owned(), Moved::Live, Some(person.to_owned()))]
        );
    }
    for other in [
        "argocd-controller",
        "kube-controller-manager",
        "cluster-autoscaler",
        "cert-manager-cainjector",
        "helm",
    ] {
        assert_eq!(by(other), [], "{other}");
    }
    assert!(has_strangers(&read(&written("{}", "kubectl-edit", "Update"))));
    assert!(!has_strangers(&read(&written(
        "{}",
        "argocd-controller",
        "Update"
    ))));
}

#[test]
fn what_may_differ_is_counted_and_not_told() {
    let spec = crate::spec::load("environments/x.yaml", &mut |_| {
        Ok(b"apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: x}\nspec: {drift: {ignoreDifferences: \
             [{group: apps, kind: Deployment, namespace: b, jsonPointers: [/spec/template/spec/containers/1/image]}]}}\n"
            .to_vec())
    })
    .unwrap();
    let application = read(
        "{metadata: {name: web}, spec: {ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/a], \
         managedFieldsManagers: [someone], jqPathExpressions: [.x, .y]}]}}",
    );
    let scaled = BTreeMap::from([(
        ("Deployment".to_owned(), "b".to_owned(), "web".to_owned()),
        "HorizontalPodAutoscaler b/web".to_owned(),
    )]);
    let declared = object(
        "{a: 1, replicas: 2, c: 1, template: {spec: {containers: [{name: v, image: '1'}, {name: w, image: '1'}]}}}",
    );
    let live = object(
        "{a: 2, replicas: 3, c: 2, template: {spec: {containers: [{name: v, image: '2'}, {name: w, image: '2'}]}}}",
    );
    let mut one = thing(Some(&declared), None, &live);
    one.committed = Some(Said {
        value: read(&object("{}")),
        place: "application web".to_owned(),
    });
    let outcome = one.compared(&Rules {
        declared: &spec.environment.spec.drift.ignore_differences,
        applications: std::slice::from_ref(&application),
        scaled: &scaled,
        marks: &MARKS,
        one_key: true,
    });
    let paths: Vec<String> = moves(&outcome).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths, ["spec.c", "spec.template.spec.containers[name=v].image"]);
    assert_eq!(outcome.ignored.values().sum::<usize>(), 3);
    let [note] = &unread_rules(&[application])[..] else {
        panic!()
    };
    assert!(note.contains("2 jq expressions"), "{note}");
}

#[test]
fn what_is_missing_is_told_and_what_was_not_read_is_not() {
    let mut one = thing(Some(&object("{}")), None, "{}");
    one.live = Found::Absent;
    assert_eq!(compared(&one).drifted.unwrap().state, State::Missing);
    one.live = Found::Unread("no".to_owned());
    assert_eq!(compared(&one), Outcome::default());
    one.live = Found::Absent;
    for gone in [
        "{kind: Job, metadata: {name: a, annotations: {argocd.argoproj.io/hook: PreSync}}}",
        "{kind: Job, metadata: {name: a}, spec: {ttlSecondsAfterFinished: 60}}",
    ] {
        one.declared = Some(said(gone));
        let outcome = compared(&one);
        assert_eq!((outcome.drifted, outcome.ignored.len()), (None, 1), "{gone}");
    }
}

#[test]
fn secrets_are_compared_by_digests_and_never_shown() {
    let secret = |key: &str, value: &str| {
        format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: s, namespace: b}}, {key}: {{p: {value}}}}}"
        )
    };
    let one_key = Redactor::new([1; 32]);
    let mut one = thing(None, None, "{}");
    one.target = ResourceRef::kubernetes("v1", "Secret", Some("b"), "s");
    let mut of = |declared: &str, live: &str, other: &Redactor, same: bool| {
        one.declared = Some(Said {
            value: one_key.redacted(&read(declared)),
            place: String::new(),
        });
        one.live = Found::There(other.redacted(&read(live)));
        one.compared(&Rules {
            declared: &[],
            applications: &[],
            scaled: &none(),
            marks: &MARKS,
            one_key: same,
        })
    };
    // The same value, as text and encoded.
    let (text, encoded, changed) = (
        secret("stringData", "hunter2"),
        secret("data", "aHVudGVyMg=="),
        secret("data", "aHVudGVyMw=="),
    );
    assert_eq!(of(&text, &encoded, &one_key, true), Outcome::default());
    let drifted = of(&text, &changed, &one_key, true).drifted.unwrap();
    let [difference] = &drifted.differences[..] else {
        panic!()
    };
    assert_eq!(difference.declared, Side::Says(Value::from("(secret)")));
    assert_eq!(difference.live, Side::Says(Value::from("(secret)")));
    // Under another key nothing can be said, and that is said.
    let outcome = of(&text, &changed, &Redactor::new([2; 32]), false);
    assert_eq!((outcome.drifted, outcome.veiled), (None, 1));
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0u64..2000).prop_map(Value::from),
        "[a-z]{0,6}".prop_map(|text| Value::from(text.as_str())),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "a", "replicas", "selector", "env", "limits", "ports", "labels",
    ]);
    scalar().prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner.clone()), 0..5).prop_map(crate::value::object),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|items| {
                let items = items.into_iter();
                crate::value::array(items.map(|(name, value)| {
                    crate::value::object([("name", Value::from(name.as_str())), ("value", value)])
                }))
            }),
        ]
    })
}

/// As a server would: members that nobody said, in maps that are no selectors.
fn defaulted(value: &Value) -> Value {
    use crate::value::{ValueExt, array, object};
    match value {
        Value::Object(_) => {
            let own = value.members().map(|(key, member)| {
                let exact = key.ends_with("elector");
                (
                    key.to_owned(),
                    if exact { member.clone() } else { defaulted(member) },
                )
            });
            object(own.chain([("zzDefault".to_owned(), Value::from("server"))]))
        }
        // A list holds texts and numbers, or maps and lists.
        Value::Array(items)
            if items
                .iter()
                .all(|item| matches!(item, Value::Object(_) | Value::Array(_))) =>
        {
            array(items.iter().map(defaulted))
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn an_object_as_the_server_completes_it_has_not_drifted(spec in tree()) {
        let of = |spec: &Value| {
            let head = read(&object("{}"));
            let members = head.as_object().unwrap().iter_sorted().map(|(key, value)| (key.clone(), value.clone()));
            let spec = [(Value::from("spec"), spec.clone())];
            crate::value::object_of(members.chain(spec))
        };
        let declared = of(&spec);
        let mut one = thing(None, None, "{}");
        one.declared = Some(Said { value: declared.clone(), place: String::new() });
        one.live = Found::There(declared);
        prop_assert_eq!(compared(&one), Outcome::default());
        one.live = Found::There(of(&defaulted(&spec)));
        prop_assert_eq!(compared(&one), Outcome::default());
    }
}

/// With what a manager applied, and what another updated.
fn applied_by(manager: &str, operation: &str, labels: &str, fields: &str) -> String {
    format!(
        "{{{HEAD}, metadata: {{name: web, namespace: b, labels: {{{labels}}}, managedFields: [{{manager: {manager}, operation: {operation}, \
         time: '2026-05-01T00:00:00Z', fieldsV1: {fields}}}, {{manager: kube-controller-manager, operation: Update, subresource: status, \
         fieldsV1: {{f:status: {{}}}}}}]}}, spec: {{a: 1, b: 2, c: [{{name: x, p: 1, q: 2}}]}}, status: {{a: 1}}}}"
    )
}

const APPLIED: &str = "{f:metadata: {f:labels: {f:x: {}}}, f:spec: {f:a: {}, f:b: {}, f:c: {'k:{\"name\":\"x\"}': {.: {}, f:name: {}, \
                       f:p: {}, f:q: {}}}}}";

#[test]
fn what_was_applied_and_is_said_no_more_is_told() {
    let committed = object("{a: 1, c: [{name: x, p: 1}]}");
    let of = |manager: &str, operation: &str| {
        let live = applied_by(manager, operation, "x: y", APPLIED);
        moves(&compared(&thing(None, Some(&committed), &live)))
    };
    let by = |path: &str| (path.to_owned(), Moved::Git, Some("argocd-controller".to_owned()));
    assert_eq!(
        of("argocd-controller", "Apply"),
        [by("metadata.labels.x"), by("spec.b"), by("spec.c[name=x].q")]
    );
    // Who updates owns defaults as well, and a controller delivers nothing.
    assert_eq!(of("argocd-controller", "Update"), []);
    assert_eq!(of("some-operator", "Apply"), []);
    // Another side says it still.
    let live = applied_by("argocd-controller", "Apply", "x: y", APPLIED);
    let mut both = thing(None, Some(&committed), &live);
    both.declared = Some(Said {
        value: read(&object("{b: 2}")),
        place: "deploy/web.yaml:1".to_owned(),
    });
    let told = moves(&compared(&both));
    assert_eq!(
        told.iter()
            .map(|(path, moved, _)| (path.as_str(), *moved))
            .collect::<Vec<_>>(),
        [
            ("metadata.labels.x", Moved::Several),
            ("spec.c[name=x].q", Moved::Several)
        ]
    );
}

#[test]
fn of_what_the_spec_says_in_part_others_may_say_the_rest() {
    let declared = object("{a: 1}");
    let paths = |manager: &str, labels: &str, fields: &str| -> Vec<String> {
        let live = applied_by(manager, "Apply", labels, fields);
        moves(&compared(&thing(Some(&declared), None, &live)))
            .into_iter()
            .map(|(path, ..)| path)
            .collect()
    };
    assert_eq!(paths("argocd-controller", "x: y", APPLIED), [""; 0]);
    assert_eq!(
        paths("envcheck", "x: y", APPLIED),
        ["metadata.labels.x", "spec.b", "spec.c[name=x]"]
    );
    // To what others made, repairs write the levels that are warned of.
    let warned = "{f:metadata: {f:labels: {f:pod-security.kubernetes.io/warn: {}, f:team: {}}}}";
    let levels = "pod-security.kubernetes.io/warn: baseline, team: x";
    assert_eq!(paths("envcheck", levels, warned), ["metadata.labels.team"]);
    let committed = object("{a: 1}");
    let live = applied_by("argocd-controller", "Apply", levels, warned);
    let told = moves(&compared(&thing(None, Some(&committed), &live)));
    let told: Vec<&str> = told.iter().map(|(path, ..)| path.as_str()).collect();
    assert!(
        told.iter()
            .any(|path| path.contains("pod-security.kubernetes.io/warn")),
        "{told:?}"
    );
    // What was rendered from the spec has its marks, which nobody declares.
    let marked = "{f:metadata: {f:labels: {f:envcheck.dev/environment: {}, f:app.kubernetes.io/managed-by: {}}}, f:spec: {f:b: {}}}";
    let labels = "envcheck.dev/environment: s, app.kubernetes.io/managed-by: envcheck";
    assert_eq!(paths("argocd-controller", labels, marked), ["spec.b"]);
    let live = read(&applied_by("argocd-controller", "Apply", labels, marked));
    let one = thing(Some(&declared), None, "{}");
    assert!(tells_applied(&one, &live, &MARKS));
    assert!(!tells_applied(
        &one,
        &read(&applied_by("argocd-controller", "Apply", "x: y", APPLIED)),
        &MARKS
    ));
}

#[test]
fn the_annotation_of_kubectl_apply_tells_it_as_well() {
    let declared = object("{a: 1, c: [{name: x, p: 1}]}");
    let mut one = thing(
        Some(&declared),
        None,
        &object("{a: 1, b: 2, c: [{name: x, p: 1, q: 2, r: 3}], d: 4}"),
    );
    one.declared.as_mut().unwrap().place = "web.yaml:1".to_owned();
    one.applied = Some(read(&object("{a: 1, b: 1, c: [{name: x, p: 1, q: 2}], e: 5}")));
    assert_eq!(
        moves(&compared(&one)),
        [
            ("spec.b".to_owned(), Moved::Declaration, None),
            ("spec.c[name=x].q".to_owned(), Moved::Declaration, None),
        ]
    );
    // Of the spec alone nobody knows whether it ever said that.
    one.declared.as_mut().unwrap().place = THE_SPEC.to_owned();
    assert_eq!(moves(&compared(&one)), []);
}

#[test]
fn what_a_stranger_applied_from_a_file_says_nothing_of_what_was_declared() {
    let of = |other: &str| {
        let note = "{f:metadata: {f:annotations: {'f:kubectl.kubernetes.io/last-applied-configuration': {}}}, f:spec: {f:a: {}}}";
        let live = format!(
            "{{{HEAD}, metadata: {{name: web, namespace: b, managedFields: [{other}{{manager: kubectl-client-side-apply, operation: Update, \
             time: '2026-05-01T00:00:00Z', fieldsV1: {note}}}]}}, spec: {{a: 2}}}}"
        );
        let mut one = thing(Some(&object("{a: 1}")), None, &live);
        one.applied = Some(read(&object("{a: 2}")));
        moves(&compared(&one))[0].1
    };
    // Where nobody else delivers, the file was the declaration.
    assert_eq!(of(""), Moved::Declaration);
    let own = "{manager: envcheck, operation: Apply, time: '2026-04-01T00:00:00Z', fieldsV1: {f:spec: {f:b: {}}}}, ";
    assert_eq!(of(own), Moved::Live);
}

#[test]
fn what_was_taken_back_may_be_overlooked_and_what_a_secret_held_is_not_shown() {
    let spec = crate::spec::load("environments/x.yaml", &mut |_| {
        Ok(b"apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: x}\nspec:\n  drift:\n    ignoreDifferences:\n    \
             - {kind: Deployment, jsonPointers: [/spec/b, /spec/z]}\n    - {kind: Secret, jsonPointers: [/data]}\n    \
             - {kind: Deployment, namespace: b, jsonPointers: [/spec/y]}\n"
            .to_vec())
    })
    .unwrap();
    let declared = &spec.environment.spec.drift.ignore_differences;
    let rules = Rules {
        declared,
        applications: &[],
        scaled: &none(),
        marks: &MARKS,
        one_key: true,
    };
    let live = applied_by("argocd-controller", "Apply", "x: y", APPLIED);
    let one = thing(None, Some(&object("{a: 1, c: [{name: x, p: 1, q: 2}]}")), &live);
    let outcome = one.compared(&rules);
    assert_eq!(moves(&outcome).len(), 1);
    assert_eq!(outcome.used, [(0, 0)].into());
    let told = unused_rules(&spec, &outcome.used, std::slice::from_ref(&one.target), &[]);
    assert_eq!(
        told,
        [
            "drift.ignoreDifferences: /spec/z of the rule for Deployment (environments/x.yaml:7) overlooks nothing: nothing differs there",
            "drift.ignoreDifferences: the rule for Secret (environments/x.yaml:8) overlooks nothing: nothing that it is for was compared",
            "drift.ignoreDifferences: the rule for Deployment in b (environments/x.yaml:9) overlooks nothing: nothing differs there",
        ]
    );
    // Where others were not looked at, nothing is said of them.
    assert_eq!(
        unused_rules(&spec, &outcome.used, &[one.target], &["b".to_owned()]).len(),
        1
    );

    let redactor = Redactor::new([1; 32]);
    let mut secret = thing(None, None, "{}");
    secret.target = ResourceRef::kubernetes("v1", "Secret", Some("b"), "s");
    let of = |keys: &str| {
        redactor.redacted(&read(&format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: s, namespace: b}}, {keys}}}"
        )))
    };
    secret.committed = Some(Said {
        value: of("stringData: {p: hunter2}"),
        place: "application b".to_owned(),
    });
    secret.applied = Some(of("stringData: {p: hunter2, q: hunter3}"));
    secret.live = Found::There(of("data: {p: aHVudGVyMg==, q: aHVudGVyMw==}"));
    let outcome = compared(&secret);
    assert_eq!(moves(&outcome), [("data.q".to_owned(), Moved::Git, None)]);
    assert_eq!(
        outcome.drifted.unwrap().differences[0].live,
        Side::Says(Value::from("(secret)"))
    );
}

#[test]
fn no_record_is_not_a_record_of_nobody() {
    for (fields, known) in [
        ("managedFields: []", Record::None),
        ("name: x", Record::None),
        (
            "managedFields: [{manager: x, operation: Apply}]",
            Record::NamesOnly,
        ),
        (
            "managedFields: [{manager: x, operation: Apply, fieldsV1: {f:spec: {}}}]",
            Record::Read,
        ),
    ] {
        assert_eq!(
            record(&read(&format!("{{metadata: {{{fields}}}}}"))),
            known,
            "{fields}"
        );
    }
}
