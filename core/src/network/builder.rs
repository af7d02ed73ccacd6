//! Takes the objects of an environment and builds the [`Network`].

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::value::{Value, ValueExt};

use super::address::AddressRange;
use super::backend::{Backend, Service, ingress_backends, route_backends};
use super::endpoint::Endpoint;
use super::foreign::ForeignPolicy;
use super::graph::Network;
use super::labels::Labels;
use super::policy::{Gap, Policy};
use super::selector::NAMESPACE_NAME;

/// Collects what the reachability of an environment depends on. The order of the calls does not matter.
#[derive(Debug, Default)]
pub struct NetworkBuilder {
    pub(super) namespaces: BTreeMap<String, Labels>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) policies: Vec<Policy>,
    pub(super) foreign: Vec<ForeignPolicy>,
    pub(super) services: Vec<Service>,
    pub(super) backends: Vec<Backend>,
    pub(super) subnets: Vec<AddressRange>,
}

impl NetworkBuilder {
    /// Nothing yet: no namespaces, no workloads, no policies.
    pub fn new() -> Self {
        Self::default()
    }

    /// A Namespace known without its object: it has only the label with its name.
    pub fn declare_namespace(&mut self, name: &str) {
        self.namespaces
            .entry(name.to_owned())
            .or_insert_with(|| name_label(name));
    }

    /// A `v1/Namespace`.
    pub fn namespace(&mut self, object: &Value) {
        let Some(name) = object.text_at(&["metadata", "name"]) else {
            return;
        };
        let labels = Labels::of(object.at(&["metadata", "labels"]));
        self.namespaces
            .insert(name.to_owned(), labels.with([(NAMESPACE_NAME, name)]));
    }

    /// The Pods of a workload, or one Pod.
    pub fn endpoint(&mut self, endpoint: Endpoint) {
        self.declare_namespace(&endpoint.workload.namespace);
        self.endpoints.push(endpoint);
    }

    /// A `networking.k8s.io/v1` NetworkPolicy. A malformed piece is the gap that is returned: it allows nothing, and the
    /// workloads that the policy may select are not evaluated.
    pub fn policy(&mut self, object: &Value) -> Result<(), Gap> {
        let policy = Policy::parse(object);
        let gap = policy.gap.clone();
        self.policies.push(policy);
        gap.map_or(Ok(()), Err)
    }

    /// A policy of another API (Cilium's, Calico's, admin network policies): the workloads that it may select are not
    /// evaluated.
    pub fn foreign_policy(&mut self, object: &Value) {
        self.foreign.push(ForeignPolicy::parse(object));
    }

    /// A `v1/Service`.
    pub fn service(&mut self, object: &Value) {
        self.services.extend(Service::parse(object));
    }

    /// A `networking.k8s.io/v1` Ingress.
    pub fn ingress(&mut self, object: &Value) {
        self.backends.extend(ingress_backends(object));
    }

    /// A `route.openshift.io/v1` Route.
    pub fn route(&mut self, object: &Value) {
        self.backends.extend(route_backends(object));
    }

    /// The address ranges of the cluster itself (Pods, Services, nodes): they are not "outside".
    pub fn cluster_subnets(&mut self, subnets: impl IntoIterator<Item = IpNet>) {
        self.subnets.extend(subnets.into_iter().map(AddressRange::from));
    }

    /// Works out who may reach whom.
    pub fn build(self) -> Network {
        super::build::build(&self)
    }
}

pub(super) fn name_label(namespace: &str) -> Labels {
    Labels::from_iter([(NAMESPACE_NAME, namespace)])
}
