//! The account that a token belongs to.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// The account, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub uuid: String,
    /// `active`, `warning` or `locked`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// How many Droplets it may have at one time.
    #[serde(deserialize_with = "or_default")]
    pub droplet_limit: Option<u64>,
    /// The team that it works for.
    pub team: Option<Team>,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Team {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub uuid: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// The account itself.
pub fn get() -> Call<Account> {
    Call::get("/v2/account", "account:read").below("account")
}
