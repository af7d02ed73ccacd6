//! What the environment declares of its account: by these names the things are found whose insides are read.

use envcheck_core::value::{Value, ValueExt};

/// The names in a spec, under `digitalocean`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredAccount {
    /// The region: clusters of one name may exist in several.
    pub region: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
    /// The network.
    pub vpc: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The registry.
    pub registry: Option<String>,
    /// The buckets.
    pub buckets: Vec<String>,
}

impl DeclaredAccount {
    /// What an environment (a spec's value) declares.
    pub fn of(environment: &Value) -> Self {
        let text = |path: [&str; 2]| {
            let account = environment.field("digitalocean")?;
            account.text_at(&path).map(ToOwned::to_owned)
        };
        Self {
            region: environment
                .text_at(&["digitalocean", "region"])
                .map(ToOwned::to_owned),
            cluster: text(["cluster", "name"]),
            vpc: text(["vpc", "name"]),
            project: text(["project", "name"]),
            registry: text(["registry", "name"]),
            buckets: environment
                .items_at(&["digitalocean", "spaces", "buckets"])
                .iter()
                .filter_map(|bucket| bucket.text_at(&["name"]).map(ToOwned::to_owned))
                .collect(),
        }
    }
}
