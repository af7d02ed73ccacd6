//! What others made is recognised by what it does, whatever it is called; and where it does less, what is declared is made.

use super::elsewhere::{Others, elsewhere, told};
use super::objects::{Material, objects};
use crate::inventory::{OwnerIndex, ResourceRef};
use crate::network::Gatherer;
use crate::spec::Spec;
use crate::value::Value;
use crate::yaml::value_of as read;
use std::collections::BTreeMap;

fn spec(network: &str) -> Spec {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: web, role: platform}}\n    - {{name: db, role: application, network: {network}}}\n"
    );
    let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
    loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

fn namespace(name: &str, labels: &str) -> Value {
    read(&format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{kubernetes.io/metadata.name: {name}{labels}}}}}}}"
    ))
}

fn pod(name: &str) -> Value {
    read(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: db, labels: {{app: {name}}}}}, spec: {{containers: [{{name: a}}]}}}}"
    ))
}

fn policy(name: &str, spec: &str) -> Value {
    read(&format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: db}}, spec: {spec}}}"
    ))
}

/// What is said of the policies of `db` where these stand, beside two Pods.
fn of(network: &str, policies: &[(&str, &str)]) -> Vec<String> {
    let spec = spec(network);
    let desired = objects(&spec, &Material::default()).unwrap();
    let mut there = vec![namespace("web", ", team: front"), namespace("db", "")];
    there.extend(policies.iter().map(|(name, spec)| policy(name, spec)));
    there.extend([pod("one"), pod("two")]);
    let mut gatherer = Gatherer::new(false);
    let owners = OwnerIndex::default();
    let mut live: BTreeMap<ResourceRef, Value> = BTreeMap::new();
    for object in &there {
        gatherer.absorb(object, &owners);
        live.insert(crate::inventory::identify(object).unwrap().0, object.clone());
    }
    let others = Others {
        network: Some(gatherer.build(&owners).0),
        applications: Vec::new(),
    };
    told(&elsewhere(&spec, &desired, &|one| live.get(one), &others))
}

const FROM_WEB: &str = "{accepts: {fromNamespaces: [web], sameNamespace: false}}";
const SAME: &str = "do the same for what runs there";

#[test]
fn the_same_under_other_names_is_not_made_again() {
    let closed = ("closed", "{podSelector: {}, policyTypes: [Ingress]}");
    let from = |selector: &str| {
        format!(
            "{{podSelector: {selector}, policyTypes: [Ingress], ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{team: front}}}}}}]}}]}}"
        )
    };
    let for_all = from("{}");
    assert_eq!(
        of(FROM_WEB, &[closed, ("web-in", &for_all)]),
        [format!(
            "NetworkPolicy accept-declared, default-deny of db are not made: closed, web-in {SAME}"
        )]
    );
    // One for each workload closes all that runs.
    let (one, two) = (
        from("{matchLabels: {app: one}}"),
        from("{matchLabels: {app: two}}"),
    );
    assert_eq!(
        of(FROM_WEB, &[("one", &one), ("two", &two)]),
        [format!(
            "NetworkPolicy accept-declared, default-deny of db are not made: one, two {SAME}"
        )]
    );
    // Where one is left open, all of it is made: what stays open with what is closed.
    assert_eq!(of(FROM_WEB, &[("one", &one)]), [""; 0]);
    // Where nobody lets in what is declared.
    assert_eq!(of(FROM_WEB, &[closed]), [""; 0]);
    assert_eq!(
        of(
            "{accepts: {fromNamespaces: [web]}}",
            &[closed, ("web-in", &for_all)]
        ),
        [""; 0]
    );
    assert_eq!(
        of(
            "{accepts: {fromNamespaces: all}}",
            &[closed, ("web-in", &for_all)]
        ),
        [""; 0]
    );
    let all = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}";
    assert_eq!(
        of("{accepts: {fromNamespaces: all}}", &[("any", all)]),
        [
            "NetworkPolicy accept-all-namespaces, default-deny of db are not made: any does the same for what runs there"
        ]
    );
    // An empty rule is nobody's word.
    let empty = "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}";
    assert_eq!(of("{accepts: {fromNamespaces: all}}", &[("any", empty)]), [""; 0]);
}

#[test]
fn what_is_called_so_stands_and_the_rest_is_looked_for() {
    let deny = (
        "default-deny",
        "{podSelector: {}, policyTypes: [Ingress, Egress]}",
    );
    let out = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/7}}, {podSelector: {}}]}]}";
    let both = [deny, ("out", out)];
    let declared =
        |egress: &str| format!("{{accepts: {{fromNamespaces: [], sameNamespace: false}}, egress: {egress}}}");
    assert_eq!(
        of(&declared("{networks: [10.1.0.0/16]}"), &both),
        ["NetworkPolicy reach-declared of db is not made: default-deny, out do the same for what runs there"]
    );
    assert_eq!(of(&declared("{networks: [12.0.0.0/8]}"), &both), [""; 0]);
    assert_eq!(of(&declared("{outside: true}"), &both), [""; 0]);
}
