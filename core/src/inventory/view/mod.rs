//! What environment policies read: observed objects, normalised once in Rust and joined (`docs/policy-input.md`).
//!
//! Objects are projected one by one as they are read, so that the whole objects need not be kept.

pub mod account;
mod delivery;
mod join;
mod plain;
pub mod record;
mod section;
mod service;
pub mod workload;

use super::owner::OwnerIndex;
use super::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};
use delivery::TrackingByLabel;
use record::Record;
pub use section::Section;
use std::collections::BTreeMap;

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
        for (section, name, _) in Section::ALL {
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
