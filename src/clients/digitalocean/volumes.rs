//! Block storage.

use super::call::Call;
use super::tolerant::or_default;
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
