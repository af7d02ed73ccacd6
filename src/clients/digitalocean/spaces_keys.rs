//! Keys to Spaces. Their secrets are shown once, on creation, and never here.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A key, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Key {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The public half.
    #[serde(deserialize_with = "or_default")]
    pub access_key: String,
}

/// All keys.
pub fn list() -> Call<Key> {
    Call::list("/v2/spaces/keys", "keys", "spaces_key:read")
}
