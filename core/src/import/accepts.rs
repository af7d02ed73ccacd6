//! Whom a namespace accepts, deduced from what its NetworkPolicies really allow.

use super::seen::Seen;
use crate::inventory::Inventory;
use crate::network::{Acceptance, NEWCOMER, WorkloadFacts, newcomer};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

const POLICIES: &str = "networking.k8s.io/v1/NetworkPolicy";

/// What was deduced.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Every namespace; else those in `names`.
    pub(super) all: bool,
    pub(super) names: BTreeSet<String>,
    pub(super) same_namespace: bool,
    pub(super) outside: bool,
    /// Why.
    pub(super) why: &'static str,
}

/// For each namespace with NetworkPolicies in which nothing runs, a Pod as it may come: without labels and ports. By it the network
/// tells what the policies say there.
pub fn newcomers(inventory: &Inventory) -> Vec<Value> {
    let list = |name: &str| inventory.view.document.items_at(&[name]).iter();
    let namespaces = |name: &str| list(name).filter_map(|record| record.text_at(&["namespace"]));
    let inhabited: BTreeSet<&str> = namespaces("workloads").collect();
    let guarded: BTreeSet<&str> = namespaces("network_policies").collect();
    guarded
        .difference(&inhabited)
        .map(|name| newcomer(name))
        .collect()
}

/// What the workloads of a namespace accept that some policy isolates. What none isolates accepts everybody, and nobody wrote that
/// down: it is left for the audit to tell, as is a rule of ports without peers, which admits addresses outside the cluster by omission.
/// Rules without both are none here ([`super::Open`]).
pub(super) fn accepted(seen: &Seen<'_>, namespace: &str) -> Accepted {
    let own: Vec<&WorkloadFacts> = seen
        .network
        .workloads()
        .filter(|facts| facts.id.namespace == namespace && !facts.host_network)
        .collect();
    let isolated: Vec<&WorkloadFacts> = own
        .iter()
        .filter(|facts| facts.isolated_ingress)
        .copied()
        .collect();
    let awaited = own.iter().all(|facts| facts.id.name == NEWCOMER);
    if isolated.is_empty() {
        return Accepted {
            same_namespace: true,
            why: if !seen.unread(&[POLICIES]).is_empty() {
                "nobody; its NetworkPolicies were not read, so that is not known: say whom it accepts"
            } else if awaited {
                "nothing runs here that a NetworkPolicy could select"
            } else {
                "nobody; no NetworkPolicy isolates anything here, so everybody may connect"
            },
            ..Accepted::default()
        };
    }
    let mut accepted = Accepted {
        why: if awaited {
            "by its NetworkPolicies; nothing runs here yet"
        } else {
            "by its NetworkPolicies"
        },
        ..Accepted::default()
    };
    for facts in isolated {
        let sources = seen.network.sources_of(&facts.id);
        accepted.all |= sources.any_namespace;
        for source in sources.namespaces {
            if source.possible_ports.is_empty() {
                continue;
            }
            if source.namespace == namespace {
                accepted.same_namespace = true;
            } else {
                accepted.names.insert(source.namespace);
            }
        }
        let without_peers = facts.accepts_from_all != Acceptance::None && facts.explicitly_accepts.is_empty();
        accepted.outside |= facts.accepts_from_outside != Acceptance::None && !without_peers;
    }
    accepted.same_namespace |= accepted.all;
    accepted
}
