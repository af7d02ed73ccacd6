//! The lists that other collections hang on, each read once however many hang on it.

use super::declared::DeclaredAccount;
use crate::clients::digitalocean::{
    Api, Call, RequestError, clusters, load_balancers, projects, registries, vpcs,
};
use envcheck_core::value::{Value, ValueExt};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A list, or why there is none; the reason is the same for all that hang on it.
type Outcome = Result<Arc<Vec<Value>>, RequestError>;

/// Lists of the account.
#[derive(Debug)]
pub(super) struct Lists {
    api: Api,
    declared: DeclaredAccount,
    clusters: OnceCell<Outcome>,
    load_balancers: OnceCell<Outcome>,
    vpcs: OnceCell<Outcome>,
    projects: OnceCell<Outcome>,
    repositories: OnceCell<Outcome>,
}

impl Lists {
    pub(super) fn new(api: Api, declared: DeclaredAccount) -> Self {
        Self {
            api,
            declared,
            clusters: OnceCell::new(),
            load_balancers: OnceCell::new(),
            vpcs: OnceCell::new(),
            projects: OnceCell::new(),
            repositories: OnceCell::new(),
        }
    }

    pub(super) fn declared(&self) -> &DeclaredAccount {
        &self.declared
    }

    pub(super) fn registry(&self) -> Option<&str> {
        self.declared.registry.as_deref()
    }

    pub(super) async fn clusters(&self) -> Outcome {
        self.once(&self.clusters, &clusters::list()).await
    }

    pub(super) async fn load_balancers(&self) -> Outcome {
        self.once(&self.load_balancers, &load_balancers::list()).await
    }

    pub(super) async fn vpcs(&self) -> Outcome {
        self.once(&self.vpcs, &vpcs::list()).await
    }

    pub(super) async fn projects(&self) -> Outcome {
        self.once(&self.projects, &projects::list()).await
    }

    /// The repositories of the declared registry; none where none is declared.
    pub(super) async fn repositories(&self) -> Outcome {
        match self.registry() {
            Some(registry) => {
                self.once(&self.repositories, &registries::repositories(registry))
                    .await
            }
            None => Ok(Arc::default()),
        }
    }

    /// The declared cluster. Clusters may share a name: the region tells them apart as far as it can.
    pub(super) async fn declared_cluster_rows(&self) -> Result<Vec<Value>, RequestError> {
        Ok(self.declared_among(&self.clusters().await?))
    }

    /// The same as far as it is known by now; nobody is asked.
    pub(super) fn declared_cluster_rows_by_now(&self) -> Option<Vec<Value>> {
        let clusters = self.clusters.get()?.as_ref().ok()?;
        Some(self.declared_among(clusters))
    }

    fn declared_among(&self, clusters: &[Value]) -> Vec<Value> {
        let region = self.declared.region.as_deref();
        let own = |row: &&Value| {
            named(row, self.declared.cluster.as_deref())
                && region.is_none_or(|region| row.text_at(&["region"]).is_none_or(|own| own == region))
        };
        clusters.iter().filter(own).cloned().collect()
    }

    /// The id of the declared cluster.
    pub(super) async fn declared_clusters(&self) -> Result<Vec<String>, RequestError> {
        let rows = self.declared_cluster_rows().await?;
        Ok(rows.iter().filter_map(id).collect())
    }

    /// The id of the declared network.
    pub(super) async fn declared_vpcs(&self) -> Result<Vec<String>, RequestError> {
        let vpcs = self.vpcs().await?;
        let own = |row: &&Value| named(row, self.declared.vpc.as_deref());
        Ok(vpcs.iter().filter(own).filter_map(id).collect())
    }

    /// The ids of the declared project and of the one where things land that name none.
    pub(super) async fn declared_projects(&self) -> Result<Vec<String>, RequestError> {
        let projects = self.projects().await?;
        let own = |row: &&Value| {
            named(row, self.declared.project.as_deref())
                || row.at(&["is_default"]).is_some_and(ValueExt::is_true)
        };
        Ok(projects.iter().filter(own).filter_map(id).collect())
    }

    async fn once<T>(&self, cell: &OnceCell<Outcome>, call: &Call<T>) -> Outcome {
        let read = || async {
            let mut pages = self.api.pages(call);
            let mut rows = Vec::new();
            while let Some(page) = pages.next().await? {
                rows.extend(page.rows()?);
            }
            Ok(Arc::new(rows))
        };
        cell.get_or_init(read).await.clone()
    }
}

fn named(row: &Value, name: Option<&str>) -> bool {
    name.is_some() && row.text_at(&["name"]) == name
}

fn id(row: &Value) -> Option<String> {
    row.text_at(&["id"]).map(ToOwned::to_owned)
}
