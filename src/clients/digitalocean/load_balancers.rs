//! Load balancers.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use http::Method;
use serde::Deserialize;

/// A load balancer, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the account.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Its tags; `k8s:<cluster>` for one that a cluster made. The published API does not know them.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
}

/// All load balancers.
pub fn list() -> Call<LoadBalancer> {
    Call::list("/v2/load_balancers", "load_balancers", "load_balancer:read")
}

/// One load balancer.
pub fn get(load_balancer: &str) -> Call<LoadBalancer> {
    Call::get(path(load_balancer), "load_balancer:read").below("load_balancer")
}

/// Deletes it; its address is lost.
pub fn delete(load_balancer: &str) -> Call<()> {
    Call::new(Method::DELETE, path(load_balancer), "load_balancer:delete")
}

fn path(load_balancer: &str) -> String {
    format!("/v2/load_balancers/{}", encode(load_balancer))
}
