//! Everything of an account that provisioning and its way back look at, read anew each time: nothing is made or removed on what
//! was true a while ago.

use super::{OpenAccount, rows};
use crate::clients::digitalocean::{
    Api, Call, RequestError, account, clusters, droplets, firewalls, load_balancers, projects, registries,
    sizes, snapshots, spaces_keys, volumes, vpcs,
};
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Whose resources are asked for.
const PROJECTS: &str = "digitalocean.projects";

/// Whose account it is.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// The id of the team that has the account, or the account's own where there is none.
    pub id: Option<String>,
    /// How many Droplets it may have at one time.
    pub droplet_limit: Option<u64>,
}

impl OpenAccount {
    /// What an environment may consist of that nobody has declared yet: its lists, and what is in each project.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn everything(&self) -> Result<BTreeMap<String, Vec<Value>>, RequestError> {
        let lists = [
            "projects",
            "vpcs",
            "registries",
            "kubernetes_clusters",
            "firewalls",
        ]
        .map(rows::full);
        let mut account = BTreeMap::new();
        let names: Vec<&str> = lists.iter().map(String::as_str).collect();
        self.survey(&mut account, &names).await?;
        let projects = account.get(PROJECTS).into_iter().flatten();
        let assigned = self.assigned(projects).await?;
        account.insert(rows::full("project_resources"), assigned);
        Ok(account)
    }

    /// Reads some collections into rows by collection (`digitalocean.vpcs`), in their order. A list that cannot be read to its end
    /// ends it. Collections that are not the account's own lists are passed over: who needs one sees that it is absent.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn survey(
        &self,
        account: &mut BTreeMap<String, Vec<Value>>,
        collections: &[&str],
    ) -> Result<(), RequestError> {
        for name in collections {
            let rows = match name.strip_prefix("digitalocean.").unwrap_or(name) {
                "projects" => self.all(&projects::list()).await?,
                "project_resources" => {
                    let declared = self.lists.declared().project.as_deref();
                    let projects = account.get(PROJECTS).into_iter().flatten();
                    self.assigned(projects.filter(|row| row.text_at(&["name"]) == declared))
                        .await?
                }
                "vpcs" => self.all(&vpcs::list()).await?,
                "registries" => self.all(&registries::list()).await?,
                "kubernetes_clusters" => self.all(&clusters::list()).await?,
                "firewalls" => self.all(&firewalls::list()).await?,
                "kubernetes_options" => vec![self.api.row(&clusters::options()).await?],
                "registry_options" => vec![self.api.row(&registries::options()).await?],
                "spaces_keys" => self.all(&spaces_keys::list()).await?,
                "load_balancers" => self.all(&load_balancers::list()).await?,
                "volumes" => self.all(&volumes::list()).await?,
                "snapshots" => self.all(&snapshots::list()).await?,
                "droplets" => self.all(&droplets::list()).await?,
                "sizes" => self.all(&sizes::list()).await?,
                // Of Spaces, and of nothing.
                _ => continue,
            };
            account.insert((*name).to_owned(), rows);
        }
        Ok(())
    }

    /// Whose account it is, and what it may have; nothing of that where the token may not ask.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn whose(&self) -> Result<Whose, RequestError> {
        match self.api.one(&account::get()).await {
            Ok(account) => {
                let id = account.team.map_or(account.uuid, |team| team.uuid);
                Ok(Whose {
                    id: Some(id).filter(|id| !id.is_empty()),
                    droplet_limit: account.droplet_limit,
                })
            }
            Err(RequestError::Forbidden { .. }) => Ok(Whose::default()),
            Err(error) => Err(error),
        }
    }

    /// What hangs on these clusters (`digitalocean.kubernetes_associated_resources`). Of one that is gone there is no row.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn hanging_on(&self, clusters: &[String]) -> Result<Vec<Value>, RequestError> {
        let mut rows = Vec::new();
        for id in clusters {
            let row = self.api.row(&clusters::associated(id)).await;
            let added = [("cluster_id", Value::from(id.as_str()))];
            rows.extend(unless_gone(row)?.map(|row| rows::with(&row, &added)));
        }
        Ok(rows)
    }

    /// What is in these networks (`digitalocean.vpc_members`). Of one that is gone there are none.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn members_of(&self, vpcs: &[String]) -> Result<Vec<Value>, RequestError> {
        let mut rows = Vec::new();
        for id in vpcs {
            let own = unless_gone(self.all(&vpcs::members(id)).await)?.unwrap_or_default();
            let added = [("vpc_id", Value::from(id.as_str()))];
            rows.extend(own.iter().map(|row| rows::with(row, &added)));
        }
        Ok(rows)
    }

    /// What is in these projects (`digitalocean.project_resources`). Of one that is gone there is nothing.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn resources_of(&self, projects: &[String]) -> Result<Vec<Value>, RequestError> {
        let mut rows = Vec::new();
        for id in projects {
            let own = unless_gone(self.all(&projects::resources(id)).await)?.unwrap_or_default();
            let added = [("project_id", Value::from(id.as_str()))];
            rows.extend(own.iter().map(|row| rows::with(row, &added)));
        }
        Ok(rows)
    }

    /// What is in these projects.
    async fn assigned(&self, projects: impl Iterator<Item = &Value>) -> Result<Vec<Value>, RequestError> {
        let mut assigned = Vec::new();
        for project in projects {
            let id = project.text_at(&["id"]).unwrap_or_default();
            let own = self.all(&projects::resources(id)).await?;
            let added = [("project_id", Value::from(id))];
            assigned.extend(own.iter().map(|row| rows::with(row, &added)));
        }
        Ok(assigned)
    }

    /// The API that has it.
    pub fn api(&self) -> &Api {
        &self.api
    }

    async fn all<T>(&self, call: &Call<T>) -> Result<Vec<Value>, RequestError> {
        let mut all = Vec::new();
        let mut pages = self.api.pages(call);
        while let Some(page) = pages.next().await? {
            all.extend(page.rows()?);
        }
        Ok(all)
    }
}

/// What was asked for; `None` when it went between two questions.
fn unless_gone<T>(answer: Result<T, RequestError>) -> Result<Option<T>, RequestError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(RequestError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
