//! Single rows of the account as they are now, since somebody is about to change them: marked with what they are.

use super::lists::Lists;
use crate::clients::digitalocean::{
    Api, Call, RequestError, clusters, firewalls, load_balancers, projects, registries, spaces_keys,
};
use crate::clients::registry::Registry;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::reference::ACCOUNT_API;
use envcheck_core::plan::{Deed, is_counted_since, nothing_is_pushed, same_manifest};
use envcheck_core::value::{Value, ValueExt, array, object, text_or_null};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows by what is to be done to them.
#[derive(Debug, Clone)]
pub struct Rows {
    pub(super) api: Api,
    pub(super) registry: Registry,
    pub(super) lists: Arc<Lists>,
}

impl Rows {
    /// The API that has them.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The ids of the keys for Spaces of this name, as of now: nothing keeps several from having it.
    ///
    /// # Errors
    ///
    /// In words.
    pub async fn spaces_keys(&self, name: &str) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        let mut pages = self.api.pages(&spaces_keys::list());
        while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
            let rows = page.rows().map_err(|error| error.to_string())?;
            let named = rows.iter().filter(|row| row.text_at(&["name"]) == Some(name));
            let id = |row: &Value| row.text_at(&["access_key"]).unwrap_or_default().to_owned();
            ids.extend(named.map(id));
        }
        Ok(ids)
    }

    /// The row that a deed changes; `None` when there is none.
    ///
    /// # Errors
    ///
    /// In words: the scope that is missing, or the trouble; or that the row is not this environment's.
    pub async fn read(&self, deed: &Deed) -> Result<Option<Value>, String> {
        let kind = deed.target.kind.as_str();
        let row = match deed.action {
            FixAction::ClusterUpdate | FixAction::NodePoolUpdate => self.of_cluster(deed).await?,
            FixAction::FirewallAddRules | FixAction::FirewallRemoveRules => {
                self.row(&firewalls::get(id(deed)?)).await?
            }
            FixAction::LoadBalancerDelete => self.row(&load_balancers::get(id(deed)?)).await?,
            FixAction::RegistryCollectGarbage => Some(self.collections(self.declared(deed)?).await?),
            FixAction::RegistryDeleteManifest => Some(self.manifests(self.declared(deed)?, deed).await?),
            FixAction::ProjectAssign => self.assignment(&deed.target.name).await?,
            other => return Err(format!("{} changes no row of the account", other.as_str())),
        };
        Ok(row.map(|row| {
            let own = row.members().map(|(key, value)| (key, value.clone()));
            let marks = [
                ("apiVersion", Value::from(ACCOUNT_API)),
                ("kind", Value::from(kind)),
            ];
            object(own.chain(marks))
        }))
    }

    async fn row<T>(&self, call: &Call<T>) -> Result<Option<Value>, String> {
        match self.api.row(call).await {
            Ok(row) => Ok(Some(row)),
            Err(RequestError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn rows<T>(&self, call: &Call<T>) -> Result<Vec<Value>, String> {
        let mut pages = self.api.pages(call);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
            all.extend(page.rows().map_err(|error| error.to_string())?);
        }
        Ok(all)
    }

    async fn of_cluster(&self, deed: &Deed) -> Result<Option<Value>, String> {
        let cluster = deed
            .cluster()
            .ok_or_else(|| format!("nothing says in which cluster {} is", deed.target))?;
        let declared = self.lists.declared_clusters().await;
        if declared.map_err(|error| error.to_string())? != [cluster] {
            return Err(format!("cluster {cluster} is not the one that is declared"));
        }
        let row = self.row(&clusters::get(cluster)).await?;
        if deed.action == FixAction::ClusterUpdate {
            return Ok(row);
        }
        let pools = row.iter().flat_map(|row| row.items_at(&["node_pools"]));
        Ok(pools.into_iter().find(|pool| deed.is_pool(pool)).cloned())
    }

    /// In which project something declared is.
    async fn assignment(&self, urn: &str) -> Result<Option<Value>, String> {
        let words = |error: RequestError| error.to_string();
        let declared = match urn.split(':').collect::<Vec<_>>().as_slice() {
            ["do", "kubernetes", id] => {
                let clusters = self.lists.declared_clusters().await.map_err(words)?;
                clusters == [*id]
            }
            ["do", "space", bucket] => {
                let buckets = &self.lists.declared().buckets;
                buckets.iter().any(|own| own == bucket)
            }
            _ => false,
        };
        if !declared {
            return Err(format!("{urn} is nothing that the environment declares"));
        }
        for project in self.lists.projects().await.map_err(words)?.iter() {
            let id = project.text_at(&["id"]).unwrap_or_default();
            let mut pages = self.api.pages(&projects::resources(id));
            while let Some(page) = pages.next().await.map_err(words)? {
                let rows = page.rows().map_err(words)?;
                if rows.iter().any(|row| row.text_at(&["urn"]) == Some(urn)) {
                    return Ok(Some(object([
                        ("name", Value::from(urn)),
                        ("project_id", Value::from(id)),
                    ])));
                }
            }
        }
        Ok(None)
    }

    /// That a deed assigns to no other project than the declared one.
    ///
    /// # Errors
    ///
    /// In words: that it would, or why nobody knows.
    pub async fn assigns_as_declared(&self, deed: &Deed) -> Result<(), String> {
        if deed.action != FixAction::ProjectAssign {
            return Ok(());
        }
        let projects = self.lists.projects().await;
        let projects = projects.map_err(|error| error.to_string())?;
        let name = self.lists.declared().project.as_deref();
        let declared = |row: &&Value| name.is_some() && row.text_at(&["name"]) == name;
        let mut declared = projects.iter().filter(declared).map(|row| row.text_at(&["id"]));
        match deed.project() {
            Some(project) if declared.any(|id| id == Some(project)) => Ok(()),
            project => Err(format!(
                "project {} is not the one that is declared",
                project.unwrap_or("without an id")
            )),
        }
    }

    /// The declared registry, when it is the one that is to be changed.
    fn declared<'d>(&self, deed: &'d Deed) -> Result<&'d str, String> {
        let name = deed.target.name.as_str();
        if self.lists.registry() == Some(name) {
            Ok(name)
        } else {
            Err(format!("registry {name} is not the one that is declared"))
        }
    }

    /// A registry as far as its garbage collections go.
    async fn collections(&self, registry: &str) -> Result<Value, String> {
        let active = self.row(&registries::active_collection(registry)).await?;
        let newest = self.newest_collection(registry).await?;
        let uuid = |row: Option<&Value>| text_or_null(row.and_then(|row| row.text_at(&["uuid"])));
        Ok(object([
            ("name", Value::from(registry)),
            ("active", uuid(active.as_ref())),
            ("newest", uuid(newest.as_ref())),
        ]))
    }

    /// That nobody seems to push to a registry before its garbage is collected: from then on nobody can. And that the last
    /// collection has been counted.
    ///
    /// # Errors
    ///
    /// In words: that somebody may, or why nobody knows.
    pub async fn may_be_collected(&self, deed: &Deed, now: Timestamp) -> Result<(), String> {
        let registry = self.declared(deed)?;
        let collections = self.newest_collections(registry).await?;
        let rows = self.rows(&registries::list()).await?;
        let named = |row: &&Value| row.text_at(&["name"]) == Some(registry);
        let row = rows.iter().find(named);
        is_counted_since(row.ok_or("the registry is not listed")?, &collections)?;
        let all = self.rows(&registries::repositories(registry)).await?;
        nothing_is_pushed(&all, now)
    }

    /// The newest collection of a registry, as of now.
    ///
    /// # Errors
    ///
    /// In words.
    pub async fn newest_collection(&self, registry: &str) -> Result<Option<Value>, String> {
        Ok(self.newest_collections(registry).await?.into_iter().next())
    }

    /// The newest collections, as many as one page holds.
    async fn newest_collections(&self, registry: &str) -> Result<Vec<Value>, String> {
        let mut pages = self.api.pages(&registries::garbage_collections(registry));
        let page = match pages.next().await {
            Ok(page) => page,
            // As of a registry whose garbage was never collected.
            Err(RequestError::NotFound(_)) => None,
            Err(error) => return Err(error.to_string()),
        };
        let rows = page.map(|page| page.rows()).transpose();
        let rows = rows.map_err(|error| error.to_string())?;
        Ok(rows.unwrap_or_default())
    }

    /// Those manifests of a deed that are there, with their tags.
    async fn manifests(&self, registry: &str, deed: &Deed) -> Result<Value, String> {
        let there = self.all_manifests(registry, deed).await?;
        let wanted = |one: &Value| deed.manifests().iter().any(|other| same_manifest(one, other));
        let found = there.iter().filter(|one| wanted(one)).map(|one| {
            let keys = ["repository", "digest", "tags"].iter();
            object(keys.map(|key| (*key, one.field(key).cloned().unwrap_or(Value::Null))))
        });
        Ok(object([
            ("name", Value::from(registry)),
            ("manifests", array(found)),
        ]))
    }

    /// All manifests of the repositories of which a deed deletes some.
    async fn all_manifests(&self, registry: &str, deed: &Deed) -> Result<Vec<Value>, String> {
        let repositories: BTreeSet<&str> = deed
            .manifests()
            .iter()
            .filter_map(|one| one.text_at(&["repository"]))
            .collect();
        let mut all = Vec::new();
        for repository in repositories {
            let mut pages = self.api.pages(&registries::manifests(registry, repository));
            while let Some(page) = pages.next().await.map_err(|error| error.to_string())? {
                let rows = page.rows().map_err(|error| error.to_string())?;
                let named = [("repository", Value::from(repository))];
                all.extend(rows.iter().map(|row| super::rows::with(row, &named)));
            }
        }
        Ok(all)
    }

    /// That no manifest that a deed deletes is a part of an image that stays: with a part gone, its tag names what cannot be
    /// pulled.
    ///
    /// # Errors
    ///
    /// In words: what would break, or why nobody knows.
    pub async fn breaks_no_image(&self, deed: &Deed) -> Result<(), String> {
        if deed.manifests().is_empty() {
            return Ok(());
        }
        let registry = self.declared(deed)?;
        let all = self.all_manifests(registry, deed).await?;
        let deleted = |digest: &str, repository: &str| {
            deed.manifests().iter().any(|one| {
                one.text_at(&["digest"]) == Some(digest) && one.text_at(&["repository"]) == Some(repository)
            })
        };
        for manifest in &all {
            let text = |key: &str| manifest.text_at(&[key]).unwrap_or_default();
            let (repository, digest) = (text("repository"), text("digest"));
            if deleted(digest, repository) || super::registry::is_image_alone(manifest) {
                continue;
            }
            let place = format!("{registry}/{repository}");
            let parts = self.registry.children(&place, digest).await;
            let parts = parts.map_err(|error| {
                format!("whether {place}@{digest}, which stays, has parts among them is not known: {error}")
            })?;
            if let Some(part) = parts.iter().find(|part| deleted(part, repository)) {
                return Err(format!("{part} is a part of {place}@{digest}, which stays"));
            }
        }
        Ok(())
    }

    /// That a load balancer is of no other cluster that exists.
    ///
    /// # Errors
    ///
    /// In words: whose it is, or why nobody knows.
    pub async fn is_of_no_other_cluster(&self, row: &Value) -> Result<(), String> {
        let own = self.lists.declared_clusters().await;
        let own = own.map_err(|error| error.to_string())?;
        let tags = row.items_at(&["tags"]).iter();
        let named = tags.filter_map(|tag| tag.text()?.strip_prefix("k8s:"));
        for cluster in named.filter(|id| !own.iter().any(|own| own == id)) {
            if self.row(&clusters::get(cluster)).await?.is_some() {
                return Err(format!("it is of cluster {cluster} as well, which exists"));
            }
        }
        Ok(())
    }
}

fn id(deed: &Deed) -> Result<&str, String> {
    let id = deed.target.id.as_deref();
    id.ok_or_else(|| format!("the account's id of {} is not known", deed.target))
}
