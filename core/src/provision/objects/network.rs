//! NetworkPolicies: what is declared may connect, everything else may not.
//!
//! They look like those that the fixes of `namespace-isolation` and `backend-accepts-all-namespaces` propose, but for all
//! Pods of a namespace at once. `fromNamespaces: all` is `namespaceSelector: {}`: an empty rule would let in the outside,
//! too (policy `backend-closed-to-outside`).

use super::marks::made;
use super::{Making, Part};
use crate::spec::{Accepts, Egress, Label, Namespace, NamespaceSet, Network, NetworkPolicies, Role, Spec};
use crate::value::{Value, array, object};
use std::collections::BTreeSet;

const API: &str = "networking.k8s.io/v1";
/// Everything outside, by both families of addresses.
const OUTSIDE: [&str; 2] = ["0.0.0.0/0", "::/0"];

pub(super) fn make(spec: &Spec, making: &mut Making<'_>) {
    for namespace in &spec.environment.spec.namespaces {
        let Some(network) = &namespace.network else {
            continue;
        };
        if namespace.role != Role::Application {
            making.notes.push(format!(
                "namespace {} is no application: NetworkPolicies for what it declares under `network` are its chart's, or yours, to make",
                namespace.name
            ));
            continue;
        }
        if network.policies == Some(NetworkPolicies::Existing) {
            making.notes.push(format!(
                "namespace {} leaves NetworkPolicies to others by its spec: none is made, and the audit judges those that there are",
                namespace.name
            ));
            continue;
        }
        policies(namespace, network, making);
    }
}

fn policies(namespace: &Namespace, network: &Network, making: &mut Making<'_>) {
    let own = namespace.name.as_str();
    let mut types = Vec::new();
    if let Some(accepts) = &network.accepts {
        types.push("Ingress");
        let peers = sources(accepts, own);
        if !peers.is_empty() {
            let name = match accepts.from_namespaces {
                NamespaceSet::All(_) => "accept-all-namespaces",
                NamespaceSet::Names(_) => "accept-declared",
            };
            let rules = ("ingress", array([object([("from", array(peers))])]));
            making.push(Part::Allowing, policy(own, name, &["Ingress"], Some(rules)));
        }
    }
    if let Some(egress) = &network.egress {
        types.push("Egress");
        let peers = destinations(egress, own);
        let declared = (!peers.is_empty()).then(|| object([("to", array(peers))]));
        let rules = ("egress", array(declared.into_iter().chain([dns()])));
        making.push(
            Part::Allowing,
            policy(own, "reach-declared", &["Egress"], Some(rules)),
        );
    }
    if !types.is_empty() {
        making.push(Part::Denying, policy(own, "default-deny", &types, None));
    }
}

/// A policy for all Pods of a namespace. Without rules it allows nothing.
fn policy(namespace: &str, name: &str, types: &[&str], rules: Option<(&str, Value)>) -> Value {
    let types = array(types.iter().map(|one| Value::from(*one)));
    let head = [("podSelector", everything()), ("policyTypes", types)];
    let spec = object(head.into_iter().chain(rules));
    made(API, "NetworkPolicy", Some(namespace), name, [("spec", spec)])
}

fn sources(accepts: &Accepts, own: &str) -> Vec<Value> {
    let mut peers = namespaces(&accepts.from_namespaces, accepts.same_namespace, own);
    if accepts.outside {
        peers.extend(OUTSIDE.map(block));
    }
    peers
}

fn destinations(egress: &Egress, own: &str) -> Vec<Value> {
    let mut peers = namespaces(&egress.to_namespaces, egress.same_namespace, own);
    if egress.outside {
        peers.extend(OUTSIDE.map(block));
    }
    peers.extend(egress.networks.iter().map(|network| block(network.as_str())));
    peers
}

/// Other namespaces by name, then the own one, whose Pods need no label of their namespace.
fn namespaces(set: &NamespaceSet, same: bool, own: &str) -> Vec<Value> {
    let names: BTreeSet<&str> = match set {
        NamespaceSet::All(_) => return vec![object([("namespaceSelector", everything())])],
        NamespaceSet::Names(names) => names.iter().map(Label::as_str).collect(),
    };
    let others = names.iter().filter(|name| **name != own);
    let mut peers: Vec<Value> = others
        .map(|name| object([("namespaceSelector", named(name))]))
        .collect();
    if same || names.contains(own) {
        peers.push(object([("podSelector", everything())]));
    }
    peers
}

/// Pods that may not ask for names reach nothing: DNS stays open, to the Pods behind Service kube-dns and nobody else.
fn dns() -> Value {
    let pods = object([("matchLabels", object([("k8s-app", Value::from("kube-dns"))]))]);
    let server = object([("namespaceSelector", named("kube-system")), ("podSelector", pods)]);
    let port = |protocol: &str| object([("port", Value::from(53_u64)), ("protocol", Value::from(protocol))]);
    object([
        ("to", array([server])),
        ("ports", array(["UDP", "TCP"].map(port))),
    ])
}

/// The selector that leaves nothing out.
fn everything() -> Value {
    object::<&str>([])
}

/// By the label that the API server itself gives every Namespace.
fn named(namespace: &str) -> Value {
    let label = object([("kubernetes.io/metadata.name", Value::from(namespace))]);
    object([("matchLabels", label)])
}

fn block(cidr: &str) -> Value {
    object([("ipBlock", object([("cidr", Value::from(cidr))]))])
}
