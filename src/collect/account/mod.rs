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
mod rows;

#[cfg(test)]
mod tests;

pub use declared::DeclaredAccount;

use crate::clients::digitalocean::{Api, Usage};
use crate::clients::registry::Registry;
use envcheck_core::inventory::{Feed, Unit};
use lists::Lists;
use read::Reader;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

/// Collections read at a time. The token's 250 calls a minute are spent by this many without waiting for one another.
const AT_A_TIME: usize = 6;
/// Pages that wait for a worker.
const WAITING_PAGES: usize = 4;

/// What belongs to `data.digitalocean` and is read here, in the order in which reading begins: first what others hang on.
/// `registry_uses` comes from other clusters and `observations` from earlier runs.
pub const COLLECTIONS: [&str; 24] = [
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
    declared: DeclaredAccount,
    collections: Vec<&'static str>,
}

impl OpenAccount {
    /// Plans to read those of the needed collections (as `digitalocean.load_balancers`) that are read here; nothing is asked
    /// yet.
    pub fn new<'n>(
        api: Api,
        registry: Registry,
        declared: DeclaredAccount,
        needed: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let needed: BTreeSet<&str> = needed
            .into_iter()
            .filter_map(|name| name.strip_prefix("digitalocean."))
            .collect();
        let known = COLLECTIONS.into_iter().chain([DROPLETS]);
        Self {
            api,
            registry,
            declared,
            collections: known.filter(|name| needed.contains(name)).collect(),
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

    /// Begins to read, on the runtime's threads.
    pub fn start(&self, runtime: &Handle) -> Arc<AccountFeed> {
        let (sender, receiver) = mpsc::channel(WAITING_PAGES);
        let reader = Reader {
            lists: Arc::new(Lists::new(self.api.clone(), self.declared.clone())),
            api: self.api.clone(),
            registry: self.registry.clone(),
            pages: sender,
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
        Arc::new(AccountFeed {
            pages: Mutex::new(receiver),
        })
    }
}

/// The pages of an account as they arrive.
#[derive(Debug)]
pub struct AccountFeed {
    pages: Mutex<mpsc::Receiver<Arc<Unit>>>,
}

impl Feed for AccountFeed {
    fn next(&self) -> Option<Arc<Unit>> {
        self.pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv()
    }

    // A page of manifests is large; judging account objects waits for all of them anyway.
    fn ahead(&self) -> usize {
        0
    }
}
