//! Projects, and what is assigned to them.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;

const SCOPE: &str = "project:read";

/// A project, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the account.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Whether things land here that name no project.
    #[serde(deserialize_with = "or_default")]
    pub is_default: bool,
}

/// Something that is assigned to a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Resource {
    /// `do:kubernetes:bd5f5959-…`.
    #[serde(deserialize_with = "or_default")]
    pub urn: String,
}

/// All projects.
pub fn list() -> Call<Project> {
    Call::list("/v2/projects", "projects", SCOPE)
}

/// What is assigned to a project.
pub fn resources(project: &str) -> Call<Resource> {
    let path = format!("/v2/projects/{}/resources", encode(project));
    Call::list(path, "resources", SCOPE)
}

/// Assigns resources, by their URNs, to a project; each has a status of its own in the answer.
pub fn assign(project: &str, resources: impl Into<Bytes>) -> Call<Resource> {
    let path = format!("/v2/projects/{}/resources", encode(project));
    Call::new(Method::POST, path, "project:assign_resource")
        .below("resources")
        .with_body(resources)
}

/// Deletes a project to which nothing is assigned.
pub fn delete(project: &str) -> Call<()> {
    let path = format!("/v2/projects/{}", encode(project));
    Call::new(Method::DELETE, path, "project:delete")
}

/// Creates a project (JSON with name and purpose).
pub fn create(settings: impl Into<Bytes>) -> Call<Project> {
    Call::new(Method::POST, "/v2/projects", "project:create")
        .below("project")
        .with_body(settings)
}
