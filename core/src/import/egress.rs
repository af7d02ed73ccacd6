//! Where the Pods of a namespace may connect to, deduced from its NetworkPolicies of type Egress.

use super::page::{list, map};
use super::roles::Roles;
use super::seen::Seen;
use crate::network::{Destinations, WorkloadFacts};
use std::collections::BTreeSet;

/// What was deduced.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Egress {
    /// As the spec says it; `None` where it says nothing.
    pub(super) declared: Option<String>,
    /// What has to be said beside it.
    pub(super) remarks: Vec<String>,
}

/// What the workloads of a namespace may connect to, all of them together. A spec says it of every Pod of a namespace: where one
/// of them may connect everywhere, declaring what the others may would cut it off, so it is said and not declared.
pub(super) fn egress(seen: &Seen<'_>, roles: &Roles<'_>, namespace: &str) -> Egress {
    let own = seen.network.workloads();
    let own: Vec<&WorkloadFacts> = own
        .filter(|facts| facts.id.namespace == namespace && !facts.host_network)
        .collect();
    let policies: BTreeSet<&str> = own
        .iter()
        .flat_map(|facts| &facts.selected_by.egress)
        .map(String::as_str)
        .collect();
    if policies.is_empty() {
        return Egress::default();
    }
    let by = policies.into_iter().collect::<Vec<_>>().join(", ");
    let undeclared = |why: &str| Egress {
        declared: None,
        remarks: vec![format!("egress is not declared: {why} (NetworkPolicies {by})")],
    };
    if let Some(open) = seen.learnt.open.egress.get(namespace) {
        let names = open.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        return undeclared(&format!("{names} lets everything out by an empty rule"));
    }
    if own.iter().any(|facts| facts.not_evaluated.is_some()) {
        return undeclared("what its NetworkPolicies allow cannot be told for certain");
    }
    let mut together = Destinations::default();
    for facts in own {
        let Some(one) = seen.network.destinations_of(&facts.id) else {
            return undeclared("some of its Pods may not connect everywhere, and others may");
        };
        together.any_namespace |= one.any_namespace;
        together.everywhere |= one.everywhere;
        together.narrower |= one.narrower;
        together.namespaces.extend(one.namespaces);
        together.outside.extend(one.outside);
    }
    written(roles, namespace, &together)
}

fn written(roles: &Roles<'_>, namespace: &str, found: &Destinations) -> Egress {
    let others = found.namespaces.iter().map(String::as_str);
    let others = others.filter(|name| *name != namespace);
    let (known, unknown): (Vec<&str>, Vec<&str>) = others.partition(|name| roles.knows(name));
    let mut members = Vec::new();
    if found.any_namespace {
        members.push(("toNamespaces", "all".to_owned()));
    } else {
        if !known.is_empty() {
            members.push(("toNamespaces", list(known)));
        }
        if !found.namespaces.contains(namespace) {
            members.push(("sameNamespace", "false".to_owned()));
        }
    }
    if found.everywhere {
        members.push(("outside", "true".to_owned()));
    } else {
        let blocks = found.outside.iter().flat_map(|range| range.blocks());
        let blocks: BTreeSet<_> = blocks.collect();
        if !blocks.is_empty() {
            members.push(("networks", list(blocks.iter().map(ToString::to_string))));
        }
    }
    let mut remarks = Vec::new();
    if !unknown.is_empty() && !found.any_namespace {
        remarks.push(format!(
            "Its NetworkPolicies let it connect to namespaces that are not declared, too: {}",
            unknown.join(", ")
        ));
    }
    if found.narrower {
        remarks.push(
            "Its NetworkPolicies open some of that to certain Pods or on certain ports only, which a spec does not say"
                .to_owned(),
        );
    }
    Egress {
        declared: Some(map(members)),
        remarks,
    }
}
