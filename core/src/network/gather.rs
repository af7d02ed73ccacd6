//! Takes objects of any kind as they stream by and keeps what reachability depends on.

use super::builder::NetworkBuilder;
use super::endpoint::{ContainerPort, Endpoint, WorkloadId, controller, endpoints_from_object};
use super::graph::Network;
use super::labels::Labels;
use super::selector::NAMESPACE_NAME;
use crate::inventory::patience::Patience;
use crate::inventory::view::workload::{MOST_ORDINALS, first_ordinal, pod_labels};
use crate::inventory::{OwnerIndex, OwnerReference, ResourceRef};
use crate::value::texts::Texts;
use crate::value::{Value, ValueExt};
use ipnet::IpNet;
use std::collections::HashMap;
use std::rc::Rc;

/// Feeds a [`NetworkBuilder`] from a stream of objects. Workloads are held back until all owners are known.
#[derive(Debug, Default)]
pub struct Gatherer {
    builder: NetworkBuilder,
    candidates: Vec<Rc<Likeness>>,
    /// The candidates that are alike, and what they are called.
    names: HashMap<Rc<Likeness>, Vec<Box<str>>>,
    texts: Texts,
    by_absent_owner: bool,
    gaps: Vec<String>,
    /// For the owners of workloads, which may come later.
    patience: Patience,
}

/// All of a workload but its name: most Pods of a cluster are like many others.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Likeness {
    api_version: String,
    kind: String,
    namespace: String,
    owner: Option<OwnerReference>,
    /// A Pod's controller by kind and name, for when it was not observed.
    absent: Option<(String, String)>,
    labels: Labels,
    ports: Vec<ContainerPort>,
    host_network: bool,
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

    /// Takes in an object of any kind. `owners` knows the workloads taken in so far, this one included; more may come in any
    /// order.
    pub fn absorb(&mut self, object: &Value, owners: &OwnerIndex) {
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
            ("", _) => self.workload(object, owners),
            // Cilium's, Calico's and whoever else's.
            (_, kind) if kind.ends_with("NetworkPolicy") => self.builder.foreign_policy(object),
            _ => self.workload(object, owners),
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

    fn workload(&mut self, object: &Value, owners: &OwnerIndex) {
        let Some(endpoint) = endpoints_from_object(object).pop() else {
            return;
        };
        let id = endpoint.workload;
        let ordinals = match id.kind.as_str() {
            "StatefulSet" => object
                .at(&["spec", "replicas"])
                .and_then(ValueExt::int)
                .unwrap_or(1),
            _ => 0,
        };
        let api_version = object.text_at(&["apiVersion"]).unwrap_or("v1");
        let reference = ResourceRef::kubernetes(api_version, &id.kind, Some(&id.namespace), &id.name);
        let owner = OwnerReference::of(object);
        if let Some(owner) = owner.as_ref().filter(|_| left_to_owner(&id.kind)) {
            if owners.owned(&reference, owner) {
                return;
            }
            self.patience.wait();
        }
        let absent = controller(object).map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        let first = first_ordinal(object);
        let likeness = Likeness {
            ordinals: first..first.saturating_add(ordinals.clamp(0, MOST_ORDINALS)),
            absent: absent.filter(|_| reference.kind == "Pod"),
            owner,
            api_version: reference.api_version,
            kind: id.kind,
            namespace: id.namespace,
            labels: endpoint.labels.shared(&mut self.texts),
            ports: endpoint.ports,
            host_network: endpoint.host_network,
        };
        let name = id.name.into_boxed_str();
        if let Some(names) = self.names.get_mut(&likeness) {
            names.push(name);
        } else {
            let likeness = Rc::new(likeness);
            self.candidates.push(Rc::clone(&likeness));
            self.names.insert(likeness, vec![name]);
        }
        if self.patience.is_over() {
            self.settle(owners);
        }
    }

    /// Drops the workloads whose owners have come.
    fn settle(&mut self, owners: &OwnerIndex) {
        let mut waiting = 0;
        for candidate in std::mem::take(&mut self.candidates) {
            let owner = candidate.owner.as_ref();
            let owner = owner.filter(|_| left_to_owner(&candidate.kind));
            let owned = owner.is_some_and(|owner| {
                let (version, kind) = (&candidate.api_version, &candidate.kind);
                let alike = ResourceRef::kubernetes(version, kind, Some(&candidate.namespace), "");
                owners.owned(&alike, owner)
            });
            if owned {
                self.names.remove(&candidate);
            } else {
                waiting += usize::from(owner.is_some());
                self.candidates.push(candidate);
            }
        }
        self.patience.left(waiting);
    }

    /// Resolves owners, of which `owners` knows all, and works out who may reach whom. The second part tells which policies
    /// could not be read.
    pub fn build(self, owners: &OwnerIndex) -> (Network, Vec<String>) {
        let Self {
            mut builder,
            candidates,
            mut names,
            by_absent_owner,
            gaps,
            ..
        } = self;
        for candidate in candidates {
            let named = names.remove(&candidate).unwrap_or_default();
            let Some(example) = named.first() else { continue };
            let reference = ResourceRef::kubernetes(
                &candidate.api_version,
                &candidate.kind,
                Some(&candidate.namespace),
                example,
            );
            // Up the chain of what controllers really make, as far as it was observed.
            let top = owners.chain(&reference, candidate.owner.as_ref()).pop();
            // One that another object bears the name of is no absent owner: the reference is stale or forged.
            let absent = candidate.absent.as_ref().filter(|_| {
                !candidate
                    .owner
                    .as_ref()
                    .is_some_and(|owner| owners.contradicts(Some(&candidate.namespace), owner))
            });
            if top.is_some() && left_to_owner(&candidate.kind) {
                continue;
            }
            let mut add = |kind: &str, name: &str| {
                let endpoint = Endpoint {
                    workload: WorkloadId {
                        namespace: candidate.namespace.clone(),
                        name: name.to_owned(),
                        kind: kind.to_owned(),
                    },
                    labels: candidate.labels.clone(),
                    ports: candidate.ports.clone(),
                    host_network: candidate.host_network,
                };
                for ordinal in candidate.ordinals.clone() {
                    let mut pod = endpoint.clone();
                    pod.labels = pod.labels.with(pod_labels(name, ordinal));
                    builder.endpoint(pod);
                }
                builder.endpoint(endpoint);
            };
            // Replicas that are alike are one endpoint of their owner, and as many workloads as there are without one.
            match (&top, absent.filter(|_| by_absent_owner)) {
                (Some(top), _) => add(&top.kind, &top.name),
                (None, Some((kind, name))) => add(kind, name),
                (None, None) => named.iter().for_each(|name| add(&candidate.kind, name)),
            }
        }
        (builder.build(), gaps)
    }
}

/// Of what an observed workload owns only Pods say more than its template: labels of their own.
fn left_to_owner(kind: &str) -> bool {
    kind != "Pod"
}
