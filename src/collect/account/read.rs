//! Reads one collection, page by page, and hands the pages on.

use super::lists::Lists;
use super::remembered::Remembered;
use super::rows::{full, gap, page, with};
use crate::clients::digitalocean::{
    Api, Call, RequestError, account, cdn_endpoints, certificates, clusters, droplets, firewalls, projects,
    registries, sizes, snapshots, spaces_keys, tags, volumes, vpcs,
};
use crate::clients::registry::Registry;
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use envcheck_core::inventory::{Loaded, Unit};
use envcheck_core::value::{Value, ValueExt, object};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What the readers of all collections share.
#[derive(Clone)]
pub(super) struct Reader {
    pub api: Api,
    pub registry: Registry,
    pub lists: Arc<Lists>,
    pub remembered: Remembered,
    pub auditor: Option<SecretString>,
    pub meter: Arc<Meter>,
    pub turns: Arc<Semaphore>,
    pub units: UnitSender,
}

impl Reader {
    /// Reads a collection to its end, or as far as it goes; what is missing is handed on as a gap.
    pub(super) async fn read(self, collection: &'static str) {
        let name = full(collection);
        self.meter.ask(&name);
        let outcome = self.rows_of(collection).await;
        let end = match outcome {
            Ok(()) => page(collection, Vec::new(), true),
            // Nobody waits for more.
            Err(RequestError::Cancelled) => return,
            Err(error) => gap(collection, error.reason(), error.to_string()),
        };
        self.meter.end(&name, end.gaps.is_empty());
        self.hand_on(end).await;
    }

    async fn rows_of(&self, collection: &'static str) -> Result<(), RequestError> {
        let lists = &self.lists;
        match collection {
            "kubernetes_clusters" => self.known(collection, lists.clusters().await?).await,
            "load_balancers" => self.known(collection, lists.load_balancers().await?).await,
            "vpcs" => self.known(collection, lists.vpcs().await?).await,
            "projects" => self.known(collection, lists.projects().await?).await,
            "account" => self.one(collection, &account::get(), &[]).await,
            "kubernetes_options" => self.one(collection, &clusters::options(), &[]).await,
            "registry_options" => self.one(collection, &registries::options(), &[]).await,
            "sizes" => self.list(collection, &sizes::list(), &[]).await,
            "firewalls" => self.list(collection, &firewalls::list(), &[]).await,
            "tags" => self.list(collection, &tags::list(), &[]).await,
            "certificates" => self.list(collection, &certificates::list(), &[]).await,
            "volumes" => self.list(collection, &volumes::list(), &[]).await,
            "snapshots" => self.list(collection, &snapshots::list(), &[]).await,
            "cdn_endpoints" => self.list(collection, &cdn_endpoints::list(), &[]).await,
            "spaces_keys" => self.spaces_keys().await,
            "registries" => self.list(collection, &registries::list(), &[]).await,
            "project_resources" => {
                for id in lists.declared_projects().await? {
                    let added = [("project_id", Value::from(id.as_str()))];
                    self.list(collection, &projects::resources(&id), &added).await?;
                }
                Ok(())
            }
            "vpc_members" => {
                for id in lists.declared_vpcs().await? {
                    let added = [("vpc_id", Value::from(id.as_str()))];
                    self.list(collection, &vpcs::members(&id), &added).await?;
                }
                Ok(())
            }
            "registry_repositories" => self.repositories().await,
            "registry_manifests" => self.manifests().await,
            "registry_garbage_collections" => match lists.registry() {
                Some(name) => {
                    let added = [("registry_name", Value::from(name))];
                    self.list(collection, &registries::garbage_collections(name), &added)
                        .await
                }
                None => Ok(()),
            },
            "kubernetes_cluster_lookups" => self.lookups().await,
            _ => self.of_clusters(collection).await,
        }
    }

    /// What hangs on the declared cluster.
    async fn of_clusters(&self, collection: &'static str) -> Result<(), RequestError> {
        for id in self.lists.declared_clusters().await? {
            let added = [("cluster_id", Value::from(id.as_str()))];
            match collection {
                "kubernetes_upgrades" => self.list(collection, &clusters::upgrades(&id), &added).await?,
                "kubernetes_associated_resources" => {
                    self.one(collection, &clusters::associated(&id), &added).await?;
                }
                "kubernetes_clusterlint" => self.clusterlint(&id, &added).await?,
                _ => {
                    let tag = format!("k8s:{id}");
                    self.list(collection, &droplets::tagged(&tag), &[]).await?;
                }
            }
        }
        Ok(())
    }

    /// The newest run, if it has ended; a cluster that was never looked at has none.
    async fn clusterlint(&self, id: &str, added: &[(&str, Value)]) -> Result<(), RequestError> {
        let run = match self.api.row(&clusters::clusterlint(id)).await {
            Err(RequestError::NotFound(_)) => return Ok(()),
            run => run?,
        };
        if run.text_at(&["completed_at"]).is_some_and(|at| !at.is_empty()) {
            self.hand_on(page("kubernetes_clusterlint", vec![with(&run, added)], false))
                .await;
        }
        Ok(())
    }

    /// Whether the clusters exist that load balancers say they are of and the list lacks.
    async fn lookups(&self) -> Result<(), RequestError> {
        let clusters = self.lists.clusters().await?;
        let load_balancers = self.lists.load_balancers().await?;
        let listed: BTreeSet<&str> = clusters.iter().filter_map(|row| row.text_at(&["id"])).collect();
        let mentioned: BTreeSet<&str> = load_balancers
            .iter()
            .flat_map(|row| row.items_at(&["tags"]))
            .filter_map(|tag| tag.text()?.strip_prefix("k8s:"))
            .filter(|id| is_id(id) && !listed.contains(id))
            .collect();
        for id in mentioned {
            let exists = match self.api.row(&clusters::get(id)).await {
                Ok(_) => true,
                Err(RequestError::NotFound(_)) => false,
                Err(error) => return Err(error),
            };
            let row = object([("cluster_id", Value::from(id)), ("exists", Value::from(exists))]);
            self.hand_on(page("kubernetes_cluster_lookups", vec![row], false))
                .await;
        }
        Ok(())
    }

    /// The key that audits is told from the others, which it would have to be kept from.
    async fn spaces_keys(&self) -> Result<(), RequestError> {
        let auditor = self.auditor.as_ref().map(ExposeSecret::expose_secret);
        let mut pages = self.api.pages(&spaces_keys::list());
        while let Some(own) = pages.next().await? {
            let marked = own.rows()?.into_iter().map(|row| {
                let audits = auditor.is_some() && row.text_at(&["access_key"]) == auditor;
                if audits {
                    with(&row, &[("auditor", Value::from(true))])
                } else {
                    row
                }
            });
            self.hand_on(page("spaces_keys", marked.collect(), false)).await;
        }
        Ok(())
    }

    async fn known(&self, collection: &str, rows: Arc<Vec<Value>>) -> Result<(), RequestError> {
        self.hand_on(page(collection, rows.to_vec(), false)).await;
        Ok(())
    }

    async fn one<T>(
        &self,
        collection: &str,
        call: &Call<T>,
        added: &[(&str, Value)],
    ) -> Result<(), RequestError> {
        let row = self.api.row(call).await?;
        self.hand_on(page(collection, vec![with(&row, added)], false))
            .await;
        Ok(())
    }

    pub(super) async fn list<T>(
        &self,
        collection: &str,
        call: &Call<T>,
        added: &[(&str, Value)],
    ) -> Result<(), RequestError> {
        let mut pages = self.api.pages(call);
        while let Some(own) = pages.next().await? {
            let rows = own.rows()?;
            let rows = if added.is_empty() {
                rows
            } else {
                rows.iter().map(|row| with(row, added)).collect()
            };
            self.hand_on(page(collection, rows, false)).await;
        }
        Ok(())
    }

    pub(super) async fn hand_on(&self, loaded: Loaded) {
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return;
        };
        if let Some((collection, ..)) = loaded.collections.first() {
            self.meter.count(collection, loaded.collections.len() as u64);
        }
        let unit: Arc<Unit> = Arc::new(move || {
            let _until_judged = &turn;
            loaded.clone()
        });
        // Nobody takes units any more once the run is over.
        let _ = self.units.send(unit).await;
    }
}

/// `k8s:worker` and the like are tags of no cluster.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
