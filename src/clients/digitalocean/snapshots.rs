//! Snapshots of volumes and Droplets.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use http::Method;
use serde::Deserialize;

/// A snapshot, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// What it is a snapshot of.
    #[serde(deserialize_with = "or_default")]
    pub resource_id: String,
}

/// All snapshots; those of Droplets show to tokens with `image:read` only.
pub fn list() -> Call<Snapshot> {
    Call::list("/v2/snapshots", "snapshots", "snapshot:read")
}

/// Deletes a snapshot of a volume.
pub fn delete_of_volume(snapshot: &str) -> Call<()> {
    let path = format!("/v2/volumes/snapshots/{}", encode(snapshot));
    Call::new(Method::DELETE, path, "block_storage_snapshot:delete")
}
