//! What environment policies read: observed objects, normalised once in Rust and joined (`docs/policy-input.md`).
//!
//! Objects are projected one by one as they are read, so that the whole objects need not be kept.

pub mod account;
mod delivery;
mod join;
mod plain;
pub mod record;
mod service;
pub mod workload;

use super::owner::OwnerIndex;
use super::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};
use delivery::TrackingByLabel;
use record::Record;
use std::collections::BTreeMap;

/// A list of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Workloads of every kind.
    Workloads,
    /// Services.
    Services,
    /// Ingresses.
    Ingresses,
    /// NetworkPolicies of `networking.k8s.io`.
    NetworkPolicies,
    /// Namespaces.
    Namespaces,
    /// Nodes.
    Nodes,
    /// ConfigMaps.
    ConfigMaps,
    /// Secrets.
    Secrets,
    /// PersistentVolumeClaims.
    PersistentVolumeClaims,
    /// Gateways.
    Gateways,
    /// HTTPRoutes.
    HttpRoutes,
}

impl Section {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Workloads, "workloads"),
        (Self::Services, "services"),
        (Self::Ingresses, "ingresses"),
        (Self::NetworkPolicies, "network_policies"),
        (Self::Namespaces, "namespaces"),
        (Self::Nodes, "nodes"),
        (Self::ConfigMaps, "config_maps"),
        (Self::Secrets, "secrets"),
        (Self::PersistentVolumeClaims, "persistent_volume_claims"),
        (Self::Gateways, "gateways"),
        (Self::HttpRoutes, "http_routes"),
    ];

    /// The list an object belongs to, when the view has one for its kind.
    pub fn of(reference: &ResourceRef) -> Option<Self> {
        if workload::is_workload(reference) {
            return Some(Self::Workloads);
        }
        Some(match (reference.group(), reference.kind.as_str()) {
            ("", "Service") => Self::Services,
            ("", "Namespace") => Self::Namespaces,
            ("", "Node") => Self::Nodes,
            ("", "ConfigMap") => Self::ConfigMaps,
            ("", "Secret") => Self::Secrets,
            ("", "PersistentVolumeClaim") => Self::PersistentVolumeClaims,
            ("networking.k8s.io" | "extensions", "Ingress") => Self::Ingresses,
            ("networking.k8s.io", "NetworkPolicy") => Self::NetworkPolicies,
            ("gateway.networking.k8s.io", "Gateway") => Self::Gateways,
            ("gateway.networking.k8s.io", "HTTPRoute") => Self::HttpRoutes,
            _ => return None,
        })
    }
}

fn project(section: Section, reference: &ResourceRef, value: &Value) -> Record {
    match section {
        Section::Workloads => workload::project(reference, value),
        Section::Services => service::project_service(reference, value),
        Section::Ingresses => service::project_ingress(reference, value),
        Section::Gateways | Section::HttpRoutes => service::project_route(reference, value),
        Section::NetworkPolicies => plain::network_policy(reference, value),
        Section::Namespaces => plain::namespace(reference, value),
        Section::Nodes => plain::node(reference, value),
        Section::ConfigMaps => plain::config_map(reference, value),
        Section::Secrets => plain::secret(reference, value),
        Section::PersistentVolumeClaims => plain::claim(reference, value),
    }
}

/// The view under construction.
#[derive(Debug, Default)]
pub struct ViewBuilder {
    sections: BTreeMap<Section, BTreeMap<ResourceRef, Record>>,
    tracking: TrackingByLabel,
    load_balancers: Vec<Value>,
    registries: Vec<Value>,
    clusters: Vec<Value>,
}

/// The finished view, and who owns what in it.
#[derive(Debug)]
pub struct View {
    /// `data.view`.
    pub document: Value,
    /// Workloads that have an owner among the observed workloads, with their top owner.
    pub owners: BTreeMap<ResourceRef, ResourceRef>,
}

impl ViewBuilder {
    /// Takes in one object; what the view has no list for is dropped.
    pub fn absorb(&mut self, reference: &ResourceRef, value: &Value) {
        self.tracking.learn(reference, value);
        if let Some(section) = Section::of(reference) {
            let record = project(section, reference, value);
            self.sections
                .entry(section)
                .or_default()
                .insert(reference.clone(), record);
        }
    }

    /// Takes in one account object.
    pub fn absorb_account(&mut self, collection: &str, value: &Value) {
        match collection {
            "load_balancers" => self.load_balancers.push(account::load_balancer(value)),
            "registries" => self.registries.push(account::registry(value)),
            "kubernetes_clusters" => self.clusters.push(account::cluster(value)),
            _ => {}
        }
    }

    /// Resolves owners by the index of the same objects, joins Services with workloads, and closes the view. `cluster`
    /// is the declared cluster's name.
    pub fn build(mut self, owners: &OwnerIndex, cluster: Option<&str>, region: Option<&str>) -> View {
        for record in self.sections.values_mut().flat_map(BTreeMap::values_mut) {
            self.tracking.settle(record);
        }
        let mut workloads = self.sections.remove(&Section::Workloads).unwrap_or_default();
        let owners = join::top_owners(&workloads, owners);
        let pods: Vec<(ResourceRef, Value)> = workloads
            .iter()
            .filter_map(|(reference, record)| {
                Some((owners.get(reference)?.clone(), record.get("podLabels")?.clone()))
            })
            .collect();
        workloads.retain(|reference, _| !owners.contains_key(reference));
        let services = self.sections.remove(&Section::Services).unwrap_or_default();
        let (workloads, services) = join::services_and_workloads(workloads, services, &pods);

        let mut members: Vec<(&str, Value)> = Vec::new();
        for (section, name) in Section::ALL {
            let list = match section {
                Section::Workloads => array(workloads.iter().cloned().map(Record::into_value)),
                Section::Services => array(services.iter().cloned().map(Record::into_value)),
                _ => array(
                    self.sections
                        .remove(&section)
                        .unwrap_or_default()
                        .into_values()
                        .map(Record::into_value),
                ),
            };
            members.push((name, list));
        }
        let sorted = |mut list: Vec<Value>| {
            list.sort();
            array(list)
        };
        // Two clusters may have one name, in two regions.
        let named = |cluster_in: Option<&str>| {
            let name = cluster?;
            self.clusters.iter().find(|found| {
                found.text_at(&["name"]) == Some(name)
                    && cluster_in.is_none_or(|region| found.text_at(&["region"]) == Some(region))
            })
        };
        let found = named(region).or_else(|| named(None));
        members.push(("cluster", found.cloned().unwrap_or(Value::Null)));
        members.push(("load_balancers", sorted(self.load_balancers)));
        members.push(("registries", sorted(self.registries)));
        View {
            document: object(members),
            owners,
        }
    }
}
