//! The meaning of NetworkPolicies, written down naively: one question at a time, no classes, no sets.

use crate::model::{Labels, NAME, Peer, Policy, Port, Requirement, Rule, World};

/// One side of a question: a Pod (existing or not) or an address.
#[derive(Debug, Clone)]
pub(crate) enum Side {
    Pod {
        namespace: String,
        namespace_labels: Labels,
        labels: Labels,
    },
    Address(u32),
}

fn value<'l>(labels: &'l Labels, key: &str) -> Option<&'l String> {
    labels
        .iter()
        .find(|(known, _)| known == key)
        .map(|(_, value)| value)
}

fn selects(selector: &[Requirement], labels: &Labels) -> bool {
    selector.iter().all(
        |Requirement {
             key,
             operator,
             values,
         }| {
            let found = value(labels, key);
            match *operator {
                "In" => found.is_some_and(|found| values.contains(found)),
                "NotIn" => !found.is_some_and(|found| values.contains(found)),
                "Exists" => found.is_some(),
                _ => found.is_none(),
            }
        },
    )
}

fn inside(address: u32, (base, length): (u32, u8)) -> bool {
    let size = 1u64 << (32 - length);
    u64::from(address) / size == u64::from(base) / size
}

fn peer_admits(peer: &Peer, home: &str, side: &Side) -> bool {
    match (peer, side) {
        (Peer::Block { cidr, except }, Side::Address(address)) => {
            inside(*address, *cidr) && !except.iter().any(|hole| inside(*address, *hole))
        }
        (
            Peer::Pods { namespaces, pods },
            Side::Pod {
                namespace,
                namespace_labels,
                labels,
            },
        ) => {
            namespaces
                .as_ref()
                .map_or(namespace == home, |selector| selects(selector, namespace_labels))
                && pods.as_ref().is_none_or(|selector| selects(selector, labels))
        }
        _ => false,
    }
}

fn port_admits(port: &(&str, Port), declared: &[(&str, u16, &str)], asked: (&str, u16)) -> bool {
    port.0 == asked.0
        && match &port.1 {
            Port::Every => true,
            Port::Range(from, to) => (*from..=*to).contains(&asked.1),
            Port::Named(name) => declared
                .iter()
                .any(|(known, number, protocol)| known == name && *protocol == asked.0 && *number == asked.1),
        }
}

fn rule_admits(
    rule: &Rule,
    home: &str,
    side: &Side,
    declared: &[(&str, u16, &str)],
    asked: (&str, u16),
) -> bool {
    (rule.peers.is_empty() || rule.peers.iter().any(|peer| peer_admits(peer, home, side)))
        && (rule.ports.is_empty() || rule.ports.iter().any(|port| port_admits(port, declared, asked)))
}

/// A policy isolates ingress unless its types say otherwise, egress only if they say so or, without types, it has rules.
fn isolates(policy: &Policy, direction: &str) -> bool {
    if policy.types.is_empty() {
        direction == "Ingress" || !policy.egress.is_empty()
    } else {
        policy.types.contains(&direction)
    }
}

fn applying<'w>(world: &'w World, pod: usize, direction: &'w str) -> impl Iterator<Item = &'w Policy> {
    let pod = &world.pods[pod];
    world.policies.iter().filter(move |policy| {
        policy.namespace == pod.namespace
            && isolates(policy, direction)
            && selects(&policy.selector, &pod.labels)
    })
}

pub(crate) fn ingress(world: &World, destination: usize, source: &Side, asked: (&str, u16)) -> bool {
    let declared = &world.pods[destination].ports;
    let mut policies = applying(world, destination, "Ingress").peekable();
    policies.peek().is_none()
        || policies.any(|policy| {
            let home = format!("n{}", policy.namespace);
            policy
                .ingress
                .iter()
                .any(|rule| rule_admits(rule, &home, source, declared, asked))
        })
}

/// As [`ingress`], through peers that are selectors only, and only when a policy applies.
pub(crate) fn explicit(world: &World, destination: usize, source: &Side, asked: (&str, u16)) -> bool {
    let declared = &world.pods[destination].ports;
    applying(world, destination, "Ingress").any(|policy| {
        let home = format!("n{}", policy.namespace);
        let rules = policy.ingress.iter().filter(|rule| !rule.peers.is_empty());
        rules
            .into_iter()
            .any(|rule| rule_admits(rule, &home, source, declared, asked))
    })
}

pub(crate) fn egress(
    world: &World,
    source: usize,
    destination: &Side,
    declared: &[(&str, u16, &str)],
    asked: (&str, u16),
) -> bool {
    let mut policies = applying(world, source, "Egress").peekable();
    policies.peek().is_none()
        || policies.any(|policy| {
            let home = format!("n{}", policy.namespace);
            policy
                .egress
                .iter()
                .any(|rule| rule_admits(rule, &home, destination, declared, asked))
        })
}

pub(crate) fn namespace_labels(world: &World, namespace: usize) -> Labels {
    let name = (NAME.to_owned(), format!("n{namespace}"));
    world.namespaces[namespace]
        .iter()
        .cloned()
        .chain([name])
        .collect()
}

pub(crate) fn side(world: &World, pod: usize) -> Side {
    let pod = &world.pods[pod];
    Side::Pod {
        namespace: format!("n{}", pod.namespace),
        namespace_labels: namespace_labels(world, pod.namespace),
        labels: pod.labels.clone(),
    }
}

pub(crate) fn isolated(world: &World, pod: usize, direction: &str) -> bool {
    applying(world, pod, direction).next().is_some()
}

/// Every assignment of the mentioned Pod labels: absent, x, y, something else.
pub(crate) fn possible_labels(keys: &[&str]) -> Vec<Labels> {
    let mut every = vec![Labels::new()];
    for key in keys {
        let longer = every.iter().flat_map(|labels| {
            ["x", "y", "other"].map(|value| {
                let mut labels = labels.clone();
                labels.push(((*key).to_owned(), value.to_owned()));
                labels
            })
        });
        let longer: Vec<_> = longer.collect();
        every.extend(longer);
    }
    every
}

/// Every Pod there could be, in every namespace there could be.
pub(crate) fn possible_pods() -> Vec<Side> {
    let mut sides = Vec::new();
    for name in ["n0", "n1", "n2", "n7", "other"] {
        for mut namespace_labels in possible_labels(&["t"]) {
            namespace_labels.push((NAME.to_owned(), name.to_owned()));
            sides.extend(possible_labels(&["a", "b"]).into_iter().map(|labels| Side::Pod {
                namespace: name.to_owned(),
                namespace_labels: namespace_labels.clone(),
                labels,
            }));
        }
    }
    sides
}
