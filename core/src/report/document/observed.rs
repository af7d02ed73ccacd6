//! What a document is written from: the spec, what was read, and what could not be.

use super::parts::Parts;
use crate::findings::waiver::Written;
use crate::inventory::Inventory;
use crate::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Where state was read, and when that is worth saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A capture of this time.
    Snapshot(Timestamp),
    /// The running environment. Its document names no time, so that it changes when the environment does.
    Running,
}

/// What was observed of an environment.
#[derive(Debug)]
pub struct Observed<'a> {
    /// `data.environment`.
    pub spec: &'a Value,
    /// What was read, joined.
    pub inventory: &'a Inventory,
    /// `data.network`.
    pub network: &'a Value,
    /// What of the network's policies could not be read.
    pub network_gaps: &'a [String],
    /// What workloads refer to.
    pub parts: &'a Parts,
    /// Where it was read.
    pub source: Source,
    /// The cluster's version, as it says itself.
    pub version: Option<&'a str>,
    /// What has to be known of the reading, as that nobody proved whose cluster it is.
    pub notes: &'a [String],
    /// The waivers of files and of annotations, whatever they accept.
    pub waivers: &'a [Written],
    /// The time, when figures are wanted that change by themselves.
    pub figures: Option<Timestamp>,
}

impl<'a> Observed<'a> {
    /// A list of the view.
    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        self.inventory.view.document.items_at(&[name])
    }

    /// The declared cluster as found in the account.
    pub(super) fn cluster(&self) -> Option<&'a Value> {
        let cluster = self.inventory.view.document.at(&["cluster"]);
        cluster.filter(|cluster| **cluster != Value::Null)
    }

    /// The rows of a collection, as `digitalocean.vpcs`.
    pub(super) fn rows(&self, collection: &str) -> &'a [Value] {
        self.inventory
            .collections
            .get(collection)
            .map_or(&[], Vec::as_slice)
    }

    /// A text of the spec.
    pub(super) fn declared(&self, path: &[&str]) -> Option<&'a str> {
        self.spec.text_at(path)
    }

    /// Why some of these kinds (`v1/Service`) and collections (`digitalocean.vpcs`) are missing; empty when they were read.
    pub(super) fn unread(&self, names: &[&str]) -> Vec<String> {
        let gaps = names.iter().flat_map(|name| {
            if name.contains('/') {
                self.inventory.kind_gaps(name)
            } else {
                self.inventory.collection_gap(name).into_iter().collect()
            }
        });
        let told = gaps.map(|gap| {
            let subject = gap.subject.to_string();
            if gap.detail.is_empty() || gap.detail.starts_with(&subject) {
                format!("{subject}: {}", gap.reason)
            } else {
                format!("{subject}: {}: {}", gap.reason, gap.detail)
            }
        });
        // A document that cannot be parsed may have held any object.
        let documents = self.inventory.unreadable_documents();
        let documents = documents.map(|gap| format!("{}: {}: {}", gap.subject, gap.reason, gap.detail));
        let told: BTreeSet<String> = told.chain(documents).collect();
        told.into_iter().collect()
    }
}

/// The text of a field, empty when it has none.
pub(super) fn text<'v>(record: &'v Value, key: &str) -> &'v str {
    record.text_at(&[key]).unwrap_or_default()
}

/// A number or a text as it is written.
pub(super) fn scalar(value: &Value) -> String {
    match (value.text(), value.int()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// `namespace/name` of a record.
pub(super) fn full_name(record: &Value) -> String {
    match text(record, "namespace") {
        "" => text(record, "name").to_owned(),
        namespace => format!("{namespace}/{}", text(record, "name")),
    }
}
