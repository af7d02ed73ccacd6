//! Firewalls around Droplets.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A firewall, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the account.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// All firewalls. Which Droplets and tags they are for shows to tokens with `droplet:read` and `tag:read` only.
pub fn list() -> Call<Firewall> {
    Call::list("/v2/firewalls", "firewalls", "firewall:read")
}
