//! Everything of an account that provisioning looks at, read anew each time: nothing is made on what was true a while ago.

use super::{OpenAccount, rows};
use crate::clients::digitalocean::{
    Call, RequestError, clusters, firewalls, projects, registries, sizes, vpcs,
};
use envcheck_core::provision::Account;
use envcheck_core::value::{Value, ValueExt};

impl OpenAccount {
    /// Reads it all. A list that cannot be read to its end ends it; only prices may be missing.
    ///
    /// # Errors
    ///
    /// See [`RequestError`].
    pub async fn survey(&self) -> Result<Account, RequestError> {
        let mut account = Account::default();
        let mut put = |name: &str, rows: Vec<Value>| {
            account.rows.insert(rows::full(name), rows);
        };
        let all = self.all(&projects::list()).await?;
        let declared = self.lists.declared().project.as_deref();
        let mut assigned = Vec::new();
        for project in all.iter().filter(|row| row.text_at(&["name"]) == declared) {
            let id = project.text_at(&["id"]).unwrap_or_default();
            let own = self.all(&projects::resources(id)).await?;
            let added = [("project_id", Value::from(id))];
            assigned.extend(own.iter().map(|row| rows::with(row, &added)));
        }
        put("projects", all);
        put("project_resources", assigned);
        put("vpcs", self.all(&vpcs::list()).await?);
        put("registries", self.all(&registries::list()).await?);
        put("kubernetes_clusters", self.all(&clusters::list()).await?);
        put("firewalls", self.all(&firewalls::list()).await?);
        put(
            "kubernetes_options",
            vec![self.api.row(&clusters::options()).await?],
        );
        match self.all(&sizes::list()).await {
            Ok(rows) => put("sizes", rows),
            Err(RequestError::Cancelled) => return Err(RequestError::Cancelled),
            Err(_) => {}
        }
        match self.api.row(&registries::options()).await {
            Ok(row) => put("registry_options", vec![row]),
            Err(RequestError::Cancelled) => return Err(RequestError::Cancelled),
            Err(_) => {}
        }
        Ok(account)
    }

    /// The API that has it.
    pub fn api(&self) -> &crate::clients::digitalocean::Api {
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
