use super::compare::says;
use super::*;
use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt};
use crate::yaml::value_of as read;

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
    // Nobody is let in, or everybody.
    let closed = policy("{podSelector: {}, policyTypes: [Egress, Ingress]}");
    for (added, path) in [("ingress: [{}]", "spec.ingress"), ("egress: [{}]", "spec.egress")] {
        let opened = format!("{{podSelector: {{}}, policyTypes: [Egress, Ingress], {added}}}");
        assert_eq!(differ(&closed, &policy(&opened)), [path]);
        assert_eq!(differ(&policy(&opened), &closed), [path]);
    }
    let empty = "{podSelector: {}, policyTypes: [Egress, Ingress], ingress: [], egress: null}";
    assert_eq!(differ(&closed, &policy(empty)), [""; 0]);
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

/// An Ingress with these rules, and these certificates.
fn ingress(rules: &str, tls: &str) -> String {
    format!("{{kind: Ingress, spec: {{rules: {rules}, tls: {tls}}}}}")
}

fn rule(host: &str, paths: &[(&str, &str, &str)]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|(path, kind, service)| {
            format!("{{path: {path}, pathType: {kind}, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}")
        })
        .collect();
    let host = if host.is_empty() {
        String::new()
    } else {
        format!("host: {host}, ")
    };
    format!("{{{host}http: {{paths: [{}]}}}}", paths.join(", "))
}

#[test]
fn an_ingress_is_compared_by_hosts_paths_and_secrets() {
    let (api, web) = (("/api", "Prefix", "api"), ("/", "Prefix", "web"));
    let (tls_a, tls_b) = (
        "{hosts: [a, b], secretName: one}",
        "{hosts: [c], secretName: two}",
    );
    let declared = ingress(
        &format!("[{}, {}]", rule("a", &[api, web]), rule("b", &[web])),
        &format!("[{tls_a}, {tls_b}]"),
    );
    let turned = |api: (&str, &str, &str), tls: &str| {
        ingress(
            &format!("[{}, {}]", rule("b", &[web]), rule("a", &[web, api])),
            &format!("[{tls}, {{hosts: [b, a], secretName: one}}]"),
        )
    };
    assert_eq!(differ(&declared, &turned(api, tls_b)), [""; 0]);
    assert_eq!(
        differ(
            &declared,
            &turned(("/api", "Prefix", "other"), "{hosts: [d], secretName: two}")
        ),
        [
            "spec.rules[host=a].http.paths[path=/api].backend.service.name",
            "spec.tls[secretName=two].hosts"
        ]
    );
    // What is missing is told alone.
    let fewer = ingress(
        &format!("[{}, {}]", rule("b", &[web]), rule("a", &[web])),
        &format!("[{tls_b}, {tls_a}]"),
    );
    assert_eq!(
        differ(&declared, &fewer),
        ["spec.rules[host=a].http.paths[path=/api]"]
    );
    // A host that comes twice, and a rule for all hosts, are found by what they say, else by their host.
    let all = ingress(
        &format!(
            "[{}, {}, {}]",
            rule("", &[web]),
            rule("a", &[api]),
            rule("a", &[web])
        ),
        "[]",
    );
    let live = |service: &str| {
        let rules = format!(
            "[{}, {}, {}]",
            rule("a", &[web]),
            rule("", &[("/", "Prefix", service)]),
            rule("a", &[api])
        );
        ingress(&rules, "[]")
    };
    assert_eq!(differ(&all, &live("web")), [""; 0]);
    assert_eq!(
        differ(&all, &live("other")),
        ["spec.rules[1].http.paths[path=/].backend.service.name"]
    );
    // One path twice: it and its type tell which is meant.
    let (exact, prefix) = (("/x", "Exact", "one"), ("/x", "Prefix", "two"));
    let twice = ingress(&format!("[{}]", rule("a", &[exact, prefix])), "[]");
    let moved = ingress(
        &format!(
            "[{}]",
            rule("a", &[("/x", "Prefix", "three"), ("/x", "Exact", "four")])
        ),
        "[]",
    );
    let told = compare(Sides {
        declared: Some(&read(&twice)),
        committed: None,
        live: &read(&moved),
    });
    let told: Vec<(Option<&str>, Option<&str>)> = told
        .iter()
        .map(|one| (one.declared.as_ref().and_then(ValueExt::text), one.live.text()))
        .collect();
    assert_eq!(told, [(Some("two"), Some("three")), (Some("one"), Some("four"))]);
}

#[test]
fn other_lists_whose_order_means_nothing() {
    let pod = |spec: &str| format!("{{kind: Pod, spec: {{{spec}}}}}");
    let zone = "{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}";
    let soft = "{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway}";
    for (one, other, differs) in [
        (
            format!("topologySpreadConstraints: [{zone}, {soft}]"),
            format!("topologySpreadConstraints: [{soft}, {zone}]"),
            &[][..],
        ),
        (
            format!("topologySpreadConstraints: [{zone}, {soft}]"),
            format!("topologySpreadConstraints: [{}, {zone}]", soft.replace('1', "2")),
            &["spec.topologySpreadConstraints[0].maxSkew"],
        ),
        (
            "hostAliases: [{ip: 10.0.0.1, hostnames: [a]}, {ip: 10.0.0.2, hostnames: [b]}]".to_owned(),
            "hostAliases: [{ip: 10.0.0.2, hostnames: [c]}, {ip: 10.0.0.1, hostnames: [a]}]".to_owned(),
            &["spec.hostAliases[ip=10.0.0.2].hostnames"],
        ),
        (
            "imagePullSecrets: [{name: a}, {name: b}]".to_owned(),
            "imagePullSecrets: [{name: b}, {name: a}]".to_owned(),
            &[],
        ),
        (
            "containers: [{name: a, ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]}]".to_owned(),
            "containers: [{name: a, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: TCP}]}]"
                .to_owned(),
            &[],
        ),
        // What is read in its order, and what may refer to what came before.
        (
            "containers: [{name: a, args: [x, y]}]".to_owned(),
            "containers: [{name: a, args: [y, x]}]".to_owned(),
            &["spec.containers[name=a].args"],
        ),
        (
            "initContainers: [{name: a}, {name: b}]".to_owned(),
            "initContainers: [{name: b}, {name: a}]".to_owned(),
            &["spec.initContainers"],
        ),
        (
            "containers: [{name: a, envFrom: [{prefix: x}, {prefix: y}]}]".to_owned(),
            "containers: [{name: a, envFrom: [{prefix: y}, {prefix: x}]}]".to_owned(),
            &[
                "spec.containers[name=a].envFrom[0].prefix",
                "spec.containers[name=a].envFrom[1].prefix",
            ],
        ),
    ] {
        assert_eq!(differ(&pod(&one), &pod(&other)), differs, "{one}");
    }
    // A subject that is another kind of the same name is told where it stands live.
    let binding = |subjects: &str| format!("{{kind: RoleBinding, subjects: [{subjects}]}}");
    assert_eq!(
        differ(
            &binding("{kind: User, name: a}, {kind: Group, name: a}"),
            &binding("{kind: Group, name: a, apiGroup: rbac}, {kind: ServiceAccount, name: a}")
        ),
        ["subjects[1].kind"]
    );
}

#[test]
fn an_empty_selector_of_a_peer_is_not_the_same_as_none() {
    let policy = |peer: &str| {
        format!(
            "{{kind: NetworkPolicy, spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}}}"
        )
    };
    let own = "{podSelector: {}}";
    let all = "{namespaceSelector: {}}";
    let both = "{namespaceSelector: {}, podSelector: {}}";
    let some = "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}";
    let peers = [own, all, both, some];
    for (declared, live) in peers.iter().flat_map(|one| peers.map(|other| (*one, other))) {
        let found = differ(&policy(declared), &policy(live));
        assert_eq!(found.is_empty(), declared == live, "{declared} {live} {found:?}");
        let place = FieldPath(
            ["spec", "ingress"]
                .map(|key| PathElement::Key(key.to_owned()))
                .to_vec(),
        );
        let of = |peer: &str| {
            let object = read(&policy(peer));
            object.at(&["spec", "ingress"]).cloned().unwrap()
        };
        assert_eq!(
            agrees("NetworkPolicy", &place, &of(declared), &of(live)),
            declared == live,
            "{declared} {live}"
        );
    }
    // What the server writes where nobody says it is nothing to tell.
    for (declared, live) in [
        (
            "{kind: NetworkPolicy, spec: {policyTypes: [Ingress]}}",
            "{kind: NetworkPolicy, spec: {podSelector: {}, policyTypes: [Ingress]}}",
        ),
        (
            "{kind: MutatingWebhookConfiguration, webhooks: [{name: a}]}",
            "{kind: MutatingWebhookConfiguration, webhooks: [{name: a, namespaceSelector: {}, objectSelector: {}}]}",
        ),
    ] {
        assert_eq!(differ(declared, live), [] as [&str; 0]);
    }
}
