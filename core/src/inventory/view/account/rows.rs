//! What joins keep of the account: rows that are few as they are, those that are many in a few numbers.

use super::super::images::{ImageName, Uses, in_registry, list, named};
use super::super::record::{Record, or_null};
use super::super::registry::{Digest, Garbage, Manifests, Presence, Used};
use super::{base, bucket, cluster, firewall, load_balancer};
use crate::inventory::declared::{Declared, DeclaredRegistry};
use crate::inventory::observation::OBSERVATIONS;
use crate::value::{Value, ValueExt, array};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was not read of that which joins need.
#[derive(Debug, Default)]
pub(in crate::inventory) struct Unread {
    /// Why kinds of workloads are missing, or documents that may have held some.
    pub(in crate::inventory) workloads: Vec<String>,
    /// Why collections are missing, by name.
    pub(in crate::inventory) collections: BTreeMap<&'static str, String>,
    /// Why it is not known that the objects are those of the declared cluster.
    pub(in crate::inventory) cluster: Option<String>,
}

impl Unread {
    /// The collections whose absence a join has to know.
    pub(in crate::inventory) const COLLECTIONS: [&'static str; 4] = [
        "digitalocean.kubernetes_clusters",
        "digitalocean.registry_manifests",
        "digitalocean.registry_repositories",
        "digitalocean.registry_uses",
    ];

    pub(super) fn lacks(&self, collection: &str) -> bool {
        self.collections.contains_key(collection)
    }
}

/// What the account is joined with.
#[derive(Debug)]
pub(in crate::inventory::view) struct Joining<'a> {
    pub(in crate::inventory::view) declared: &'a Declared,
    pub(in crate::inventory::view) unread: &'a Unread,
    pub(in crate::inventory::view) nodes: Vec<&'a mut Record>,
    pub(in crate::inventory::view) services: &'a mut [Record],
    pub(in crate::inventory::view) workloads: &'a [Record],
    /// What is used of images.
    pub(in crate::inventory::view) uses: &'a Uses,
    /// Ids of workloads by the number of the declared bucket that they write to.
    pub(in crate::inventory::view) writers: BTreeMap<usize, BTreeSet<String>>,
}

/// Account rows under construction.
#[derive(Debug, Default)]
pub(in crate::inventory::view) struct AccountRows {
    pub(super) load_balancers: Vec<Value>,
    pub(super) clusters: Vec<Value>,
    /// Whether a cluster that the list lacks exists, by id.
    pub(super) lookups: BTreeMap<String, bool>,
    /// Load balancers that DigitalOcean would delete with a cluster: ids by the cluster's.
    pub(super) associated: BTreeMap<String, BTreeSet<String>>,
    pub(super) firewalls: Vec<Value>,
    /// The tags of Droplets, by id.
    pub(super) droplets: BTreeMap<i64, Vec<Arc<str>>>,
    /// Since when, and in how many runs, load balancers were seen unattached, by id.
    pub(super) unattached: BTreeMap<String, (Value, Value)>,
    registries: Vec<Value>,
    repositories: BTreeSet<(Option<String>, String)>,
    manifests: Manifests,
    /// What other environments use of the registry, and of which environments that is known or is not.
    used_elsewhere: BTreeSet<Used>,
    environments: BTreeMap<String, Option<String>>,
    pub(super) keys: Vec<Value>,
    pub(super) buckets: Vec<Value>,
}

impl AccountRows {
    /// Takes in a row; `collection` is `digitalocean.load_balancers` and the like.
    pub(in crate::inventory::view) fn absorb(&mut self, collection: &str, row: &Value, declared: &Declared) {
        let text = |key: &str| row.text_at(&[key]).map(ToOwned::to_owned);
        match collection {
            "digitalocean.load_balancers" => self.load_balancers.push(row.clone()),
            "digitalocean.kubernetes_clusters" => self.clusters.push(row.clone()),
            "digitalocean.kubernetes_cluster_lookups" => {
                if let (Some(id), Some(Value::Bool(exists))) = (text("cluster_id"), row.field("exists")) {
                    self.lookups.insert(id, *exists);
                }
            }
            "digitalocean.kubernetes_associated_resources" => {
                if let Some(id) = text("cluster_id") {
                    let listed = row.items_at(&["load_balancers"]).iter();
                    let ids = listed.filter_map(|own| own.text_at(&["id"]).map(ToOwned::to_owned));
                    self.associated.entry(id).or_default().extend(ids);
                }
            }
            "digitalocean.firewalls" => self.firewalls.push(row.clone()),
            "digitalocean.droplets" => {
                if let Some(id) = row.field("id").and_then(super::droplet) {
                    let tags = row.items_at(&["tags"]).iter().filter_map(ValueExt::text);
                    self.droplets.insert(id, tags.map(Arc::from).collect());
                }
            }
            OBSERVATIONS => self.absorb_observation(row),
            "digitalocean.registries" => self.registries.push(row.clone()),
            "digitalocean.registry_repositories" => {
                self.repositories
                    .extend(text("name").map(|name| (text("registry_name"), name)));
            }
            "digitalocean.registry_manifests" => {
                let own = row.text_at(&["registry_name"]);
                let registry = declared.registry.as_ref();
                if registry.is_some_and(|registry| own.is_none_or(|own| own == registry.name)) {
                    self.manifests.absorb(row);
                }
            }
            "digitalocean.registry_uses" => self.absorb_use(row, declared),
            "digitalocean.spaces_keys" => self.keys.push(row.clone()),
            "spaces.buckets" => self.buckets.push(row.clone()),
            _ => {}
        }
    }

    fn absorb_observation(&mut self, row: &Value) {
        let text = |key: &str| row.text_at(&[key]);
        if let (Some("LoadBalancer"), Some("unattached"), Some(id)) = (text("kind"), text("fact"), text("id"))
        {
            let seen = (or_null(row.field("since")), or_null(row.field("runs")));
            self.unattached.insert(id.to_owned(), seen);
        }
    }

    /// What an environment uses. A row without an image says that it was read, one with `unread` that it could not be.
    fn absorb_use(&mut self, row: &Value, declared: &Declared) {
        let (Some(environment), Some(registry)) = (row.text_at(&["environment"]), &declared.registry) else {
            return;
        };
        let known = self.environments.entry(environment.to_owned()).or_default();
        if let Some(unread) = row.field("unread").filter(|unread| **unread != Value::Null) {
            let words = ["reason", "detail"].map(|key| unread.text_at(&[key]));
            let words: Vec<&str> = words.into_iter().flatten().collect();
            *known = Some(words.join(": "));
        }
        let image = row.text_at(&["image"]).and_then(ImageName::read);
        let Some(image) = image.filter(|image| image.is_in(&registry.name)) else {
            return;
        };
        self.used_elsewhere.extend(named(&image));
        let running = row.text_at(&["digest"]);
        let running = running.map(|text| text.rsplit_once('@').map_or(text, |(_, digest)| digest));
        let running = running.and_then(Digest::read);
        self.used_elsewhere.extend(running.map(Used::Digest));
    }

    /// The declared cluster's row. Two clusters may have one name, in two regions.
    pub(super) fn declared_cluster(&self, declared: &Declared) -> Option<&Value> {
        let name = declared.cluster.as_deref()?;
        let named = |region: Option<&str>| {
            self.clusters.iter().find(|found| {
                found.text_at(&["name"]) == Some(name)
                    && region.is_none_or(|region| found.text_at(&["region"]) == Some(region))
            })
        };
        named(declared.region.as_deref()).or_else(|| named(None))
    }

    /// Joins everything: adds to the records of Nodes and Services what the account knows of them, and gives the members
    /// of the view that are made of the account.
    pub(in crate::inventory::view) fn join(self, mut with: Joining<'_>) -> Vec<(&'static str, Value)> {
        let found = self.declared_cluster(with.declared);
        cluster::join_nodes(&self.clusters, &mut with.nodes);
        let load_balancers = load_balancer::join(&self, found, with.unread, with.services);
        let firewalls = firewall::list(&self, found, &with.nodes, with.services);
        let registry = with.declared.registry.as_ref();
        let presence = registry
            .filter(|_| !with.unread.lacks("digitalocean.registry_manifests"))
            .map(|_| Presence::of(&self.manifests));
        let registry = registry.map(|registry| registry.name.as_str());
        let registries = self.registries.iter().map(|row| self.registry(row, found, &with));
        vec![
            (
                "cluster",
                found.map_or(Value::Null, |found| {
                    cluster::record(found, with.unread.cluster.as_deref())
                }),
            ),
            ("load_balancers", sorted(load_balancers)),
            ("firewalls", sorted(firewalls)),
            ("images", list(&with.uses.images, registry, presence.as_ref())),
            ("registries", sorted(registries.collect())),
            (
                "buckets",
                bucket::list(&self, with.declared, with.workloads, &with.writers),
            ),
        ]
    }

    fn registry(&self, row: &Value, found: Option<&Value>, with: &Joining<'_>) -> Value {
        let mut record = base("registries", row);
        let name = row.text_at(&["name"]).unwrap_or_default();
        let own = with
            .declared
            .registry
            .as_ref()
            .filter(|registry| registry.name == name);
        let repositories = self
            .repositories
            .iter()
            .filter(|(registry, _)| {
                registry
                    .as_deref()
                    .map_or(own.is_some(), |registry| registry == name)
            })
            .map(|(_, repository)| Value::from(repository.as_str()));
        let manifests = own.filter(|_| !with.unread.lacks("digitalocean.registry_manifests"));
        record
            .set("tier", or_null(row.at(&["subscription", "tier", "slug"])))
            .set("region", or_null(row.field("region")))
            .set("storageUsageBytes", or_null(row.field("storage_usage_bytes")))
            .set(
                "storageUsageUpdated",
                or_null(row.field("storage_usage_bytes_updated_at")),
            )
            .set("repositories", array(repositories))
            .set(
                "manifests",
                manifests.map_or(Value::Null, |_| Value::from(self.manifests.len())),
            )
            .set(
                "integrated",
                found
                    .and_then(|cluster| cluster::pulls_from(cluster, name))
                    .map_or(Value::Null, Value::from),
            )
            .set(
                "garbage",
                manifests.map_or(Value::Null, |registry| {
                    let storage = row.field("storage_usage_bytes").and_then(ValueExt::int);
                    self.garbage(registry, with, storage)
                }),
            );
        record.into_object()
    }

    fn garbage(&self, registry: &DeclaredRegistry, with: &Joining<'_>, storage: Option<i64>) -> Value {
        let mut why = with.unread.workloads.clone();
        why.extend(with.uses.unknown.clone());
        // Another cluster's images would leave this one's without a use.
        if let Some(words) = with
            .unread
            .cluster
            .as_ref()
            .filter(|_| with.declared.cluster.is_some())
        {
            why.push(format!("which cluster was read could not be verified: {words}"));
        }
        if !registry.others.is_empty()
            && let Some(words) = with.unread.collections.get("digitalocean.registry_uses")
        {
            why.push(words.clone());
        } else {
            let doubts = registry
                .others
                .iter()
                .filter_map(|other| match self.environments.get(other) {
                    Some(None) => None,
                    Some(Some(words)) => Some(format!("what {other} uses could not be read: {words}")),
                    None => Some(format!("nothing is known of what {other} uses")),
                });
            why.extend(doubts);
        }
        let mut used = in_registry(&with.uses.images, &registry.name);
        used.extend(self.used_elsewhere.iter().cloned());
        let garbage = Garbage::of(&self.manifests, &used, registry.newest());
        garbage.record(storage.and_then(|bytes| u64::try_from(bytes).ok()), why)
    }
}

fn sorted(mut list: Vec<Value>) -> Value {
    // By name, as people look for them; two of one name by all that they are.
    list.sort_by(|a, b| (a.text_at(&["name"]), a).cmp(&(b.text_at(&["name"]), b)));
    array(list)
}
