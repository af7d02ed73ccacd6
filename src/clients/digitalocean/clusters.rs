//! Clusters of DigitalOcean Kubernetes: themselves, what may be created, how they are entered, what hangs on them.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use std::time::Duration;

const SCOPE: &str = "kubernetes:read";
const UPDATE: &str = "kubernetes:update";

/// A cluster, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name. Nothing makes it unique.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Its region's slug.
    #[serde(deserialize_with = "or_default")]
    pub region: String,
    /// `1.35.1-do.0`.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// Its network; absent for a token without `vpc:read`.
    pub vpc_uuid: Option<String>,
    /// Where its API server is.
    pub endpoint: Option<String>,
    /// How it is.
    #[serde(deserialize_with = "or_default")]
    pub status: Status,
    /// Its nodes, by pool.
    #[serde(deserialize_with = "or_default")]
    pub node_pools: Vec<NodePool>,
}

/// How a cluster is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The state.
    #[serde(deserialize_with = "or_default")]
    pub state: State,
    /// More, where something is wrong.
    pub message: Option<String>,
}

/// The state of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum State {
    /// As it should be.
    Running,
    /// Being created.
    Provisioning,
    /// It works in part.
    Degraded,
    /// It failed.
    Error,
    /// It is gone.
    Deleted,
    /// Its version changes.
    Upgrading,
    /// It is going.
    Deleting,
    /// A state that came into being after this program.
    Other(String),
}

impl Default for State {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for State {
    fn from(text: String) -> Self {
        match text.as_str() {
            "running" => Self::Running,
            "provisioning" => Self::Provisioning,
            "degraded" => Self::Degraded,
            "error" => Self::Error,
            "deleted" => Self::Deleted,
            "upgrading" => Self::Upgrading,
            "deleting" => Self::Deleting,
            _ => Self::Other(text),
        }
    }
}

/// A pool of nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodePool {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the cluster.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The nodes that are there.
    #[serde(deserialize_with = "or_default")]
    pub nodes: Vec<Node>,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The Droplet that it is, as text; empty as long as there is none.
    #[serde(deserialize_with = "or_default")]
    pub droplet_id: String,
}

/// What may be created.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Versions.
    #[serde(deserialize_with = "or_default")]
    pub versions: Vec<Version>,
}

/// A version of Kubernetes here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Version {
    /// `1.35.1-do.0`.
    #[serde(deserialize_with = "or_default")]
    pub slug: String,
    /// `1.35.1`.
    #[serde(deserialize_with = "or_default")]
    pub kubernetes_version: String,
}

/// How a cluster is entered. The token, and with it the whole, ends soon.
#[derive(Debug, Clone, Deserialize)]
pub struct Credentials {
    /// Where the API server is: `https://….k8s.ondigitalocean.com`.
    pub server: String,
    /// The authority behind its certificate, PEM in base64.
    pub certificate_authority_data: SecretString,
    /// As whom.
    pub token: SecretString,
    /// When the token ends, RFC 3339.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// What hangs on a cluster and stays, and costs, when it alone is deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Associated {
    /// Load balancers.
    #[serde(deserialize_with = "or_default")]
    pub load_balancers: Vec<Named>,
    /// Volumes.
    #[serde(deserialize_with = "or_default")]
    pub volumes: Vec<Named>,
    /// Snapshots of volumes.
    #[serde(deserialize_with = "or_default")]
    pub volume_snapshots: Vec<Named>,
}

/// Something with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// The newest run of DigitalOcean's own checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Clusterlint {
    /// The run.
    #[serde(deserialize_with = "or_default")]
    pub run_id: String,
    /// When it ended, RFC 3339; none while it goes on.
    pub completed_at: Option<String>,
}

/// All clusters.
pub fn list() -> Call<Cluster> {
    Call::list("/v2/kubernetes/clusters", "kubernetes_clusters", SCOPE)
}

/// One cluster.
pub fn get(cluster: &str) -> Call<Cluster> {
    Call::get(path(cluster, ""), SCOPE).below("kubernetes_cluster")
}

/// Creates a cluster (JSON with its name, region, version and node pools). Nothing keeps two from having one name.
pub fn create(settings: impl Into<Bytes>) -> Call<Cluster> {
    Call::new(Method::POST, "/v2/kubernetes/clusters", "kubernetes:create")
        .below("kubernetes_cluster")
        .with_body(settings)
}

/// Creates a node pool (JSON with its name, size and number of nodes).
pub fn create_pool(cluster: &str, settings: impl Into<Bytes>) -> Call<NodePool> {
    Call::new(Method::POST, path(cluster, "/node_pools"), UPDATE)
        .below("node_pool")
        .with_body(settings)
}

/// Gives a cluster these settings (JSON with its name): tags that are not sent are taken away.
pub fn update(cluster: &str, settings: impl Into<Bytes>) -> Call<Cluster> {
    Call::new(Method::PUT, path(cluster, ""), UPDATE)
        .below("kubernetes_cluster")
        .with_body(settings)
}

/// Gives a node pool these settings (JSON with its name and number of nodes).
pub fn update_pool(cluster: &str, pool: &str, settings: impl Into<Bytes>) -> Call<NodePool> {
    let rest = format!("/node_pools/{}", encode(pool));
    Call::new(Method::PUT, path(cluster, &rest), UPDATE)
        .below("node_pool")
        .with_body(settings)
}

/// Destroys a cluster with what is named of what hangs on it (JSON with ids of load balancers, volumes and snapshots): everything
/// else stays, and is billed.
pub fn destroy(cluster: &str, with: impl Into<Bytes>) -> Call<()> {
    let path = path(cluster, "/destroy_with_associated_resources/selective");
    Call::new(Method::DELETE, path, "kubernetes:delete").with_body(with)
}

/// What may be created.
pub fn options() -> Call<Options> {
    Call::get("/v2/kubernetes/options", SCOPE).below("options")
}

/// The versions that a cluster may be upgraded to. Not paged.
pub fn upgrades(cluster: &str) -> Call<Version> {
    Call::get(path(cluster, "/upgrades"), SCOPE).below("available_upgrade_versions")
}

/// Credentials that end after `expiry`, in whole seconds.
pub fn credentials(cluster: &str, expiry: Duration) -> Call<Credentials> {
    Call::get(path(cluster, "/credentials"), "kubernetes:access_cluster")
        .with_query("expiry_seconds", &expiry.as_secs().max(1).to_string())
}

/// What hangs on a cluster.
pub fn associated(cluster: &str) -> Call<Associated> {
    Call::get(path(cluster, "/destroy_with_associated_resources"), SCOPE)
}

/// The newest run of clusterlint.
pub fn clusterlint(cluster: &str) -> Call<Clusterlint> {
    Call::get(path(cluster, "/clusterlint"), SCOPE)
}

fn path(cluster: &str, rest: &str) -> String {
    format!("/v2/kubernetes/clusters/{}{rest}", encode(cluster))
}
