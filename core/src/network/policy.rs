//! NetworkPolicies as rules: read with the API server's defaults, malformed pieces set aside by name.

use crate::value::{Value, ValueExt};

use super::address::AddressRange;
use super::ports::{PortSet, Protocol};
use super::rule_parts::{Peer, Port, parse_all, parse_peer, parse_port};
use super::selector::{Selector, present};

/// A policy that could not be read in full, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// As `NetworkPolicy ns/name`.
    pub resource: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One NetworkPolicy.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) namespace: String,
    pub(super) name: String,
    /// None: malformed, so it may select anything in the namespace.
    pub(super) selector: Option<Selector>,
    pub(super) isolates_ingress: bool,
    pub(super) isolates_egress: bool,
    pub(super) ingress: Vec<Rule>,
    pub(super) egress: Vec<Rule>,
    pub(super) gap: Option<Gap>,
}

/// Which peers, on which ports.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) peers: Peers,
    pub(super) ports: PortSpec,
}

#[derive(Debug, Clone)]
pub(super) enum Peers {
    /// `from` or `to` is empty or missing: Pods and addresses alike.
    Any,
    Some {
        pods: Vec<PodPeer>,
        addresses: Vec<AddressRange>,
    },
}

/// Pods of the namespaces that `namespaces` selects (None: the policy's own) with the labels that `pods` selects.
#[derive(Debug, Clone)]
pub(super) struct PodPeer {
    pub(super) namespaces: Option<Selector>,
    pub(super) pods: Selector,
}

/// Ports of a rule before the names are resolved at the destination.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PortSpec {
    pub(super) fixed: PortSet,
    pub(super) named: Vec<(Protocol, String)>,
}

/// Namespace (absent = default) and name of an object.
pub(super) fn identity(object: &Value) -> (&str, &str) {
    (
        object
            .text_at(&["metadata", "namespace"])
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default"),
        object.text_at(&["metadata", "name"]).unwrap_or_default(),
    )
}

impl Policy {
    pub(super) fn parse(object: &Value) -> Self {
        let (namespace, name) = identity(object);
        let spec = present(object, "spec").unwrap_or(&Value::Null);
        let mut flaws = Vec::new();
        let selector = match spec
            .field("podSelector")
            .map_or(Ok(Selector::default()), Selector::parse)
        {
            Ok(selector) => Some(selector),
            Err(flaw) => {
                flaws.push(format!("spec.podSelector: {flaw}"));
                None
            }
        };
        let ingress = parse_rules(spec, "ingress", "from", &mut flaws);
        let egress = parse_rules(spec, "egress", "to", &mut flaws);
        let (mut isolates_ingress, mut isolates_egress) = (false, false);
        match present(spec, "policyTypes") {
            Some(types @ Value::Array(_)) => {
                for kind in types.items() {
                    match kind.text() {
                        Some("Ingress") => isolates_ingress = true,
                        Some("Egress") => isolates_egress = true,
                        _ => flaws.push(format!("spec.policyTypes: unknown type {kind}")),
                    }
                }
            }
            Some(_) => flaws.push("spec.policyTypes is not a list".to_owned()),
            None => {}
        }
        if spec.items_at(&["policyTypes"]).is_empty() {
            isolates_ingress = true;
            isolates_egress = !spec.items_at(&["egress"]).is_empty();
        }
        let gap = (!flaws.is_empty()).then(|| Gap {
            resource: format!("NetworkPolicy {namespace}/{name}"),
            reason: flaws.join("; "),
        });
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            selector,
            isolates_ingress,
            isolates_egress,
            ingress,
            egress,
            gap,
        }
    }
}

/// The rules of one direction. A malformed piece is noted in `flaws` and allows nothing.
fn parse_rules(spec: &Value, direction: &str, peers: &str, flaws: &mut Vec<String>) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut note = |place: String, flaw: String| flaws.push(format!("spec.{direction}{place}: {flaw}"));
    let list = match present(spec, direction) {
        None => return rules,
        Some(list @ Value::Array(_)) => list,
        Some(_) => {
            note(String::new(), "not a list".to_owned());
            return rules;
        }
    };
    for (index, rule) in list.items().iter().enumerate() {
        if !matches!(rule, Value::Object(_) | Value::Null) {
            note(format!("[{index}]"), "not an object".to_owned());
            continue;
        }
        let ports = parse_all(rule, "ports", parse_port);
        let ports = match ports {
            Err(flaw) => {
                note(format!("[{index}].ports"), flaw);
                continue;
            }
            Ok(list) if list.is_empty() => PortSpec {
                fixed: PortSet::all(),
                named: Vec::new(),
            },
            Ok(list) => list.into_iter().fold(
                PortSpec {
                    fixed: PortSet::none(),
                    named: Vec::new(),
                },
                |mut ports, port| {
                    match port {
                        Port::Fixed(set) => ports.fixed = ports.fixed.union(&set),
                        Port::Named(protocol, name) => ports.named.push((protocol, name)),
                    }
                    ports
                },
            ),
        };
        let peers = match parse_all(rule, peers, parse_peer) {
            Err(flaw) => {
                note(format!("[{index}].{peers}"), flaw);
                continue;
            }
            Ok(list) if list.is_empty() => Peers::Any,
            Ok(list) => {
                let (mut pods, mut addresses) = (Vec::new(), Vec::new());
                for peer in list {
                    match peer {
                        Peer::Pods(peer) => pods.push(peer),
                        Peer::Addresses(ranges) => addresses.extend(ranges),
                    }
                }
                Peers::Some { pods, addresses }
            }
        };
        rules.push(Rule {
            peers,
            ports: ports.canonical(),
        });
    }
    rules
}

impl PortSpec {
    fn canonical(mut self) -> Self {
        self.named.sort_unstable();
        self.named.dedup();
        self
    }
}
