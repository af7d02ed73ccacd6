//! What environment policies read: observed objects, normalised once in Rust and joined (`docs/policy-input.md`).
//!
//! Objects are projected one by one as they are read, so that the whole objects need not be kept.

pub mod account;
mod argocd;
mod bindings;
mod delivery;
mod endpoints;
mod images;
mod interning;
mod join;
mod monitoring;
mod owned;
mod plain;
mod projection;
mod readiness;
pub mod record;
mod registry;
mod routes;
mod section;
mod service;
mod singled_out;
pub mod workload;
mod writers;

use super::by_reference::ByReference;
use super::declared::Declared;
use super::kept_rows::KeptRows;
use super::owner::{OwnerIndex, OwnerReference};
use super::patience::Patience;
use super::reference::ResourceRef;
use crate::value::{Value, array, object};
pub(super) use account::Unread;
use account::{AccountRows, Joining};
use delivery::TrackingByLabel;
pub use delivery::manager;
pub use endpoints::Addresses;
use images::ImageUses;
use interning::Shared;
pub use owned::Owners;
use owned::{Kept, Owned};
use projection::project;
use record::Record;
pub use section::Section;
use section::SectionsKept;
pub(crate) use service::{LOAD_BALANCER_ID, disowned, load_balancer_name};
use std::collections::{BTreeMap, BTreeSet};
use writers::Writers;

/// The view under construction.
#[derive(Debug, Default)]
pub struct ViewBuilder {
    sections: BTreeMap<Section, ByReference<Record>>,
    owned: Owned,
    /// For the owners of workloads, which may come later.
    patience: Patience,
    shared: Shared,
    tracking: TrackingByLabel,
    declared: Declared,
    images: ImageUses,
    writers: Writers,
    addresses: Addresses,
    account: AccountRows,
    sections_kept: SectionsKept,
}

/// The finished view, and who owns what in it.
#[derive(Debug)]
pub struct View {
    /// `data.view`.
    pub document: Value,
    /// Workloads that have an owner among the observed workloads, with their top owner.
    pub owners: Owners,
    /// Why it is not known of everything that runs in Pods which image it is; `None`: it is.
    pub running_unknown: Option<String>,
}

impl Default for View {
    /// Of nothing.
    fn default() -> Self {
        Self {
            document: Value::new_object(),
            owners: Owners::default(),
            running_unknown: None,
        }
    }
}

impl ViewBuilder {
    /// Says what is declared, before anything is absorbed.
    pub(super) fn declare(&mut self, declared: Declared) {
        self.declared = declared;
    }

    /// Says which documents policies read, before anything is absorbed: of other lists no records are made.
    pub(super) fn keep(&mut self, rows: &KeptRows) {
        self.sections_kept = SectionsKept::of(rows);
    }

    /// Whether the record of an object is made of what only a safe one may tell: its own texts, or facts of its values.
    pub(super) fn tells_contents(&self, reference: &ResourceRef) -> bool {
        Section::of(reference).is_some_and(|section| {
            self.sections_kept.has(section)
                && match section {
                    Section::Workloads => self.declared.shows_workload(reference),
                    Section::ConfigMaps => self.declared.shows_config_map(reference),
                    Section::Secrets => true,
                    _ => false,
                }
        })
    }

    /// Takes in one object; what the view has no list for is dropped. Of a workload that an observed one owns, only what
    /// the join needs is kept. `owners` knows the workloads absorbed so far; more may come in any order.
    pub fn absorb(&mut self, reference: &ResourceRef, value: &Value, owners: &OwnerIndex) {
        self.tracking.learn(reference, value);
        let Some(section) = Section::of(reference) else {
            return;
        };
        if self.sections_kept.has(Section::EndpointSlices) {
            self.addresses.learn(reference, value);
        }
        if section == Section::Workloads {
            self.images.learn(reference, value);
            // Of what was read twice the later one counts.
            self.owned.remove(reference);
            if let Some(owner) = OwnerReference::of(value) {
                if owners.owned(reference, &owner) {
                    if let Some(records) = self.sections.get_mut(&section) {
                        records.remove(reference);
                    }
                    self.writers.remove(reference);
                    let kept = Kept {
                        labels: self.shared.value(&workload::template_labels(reference, value)),
                        images: self.images.of_object(reference, value),
                    };
                    return self.owned.insert(reference, owner, kept);
                }
                self.patience.wait();
            }
        }
        if matches!(section, Section::Workloads | Section::ConfigMaps) {
            self.writers.absorb(reference, value, &self.declared.buckets);
        }
        // Who owns it may not be known yet, and has to be, whoever reads its list.
        let waits = section == Section::Workloads && OwnerReference::of(value).is_some();
        if !self.sections_kept.has(section) && !waits {
            return;
        }
        if section == Section::EndpointSlices && endpoints::from_selector(value) {
            return;
        }
        let mut record = project(section, reference, value, &self.declared);
        match section {
            // Joins fill these in.
            Section::Workloads => record.set("services", Value::Null).set("ports", Value::Null),
            Section::Services => record.set("workloads", Value::Null),
            _ => &mut record,
        };
        record.share(&mut self.shared);
        self.sections
            .entry(section)
            .or_default()
            .insert(reference, record);
        if self.patience.is_over() {
            self.settle_owned(owners);
        }
    }

    /// Drops the records of workloads whose owners have come.
    fn settle_owned(&mut self, owners: &OwnerIndex) {
        let Self {
            sections,
            owned,
            patience,
            images,
            writers,
            ..
        } = self;
        let Some(records) = sections.get_mut(&Section::Workloads) else {
            return;
        };
        let mut waiting = 0;
        records.drain_if(
            |reference, record| {
                let owner = join::owner_of(record);
                let owned = owner.as_ref().is_some_and(|owner| owners.owned(reference, owner));
                waiting += usize::from(owner.is_some() && !owned);
                owned
            },
            |reference, record| {
                writers.remove(reference);
                if let (Some(owner), Some(labels)) = (join::owner_of(&record), record.get("podLabels")) {
                    let kept = Kept {
                        labels: labels.clone(),
                        images: images.of_record(reference, &record),
                    };
                    owned.insert(reference, owner, kept);
                }
            },
        );
        patience.left(waiting);
    }

    /// Takes in a row of the account or of Spaces; `collection` is `digitalocean.load_balancers` and the like.
    pub fn absorb_account(&mut self, collection: &str, row: &Value) {
        self.account.absorb(collection, row, &self.declared);
    }

    /// Resolves owners by the index of the same objects, joins what belongs together, and closes the view.
    pub(super) fn build(mut self, owners: &OwnerIndex, unread: &Unread) -> View {
        self.settle_owned(owners);
        self.sections
            .retain(|section, _| self.sections_kept.has(*section));
        for record in self.sections.values_mut().flat_map(ByReference::values_mut) {
            self.tracking.settle(record);
        }
        let slices = self.sections.get_mut(&Section::EndpointSlices);
        for slice in slices.into_iter().flat_map(ByReference::values_mut) {
            self.addresses.settle(slice);
        }
        let mut section = |section: Section| self.sections.remove(&section).unwrap_or_default();
        let (workloads, services) = (section(Section::Workloads), section(Section::Services));
        let (owners, owned) = self.owned.resolve(owners);
        let (workloads, mut services) = join::services_and_workloads(workloads, services, &owned);
        let owned: BTreeSet<_> = owned.into_iter().map(|(top, kept)| (top, kept.images)).collect();
        let nodes = self.sections.get_mut(&Section::Nodes).into_iter();
        let uses = self.images.resolve(&workloads, &owned);
        let of_account = self.account.join(Joining {
            declared: &self.declared,
            unread,
            nodes: nodes.flat_map(ByReference::values_mut).collect(),
            services: &mut services,
            workloads: &workloads,
            uses: &uses,
            writers: self.writers.resolve(),
        });
        drop(owned);
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
        members.extend(of_account);
        View {
            document: object(members),
            owners,
            running_unknown: uses.unknown,
        }
    }
}

fn list_of(records: impl Iterator<Item = Record>, shared: &mut Shared) -> Value {
    array(records.map(|record| record.into_value(shared)))
}

#[cfg(test)]
mod tests;
