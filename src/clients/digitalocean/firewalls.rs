//! Firewalls around Droplets.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
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

/// One firewall.
pub fn get(firewall: &str) -> Call<Firewall> {
    Call::get(path(firewall, ""), "firewall:read").below("firewall")
}

/// Deletes a firewall: what it protected is open then, unless another one protects it too.
pub fn delete(firewall: &str) -> Call<()> {
    Call::new(Method::DELETE, path(firewall, ""), "firewall:delete")
}

/// Creates a firewall (JSON with its name and rules).
pub fn create(settings: impl Into<Bytes>) -> Call<Firewall> {
    Call::new(Method::POST, "/v2/firewalls", "firewall:create")
        .below("firewall")
        .with_body(settings)
}

/// Adds rules (JSON with `inbound_rules`, `outbound_rules` or both); those that are there stay.
pub fn add_rules(firewall: &str, rules: impl Into<Bytes>) -> Call<()> {
    Call::new(Method::POST, path(firewall, "/rules"), "firewall:update").with_body(rules)
}

/// Removes rules, which have to be as the firewall has them.
pub fn remove_rules(firewall: &str, rules: impl Into<Bytes>) -> Call<()> {
    Call::new(Method::DELETE, path(firewall, "/rules"), "firewall:update").with_body(rules)
}

fn path(firewall: &str, rest: &str) -> String {
    format!("/v2/firewalls/{}{rest}", encode(firewall))
}
