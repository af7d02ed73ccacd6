//! Content delivery before buckets.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// An endpoint, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The bucket behind it: `static-images.nyc3.digitaloceanspaces.com`.
    #[serde(deserialize_with = "or_default")]
    pub origin: String,
}

/// All endpoints. Only five such calls are allowed in ten seconds.
pub fn list() -> Call<Endpoint> {
    Call::list("/v2/cdn/endpoints", "endpoints", "cdn:read")
}
