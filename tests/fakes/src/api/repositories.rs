//! Repositories of a registry, their tags and manifests.

use super::registries::recount;
use super::{Route, found, items, part};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/repositoriesV2",
        &["registry:read"],
        list,
    ),
    Route::new(
        "DELETE",
        "/v2/registries/{registry_name}/repositories/{repository_name}",
        &["registry:delete"],
        delete,
    ),
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/repositories/{repository_name}/tags",
        &["registry:read"],
        tags,
    ),
    Route::new(
        "DELETE",
        "/v2/registries/{registry_name}/repositories/{repository_name}/tags/{repository_tag}",
        &["registry:delete"],
        delete_tag,
    ),
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/repositories/{repository_name}/digests",
        &["registry:read"],
        digests,
    ),
    Route::new(
        "DELETE",
        "/v2/registries/{registry_name}/repositories/{repository_name}/digests/{manifest_digest}",
        &["registry:delete"],
        delete_digest,
    ),
];

/// The repositories of a registry, or of all, by name.
pub(super) fn names<'a>(
    world: &'a World,
    registry: Option<&str>,
) -> BTreeMap<(String, String), Vec<&'a Value>> {
    let mut found: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for row in world.rows("registry_manifests") {
        if registry.is_none_or(|registry| row["registry_name"] == registry) {
            let key = (
                text(&row["registry_name"]).to_owned(),
                text(&row["repository"]).to_owned(),
            );
            found.entry(key).or_default().push(row);
        }
    }
    found
}

/// The manifests of the repository that a path names, newest first.
fn manifests(world: &World, call: &Call) -> Result<Vec<Value>, Refusal> {
    let (registry, repository) = (call.parameter(0), call.parameter(1));
    found(world.row("registries", registry))?;
    let mut rows: Vec<Value> = world
        .rows("registry_manifests")
        .iter()
        .filter(|row| row["registry_name"] == registry && row["repository"] == repository)
        .cloned()
        .collect();
    if rows.is_empty() {
        return Err(Refusal::not_found());
    }
    rows.sort_by(|a, b| text(&b["updated_at"]).cmp(text(&a["updated_at"])));
    Ok(rows)
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0);
    found(world.row("registries", registry))?;
    let rows = names(world, Some(registry))
        .into_iter()
        .map(|((registry, name), manifests)| {
            let newest = manifests.iter().max_by_key(|row| text(&row["updated_at"]));
            json!({
                "registry_name": registry,
                "name": name,
                "latest_manifest": newest,
                "tag_count": manifests.iter().map(|row| items(&row["tags"]).len()).sum::<usize>(),
                "manifest_count": manifests.len(),
            })
        })
        .collect();
    Ok(Reply::Page {
        key: "repositories",
        rows,
        by_token: true,
    })
}

fn tag_rows(rows: &[Value]) -> Vec<Value> {
    rows.iter()
        .flat_map(|row| {
            items(&row["tags"]).iter().map(move |tag| {
                json!({
                    "registry_name": row["registry_name"],
                    "repository": row["repository"],
                    "tag": tag,
                    "manifest_digest": row["digest"],
                    "compressed_size_bytes": row["compressed_size_bytes"],
                    "size_bytes": row["size_bytes"],
                    "updated_at": row["updated_at"],
                })
            })
        })
        .collect()
}

pub(super) fn tags(world: &mut World, call: &Call) -> Answer {
    Reply::pages("tags", tag_rows(&manifests(world, call)?))
}

/// The deprecated list, which names each repository's newest tag.
pub(super) fn old_list(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0);
    found(world.row("registries", registry))?;
    let rows = names(world, Some(registry))
        .into_iter()
        .map(|((registry, name), manifests)| {
            let rows: Vec<Value> = manifests.into_iter().cloned().collect();
            let mut tags = tag_rows(&rows);
            tags.sort_by(|a, b| text(&a["updated_at"]).cmp(text(&b["updated_at"])));
            let count = tags.len();
            let mut row = json!({"registry_name": registry, "name": name, "tag_count": count});
            if let Some(tag) = tags.pop() {
                row["latest_tag"] = tag;
            }
            row
        })
        .collect();
    Reply::pages("repositories", rows)
}

pub(super) fn digests(world: &mut World, call: &Call) -> Answer {
    Reply::pages("manifests", manifests(world, call)?)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    manifests(world, call)?;
    let (registry, repository) = (call.parameter(0), call.parameter(1));
    world
        .rows_mut("registry_manifests")
        .retain(|row| row["registry_name"] != registry || row["repository"] != repository);
    recount(world, registry);
    Reply::nothing()
}

/// The row of a manifest of the repository that a path names.
fn manifest<'a>(
    world: &'a mut World,
    call: &Call,
    is: impl Fn(&Value) -> bool,
) -> Result<&'a mut Value, Refusal> {
    let (registry, repository) = (call.parameter(0), call.parameter(1));
    let row = world
        .rows_mut("registry_manifests")
        .iter_mut()
        .find(|row| row["registry_name"] == registry && row["repository"] == repository && is(row));
    found(row)
}

pub(super) fn delete_tag(world: &mut World, call: &Call) -> Answer {
    let tag = call.parameter(2);
    let row = manifest(world, call, |row| super::holds(&row["tags"], tag))?;
    part(&mut row["tags"], &[json!(tag)]);
    Reply::nothing()
}

pub(super) fn delete_digest(world: &mut World, call: &Call) -> Answer {
    let (registry, repository, digest) = (call.parameter(0), call.parameter(1), call.parameter(2));
    manifest(world, call, |row| row["digest"] == digest)?;
    world.rows_mut("registry_manifests").retain(|row| {
        row["registry_name"] != registry || row["repository"] != repository || row["digest"] != digest
    });
    recount(world, registry);
    Reply::nothing()
}
