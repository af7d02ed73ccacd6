//! The policies' view: whether what drifted is against a rule, and whether there is a repair.

use crate::findings::drift::{Drift, Matter};
use crate::findings::{Finding, FixAction};
use crate::inventory::ResourceRef;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What NetworkPolicies select.
const WORKLOADS: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// Adds to what drifted the findings that name it, or the other half of it: `halves` says of a thing which object of the cluster
/// it was made for, as a load balancer for its Service. What policies that judge by NetworkPolicies, `by_network`, find of workloads is
/// about the NetworkPolicies of their namespace.
pub fn matters(
    drift: &mut Drift,
    findings: &[Finding],
    halves: &BTreeMap<ResourceRef, ResourceRef>,
    by_network: &BTreeSet<Arc<str>>,
) {
    for one in &mut drift.things {
        let half = halves.get(&one.target);
        let closes = one.target.kind == "NetworkPolicy";
        let own = findings.iter().filter_map(|finding| {
            let resource = finding.resource();
            if is_same(resource, &one.target) {
                return Some((finding, None));
            }
            let concerned = WORKLOADS.contains(&resource.kind.as_str())
                && resource.namespace == one.target.namespace
                && by_network.contains(&finding.policy);
            if closes && concerned {
                return Some((finding, Some(resource.clone())));
            }
            let half = half.filter(|half| is_same(resource, half))?;
            Some((finding, Some(half.clone())))
        });
        one.matters = own
            .map(|(finding, of)| Matter {
                policy: finding.policy.clone(),
                severity: finding.severity,
                message: finding.message.clone(),
                waived: finding.waiver.is_some(),
                repair: finding
                    .fix
                    .as_ref()
                    .is_some_and(|fix| fix.action != FixAction::Instructions),
                of,
            })
            .collect();
        one.matters.sort_by(|one, other| {
            (std::cmp::Reverse(one.severity), one).cmp(&(std::cmp::Reverse(other.severity), other))
        });
        one.matters.dedup();
    }
}

/// Versions of an API show the same objects, and a declared thing of the account has no id yet.
fn is_same(one: &ResourceRef, other: &ResourceRef) -> bool {
    let ids = match (&one.id, &other.id) {
        (Some(one), Some(other)) => one == other,
        _ => one.name == other.name,
    };
    ids && one.group() == other.group() && one.kind == other.kind && one.namespace == other.namespace
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Draft;
    use crate::findings::drift::{Drifted, State};
    use crate::inventory::Origin;
    use crate::inventory::reference::ACCOUNT_API;
    use crate::policy::Severity;
    use jiff::Timestamp;

    #[test]
    fn what_names_the_service_matters_for_its_load_balancer() {
        let balancer = |id: &str| ResourceRef {
            id: Some(id.to_owned()),
            ..ResourceRef::kubernetes(ACCOUNT_API, "LoadBalancer", None, id)
        };
        let service = |name: &str| ResourceRef::kubernetes("v1", "Service", Some("n"), name);
        let finding = |resource: ResourceRef| {
            let draft = Draft {
                policy: "p".into(),
                title: "p".into(),
                category: "c".into(),
                severity: Severity::High,
                environment: None,
                resource: Some(resource),
                path: None,
                key: None,
                message: "wrong".to_owned(),
                owner: None,
                origin: Origin::Live,
                declared: None,
                fix: None,
                foreign: false,
            };
            Finding::new(draft).unwrap()
        };
        let thing = |target: ResourceRef| Drifted {
            target,
            state: State::Differs,
            declared: None,
            committed: None,
            differences: Vec::new(),
            matters: Vec::new(),
        };
        let mut drift = Drift {
            environment: String::new(),
            as_of: Timestamp::UNIX_EPOCH,
            kind: String::new(),
            from: Vec::new(),
            compared: 0,
            things: ["a", "b"].map(|id| thing(balancer(id))).to_vec(),
            not_compared: Vec::new(),
            not_looked_for: Vec::new(),
            ignored: Vec::new(),
            committed: Vec::new(),
            notes: Vec::new(),
        };
        let halves = BTreeMap::from([(balancer("a"), service("x"))]);
        matters(
            &mut drift,
            &[
                finding(service("x")),
                finding(service("y")),
                finding(balancer("b")),
            ],
            &halves,
            &BTreeSet::new(),
        );
        let of = |at: usize| -> Vec<Option<ResourceRef>> {
            drift.things[at]
                .matters
                .iter()
                .map(|one| one.of.clone())
                .collect()
        };
        assert_eq!((of(0), of(1)), (vec![Some(service("x"))], vec![None]));
        // What is found of workloads by their NetworkPolicies is about these.
        let policy = |namespace: &str| {
            ResourceRef::kubernetes("networking.k8s.io/v1", "NetworkPolicy", Some(namespace), "own")
        };
        drift.things = ["n", "m"].map(|namespace| thing(policy(namespace))).to_vec();
        let workload = ResourceRef::kubernetes("apps/v1", "Deployment", Some("n"), "web");
        let found = [finding(service("x")), finding(workload)];
        matters(
            &mut drift,
            &found,
            &BTreeMap::new(),
            &BTreeSet::from(["p".into()]),
        );
        let counts = drift.things.iter().map(|one| one.matters.len());
        assert_eq!(counts.collect::<Vec<_>>(), [1, 0]);
        matters(&mut drift, &found, &BTreeMap::new(), &BTreeSet::new());
        assert!(drift.things.iter().all(|one| one.matters.is_empty()));
    }
}
