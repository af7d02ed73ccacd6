//! What lies in the registries: repositories, manifests, the blobs below them, and the documents that a pull reads.

use super::{World, sha256};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Media types of the documents.
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An image that is pushed.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// Tags that point to it; they leave what they pointed to before.
    pub tags: Vec<String>,
    /// Names of its layers with their compressed sizes; the same name is the same blob everywhere.
    pub layers: Vec<(String, u64)>,
    /// When it was pushed; None: now.
    pub pushed: Option<String>,
    /// What an index refers to, by digest; an index has no layers.
    pub children: Vec<String>,
}

/// What the API does not show of a registry.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// Registry → blob → bytes: what is stored, referenced or not.
    stored: BTreeMap<String, BTreeMap<String, u64>>,
    /// Digest → where its row was put: a hint, since rows before it may have gone. Of tens of thousands each would be looked at
    /// for each request.
    pub(crate) places: BTreeMap<String, usize>,
    /// Index → what it refers to.
    pub(crate) children: BTreeMap<String, Vec<String>>,
    /// Digest → the document that was pushed: it stays what it is, whatever becomes of what it names.
    documents: BTreeMap<String, Vec<u8>>,
}

impl Content {
    pub(crate) fn store(&mut self, registry: &str, blob: &str, bytes: u64) {
        self.stored
            .entry(registry.to_owned())
            .or_default()
            .insert(blob.to_owned(), bytes);
    }

    /// Bytes stored in a registry.
    pub(crate) fn usage(&self, registry: &str) -> u64 {
        self.stored.get(registry).map_or(0, |blobs| blobs.values().sum())
    }

    /// Removes the blobs that `kept` does not hold; how many and how many bytes.
    pub(crate) fn sweep(&mut self, registry: &str, kept: &dyn Fn(&str) -> bool) -> (u64, u64) {
        let (mut count, mut freed) = (0, 0);
        if let Some(blobs) = self.stored.get_mut(registry) {
            blobs.retain(|blob, bytes| {
                let keep = kept(blob);
                if !keep {
                    count += 1;
                    freed += *bytes;
                }
                keep
            });
        }
        (count, freed)
    }

    pub(crate) fn forget(&mut self, registry: &str) {
        self.stored.remove(registry);
    }
}

impl World {
    /// Pushes an image: its manifest appears, its tags move to it, its blobs are stored. Its digest.
    pub fn push(&mut self, registry: &str, repository: &str, image: Image) -> String {
        for other in self.rows_mut("registry_manifests") {
            if other["registry_name"] == registry
                && other["repository"] == repository
                && let Some(tags) = other["tags"].as_array_mut()
            {
                tags.retain(|tag| !image.tags.iter().any(|moved| tag == moved));
            }
        }
        let digest = self.push_new(registry, repository, image);
        let rows = self.rows_mut("registry_manifests");
        let last = rows.len().saturating_sub(1);
        let mut position = 0;
        // What was pushed again is there once.
        rows.retain(|other| {
            position += 1;
            position > last
                || other["registry_name"] != registry
                || other["repository"] != repository
                || other["digest"] != digest.as_str()
        });
        digest
    }

    /// The same for an image whose tags and digest nothing in the repository has.
    pub(crate) fn push_new(&mut self, registry: &str, repository: &str, image: Image) -> String {
        let pushed = image.pushed.unwrap_or_else(|| self.now().to_string());
        let blobs: Vec<Value> = image
            .layers
            .iter()
            .map(|(name, bytes)| {
                let digest = format!("sha256:{}", sha256(name.as_bytes()));
                json!({"digest": digest, "compressed_size_bytes": bytes})
            })
            .collect();
        for blob in &blobs {
            let bytes = blob["compressed_size_bytes"].as_u64().unwrap_or(0);
            self.content.store(registry, super::text(&blob["digest"]), bytes);
        }
        let size: u64 = image.layers.iter().map(|(_, bytes)| bytes).sum();
        let mut row = json!({
            "registry_name": registry,
            "repository": repository,
            "digest": "",
            "compressed_size_bytes": size,
            "size_bytes": size * 5 / 2,
            "updated_at": pushed,
            "tags": image.tags,
            "blobs": blobs,
        });
        let (_, document) = self.document_of(&row, &image.children);
        let digest = format!("sha256:{}", sha256(&document));
        self.content.documents.insert(digest.clone(), document);
        row["digest"] = json!(digest);
        if !image.children.is_empty() {
            self.content.children.insert(digest.clone(), image.children);
        }
        let at = self.rows("registry_manifests").len();
        self.content.places.insert(digest.clone(), at);
        self.add("registry_manifests", row);
        digest
    }

    /// The document below a manifest: its media type and its bytes. Of what was not pushed here it is made up.
    pub(crate) fn document(&self, row: &Value) -> (&'static str, Vec<u8>) {
        let digest = super::text(&row["digest"]);
        let children = self.content.children.get(digest);
        let (media, made) = self.document_of(row, children.map_or(&[], Vec::as_slice));
        (media, self.content.documents.get(digest).cloned().unwrap_or(made))
    }

    /// The digest of what a tag of a repository points to.
    pub fn digest_of(&self, registry: &str, repository: &str, tag: &str) -> Option<String> {
        let rows = self.rows("registry_manifests");
        let named = rows.iter().find(|row| {
            row["registry_name"] == registry
                && row["repository"] == repository
                && crate::api::holds(&row["tags"], tag)
        });
        named.map(|row| super::text(&row["digest"]).to_owned())
    }

    fn document_of(&self, row: &Value, children: &[String]) -> (&'static str, Vec<u8>) {
        let document = if children.is_empty() {
            image_document(row)
        } else {
            self.index_document(row, children)
        };
        let media = if children.is_empty() { IMAGE } else { INDEX };
        (media, document.to_string().into_bytes())
    }

    fn index_document(&self, row: &Value, children: &[String]) -> Value {
        let manifests: Vec<Value> = children
            .iter()
            .enumerate()
            .map(|(position, digest)| {
                let child = self.rows("registry_manifests").iter().find(|own| {
                    own["registry_name"] == row["registry_name"] && own["digest"] == digest.as_str()
                });
                // What is gone was as long as others are.
                let size = child.map_or(1024, |child| image_document(child).to_string().len());
                let mut entry = json!({
                    "mediaType": IMAGE, "digest": digest, "size": size,
                    "platform": {"os": "linux", "architecture": if position == 0 { "amd64" } else { "arm64" }},
                });
                if position > 1 {
                    entry["platform"] = json!({"os": "unknown", "architecture": "unknown"});
                    entry["annotations"] = json!({
                        "vnd.docker.reference.type": "attestation-manifest",
                        "vnd.docker.reference.digest": children.first(),
                    });
                }
                entry
            })
            .collect();
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    }
}

fn image_document(row: &Value) -> Value {
    let repository = super::text(&row["repository"]);
    let config = format!(
        "sha256:{}",
        sha256(format!("config/{repository}/{}", row["updated_at"]).as_bytes())
    );
    let layers: Vec<Value> = row["blobs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|blob| {
            json!({
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": blob["digest"],
                "size": blob["compressed_size_bytes"],
            })
        })
        .collect();
    json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 1_469},
        "layers": layers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(tag: &str, layer: &str) -> Image {
        Image {
            tags: vec![tag.to_owned()],
            layers: vec![("base".to_owned(), 100), (layer.to_owned(), 10)],
            ..Image::default()
        }
    }

    #[test]
    fn a_pushed_tag_leaves_what_it_pointed_to_and_blobs_are_stored_once() {
        let mut world = World::empty();
        let first = world.push("acme", "web", image("1", "a"));
        let second = world.push("acme", "web", image("1", "b"));
        assert_ne!(first, second);
        let tags = |digest: &str| {
            let rows = world.rows("registry_manifests");
            rows.iter().find(|row| row["digest"] == digest).unwrap()["tags"].clone()
        };
        assert_eq!((tags(&first), tags(&second)), (json!([]), json!(["1"])));
        assert_eq!(world.content.usage("acme"), 120);
    }

    #[test]
    fn a_document_hashes_to_its_digest_and_an_index_names_its_children() {
        let mut world = World::empty();
        let child = world.push("acme", "web", image("x", "a"));
        let index = world.push(
            "acme",
            "web",
            Image {
                tags: vec!["1".to_owned()],
                children: vec![child.clone()],
                ..Image::default()
            },
        );
        for digest in [&child, &index] {
            let row = world
                .rows("registry_manifests")
                .iter()
                .find(|row| row["digest"] == **digest);
            let (_, bytes) = world.document(row.unwrap());
            assert_eq!(format!("sha256:{}", sha256(&bytes)), **digest);
        }
        let row = world
            .rows("registry_manifests")
            .iter()
            .find(|row| row["digest"] == index);
        let (media, bytes) = world.document(row.unwrap());
        assert_eq!(media, INDEX);
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["manifests"][0]["digest"], child);
    }
}
