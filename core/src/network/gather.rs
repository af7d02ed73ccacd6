//! Takes objects of any kind as they stream by and keeps what reachability depends on.

use super::builder::NetworkBuilder;
use super::endpoint::{Endpoint, controller, endpoints_from_object};
use super::graph::Network;
use super::selector::NAMESPACE_NAME;
use crate::inventory::view::workload::{MOST_ORDINALS, first_ordinal, pod_labels};
use crate::inventory::{Lineage, OwnerIndex, OwnerReference, ResourceRef};
use crate::value::{Value, ValueExt};
use ipnet::IpNet;

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
    owners: OwnerIndex,
    by_absent_owner: bool,
    gaps: Vec<String>,
}

#[derive(Debug)]
struct Candidate {
    reference: ResourceRef,
    owner: Option<OwnerReference>,
    /// A Pod's controller by kind and name, for when it was not observed.
    absent: Option<(String, String)>,
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
        let api_version = object.text_at(&["apiVersion"]).unwrap_or("v1");
        let reference = ResourceRef::kubernetes(api_version, &id.kind, Some(&id.namespace), &id.name);
        if let Some(lineage) = Lineage::of(&reference, object) {
            self.owners.learn(&reference, lineage);
        }
        let absent = controller(object).map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        let first = first_ordinal(object);
        self.candidates.push(Candidate {
            ordinals: first..first.saturating_add(ordinals.clamp(0, MOST_ORDINALS)),
            absent: absent.filter(|_| reference.kind == "Pod"),
            owner: OwnerReference::of(object),
            reference,
            endpoints,
        });
    }

    /// Resolves owners and works out who may reach whom. The second part tells which policies could not be read.
    pub fn build(self) -> (Network, Vec<String>) {
        let Self {
            mut builder,
            candidates,
            owners,
            by_absent_owner,
            gaps,
        } = self;
        for candidate in candidates {
            // Up the chain of what controllers really make, as far as it was observed.
            let chain = owners.chain(&candidate.reference, candidate.owner.as_ref());
            let top = chain.last();
            let (kind, name) = (&candidate.reference.kind, &candidate.reference.name);
            // One that another object bears the name of is no absent owner: the reference is stale or forged.
            let absent = candidate.absent.filter(|_| {
                !candidate
                    .owner
                    .as_ref()
                    .is_some_and(|owner| owners.contradicts(candidate.reference.namespace.as_deref(), owner))
            });
            // Of what an observed workload owns only Pods say more than its template: labels of their own.
            if top.is_some() && (kind != "Pod" || by_absent_owner) {
                continue;
            }
            for mut endpoint in candidate.endpoints {
                if let Some(top) = top {
                    endpoint.workload.kind.clone_from(&top.kind);
                    endpoint.workload.name.clone_from(&top.name);
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
                    let own = pod_labels(name, ordinal).map(|(key, value)| (key.to_owned(), value));
                    pod.labels.extend(own);
                    builder.endpoint(pod);
                }
                builder.endpoint(endpoint);
            }
        }
        (builder.build(), gaps)
    }
}
