//! What a spec is written from, and what has to be read for it.

use super::limits::Limits;
use super::open::Open;
use super::page::text;
use crate::inventory::view::Section;
use crate::inventory::{Gap, Inventory};
use crate::network::{self, Network};
use crate::value::{Value, ValueExt};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The lists of the view that it is written from.
const LISTS: [&str; 10] = [
    "applications",
    "gateways",
    "http_routes",
    "ingress_classes",
    "ingresses",
    "namespaces",
    "network_policies",
    "nodes",
    "services",
    "workloads",
];
/// The kinds besides, of which there are no lists.
const LIMITS: [&str; 2] = ["v1/LimitRange", "v1/ResourceQuota"];
/// How the URN of a bucket begins.
pub(super) const BUCKET_URN: &str = "do:space:";
/// The collections of the account and of Spaces that it is written from.
pub const COLLECTIONS: [&str; 9] = [
    "digitalocean.firewalls",
    "digitalocean.kubernetes_clusters",
    "digitalocean.load_balancers",
    "digitalocean.project_resources",
    "digitalocean.projects",
    "digitalocean.registries",
    "digitalocean.spaces_keys",
    "digitalocean.vpcs",
    "spaces.versionings",
];

/// The kinds that it is written from, as METADATA writes them.
pub fn kinds() -> Vec<&'static str> {
    let lists = LISTS
        .iter()
        .flat_map(|list| Section::kinds(list).unwrap_or_default().iter().copied());
    let mut kinds: Vec<&str> = lists.chain(network::reads()).collect();
    kinds.extend(LIMITS);
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What objects tell that is in no list, learnt as they come by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learnt {
    /// Which NetworkPolicies admit everybody by an empty rule.
    pub open: Open,
    /// What namespaces may use.
    pub limits: Limits,
}

impl Learnt {
    /// Looks at an object; gives what of it may have been meant ([`Open::learn`]).
    pub fn learn<'v>(&mut self, value: &'v Value) -> Cow<'v, Value> {
        self.limits.learn(value);
        self.open.learn(value)
    }
}

/// Where the environment was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From<'a> {
    /// In a capture.
    Snapshot,
    /// By this context of a kubeconfig.
    Context(&'a str),
    /// By the current context of a kubeconfig.
    Kubeconfig,
    /// With credentials that DigitalOcean handed out.
    DigitalOcean,
}

/// What was seen of an environment.
#[derive(Debug)]
pub struct Seen<'a> {
    /// How the environment shall be called.
    pub name: &'a str,
    /// Where it was read.
    pub from: From<'a>,
    /// Objects and rows.
    pub inventory: &'a Inventory,
    /// What NetworkPolicies allow.
    pub network: &'a Network,
    /// What those of them allow that select every Pod of their namespace, with a Pod in each as it may come
    /// ([`crate::network::newcomer`]).
    pub lasting: &'a Network,
    /// The row of its cluster, where the account has it.
    pub cluster: Option<&'a Value>,
    /// Why nothing was read of the account, where nothing was.
    pub account: Option<&'a str>,
    /// What objects told; `network` is without the rules of ingress that are open to everybody.
    pub learnt: &'a Learnt,
    /// Why buckets beside the project's are not known, where they are not.
    pub buckets: Option<&'a str>,
    /// The environments of which a spec lies where this one goes: only those can be read by its audit.
    pub beside: &'a BTreeSet<String>,
}

impl<'a> Seen<'a> {
    /// A list of the view.
    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        self.inventory.view.document.items_at(&[name])
    }

    /// The rows of a collection.
    pub(super) fn rows(&self, collection: &str) -> &'a [Value] {
        let rows = self.inventory.collections.get(collection);
        rows.map_or(&[], Vec::as_slice)
    }

    /// Workloads that are there to stay: no finished Jobs, no hooks, nothing that others make.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &'a Value> {
        let is = |record: &Value, key: &str| record.field(key).is_some_and(ValueExt::is_true);
        self.list("workloads")
            .iter()
            .filter(move |record| !is(record, "finished") && !is(record, "hook"))
    }

    /// The Droplets that the Nodes say they are.
    pub fn node_droplets(inventory: &Inventory) -> BTreeSet<u64> {
        let nodes = inventory.view.document.items_at(&["nodes"]).iter();
        nodes
            .filter_map(|node| node.field("dropletId")?.int()?.try_into().ok())
            .collect()
    }

    /// The id of the cluster; empty when it is not known.
    pub(super) fn cluster_id(&self) -> &'a str {
        self.cluster.map_or("", |row| text(row, "id"))
    }

    /// The id of the project that the cluster is in.
    pub(super) fn project_id(&self) -> Option<&'a str> {
        let urn = format!("do:kubernetes:{}", self.cluster_id());
        let mut resources = self.rows("digitalocean.project_resources").iter();
        resources
            .find(|row| text(row, "urn") == urn)?
            .text_at(&["project_id"])
    }

    /// Why some of these kinds and collections were not read; empty when they were.
    pub(super) fn unread(&self, names: &[&str]) -> Vec<String> {
        let gaps = names.iter().flat_map(|name| {
            if name.contains('/') {
                self.inventory.kind_gaps(name)
            } else {
                self.inventory.collection_gap(name).into_iter().collect()
            }
        });
        let told: BTreeSet<String> = gaps.map(|gap| words(&gap)).collect();
        told.into_iter().collect()
    }
}

fn words(gap: &Gap) -> String {
    let subject = gap.subject.to_string();
    match gap.detail.as_str() {
        "" => format!("{subject}: {}", gap.reason),
        detail if detail.starts_with(&subject) => detail.to_owned(),
        detail => format!("{subject}: {detail}"),
    }
}
