//! Takes objects of any kind as they stream by and keeps what reachability depends on.

use super::builder::NetworkBuilder;
use super::endpoint::{Endpoint, controller, endpoints_from_object};
use super::graph::Network;
use crate::value::{Value, ValueExt};
use ipnet::IpNet;
use std::collections::BTreeSet;

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

    fn workload(&mut self, object: &Value) {
        let endpoints = endpoints_from_object(object);
        let Some(first) = endpoints.first() else { return };
        let id = &first.workload;
        self.candidates.push(Candidate {
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
        for candidate in candidates {
            let (kind, namespace, _) = candidate.key;
            if let Some((owner_kind, owner)) = &candidate.owner
                && present.contains(&(owner_kind.clone(), namespace, owner.clone()))
            {
                continue;
            }
            for mut endpoint in candidate.endpoints {
                if let (true, Some((owner_kind, owner))) =
                    (by_absent_owner && kind == "Pod", &candidate.owner)
                {
                    endpoint.workload.kind.clone_from(owner_kind);
                    endpoint.workload.name.clone_from(owner);
                }
                builder.endpoint(endpoint);
            }
        }
        (builder.build(), gaps)
    }
}
