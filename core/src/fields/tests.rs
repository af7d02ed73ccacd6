use super::*;
use crate::path::FieldPath;
use crate::value::{Value, ValueExt};

fn read(text: &str) -> Value {
    let source = crate::yaml::decode("object.yaml", text.as_bytes()).unwrap();
    let limits = crate::yaml::Limits::default();
    crate::yaml::documents(&source, &limits)
        .next()
        .unwrap()
        .unwrap()
        .value
}

/// The paths that differ between what is declared and what is live.
fn differ(declared: &str, live: &str) -> Vec<String> {
    let (declared, live) = (read(declared), read(live));
    let found = compare(Sides {
        declared: Some(&declared),
        committed: None,
        live: &live,
    });
    found.iter().map(|one| one.path.to_string()).collect()
}

#[test]
fn one_amount_has_many_spellings() {
    for (one, other) in [
        ("1000m", "1"),
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("1e3", "1k"),
        ("1.5Gi", "1536Mi"),
        ("100000u", "100m"),
        ("-1", "-1000m"),
        ("2E2", "200"),
    ] {
        assert_eq!(quantity(one), quantity(other), "{one} {other}");
        assert!(quantity(one).is_some(), "{one}");
    }
    for none in [
        "",
        "m",
        "1x",
        "1.2.3",
        "Gi",
        "1e",
        "99999999999999999999999999999999999E",
        "--1",
    ] {
        assert_eq!(quantity(none), None, "{none}");
    }
    assert_ne!(quantity("1G"), quantity("1Gi"));
}

#[test]
fn what_the_server_writes_otherwise_is_the_same() {
    let declared = "{spec: {replicas: 2, template: {spec: {hostNetwork: false, containers: [{name: web, image: a, \
                    resources: {limits: {cpu: 1000m, memory: 1Gi}}, ports: [{containerPort: 80}], env: [{name: X, value: ''}], \
                    readinessProbe: {httpGet: {port: '8080'}}}]}}}}";
    let live = "{spec: {replicas: 2, revisionHistoryLimit: 10, template: {metadata: {creationTimestamp: null}, spec: {restartPolicy: Always, \
                containers: [{name: web, image: a, resources: {limits: {cpu: '1', memory: 1024Mi}}, \
                ports: [{containerPort: 80, protocol: TCP}], env: [{name: X}], readinessProbe: {httpGet: {port: 8080, scheme: HTTP}}, \
                imagePullPolicy: Always}]}}}}";
    assert_eq!(differ(declared, live), [] as [&str; 0]);
    // A pointer in the server's types: there it means something that the field is absent.
    assert_eq!(
        differ("{spec: {automountServiceAccountToken: false}}", "{spec: {}}"),
        ["spec.automountServiceAccountToken"]
    );
    assert_eq!(
        differ("{spec: {x: null, y: {}, z: []}}", "{spec: {x: 1, y: {a: 1}}}"),
        [] as [&str; 0]
    );
    assert_eq!(
        differ(
            "{metadata: {labels: {v: 1000m}}}",
            "{metadata: {labels: {v: '1'}}}"
        ),
        ["metadata.labels.v"]
    );
}

#[test]
fn items_are_found_by_their_keys_and_a_list_is_said_as_a_whole() {
    let declared = "{spec: {containers: [{name: a, image: '1'}, {name: b, image: '1'}]}}";
    assert_eq!(
        differ(
            declared,
            "{spec: {containers: [{name: b, image: '1'}, {name: a, image: '1'}]}}"
        ),
        [] as [&str; 0]
    );
    assert_eq!(
        differ(
            declared,
            "{spec: {containers: [{name: c}, {name: b, image: '2'}, {name: a, image: '1'}]}}"
        ),
        ["spec.containers[name=b].image", "spec.containers[name=c]"]
    );
    assert_eq!(
        differ(declared, "{spec: {containers: [{name: a, image: '1'}]}}"),
        ["spec.containers[name=b]"]
    );
    assert_eq!(
        differ("{spec: {args: [a, b]}}", "{spec: {args: [b, a]}}"),
        ["spec.args"]
    );
    assert_eq!(
        differ(
            "{spec: {policyTypes: [Egress, Ingress]}}",
            "{spec: {policyTypes: [Ingress, Egress]}}"
        ),
        [] as [&str; 0]
    );
    assert_eq!(
        differ("{spec: {tls: []}}", "{spec: {tls: [{hosts: [a]}]}}"),
        ["spec.tls"]
    );
}

#[test]
fn of_selectors_and_rules_nothing_is_left_to_the_server() {
    let policy = |spec: &str| format!("{{kind: NetworkPolicy, spec: {spec}}}");
    let declared =
        policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]}");
    assert_eq!(
        differ(
            &declared,
            &policy(
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80, protocol: TCP}]}]}"
            )
        ),
        [] as [&str; 0]
    );
    assert_eq!(
        differ(
            &declared,
            &policy(
                "{podSelector: {matchLabels: {a: b}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {c: d}}}], ports: [{port: 80}]}]}"
            )
        ),
        [
            "spec.ingress[0].from[0].podSelector",
            "spec.podSelector.matchLabels"
        ]
    );
    // Everything is let in, or nothing but some.
    assert_eq!(
        differ(
            &policy("{podSelector: {}, ingress: [{}]}"),
            &policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")
        ),
        ["spec.ingress[0].from"]
    );
}

#[test]
fn three_sides_are_compared_at_once() {
    let (declared, committed, live) = (
        read("{a: 1, b: 1}"),
        read("{a: 1, c: 1}"),
        read("{a: 2, b: 1, c: 2}"),
    );
    let found = compare(Sides {
        declared: Some(&declared),
        committed: Some(&committed),
        live: &live,
    });
    let told: Vec<(String, bool, bool)> = found
        .iter()
        .map(|one| {
            (
                one.path.to_string(),
                one.declared.is_some(),
                one.committed.is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("a".to_owned(), true, true), ("c".to_owned(), false, true)]
    );
}

fn live() -> Value {
    read(
        r#"
metadata:
  name: web
  labels: {a: "1", b: "2"}
  managedFields:
  - manager: argocd-controller
    operation: Apply
    time: "2026-01-01T00:00:00Z"
    fieldsV1:
      f:metadata: {f:labels: {f:a: {}}}
      f:spec: {f:template: {f:spec: {f:containers: {'k:{"name":"web"}': {.: {}, f:name: {}, f:image: {}}}}}}
  - manager: kubectl-edit
    operation: Update
    time: "2026-02-01T00:00:00Z"
    fieldsV1:
      f:metadata: {f:labels: {f:b: {}}}
      f:spec: {f:template: {f:spec: {f:containers: {'k:{"name":"web"}': {f:image: {}}, 'k:{"name":"x"}': {.: {}, f:name: {}}}}}, f:ingress: {}}
spec:
  ingress: [{from: [a]}]
  template: {spec: {containers: [{name: x}, {name: web, image: b}]}}
"#,
    )
}

fn wrote(path: &[&str]) -> Vec<String> {
    let live = live();
    let raw: Vec<Value> = path.iter().map(|step| Value::from(*step)).collect();
    writers(&live, &FieldPath::resolve(&raw, &live))
        .into_iter()
        .map(|writer| writer.manager)
        .collect()
}

#[test]
fn the_record_says_who_wrote_a_field_the_last_one_first() {
    let image = ["spec", "template", "spec", "containers", "name=web", "image"];
    assert_eq!(wrote(&image), ["kubectl-edit", "argocd-controller"]);
    assert_eq!(wrote(&["metadata", "labels", "a"]), ["argocd-controller"]);
    assert_eq!(
        wrote(&["spec", "template", "spec", "containers", "name=x"]),
        ["kubectl-edit"]
    );
    // What is written as a whole is written with all that is in it.
    assert_eq!(wrote(&["spec", "ingress", "0", "from"]), ["kubectl-edit"]);
    assert_eq!(wrote(&["metadata", "name"]), [] as [&str; 0]);
}

#[test]
fn all_that_somebody_wrote_is_found_in_the_object() {
    let live = live();
    let (_, fields) = managed::entries(&live).nth(1).unwrap();
    let found: Vec<(String, String)> = leaves(fields, &live)
        .into_iter()
        .map(|(path, pointer, _)| (path.to_string(), pointer.join("/")))
        .collect();
    let told = |path: &str, pointer: &str| (path.to_owned(), pointer.to_owned());
    assert_eq!(
        found,
        [
            told("metadata.labels.b", "metadata/labels/b"),
            told("spec.ingress", "spec/ingress"),
            told(
                "spec.template.spec.containers[name=web].image",
                "spec/template/spec/containers/1/image"
            ),
            told(
                "spec.template.spec.containers[name=x]",
                "spec/template/spec/containers/0"
            ),
        ]
    );
    let declared = read("{spec: {template: {spec: {containers: [{name: web}]}}}}");
    assert!(
        says(&declared, &leaves(fields, &live)[3].0),
        "a list is said as a whole"
    );
    assert!(!says(&declared, &leaves(fields, &live)[0].0));
    assert_eq!(live.items_at(&["metadata", "managedFields"]).len(), 2);
}
