//! What NetworkPolicies say of a Pod that may come: only those count that select every Pod of their namespace, whatever its labels.
//! What selects today's Pods alone says nothing of tomorrow's.

use super::destinations::Destinations;
use super::endpoint::WorkloadId;
use super::graph::{Acceptance, Network, WorkloadFacts};
use super::port_table::PortTable;
use super::selector::Selector;
use crate::spec::{self, Accepts, Egress, Label, NamespaceSet};
use crate::value::{Value, ValueExt, object};
use std::collections::BTreeSet;

/// How a Pod is called that is not there.
pub const NEWCOMER: &str = "a-pod-that-may-come";

/// A Pod as it may come into a namespace: without labels and ports.
pub fn newcomer(namespace: &str) -> Value {
    let metadata = [
        ("name", Value::from(NEWCOMER)),
        ("namespace", Value::from(namespace)),
    ];
    object([
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("Pod")),
        ("metadata", object(metadata)),
        ("spec", Value::new_object()),
    ])
}

/// Whether a NetworkPolicy selects every Pod of its namespace, also those that are to come.
pub fn selects_every_pod(policy: &Value) -> bool {
    let selector = policy.at(&["spec", "podSelector"]);
    selector
        .is_none_or(|selector| Selector::parse(selector).is_ok_and(|parsed| parsed == Selector::default()))
}

impl Network {
    /// The policies that do, in this direction (`Ingress` or `Egress`), what is declared of a namespace, for its [`newcomer`]; `None`
    /// where they do less, or more. What this network is made of has to hold the newcomer, and of the NetworkPolicies only those
    /// that select every Pod.
    pub fn for_newcomers(
        &self,
        namespace: &str,
        declared: &spec::Network,
        direction: &str,
    ) -> Option<BTreeSet<String>> {
        let id = WorkloadId {
            namespace: namespace.to_owned(),
            name: NEWCOMER.to_owned(),
            kind: "Pod".to_owned(),
        };
        let facts = self.workload(&id)?;
        if facts.not_evaluated.is_some() {
            return None;
        }
        let (does, by) = match direction {
            "Ingress" => (
                self.accepts(facts, declared.accepts.as_ref()?),
                &facts.selected_by.ingress,
            ),
            _ => (
                reaches(&self.destinations_of(&id)?, namespace, declared.egress.as_ref()?),
                &facts.selected_by.egress,
            ),
        };
        does.then(|| by.iter().cloned().collect())
    }

    /// Whether addresses get in on some port, whosever they are: the cluster's own ranges and its network's hold what no namespace
    /// has, nodes, load balancers and the hosts of other environments.
    fn admits_addresses(&self, facts: &WorkloadFacts) -> bool {
        facts.classes.iter().any(|class| {
            let acceptor = self.acceptors[self.classes[class.0].acceptor];
            let Some(profile) = acceptor.profile else {
                return true;
            };
            let mut groups = self.ingress.profiles[profile].groups.iter();
            groups.any(|group| {
                let ports = self.resolve(group.ports, acceptor.signature);
                !group.outside.is_empty() && ports != PortTable::NONE
            })
        })
    }

    /// Whether it is isolated, and whom the namespace declares gets in, every Pod on every port, and nobody besides.
    fn accepts(&self, facts: &WorkloadFacts, declared: &Accepts) -> bool {
        let sources = self.sources_of(&facts.id);
        let from = |name: &str| {
            let mut all = sources.namespaces.iter();
            all.any(|source| source.namespace == name && source.every_pod && source.every_pod_ports.is_all())
        };
        let admitted = match &declared.from_namespaces {
            NamespaceSet::All(_) => {
                sources.any_namespace
                    && sources.any_namespace_ports.is_all()
                    && !facts.explicitly_accepts.is_empty()
            }
            NamespaceSet::Names(names) => {
                let own = facts.id.namespace.as_str();
                let mut admitted = sources
                    .namespaces
                    .iter()
                    .filter(|source| !source.possible_ports.is_empty());
                let wanted = |name: &str| {
                    names.iter().any(|one| one.as_str() == name) || declared.same_namespace && name == own
                };
                // Whoever lets in everybody, or others, does not do the same.
                !sources.any_namespace
                    && names.iter().map(Label::as_str).all(from)
                    && (!declared.same_namespace || from(own))
                    && admitted.all(|source| wanted(&source.namespace))
            }
        };
        let addresses = if declared.outside {
            facts.accepts_from_outside == Acceptance::All
        } else {
            !self.admits_addresses(facts)
        };
        facts.isolated_ingress && admitted && addresses
    }
}

/// Whether it is held back, and let out to what is declared and to nothing else.
fn reaches(known: &Destinations, own: &str, declared: &Egress) -> bool {
    let namespaces = match &declared.to_namespaces {
        NamespaceSet::All(_) => known.any_namespace,
        NamespaceSet::Names(names) => {
            let names = names.iter().map(Label::as_str);
            let wanted: BTreeSet<&str> = names.chain(declared.same_namespace.then_some(own)).collect();
            !known.any_namespace && known.namespaces.iter().map(String::as_str).eq(wanted)
        }
    };
    if known.narrower {
        return false;
    }
    if declared.outside || known.everywhere {
        return namespaces && declared.outside && known.everywhere;
    }
    let blocks: Vec<ipnet::IpNet> = known.outside.iter().flat_map(|range| range.blocks()).collect();
    let wanted = declared.networks.iter().map(|wanted| wanted.as_str().parse());
    let wanted: Result<Vec<ipnet::IpNet>, _> = wanted.collect();
    let within = |all: &[ipnet::IpNet], one: &ipnet::IpNet| all.iter().any(|other| other.contains(one));
    namespaces
        && wanted.is_ok_and(|wanted| {
            // A block may be of several declared ones that lie side by side.
            let joined = ipnet::IpNet::aggregate(&wanted);
            wanted.iter().all(|one| within(&blocks, one)) && blocks.iter().all(|one| within(&joined, one))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_selector_leaves_no_pod_out() {
        let policy = |selector: &str| {
            let text = format!("{{spec: {{{selector}}}}}");
            selects_every_pod(&crate::yaml::value_of(&text))
        };
        for selector in [
            "",
            "podSelector: {}",
            "podSelector: {matchLabels: {}, matchExpressions: []}",
        ] {
            assert!(policy(selector), "{selector}");
        }
        for selector in [
            "podSelector: {matchLabels: {app: a}}",
            // It selects a Pod without labels, and not every one with some.
            "podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}",
            "podSelector: [a]",
        ] {
            assert!(!policy(selector), "{selector}");
        }
    }
}
