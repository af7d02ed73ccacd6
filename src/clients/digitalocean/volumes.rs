//! Block storage.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use http::Method;
use serde::Deserialize;

/// A volume, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The Droplets that it is attached to.
    #[serde(deserialize_with = "or_default")]
    pub droplet_ids: Vec<u64>,
}

/// All volumes.
pub fn list() -> Call<Volume> {
    Call::list("/v2/volumes", "volumes", "block_storage:read")
}

/// Deletes a volume that is attached to nothing, and what is on it.
pub fn delete(volume: &str) -> Call<()> {
    let path = format!("/v2/volumes/{}", encode(volume));
    Call::new(Method::DELETE, path, "block_storage:delete")
}
