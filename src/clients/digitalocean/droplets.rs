//! Droplets, which nodes are.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A Droplet, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Droplet {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: u64,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// All Droplets.
pub fn list() -> Call<Droplet> {
    Call::list("/v2/droplets", "droplets", "droplet:read")
}

/// The Droplets that have a tag.
pub fn tagged(tag: &str) -> Call<Droplet> {
    list().with_query("tag_name", tag)
}
