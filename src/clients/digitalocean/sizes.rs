//! Sizes of Droplets, and what they cost.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A size, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Size {
    /// `s-4vcpu-8gb`.
    #[serde(deserialize_with = "or_default")]
    pub slug: String,
}

/// All sizes.
pub fn list() -> Call<Size> {
    Call::list("/v2/sizes", "sizes", "sizes:read")
}
