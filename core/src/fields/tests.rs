use super::compare::says;
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
            "{spec: {volumes: [{name: a, x: '1'}, {name: b, x: '1'}]}}",
            "{spec: {volumes: [{name: b, x: '1'}, {name: a, x: '1'}]}}"
        ),
        [] as [&str; 0]
    );
    assert_eq!(
        differ(
            declared,
            "{spec: {containers: [{name: c}, {name: a, image: '1'}, {name: b, image: '2'}]}}"
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
fn where_the_order_means_something_another_order_is_a_difference() {
    for (one, other, path) in [
        (
            "{spec: {initContainers: [{name: a}, {name: b}]}}",
            "{spec: {initContainers: [{name: b}, {name: a}]}}",
            "spec.initContainers",
        ),
        (
            "{spec: {containers: [{name: a, env: [{name: x}, {name: y}]}]}}",
            "{spec: {containers: [{name: a, env: [{name: y}, {name: x}]}]}}",
            "spec.containers[name=a].env",
        ),
        (
            "{webhooks: [{name: a}, {name: b}]}",
            "{webhooks: [{name: b}, {name: a}]}",
            "webhooks",
        ),
        (
            "{kind: HTTPRoute, spec: {rules: [{a: 1}, {a: 2}]}}",
            "{kind: HTTPRoute, spec: {rules: [{a: 2}, {a: 1}]}}",
            "spec.rules[0].a",
        ),
    ] {
        assert_eq!(differ(one, other).first().map(String::as_str), Some(path));
    }
    // What is new among them moves nothing.
    assert_eq!(
        differ(
            "{spec: {containers: [{name: a}, {name: b}]}}",
            "{spec: {containers: [{name: side}, {name: a}, {name: b}]}}"
        ),
        ["spec.containers[name=side]"]
    );
}

#[test]
fn rules_peers_and_subjects_are_found_wherever_they_stand() {
    let policy =
        |rules: &str| format!("{{kind: NetworkPolicy, spec: {{podSelector: {{}}, ingress: {rules}}}}}");
    let (dns, web, any) = (
        "{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}",
        "{from: [{podSelector: {matchLabels: {a: b}}}, {namespaceSelector: {}}], ports: [{port: 80}]}",
        "{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
    );
    let declared = policy(&format!("[{dns}, {web}, {any}]"));
    let turned = "{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {a: b}}}], ports: [{port: 80, protocol: TCP}]}";
    let live_dns = "{ports: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]}";
    assert_eq!(
        differ(&declared, &policy(&format!("[{any}, {turned}, {live_dns}]"))),
        [""; 0]
    );
    // One that is another one is told where it stands live, and no other with it.
    let other = "{from: [{ipBlock: {cidr: 10.0.0.0/9}}]}";
    assert_eq!(
        differ(&declared, &policy(&format!("[{other}, {turned}, {live_dns}]"))),
        ["spec.ingress[0].from[0].ipBlock.cidr"]
    );
    // The same rule twice is not the other one.
    assert_eq!(
        differ(
            &policy(&format!("[{any}, {dns}]")),
            &policy(&format!("[{any}, {any}]"))
        ),
        ["spec.ingress[1].from", "spec.ingress[1].ports"]
    );
    assert_eq!(
        differ(&declared, &policy(&format!("[{any}, {turned}]"))),
        ["spec.ingress"]
    );
    let role = |rules: &str| format!("{{kind: Role, rules: {rules}}}");
    let (get, list) = (
        "{apiGroups: [''], resources: [pods], verbs: [get]}",
        "{apiGroups: [''], resources: [pods, nodes], verbs: [list, watch]}",
    );
    let list_turned = "{apiGroups: [''], resources: [nodes, pods], verbs: [watch, list]}";
    assert_eq!(
        differ(
            &role(&format!("[{get}, {list}]")),
            &role(&format!("[{list_turned}, {get}]"))
        ),
        [""; 0]
    );
    let binding = |subjects: &str| format!("{{kind: RoleBinding, subjects: {subjects}}}");
    let (one, two) = (
        "{kind: ServiceAccount, name: a, namespace: x}",
        "{kind: ServiceAccount, name: a, namespace: y}",
    );
    assert_eq!(
        differ(
            &binding(&format!("[{one}, {two}]")),
            &binding(&format!("[{two}, {one}]"))
        ),
        [""; 0]
    );
}

#[test]
fn as_many_items_as_possible_find_their_like() {
    let policy = |tolerations: &str| format!("{{spec: {{tolerations: {tolerations}}}}}");
    // The first one agrees with both, the second with one of them only.
    assert_eq!(
        differ(
            &policy("[{key: x}, {key: x, effect: NoExecute}]"),
            &policy("[{key: x, effect: NoExecute}, {key: x, effect: NoSchedule}]")
        ),
        [""; 0]
    );
    let path = FieldPath::resolve(
        Value::from_json_str(r#"["spec", "ingress", 0, "from"]"#)
            .unwrap()
            .items(),
        &Value::Null,
    );
    let (live, applied) = (
        read("{spec: {ingress: [{from: [a]}, {from: [b], ports: []}]}}"),
        read("{spec: {ingress: [{from: [b]}, {from: [a]}]}}"),
    );
    let found = corresponding("NetworkPolicy", &path, &live, &applied).unwrap();
    assert_eq!(found.items()[0].text(), Some("a"));
    let fewer = read("{spec: {ingress: [{from: [b]}]}}");
    assert_eq!(corresponding("NetworkPolicy", &path, &live, &fewer), None);
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
    let found: Vec<(String, String)> = leaves(fields, &live, &|_| false)
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
        says(&declared, &leaves(fields, &live, &|_| false)[3].0),
        "a list is said as a whole"
    );
    assert!(!says(&declared, &leaves(fields, &live, &|_| false)[0].0));
    assert_eq!(live.items_at(&["metadata", "managedFields"]).len(), 2);
}
