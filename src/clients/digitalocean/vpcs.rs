//! Networks, and what is in them.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
use serde::Deserialize;

const SCOPE: &str = "vpc:read";

/// A network, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vpc {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the account.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Its region's slug.
    #[serde(deserialize_with = "or_default")]
    pub region: String,
    /// Its addresses: `10.116.0.0/20`.
    #[serde(deserialize_with = "or_default")]
    pub ip_range: String,
}

/// Something in a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Member {
    /// `do:loadbalancer:fb294d78-…`.
    #[serde(deserialize_with = "or_default")]
    pub urn: String,
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// All networks.
pub fn list() -> Call<Vpc> {
    Call::list("/v2/vpcs", "vpcs", SCOPE)
}

/// What is in a network.
pub fn members(vpc: &str) -> Call<Member> {
    Call::list(format!("/v2/vpcs/{}/members", encode(vpc)), "members", SCOPE)
}

/// Deletes a network in which nothing is.
pub fn delete(vpc: &str) -> Call<()> {
    Call::new(Method::DELETE, format!("/v2/vpcs/{}", encode(vpc)), "vpc:delete")
}

/// Creates a network (JSON with name and region).
pub fn create(settings: impl Into<Bytes>) -> Call<Vpc> {
    Call::new(Method::POST, "/v2/vpcs", "vpc:create")
        .below("vpc")
        .with_body(settings)
}
