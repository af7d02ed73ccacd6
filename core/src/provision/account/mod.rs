//! The account's side of an environment: project, network, registry, cluster, firewalls, buckets.
//!
//! The API has no keys by which a second request would be known as the first one's repetition. So everything is found by its
//! name before it is made, and what is made carries a mark by which it is known as this environment's.

mod adoption;
#[cfg(test)]
mod adoption_tests;
mod balancer_rows;
pub(super) mod bill;
mod bucket_rows;
mod buckets;
mod cluster;
mod firewall_rows;
mod firewalls;
mod keys;
#[cfg(test)]
mod keys_tests;
mod limits;
mod lost_keys;
mod network;
mod project;
mod registry;
mod rows;
#[cfg(test)]
mod tests;
mod versions;

pub use bucket_rows::SETTINGS;
pub use buckets::{left_of, to_complete};
pub use keys::{KeyPlace, key_places};
pub use network::addresses_of_others;
pub use project::{in_no_own_project, taken_out_of};
pub use rows::{DeclaredRow, LOOKED_AT, rows};

use firewall_rows::OwnNodes;

use super::provenance::{Provenance, declared};
use super::steps::{Steps, of_account};
use crate::plan::{MadeFor, PlannedCluster, Provisioning};
use crate::spec::{DigitalOcean, Spec};
use crate::value::{Value, ValueExt, object};
use ipnet::IpNet;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The collections that have to be read before anything is planned: no plan is made on a partial view.
pub const COLLECTIONS: [&str; 8] = [
    "digitalocean.projects",
    "digitalocean.vpcs",
    "digitalocean.registries",
    "digitalocean.kubernetes_clusters",
    "digitalocean.kubernetes_options",
    "digitalocean.firewalls",
    "digitalocean.spaces_keys",
    // After the projects, whose it are.
    "digitalocean.project_resources",
];
/// Those that only prices are taken from: without them the bill has gaps.
pub const PRICES: [&str; 2] = ["digitalocean.sizes", "digitalocean.registry_options"];

/// What was read of an account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The id of its team, else its own; `None` where the token may not ask.
    pub id: Option<String>,
    /// Rows by collection, as `digitalocean.vpcs`.
    pub rows: BTreeMap<String, Vec<Value>>,
    /// The declared buckets: whether each exists, or why that is not known.
    pub buckets: BTreeMap<String, Result<bool, String>>,
    /// What is known of the Secrets that are to hold the secrets of declared keys ([`key_places`]), by the key's name.
    pub key_places: BTreeMap<String, KeyPlace>,
    /// What other environments declare: whose addresses, and which ([`addresses_of_others`]).
    pub declared_by_others: Vec<(String, IpNet)>,
}

impl Account {
    /// The rows of a collection.
    pub fn rows(&self, collection: &str) -> &[Value] {
        self.rows
            .get(&format!("digitalocean.{collection}"))
            .map_or(&[], Vec::as_slice)
    }

    /// Keeps how many Droplets it may have at one time, where that is told.
    pub fn may_have(&mut self, droplets: Option<u64>) {
        let row = droplets.map(|droplets| object([("droplet_limit", Value::from(droplets))]));
        self.rows
            .insert("digitalocean.account".to_owned(), row.into_iter().collect());
    }

    /// Puts what was read of a bucket in the place of what was known of it.
    pub fn put_bucket(&mut self, bucket: &str, read: Vec<(&'static str, Value)>) {
        for (collection, row) in read {
            let rows = self.rows.entry(collection.to_owned()).or_default();
            rows.retain(|row| row.text_at(&["bucket"]) != Some(bucket));
            rows.push(row);
        }
    }

    pub(super) fn named<'a>(&'a self, collection: &str, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let rows = self.rows(collection).iter();
        rows.filter(move |row| row.text_at(&["name"]) == Some(name))
    }

    /// The id of something by its kind and name, once it exists: of a cluster in this region, and of a network.
    pub fn id(&self, region: &str, kind: &str, name: &str) -> Option<String> {
        let collection = match kind {
            "Project" => "projects",
            "VPC" => "vpcs",
            "Cluster" => "kubernetes_clusters",
            "Firewall" => "firewalls",
            _ => return None,
        };
        let regional = matches!(kind, "VPC" | "Cluster");
        let mut found = self
            .named(collection, name)
            .filter(|row| !regional || row.text_at(&["region"]) == Some(region));
        found.next()?.text_at(&["id"]).map(ToOwned::to_owned)
    }
}

/// By which things are known as made for an environment: a tag, or a word of a description.
pub fn mark(environment: &str) -> String {
    format!("envcheck:{environment}")
}

/// A description that holds the mark.
fn description(environment: &str) -> String {
    format!("Environment {environment} ({})", mark(environment))
}

/// Whether a description or a list of tags holds the mark.
pub(super) fn is_marked(row: &Value, environment: &str) -> bool {
    let mark = mark(environment);
    let tagged = row
        .items_at(&["tags"])
        .iter()
        .any(|tag| tag.text() == Some(&mark));
    let described = row
        .text_at(&["description"])
        .is_some_and(|text| text.contains(&format!("({mark})")));
    tagged || described
}

/// The mark of another environment in a row.
pub(super) fn other_mark(row: &Value, environment: &str) -> Option<String> {
    let own = mark(environment);
    let prefix = mark("");
    let tags = row.items_at(&["tags"]).iter().filter_map(ValueExt::text);
    let tags = tags.filter(|tag| tag.starts_with(&prefix));
    let described = row.text_at(&["description"]).unwrap_or_default();
    let opening = format!("({prefix}");
    let described = described
        .match_indices(&opening)
        .filter_map(|(at, _)| described.get(at + 1..)?.split(')').next());
    let mut marks = tags.chain(described);
    marks.find(|other| *other != own).map(ToOwned::to_owned)
}

/// What all parts look at.
struct Part<'a> {
    environment: &'a str,
    declared: &'a DigitalOcean,
    account: &'a Account,
    provenance: &'a Provenance,
    /// The nodes of the declared cluster.
    nodes: OwnNodes,
}

/// A list that was not read looks as if it were empty, and what is on it would be made again.
fn unread(part: &Part<'_>, steps: &mut Steps) {
    for collection in COLLECTIONS {
        if !part.account.rows.contains_key(collection) {
            steps.conflicts(
                of_account("Account", collection, None),
                format!("{collection} was not read: what there is of it is not known"),
                "no plan is made on a partial view",
            );
        }
    }
}

/// The declared cluster as far as the account knows it.
fn standing_cluster(spec: &Spec, account: &Account) -> Option<PlannedCluster> {
    let declared = spec.environment.spec.digitalocean.as_ref()?;
    let name = declared.cluster.as_ref()?.name.as_str();
    let id = account.id(declared.region.as_str(), "Cluster", name)?;
    Some(PlannedCluster {
        name: name.to_owned(),
        uid: None,
        id: Some(id),
    })
}

/// The ids of what steps name and exists already, by kind and name.
fn known(spec: &Spec, account: &Account) -> BTreeMap<(&'static str, String), String> {
    let region = spec.environment.spec.digitalocean.as_ref();
    let region = region.map_or("", |declared| declared.region.as_str());
    let named = declared(spec).into_iter();
    let ids = named.filter_map(|(kind, name)| {
        let id = account.id(region, kind, &name)?;
        Some(((kind, name), id))
    });
    ids.collect()
}

/// What has to be made in the account, and what of it that stands is adopted. Without a declared account there is nothing.
pub fn account(spec: &Spec, account: &Account, provenance: &Provenance, now: Timestamp) -> Provisioning {
    let mut steps = Steps {
        ids: known(spec, account),
        ..Steps::default()
    };
    if let Some(declared) = spec.environment.spec.digitalocean.as_ref() {
        let part = Part {
            environment: spec.name(),
            nodes: OwnNodes::of(spec, account),
            declared,
            account,
            provenance,
        };
        unread(&part, &mut steps);
        project::plan(&part, &mut steps);
        network::plan(&part, &mut steps);
        registry::plan(&part, &mut steps);
        cluster::plan(&part, &mut steps);
        firewalls::plan(&part, &mut steps);
        buckets::plan(&part, &mut steps);
        keys::plan(&part, &mut steps);
        adoption::judge(&part, &mut steps);
        project::assign(&part, &mut steps);
        limits::judge(&part, &mut steps);
        bill::draw_up(&part, &mut steps);
    }
    let Steps {
        makings,
        mut standing,
        conflicts,
        bill,
        adoptions,
        notes,
        ids: _,
    } = steps;
    standing.sort();
    Provisioning {
        environment: spec.name().to_owned(),
        planned: now,
        made_for: MadeFor {
            account: account.id.clone(),
            cluster: standing_cluster(spec, account),
        },
        steps: makings,
        standing,
        conflicts,
        bill,
        adoptions,
        notes,
        opened: Vec::new(),
        closed: Vec::new(),
        unseen: Vec::new(),
        captured: false,
        instead: Vec::new(),
    }
}
