//! The cluster that an application leads into.

use crate::value::{Value, ValueExt};

/// Argo CD's own cluster, by its address inside.
pub const OWN_ADDRESS: &str = "https://kubernetes.default.svc";
/// The same by its name, unless a Secret of Argo CD gives it another one.
/// <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters>
pub const OWN_NAME: &str = "in-cluster";

/// A cluster that an application leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster<'v> {
    /// That of Argo CD itself.
    Own,
    /// One that Argo CD calls so, or has this address: its own may have another name than by default, and more than one address.
    Named(&'v str),
    /// None is said.
    None,
}

/// The cluster of a destination, by its `server` or its `name`.
pub fn cluster(destination: &Value) -> Cluster<'_> {
    let said = |key: &str| destination.text_at(&[key]).unwrap_or_default();
    match (said("server").trim_end_matches('/'), said("name")) {
        (OWN_ADDRESS, _) | ("", OWN_NAME) => Cluster::Own,
        ("", "") => Cluster::None,
        ("", name) => Cluster::Named(name),
        (address, _) => Cluster::Named(address),
    }
}
