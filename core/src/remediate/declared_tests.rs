//! What is opened has to be declared, for Pods that are there and for those that may come; what was open is not opened.

use super::declared::{Declared, Reach, undeclared};
use crate::inventory::OwnerIndex;
use crate::network::{Gatherer, Network};
use crate::value::{Value, ValueExt};

fn value(text: &str) -> Value {
    Value::from_json_str(text).unwrap()
}

const SPEC: &str = r#"{
    "namespaces": [
        {"name": "b2b", "role": "application", "workloads": [{"name": "web", "kind": "Deployment", "uses": ["store/db"]}],
         "network": {"accepts": {"fromNamespaces": ["ingress-nginx", "prometheus"], "sameNamespace": true, "outside": false}}},
        {"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all", "sameNamespace": true, "outside": false},
         "egress": {"toNamespaces": ["b2b"], "sameNamespace": true, "outside": false, "networks": ["203.0.113.0/24"]}}},
        {"name": "store", "role": "application", "network": {"accepts": {"fromNamespaces": [], "sameNamespace": false, "outside": false}}},
        {"name": "shop", "role": "application", "network": {"accepts": {"fromNamespaces": [], "outside": true}}},
        {"name": "ingress-nginx", "role": "ingress"},
        {"name": "argocd", "role": "delivery"},
        {"name": "prometheus", "role": "monitoring"}],
    "exposure": [{"service": "ingress-nginx/controller"}],
    "ingress": {"hosts": {"argocd": ["argocd.example.com"]}}}"#;

fn workload(namespace: &str, name: &str) -> Value {
    value(&format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"{name}","namespace":"{namespace}"}},
            "spec":{{"template":{{"metadata":{{"labels":{{"app":"{name}"}}}},
            "spec":{{"containers":[{{"name":"a","ports":[{{"name":"http","containerPort":8080}},{{"containerPort":8443}}]}}]}}}}}}}}"#
    ))
}

fn policy(namespace: &str, name: &str, spec: &str) -> Value {
    value(&format!(
        r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{spec}}}"#
    ))
}

const NAMESPACES: [&str; 8] = [
    "b2b",
    "back",
    "store",
    "shop",
    "ingress-nginx",
    "argocd",
    "prometheus",
    "stranger",
];

/// A workload in each namespace; all of them let nobody in.
fn closed() -> Vec<Value> {
    let mut objects = Vec::new();
    for name in NAMESPACES {
        objects.push(value(&format!(
            r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#
        )));
        let own = match name {
            "store" => "db",
            "ingress-nginx" => "controller",
            _ => "web",
        };
        objects.push(workload(name, own));
        objects.push(policy(
            name,
            "deny",
            r#"{"podSelector":{},"policyTypes":["Ingress"]}"#,
        ));
    }
    objects.push(workload("b2b", "other"));
    objects.push(value(
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"controller","namespace":"ingress-nginx"},
            "spec":{"selector":{"app":"controller"},"ports":[{"port":80,"targetPort":"http"}]}}"#,
    ));
    objects
}

fn network(objects: &[Value]) -> Network {
    let (mut owners, mut gatherer) = (OwnerIndex::default(), Gatherer::new(true));
    for object in objects {
        owners.absorb(object);
        gatherer.absorb(object, &owners);
    }
    gatherer.build(&owners).0
}

fn everywhere() -> Reach {
    Reach {
        namespaces: NAMESPACES.iter().map(|name| (*name).to_owned()).collect(),
        everywhere: true,
    }
}

/// What is opened and not declared, in words.
fn opened(before: &[Value], after: &[Value]) -> Vec<String> {
    let declared = Declared::of(&value(SPEC), &before.iter());
    let pairs = undeclared(&network(before), &network(after), &declared, &everywhere());
    let words = pairs.iter();
    words
        .map(|pair| format!("{} → {} ({})", pair.from, pair.to, pair.conn))
        .collect()
}

/// The same when a policy is added to what is closed.
fn added(namespace: &str, spec: &str) -> Vec<String> {
    let before = closed();
    let mut after = before.clone();
    after.push(policy(namespace, "new", spec));
    opened(&before, &after)
}

fn from(peer: &str) -> String {
    format!(r#"{{"podSelector":{{}},"policyTypes":["Ingress"],"ingress":[{{"from":[{peer}]}}]}}"#)
}

fn named(namespace: &str) -> String {
    format!(r#"{{"namespaceSelector":{{"matchLabels":{{"kubernetes.io/metadata.name":"{namespace}"}}}}}}"#)
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_a_namespace_accepts_may_be_opened_to_it() {
    for peer in [
        named("ingress-nginx"),
        named("prometheus"),
        r#"{"podSelector":{}}"#.to_owned(),
    ] {
        assert_eq!(added("b2b", &from(&peer)), NOTHING, "{peer}");
    }
    // Of which every namespace is accepted, by whatever selector.
    for peer in [
        named("stranger"),
        r#"{"namespaceSelector":{}}"#.to_owned(),
        named("argocd"),
    ] {
        assert_eq!(added("back", &from(&peer)), NOTHING, "{peer}");
    }
    assert_eq!(
        added("shop", &from(r#"{"ipBlock":{"cidr":"0.0.0.0/0"}}"#)),
        NOTHING
    );
    // One that says nothing: its own Pods, who monitors it, the controller where it has hosts.
    for (namespace, peer) in [
        ("argocd", r#"{"podSelector":{}}"#.to_owned()),
        ("argocd", named("prometheus")),
        ("argocd", named("ingress-nginx")),
        ("ingress-nginx", named("prometheus")),
    ] {
        assert_eq!(added(namespace, &from(&peer)), NOTHING, "{namespace} {peer}");
    }
}

#[test]
fn what_nobody_declared_is_named() {
    assert_eq!(
        added("b2b", &from(&named("stranger"))),
        [
            "stranger/web[Deployment] → b2b/other[Deployment] (All Connections)",
            "stranger/web[Deployment] → b2b/web[Deployment] (All Connections)",
        ]
    );
    let ports = r#"{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"],
        "ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"back"}}}],"ports":[{"port":8080}]}]}"#;
    // That of back declares to connect to b2b does not make b2b accept it.
    assert_eq!(
        added("b2b", ports),
        ["back/web[Deployment] → b2b/web[Deployment] (TCP 8080)"]
    );
    for (namespace, peer, pair) in [
        (
            "store",
            r#"{"podSelector":{}}"#.to_owned(),
            "Pods of namespace store → store/db",
        ),
        ("argocd", named("b2b"), "b2b/web[Deployment] → argocd/web"),
        (
            "prometheus",
            named("ingress-nginx"),
            "ingress-nginx/controller[Deployment] → prometheus/web",
        ),
        (
            "stranger",
            named("prometheus"),
            "prometheus/web[Deployment] → stranger/web",
        ),
        (
            "stranger",
            r#"{"namespaceSelector":{}}"#.to_owned(),
            "every namespace → stranger/web",
        ),
        (
            "b2b",
            r#"{"ipBlock":{"cidr":"203.0.113.0/24"}}"#.to_owned(),
            "203.0.113.0-203.0.113.255[External] → b2b/web",
        ),
        (
            "back",
            r#"{"ipBlock":{"cidr":"0.0.0.0/0"}}"#.to_owned(),
            "0.0.0.0-255.255.255.255[External] → back/web",
        ),
    ] {
        let told = added(namespace, &from(&peer));
        assert!(told.iter().any(|one| one.starts_with(pair)), "{pair}: {told:?}");
    }
    // `ingress: [{}]` is more than all namespaces.
    let everybody = added(
        "back",
        r#"{"podSelector":{},"policyTypes":["Ingress"],"ingress":[{}]}"#,
    );
    assert_eq!(everybody.len(), 1, "{everybody:?}");
    assert!(everybody[0].contains("[External]"), "{everybody:?}");
    let six = added("b2b", &from(r#"{"ipBlock":{"cidr":"2001:db8::/32"}}"#));
    assert!(six.iter().any(|one| one.starts_with("2001:db8::")), "{six:?}");
}

#[test]
fn pods_that_may_come_count() {
    // Into a namespace without a workload that could be seen to connect.
    let before = closed();
    let mut bare = before.clone();
    bare.retain(|object| {
        object.text_at(&["metadata", "namespace"]) != Some("stranger")
            || object.text_at(&["kind"]) != Some("Deployment")
    });
    let mut after = bare.clone();
    after.push(policy("b2b", "new", &from(&named("stranger"))));
    assert_eq!(
        opened(&bare, &after),
        [
            "Pods of namespace stranger → b2b/other[Deployment] (All Connections)",
            "Pods of namespace stranger → b2b/web[Deployment] (All Connections)",
        ]
    );
    // And into namespaces of which nobody has heard.
    let selector = r#"{"namespaceSelector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"NotIn",
        "values":["b2b","back","store","shop","ingress-nginx","argocd","prometheus","stranger"]}]}}"#;
    let told = added("b2b", &from(selector));
    assert!(
        told.contains(&"every namespace → b2b/web[Deployment] (All Connections)".to_owned()),
        "{told:?}"
    );
}

#[test]
fn who_is_declared_to_use_something_may_and_no_one_beside() {
    let peer = |labels: &str| {
        from(&format!(
            r#"{{"namespaceSelector":{{"matchLabels":{{"kubernetes.io/metadata.name":"b2b"}}}},"podSelector":{labels}}}"#
        ))
    };
    assert_eq!(added("store", &peer(r#"{"matchLabels":{"app":"web"}}"#)), NOTHING);
    assert_eq!(
        added(
            "store",
            &peer(r#"{"matchExpressions":[{"key":"app","operator":"In","values":["web","other"]}]}"#)
        ),
        ["b2b/other[Deployment] → store/db[Deployment] (All Connections)"]
    );
    let all = added("store", &peer("{}"));
    assert_eq!(
        all,
        ["b2b/other[Deployment] → store/db[Deployment] (All Connections)"]
    );
}

#[test]
fn what_is_exposed_is_open_on_its_ports_alone() {
    let on = |ports: &str| {
        let rule = format!(
            r#"{{"podSelector":{{}},"policyTypes":["Ingress"],"ingress":[{{"from":[{{"ipBlock":{{"cidr":"0.0.0.0/0"}}}}],"ports":[{ports}]}}]}}"#
        );
        added("ingress-nginx", &rule)
    };
    assert_eq!(on(r#"{"port":8080}"#), NOTHING);
    assert_eq!(
        on(r#"{"port":8443}"#),
        ["0.0.0.0-255.255.255.255[External] → ingress-nginx/controller[Deployment] (TCP 8443)"]
    );
}

#[test]
fn what_was_open_is_not_opened() {
    // Nothing selected the Pods: the first policy that does opens nothing, whomever it lets in.
    let mut before = closed();
    before.retain(|object| {
        object.text_at(&["metadata", "namespace"]) != Some("b2b")
            || object.text_at(&["kind"]) != Some("NetworkPolicy")
    });
    for peer in [
        named("stranger"),
        r#"{"namespaceSelector":{}}"#.to_owned(),
        r#"{"ipBlock":{"cidr":"10.1.2.0/24"}}"#.to_owned(),
    ] {
        let mut after = before.clone();
        after.push(policy("b2b", "new", &from(&peer)));
        assert_eq!(opened(&before, &after), NOTHING, "{peer}");
    }
    // The last policy that goes opens all.
    let told = opened(&closed(), &before);
    assert!(
        told.iter()
            .any(|one| one.starts_with("stranger/web[Deployment] → b2b/web")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|one| one.starts_with("every namespace → b2b/web")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|one| one.contains("[External] → b2b/web")),
        "{told:?}"
    );
}

#[test]
fn ways_out_are_held_to_what_is_declared_of_them() {
    let shut = r#"{"podSelector":{},"policyTypes":["Egress"],"egress":[]}"#;
    let out = |namespace: &str, to: &str| {
        let mut before = closed();
        before.push(policy(namespace, "shut", shut));
        // Everybody lets everybody in, so that only the way out is in question.
        for name in NAMESPACES {
            before.push(policy(
                name,
                "open",
                r#"{"podSelector":{},"policyTypes":["Ingress"],"ingress":[{}]}"#,
            ));
        }
        let mut after = before.clone();
        let rule = format!(r#"{{"podSelector":{{}},"policyTypes":["Egress"],"egress":[{{"to":[{to}]}}]}}"#);
        after.push(policy(namespace, "new", &rule));
        opened(&before, &after)
    };
    assert_eq!(out("prometheus", &named("b2b")), NOTHING, "b2b accepts it");
    assert_eq!(out("back", r#"{"podSelector":{}}"#), NOTHING);
    assert_eq!(out("back", r#"{"ipBlock":{"cidr":"203.0.113.128/25"}}"#), NOTHING);
    for (namespace, to, pair) in [
        ("argocd", named("b2b"), "argocd/web[Deployment] → b2b/web"),
        // It says where it connects to, and this is not there.
        (
            "back",
            named("back").replace("back", "shop"),
            "back/web[Deployment] → shop/web",
        ),
        (
            "back",
            r#"{"ipBlock":{"cidr":"203.0.112.0/23"}}"#.to_owned(),
            "back/web[Deployment] → 203.0.112.0",
        ),
        // It says nothing of it, and it was shut.
        (
            "b2b",
            r#"{"ipBlock":{"cidr":"198.51.100.0/24"}}"#.to_owned(),
            "b2b/web[Deployment] → 198.51.100.0",
        ),
    ] {
        let told = out(namespace, &to);
        assert!(told.iter().any(|one| one.starts_with(pair)), "{pair}: {told:?}");
    }
}

#[test]
fn labels_open_as_policies_do() {
    let mut before = closed();
    before.push(policy(
        "b2b",
        "team",
        &from(r#"{"namespaceSelector":{"matchLabels":{"team":"b2b"}}}"#),
    ));
    let labelled = |name: &str| -> Vec<Value> {
        let plain = value(&format!(
            r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#
        ));
        let label = value(&format!(
            r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}","labels":{{"team":"b2b"}}}}}}"#
        ));
        let objects = before.iter();
        objects
            .map(|one| if *one == plain { label.clone() } else { one.clone() })
            .collect()
    };
    assert_eq!(opened(&before, &labelled("prometheus")), NOTHING);
    let told = opened(&before, &labelled("stranger"));
    assert_eq!(told.len(), 2, "{told:?}");
    // Labels of Pods that no policy selects any more.
    let mut selected = before.clone();
    selected.retain(|one| one.text_at(&["metadata", "name"]) != Some("deny"));
    selected.push(policy(
        "b2b",
        "deny",
        r#"{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"]}"#,
    ));
    let freed: Vec<Value> = selected
        .iter()
        .map(|one| {
            let text = one.to_json_str().unwrap();
            if one.text_at(&["metadata", "namespace"]) == Some("b2b")
                && one.text_at(&["metadata", "name"]) == Some("web")
            {
                value(&text.replace(r#""app":"web""#, r#""app":"free""#))
            } else {
                one.clone()
            }
        })
        .collect();
    // What was let in by the team's policy, too, is not what is opened.
    let told = opened(&selected, &freed);
    assert!(told.iter().all(|one| one.contains("→ b2b/web")), "{told:?}");
}

#[test]
fn the_network_of_the_host_is_open_to_all() {
    let before = closed();
    let hosted = before.iter().map(|one| {
        let text = one.to_json_str().unwrap();
        if one.text_at(&["metadata", "name"]) == Some("db") {
            value(&text.replace(r#""containers":"#, r#""hostNetwork":true,"containers":"#))
        } else {
            one.clone()
        }
    });
    let after: Vec<Value> = hosted.collect();
    assert_eq!(
        opened(&before, &after),
        ["everybody who reaches its node → store/db[Deployment] (All Connections)"]
    );
    assert_eq!(opened(&after, &after), NOTHING);
}

#[test]
fn only_what_is_concerned_is_looked_at() {
    let before = closed();
    let mut after = before.clone();
    after.push(policy("b2b", "new", &from(&named("stranger"))));
    let declared = Declared::of(&value(SPEC), &before.iter());
    let (before, after) = (network(&before), network(&after));
    let told = |namespaces: &[&str], everywhere: bool| {
        let reach = Reach {
            namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
            everywhere,
        };
        undeclared(&before, &after, &declared, &reach).len()
    };
    assert_eq!(told(&["b2b"], false), 2);
    assert_eq!(told(&["stranger"], false), 2, "pairs are of either end");
    assert_eq!(told(&["shop"], false), 0);
    assert_eq!(told(&["shop"], true), 2);
}
