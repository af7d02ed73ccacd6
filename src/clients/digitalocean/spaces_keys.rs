//! Keys to Spaces. Their secrets are shown once, on creation.

use super::call::Call;
use super::tolerant::or_default;
use crate::clients::http::encode;
use bytes::Bytes;
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;

/// A key, as far as code reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Key {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The public half.
    #[serde(deserialize_with = "or_default")]
    pub access_key: String,
}

/// All keys.
pub fn list() -> Call<Key> {
    Call::list("/v2/spaces/keys", "keys", "spaces_key:read")
}

/// A key as it is shown once.
#[derive(Debug, Clone, Deserialize)]
pub struct NewKey {
    /// The public half.
    pub access_key: String,
    /// The other half.
    pub secret_key: SecretString,
}

/// Creates a key (JSON with its name and grants). Nothing keeps two from having one name.
pub fn create(settings: impl Into<Bytes>) -> Call<NewKey> {
    Call::new(Method::POST, "/v2/spaces/keys", "spaces_key:create_credentials")
        .below("key")
        .with_body(settings)
}

/// Deletes a key.
pub fn delete(access_key: &str) -> Call<()> {
    let path = format!("/v2/spaces/keys/{}", encode(access_key));
    Call::new(Method::DELETE, path, "spaces_key:delete")
}
