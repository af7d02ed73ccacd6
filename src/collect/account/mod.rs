//! The DigitalOcean account: the collections of `data.digitalocean` as a feed of pages.
//!
//! Only the collections that somebody needs are read, several at a time. Those that hang on another (what is in the
//! declared network, the manifests of the declared registry) wait for it; what two of them hang on is read once. A
//! collection that cannot be read to its end is a gap, for that collection alone, which names the scope that the token
//! lacks or whatever else it was.

mod declared;
mod lists;
mod read;
mod registry;
mod remembered;
mod rows;
mod single;
mod survey;

#[cfg(test)]
mod tests;

pub use declared::DeclaredAccount;
pub use single::Rows;

use crate::clients::digitalocean::clusters::{self, Credentials};
use crate::clients::digitalocean::{Api, RequestError, Usage};
use crate::clients::registry::Registry;
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use envcheck_core::inventory::Memory;
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use lists::Lists;
use read::Reader;
use remembered::Remembered;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// Collections read at a time. The token's 250 calls a minute are spent by this many without waiting for one another.
const AT_A_TIME: usize = 6;
/// Pages that are read and not yet judged: those of manifests are large.
const PAGES_UNDER_WAY: usize = 8;

/// What belongs to `data.digitalocean` and is read here, in the order in which reading begins: first what others hang on.
/// `registry_uses` comes from other clusters and `observations` from earlier runs.
pub const COLLECTIONS: [&str; 25] = [
    "kubernetes_clusters",
    "load_balancers",
    "vpcs",
    "projects",
    "registry_repositories",
    "registry_manifests",
    "account",
    "firewalls",
    "tags",
    "certificates",
    "volumes",
    "snapshots",
    "cdn_endpoints",
    "spaces_keys",
    "kubernetes_options",
    "kubernetes_upgrades",
    "kubernetes_associated_resources",
    "kubernetes_clusterlint",
    "kubernetes_cluster_lookups",
    "registries",
    "registry_options",
    "sizes",
    "registry_garbage_collections",
    "project_resources",
    "vpc_members",
];
/// Read last, once the cluster is known.
const DROPLETS: &str = "droplets";

/// An account about to be read.
#[derive(Debug)]
pub struct OpenAccount {
    api: Api,
    registry: Registry,
    lists: Arc<Lists>,
    auditor: Option<SecretString>,
    collections: Vec<&'static str>,
}

impl OpenAccount {
    /// Plans to read those of the needed collections (as `digitalocean.load_balancers`) that are read here; nothing is asked
    /// yet. `auditor` is the id of the Spaces key with which buckets are audited, so that it is known among the others.
    pub fn new<'n>(
        api: Api,
        registry: Registry,
        declared: DeclaredAccount,
        auditor: Option<SecretString>,
        needed: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let needed: BTreeSet<&str> = needed
            .into_iter()
            .filter_map(|name| name.strip_prefix("digitalocean."))
            .collect();
        let known = COLLECTIONS.into_iter().chain([DROPLETS]);
        Self {
            lists: Arc::new(Lists::new(api.clone(), declared)),
            api,
            registry,
            auditor,
            collections: known.filter(|name| needed.contains(name)).collect(),
        }
    }

    /// The same account, to be read once more as it is then: these collections alone.
    #[must_use]
    pub fn again<'n>(&self, needed: impl IntoIterator<Item = &'n str>) -> Self {
        let declared = self.lists.declared().clone();
        Self::new(self.api.clone(), self.registry.clone(), declared, None, needed)
    }

    /// Single rows of it, to be changed.
    pub fn rows(&self) -> Rows {
        Rows {
            api: self.api.clone(),
            registry: self.registry.clone(),
            lists: Arc::clone(&self.lists),
        }
    }

    /// The collections that will be read, as `digitalocean.load_balancers`.
    pub fn collections(&self) -> Vec<String> {
        self.collections.iter().map(|name| rows::full(name)).collect()
    }

    /// What was used so far of what the token allows.
    pub fn usage(&self) -> Usage {
        self.api.usage()
    }

    /// The clusters that may be the declared one: those of its name, in its region. Asked once, however often it is wanted.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn declared_clusters(&self) -> Result<Vec<AccountCluster>, RequestError> {
        let rows = self.lists.declared_cluster_rows().await?;
        Ok(rows.iter().filter_map(AccountCluster::of).collect())
    }

    /// The same as far as the account has said by now; nobody is asked.
    pub fn declared_clusters_by_now(&self) -> Option<Vec<AccountCluster>> {
        let rows = self.lists.declared_cluster_rows_by_now()?;
        Some(rows.iter().filter_map(AccountCluster::of).collect())
    }

    /// Begins to ask for the clusters, whether or not somebody waits for the answer.
    pub fn ask_for_clusters(&self) {
        let lists = Arc::clone(&self.lists);
        tokio::spawn(async move { lists.clusters().await });
    }

    /// Credentials for a cluster that end after `expiry`.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn credentials(&self, cluster: &str, expiry: Duration) -> Result<Credentials, RequestError> {
        self.api.one(&clusters::credentials(cluster, expiry)).await
    }

    /// An error as the command line shows it.
    pub fn diagnose(&self, error: &RequestError) -> Diagnostic {
        self.api.diagnose(error)
    }

    /// Begins to read, on the runtime's threads. What earlier runs learnt is in `memory`, where this one's is added; `now`
    /// tells how old it is.
    pub fn start(
        &self,
        runtime: &Handle,
        now: Timestamp,
        memory: &Arc<Memory>,
        meter: &Arc<Meter>,
        units: UnitSender,
    ) {
        for name in self.collections() {
            meter.plan(&name);
        }
        let reader = Reader {
            lists: Arc::clone(&self.lists),
            remembered: Remembered::new(Arc::clone(memory), now),
            api: self.api.clone(),
            registry: self.registry.clone(),
            auditor: self.auditor.clone(),
            meter: Arc::clone(meter),
            turns: Arc::new(Semaphore::new(PAGES_UNDER_WAY)),
            units,
        };
        let turns = Arc::new(Semaphore::new(AT_A_TIME));
        let collections = self.collections.clone();
        runtime.spawn(async move {
            for collection in collections {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
                    break;
                };
                let reader = reader.clone();
                tokio::spawn(async move {
                    reader.read(collection).await;
                    drop(turn);
                });
            }
        });
    }
}

/// A cluster as the account has it, as far as it tells which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCluster {
    /// Its id.
    pub id: String,
    /// The Droplets of its node pools.
    pub droplets: BTreeSet<u64>,
}

impl AccountCluster {
    fn of(row: &Value) -> Option<Self> {
        let nodes = row.items_at(&["node_pools"]).iter();
        let nodes = nodes.flat_map(|pool| pool.items_at(&["nodes"]));
        Some(Self {
            id: row.text_at(&["id"])?.to_owned(),
            droplets: nodes
                .filter_map(|node| node.text_at(&["droplet_id"])?.parse().ok())
                .collect(),
        })
    }
}
