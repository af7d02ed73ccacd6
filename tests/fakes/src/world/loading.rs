//! Worlds from rows that were captured before: the account's files of a snapshot, or one file of JSON.

use super::{World, text};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Collections that are kept as rows.
const KEPT: [&str; 20] = [
    "account",
    "projects",
    "vpcs",
    "vpc_peerings",
    "kubernetes_clusters",
    "kubernetes_options",
    "load_balancers",
    "firewalls",
    "droplets",
    "tags",
    "certificates",
    "volumes",
    "snapshots",
    "cdn_endpoints",
    "registries",
    "registry_manifests",
    "registry_garbage_collections",
    "spaces_keys",
    "kubernetes_clusterlint",
    "actions",
];
/// Collections that follow from others, or that no account has.
const FOLLOWING: [&str; 9] = [
    "vpc_members",
    "kubernetes_cluster_lookups",
    "kubernetes_upgrades",
    "kubernetes_associated_resources",
    "registry_options",
    "registry_repositories",
    "registry_uses",
    "observations",
    "sizes",
];

impl World {
    /// The account of a snapshot, from its folder (`environments/demo`).
    ///
    /// # Errors
    /// A file cannot be read, is no NDJSON, or is of a collection that nobody knows.
    pub fn from_snapshot(folder: &Path) -> Result<Self, String> {
        let folder = folder.join("account");
        let failed = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut rows = BTreeMap::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            let Some(collection) = file
                .file_name()
                .and_then(|name| name.to_str()?.strip_suffix(".ndjson"))
            else {
                continue;
            };
            let read = std::fs::read_to_string(&file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let parsed: Result<Vec<Value>, _> = read.lines().map(serde_json::from_str).collect();
            let parsed = parsed.map_err(|error| format!("{}: {error}", file.display()))?;
            rows.insert(collection.to_owned(), parsed);
        }
        Self::from_rows(rows)
    }

    /// A world from a file of JSON: an object with a list of rows for each collection, as [`World::to_json`] makes it.
    ///
    /// # Errors
    /// The file cannot be read, or does not hold that.
    pub fn from_json(file: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", file.display());
        let read = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
        let value: Value = serde_json::from_str(&read).map_err(|error| failed(&error))?;
        let Value::Object(members) = value else {
            return Err(failed(&"it is not an object"));
        };
        let rows = members
            .into_iter()
            .map(|(collection, rows)| match rows {
                Value::Array(rows) => Ok((collection, rows)),
                _ => Err(failed(&format!("{collection} is no list"))),
            })
            .collect::<Result<_, _>>()?;
        Self::from_rows(rows)
    }

    fn from_rows(mut given: BTreeMap<String, Vec<Value>>) -> Result<Self, String> {
        let mut world = Self::empty();
        let assigned = given.remove("project_resources").unwrap_or_default();
        for (collection, rows) in given {
            if KEPT.contains(&collection.as_str()) {
                *world.rows_mut(&collection) = rows;
            } else if !FOLLOWING.contains(&collection.as_str()) {
                return Err(format!("the account has no collection {collection}"));
            }
        }
        for row in assigned {
            let at = text(&row["assigned_at"]).parse().unwrap_or_else(|_| world.now());
            let project = text(&row["project_id"]).to_owned();
            world.assigned.insert(text(&row["urn"]).to_owned(), (project, at));
        }
        world.store_content();
        Ok(world)
    }

    /// What the registries hold below the manifests that were given.
    fn store_content(&mut self) {
        let mut rows = std::mem::take(self.rows_mut("registry_manifests"));
        for row in &mut rows {
            let children = crate::http::texts(&row["children"]);
            if let Some(members) = row.as_object_mut() {
                members.shift_remove("children");
            }
            if !children.is_empty() {
                self.content
                    .children
                    .insert(text(&row["digest"]).to_owned(), children);
            }
            for blob in crate::api::items(&row["blobs"]) {
                let bytes = blob["compressed_size_bytes"].as_u64().unwrap_or(0);
                self.content
                    .store(text(&row["registry_name"]), text(&blob["digest"]), bytes);
            }
        }
        *self.rows_mut("registry_manifests") = rows;
        let registries: BTreeSet<(String, u64)> = self
            .rows("registries")
            .iter()
            .map(|row| {
                let usage = row["storage_usage_bytes"].as_u64().unwrap_or(0);
                (text(&row["name"]).to_owned(), usage)
            })
            .collect();
        for (registry, usage) in registries {
            // What no manifest explains is a blob that none refers to any more.
            let unreferenced = usage.saturating_sub(self.content.usage(&registry));
            if unreferenced > 0 {
                let blob = format!(
                    "sha256:{}",
                    super::sha256(format!("unreferenced/{registry}").as_bytes())
                );
                self.content.store(&registry, &blob, unreferenced);
            }
        }
    }

    /// All rows, by collection, with what is assigned to projects.
    pub fn to_json(&self) -> Value {
        let mut all = Map::new();
        for (collection, rows) in &self.rows {
            all.insert(collection.clone(), json!(rows));
        }
        if let Some(rows) = all.get_mut("registry_manifests").and_then(Value::as_array_mut) {
            for row in rows {
                let children = self.content.children.get(text(&row["digest"]));
                row["children"] = json!(children.map_or(&[][..], Vec::as_slice));
            }
        }
        let assigned: Vec<Value> = self
            .assigned
            .iter()
            .map(|(urn, (project, at))| {
                json!({"project_id": project, "urn": urn, "assigned_at": at.to_string(), "status": "ok"})
            })
            .collect();
        all.insert("project_resources".to_owned(), json!(assigned));
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_the_same_after_it_was_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.json");
        let world = World::stage();
        std::fs::write(&file, world.to_json().to_string()).unwrap();
        let again = World::from_json(&file).unwrap();
        assert_eq!(again.to_json(), world.to_json());
        assert_eq!(again.content.usage("acme"), world.content.usage("acme"));
    }

    #[test]
    fn the_demo_snapshot_is_a_world() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let world = World::from_snapshot(&root.join("environments/demo-clean")).unwrap();
        assert_eq!(
            world.named("kubernetes_clusters", "stage").unwrap()["region"],
            "fra1"
        );
        assert!(world.rows("registries")[0]["subscription"]["tier"].is_object());
    }

    #[test]
    fn what_is_no_account_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let reason = World::from_snapshot(folder.path()).unwrap_err();
        assert!(reason.contains("account"), "{reason}");
        std::fs::create_dir(folder.path().join("account")).unwrap();
        let file = folder.path().join("account/unicorns.ndjson");
        std::fs::write(&file, "{}\n").unwrap();
        assert!(
            World::from_snapshot(folder.path())
                .unwrap_err()
                .contains("unicorns")
        );
        std::fs::write(&file, "{\n").unwrap();
        assert!(
            World::from_snapshot(folder.path())
                .unwrap_err()
                .contains("unicorns.ndjson")
        );
    }
}
