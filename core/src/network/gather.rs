//! Takes objects of any kind as they stream by and keeps what reachability depends on.

use super::builder::NetworkBuilder;
use super::endpoint::{Endpoint, controller, endpoints_from_object};
use super::graph::Network;
use super::selector::NAMESPACE_NAME;
use crate::inventory::view::workload::{MOST_ORDINALS, first_ordinal, made_by, pod_labels};
use crate::value::{Value, ValueExt};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds on which reachability depends, as (group, kind): those of Kubernetes, and the NetworkPolicies of others, which make
/// what they select unknown.
pub const KINDS: [(&str, &str); 22] = [
    ("", "Namespace"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("route.openshift.io", "Route"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
];

/// Feeds a [`NetworkBuilder`] from a stream of objects. Workloads are held back until all owners are known.
#[derive(Debug, Default)]
pub struct Gatherer {
    builder: NetworkBuilder,
    candidates: Vec<Candidate>,
    by_absent_owner: bool,
    gaps: Vec<String>,
}

#[derive(Debug)]
struct Candidate {
    key: (String, String, String),
    owner: Option<(String, String)>,
    endpoints: Vec<Endpoint>,
    /// Pods that a StatefulSet will have: their names and ordinals are labels of theirs alone.
    ordinals: std::ops::Range<i64>,
}

impl Gatherer {
    /// `by_absent_owner` groups Pods whose owner was not observed under that owner's name (as `reach` shows them);
    /// otherwise such a Pod counts as itself (as the view for policies does).
    pub fn new(by_absent_owner: bool) -> Self {
        Self {
            by_absent_owner,
            ..Self::default()
        }
    }

    /// A Namespace known without its object.
    pub fn declare_namespace(&mut self, name: &str) {
        self.builder.declare_namespace(name);
    }

    /// The address ranges of the cluster itself.
    pub fn cluster_subnets(&mut self, subnets: impl IntoIterator<Item = IpNet>) {
        self.builder.cluster_subnets(subnets);
    }

    /// Takes in an object of any kind.
    pub fn absorb(&mut self, object: &Value) {
        let api_version = object.text_at(&["apiVersion"]).unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        match (group, object.text_at(&["kind"]).unwrap_or_default()) {
            ("", "Namespace") => self.builder.namespace(object),
            ("", "Service") => self.builder.service(object),
            ("networking.k8s.io" | "extensions", "Ingress") => self.builder.ingress(object),
            ("route.openshift.io", "Route") => self.builder.route(object),
            ("networking.k8s.io", "NetworkPolicy") => {
                if !self.by_absent_owner {
                    self.declare_named(object);
                }
                if let Err(gap) = self.builder.policy(object) {
                    self.gaps.push(format!("{}: {}", gap.resource, gap.reason));
                }
            }
            ("policy.networking.k8s.io", _) => self.builder.foreign_policy(object),
            ("", _) => self.workload(object),
            // Cilium's, Calico's and whoever else's.
            (_, kind) if kind.ends_with("NetworkPolicy") => self.builder.foreign_policy(object),
            _ => self.workload(object),
        }
    }

    /// A namespace that a policy admits by name is one to reckon with, whether it exists or not.
    fn declare_named(&mut self, policy: &Value) {
        for rule in policy.items_at(&["spec", "ingress"]) {
            for peer in rule.items_at(&["from"]) {
                let selector = peer.field("namespaceSelector");
                let by_label =
                    selector.and_then(|selector| selector.at(&["matchLabels", NAMESPACE_NAME])?.text());
                let expressions =
                    selector.map_or(&[][..], |selector| selector.items_at(&["matchExpressions"]));
                let by_expression = expressions
                    .iter()
                    .filter(|one| {
                        one.text_at(&["key"]) == Some(NAMESPACE_NAME)
                            && one.text_at(&["operator"]) == Some("In")
                    })
                    .flat_map(|one| one.items_at(&["values"]))
                    .filter_map(ValueExt::text);
                for name in by_label.into_iter().chain(by_expression) {
                    self.builder.declare_namespace(name);
                }
            }
        }
    }

    fn workload(&mut self, object: &Value) {
        let endpoints = endpoints_from_object(object);
        let Some(first) = endpoints.first() else { return };
        let id = &first.workload;
        let ordinals = match id.kind.as_str() {
            "StatefulSet" => object
                .at(&["spec", "replicas"])
                .and_then(ValueExt::int)
                .unwrap_or(1),
            _ => 0,
        };
        let first = first_ordinal(object);
        self.candidates.push(Candidate {
            ordinals: first..first.saturating_add(ordinals.clamp(0, MOST_ORDINALS)),
            key: (id.kind.clone(), id.namespace.clone(), id.name.clone()),
            owner: controller(object).map(|(kind, name)| (kind.to_owned(), name.to_owned())),
            endpoints,
        });
    }

    /// Resolves owners and works out who may reach whom. The second part tells which policies could not be read.
    pub fn build(self) -> (Network, Vec<String>) {
        let Self {
            mut builder,
            candidates,
            by_absent_owner,
            gaps,
        } = self;
        let present: BTreeSet<(String, String, String)> =
            candidates.iter().map(|candidate| candidate.key.clone()).collect();
        let owners: BTreeMap<_, _> = candidates
            .iter()
            .filter_map(|candidate| Some((candidate.key.clone(), candidate.owner.clone()?)))
            .collect();
        for candidate in candidates {
            let (kind, namespace, name) = candidate.key.clone();
            // Up the chain of what controllers really make, as far as it was observed.
            let mut top = (kind.clone(), name.clone());
            let mut absent = None;
            while let Some((owner_kind, owner)) =
                owners.get(&(top.0.clone(), namespace.clone(), top.1.clone()))
            {
                if !made_by(&top.0, owner_kind) {
                    absent = absent.or_else(|| (top.0 == "Pod").then(|| (owner_kind.clone(), owner.clone())));
                    break;
                }
                if !present.contains(&(owner_kind.clone(), namespace.clone(), owner.clone())) {
                    absent = (top.0 == "Pod").then(|| (owner_kind.clone(), owner.clone()));
                    break;
                }
                top = (owner_kind.clone(), owner.clone());
            }
            let owned = top != (kind.clone(), name.clone());
            // Of what an observed workload owns only Pods say more than its template: labels of their own.
            if owned && (kind != "Pod" || by_absent_owner) {
                continue;
            }
            for mut endpoint in candidate.endpoints {
                if owned {
                    (endpoint.workload.kind, endpoint.workload.name) = top.clone();
                } else if let (true, Some((owner_kind, owner))) = (by_absent_owner, &absent) {
                    endpoint.workload.kind.clone_from(owner_kind);
                    endpoint.workload.name.clone_from(owner);
                }
                let ordinals = if by_absent_owner {
                    0..0
                } else {
                    candidate.ordinals.clone()
                };
                for ordinal in ordinals {
                    let mut pod = endpoint.clone();
                    let own = pod_labels(&name, ordinal).map(|(key, value)| (key.to_owned(), value));
                    pod.labels.extend(own);
                    builder.endpoint(pod);
                }
                builder.endpoint(endpoint);
            }
        }
        (builder.build(), gaps)
    }
}
