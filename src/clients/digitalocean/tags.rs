//! Tags of the account.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tag {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// All tags.
pub fn list() -> Call<Tag> {
    Call::list("/v2/tags", "tags", "tag:read")
}
