//! A manifest, as far as it refers to others.

use serde::Deserialize;

/// What is taken: indexes first, then single images.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

/// The digests that a manifest refers to, in its own order; none for a single image.
pub(super) fn children(bytes: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let manifest: Manifest = serde_json::from_slice(bytes)?;
    if manifest.schema_version != 2 {
        return Err(serde::de::Error::custom(format!(
            "it is of schema version {}",
            manifest.schema_version
        )));
    }
    let listed = manifest.manifests.unwrap_or_default();
    Ok(listed.into_iter().map(|descriptor| descriptor.digest).collect())
}
