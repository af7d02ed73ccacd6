//! Container registries by name, and what is in them.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;

const SCOPE: &str = "registry:read";

/// A registry, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Registry {
    /// Its name, unique among all accounts.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// A repository, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its name below the registry; may hold slashes.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The registry; not in every answer.
    pub registry_name: Option<String>,
    /// How many manifests it has.
    #[serde(deserialize_with = "or_default")]
    pub manifest_count: u64,
    /// The manifest that came last.
    pub latest_manifest: Option<Manifest>,
}

/// An image or an index of images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// `sha256:…`.
    #[serde(deserialize_with = "or_default")]
    pub digest: String,
    /// Its tags.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// When it, or its tags, changed last, RFC 3339.
    pub updated_at: Option<String>,
}

/// What may be subscribed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The regions that registries can be in.
    #[serde(deserialize_with = "or_default")]
    pub available_regions: Vec<String>,
}

/// A garbage collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GarbageCollection {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub uuid: String,
    /// `succeeded`, `failed`, `cancelled`, or how far it is.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
}

/// A tag of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tag {
    /// The tag.
    #[serde(deserialize_with = "or_default")]
    pub tag: String,
    /// What it names.
    #[serde(deserialize_with = "or_default")]
    pub manifest_digest: String,
}

/// All registries, with their subscription. Not paged.
pub fn list() -> Call<Registry> {
    Call::get("/v2/registries", SCOPE).below("registries")
}

/// What may be subscribed to, and for how much.
pub fn options() -> Call<Options> {
    Call::get("/v2/registries/options", SCOPE).below("options")
}

/// The repositories of a registry. Their next pages are named by tokens.
pub fn repositories(registry: &str) -> Call<Repository> {
    let path = format!("/v2/registries/{}/repositoriesV2", encode(registry));
    Call::list(path, "repositories", SCOPE)
}

/// The manifests of a repository.
pub fn manifests(registry: &str, repository: &str) -> Call<Manifest> {
    Call::list(below(registry, repository, "digests"), "manifests", SCOPE)
}

/// The tags of a repository.
pub fn tags(registry: &str, repository: &str) -> Call<Tag> {
    Call::list(below(registry, repository, "tags"), "tags", SCOPE)
}

/// The garbage collections of a registry, the newest first.
pub fn garbage_collections(registry: &str) -> Call<GarbageCollection> {
    let path = format!("/v2/registries/{}/garbage-collections", encode(registry));
    Call::list(path, "garbage_collections", SCOPE)
}

/// The garbage collection that is under way; not found when there is none.
pub fn active_collection(registry: &str) -> Call<GarbageCollection> {
    Call::get(collection(registry), SCOPE).below(COLLECTION)
}

/// Begins to collect garbage (JSON with the `type`). The registry is read-only meanwhile.
pub fn collect_garbage(registry: &str, kind: impl Into<Bytes>) -> Call<GarbageCollection> {
    Call::new(Method::POST, collection(registry), "registry:update")
        .below(COLLECTION)
        .with_body(kind)
}

/// Deletes a manifest with its tags. Its layers stay until garbage is collected.
pub fn delete_manifest(registry: &str, repository: &str, digest: &str) -> Call<()> {
    let rest = format!("digests/{}", encode(digest));
    Call::new(
        Method::DELETE,
        below(registry, repository, &rest),
        "registry:delete",
    )
}

const COLLECTION: &str = "garbage_collection";

fn collection(registry: &str) -> String {
    format!("/v2/registries/{}/garbage-collection", encode(registry))
}

fn below(registry: &str, repository: &str, rest: &str) -> String {
    format!(
        "/v2/registries/{}/repositories/{}/{rest}",
        encode(registry),
        encode(repository)
    )
}

/// Creates a registry (JSON with its name, tier and region).
pub fn create(settings: impl Into<Bytes>) -> Call<Registry> {
    Call::new(Method::POST, "/v2/registries", "registry:create")
        .below("registry")
        .with_body(settings)
}

/// Deletes a registry with everything in it.
pub fn delete(registry: &str) -> Call<()> {
    let path = format!("/v2/registries/{}", encode(registry));
    Call::new(Method::DELETE, path, "registry:delete")
}

/// Lets clusters pull from registries (JSON with `cluster_uuids` and `registries`).
pub fn integrate(clusters: impl Into<Bytes>) -> Call<()> {
    Call::new(Method::POST, "/v2/kubernetes/registries", "kubernetes:update").with_body(clusters)
}
