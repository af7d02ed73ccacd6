//! Certificates for load balancers and CDN endpoints.

use super::call::Call;
use super::tolerant::or_default;
use serde::Deserialize;

/// A certificate, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// Its name, unique in the account.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
}

/// All certificates.
pub fn list() -> Call<Certificate> {
    Call::list("/v2/certificates", "certificates", "certificate:read")
}
