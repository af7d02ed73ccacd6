//! What environment policies read: observed objects, normalised once in Rust and joined (`docs/policy-input.md`).
//!
//! Objects are projected one by one as they are read, so that the whole objects need not be kept.

pub mod account;
mod delivery;
mod interning;
mod join;
mod owned;
mod plain;
pub mod record;
mod section;
mod service;
pub mod workload;

use super::by_reference::ByReference;
use super::owner::{OwnerIndex, OwnerReference};
use super::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};
use delivery::TrackingByLabel;
use interning::Shared;
use owned::Owned;
pub use owned::Owners;
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

/// As many workloads may wait for their owners before it is looked whether these have come.
const WAITING: usize = 2048;

/// The view under construction.
#[derive(Debug, Default)]
pub struct ViewBuilder {
    sections: BTreeMap<Section, ByReference<Record>>,
    owned: Owned,
    /// Workloads that name an owner which has not been seen yet, and after how many of them to look again.
    waiting: usize,
    patience: usize,
    shared: Shared,
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
    pub owners: Owners,
}

impl ViewBuilder {
    /// Takes in one object; what the view has no list for is dropped. Of a workload that an observed one owns, only what
    /// the join needs is kept. `owners` knows the workloads absorbed so far; more may come in any order.
    pub fn absorb(&mut self, reference: &ResourceRef, value: &Value, owners: &OwnerIndex) {
        self.tracking.learn(reference, value);
        let Some(section) = Section::of(reference) else {
            return;
        };
        if section == Section::Workloads {
            // Of what was read twice the later one counts.
            self.owned.remove(reference);
            if let Some(owner) = OwnerReference::of(value) {
                if owners.owned(reference, &owner) {
                    if let Some(records) = self.sections.get_mut(&section) {
                        records.remove(reference);
                    }
                    let labels = self.shared.value(&workload::template_labels(reference, value));
                    return self.owned.insert(reference, owner, &labels);
                }
                self.waiting += 1;
            }
        }
        let mut record = project(section, reference, value);
        record.share(&mut self.shared);
        self.sections
            .entry(section)
            .or_default()
            .insert(reference, record);
        if self.waiting > self.patience.max(WAITING) {
            self.settle_owned(owners);
            self.patience = self.waiting.saturating_mul(2);
        }
    }

    /// Drops the records of workloads whose owners have come.
    fn settle_owned(&mut self, owners: &OwnerIndex) {
        let Self {
            sections,
            owned,
            waiting,
            ..
        } = self;
        let Some(records) = sections.get_mut(&Section::Workloads) else {
            return;
        };
        *waiting = 0;
        records.drain_if(
            |reference, record| {
                let owner = join::owner_of(record);
                let owned = owner.as_ref().is_some_and(|owner| owners.owned(reference, owner));
                *waiting += usize::from(owner.is_some() && !owned);
                owned
            },
            |reference, record| {
                if let (Some(owner), Some(labels)) = (join::owner_of(&record), record.get("podLabels")) {
                    owned.insert(reference, owner, labels);
                }
            },
        );
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
        self.settle_owned(owners);
        for record in self.sections.values_mut().flat_map(ByReference::values_mut) {
            self.tracking.settle(record);
        }
        let mut section = |section: Section| self.sections.remove(&section).unwrap_or_default();
        let (workloads, services) = (section(Section::Workloads), section(Section::Services));
        let (owners, pods) = self.owned.resolve(owners);
        let (workloads, services) = join::services_and_workloads(workloads, services, &pods);
        drop(pods);
        let (mut workloads, mut services) = (Some(workloads), Some(services));
        let shared = &mut self.shared;

        let mut members: Vec<(&str, Value)> = Vec::new();
        for (section, name, _) in Section::ALL {
            let list = match section {
                Section::Workloads => list_of(workloads.take().into_iter().flatten(), shared),
                Section::Services => list_of(services.take().into_iter().flatten(), shared),
                _ => list_of(
                    self.sections
                        .remove(&section)
                        .into_iter()
                        .flat_map(ByReference::into_values),
                    shared,
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

fn list_of(records: impl Iterator<Item = Record>, shared: &mut Shared) -> Value {
    array(records.map(|record| record.into_value(shared)))
}

#[cfg(test)]
mod tests;
