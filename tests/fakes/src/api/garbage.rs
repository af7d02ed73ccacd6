//! Garbage collections of a registry: requested, going through their states, and what they free.

use super::registries::recount;
use super::{Route, found, items};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/garbage-collection",
        &["registry:read"],
        active,
    ),
    Route::new(
        "POST",
        "/v2/registries/{registry_name}/garbage-collection",
        &["registry:update"],
        request,
    ),
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/garbage-collections",
        &["registry:read"],
        list,
    ),
    Route::new(
        "PUT",
        "/v2/registries/{registry_name}/garbage-collection/{garbage_collection_uuid}",
        &["registry:update"],
        cancel,
    ),
];

const ROWS: &str = "registry_garbage_collections";
/// States in order, with how long each lasts.
const STATES: [(&str, Duration); 4] = [
    ("requested", Duration::from_secs(10)),
    ("waiting for write JWTs to expire", Duration::from_mins(15)),
    ("scanning manifests", Duration::from_mins(1)),
    ("deleting unreferenced blobs", Duration::from_mins(1)),
];
const TYPES: [&str; 3] = [
    "untagged manifests only",
    "unreferenced blobs only",
    "untagged manifests and unreferenced blobs",
];
/// What a collection that ended is called.
const ENDED: [&str; 3] = ["succeeded", "failed", "cancelled"];
/// What only the service knows of a collection.
const KIND: &str = "type";

/// Whether garbage of a registry is being collected.
pub(super) fn is_active(world: &World, registry: &str) -> bool {
    running(world, registry).is_some()
}

fn running<'a>(world: &'a World, registry: &str) -> Option<&'a Value> {
    world
        .rows(ROWS)
        .iter()
        .find(|row| row["registry_name"] == registry && !ENDED.contains(&text(&row["status"])))
}

fn shown(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(members) = row.as_object_mut() {
        members.shift_remove(KIND);
    }
    row
}

pub(super) fn active(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0);
    found(world.row("registries", registry))?;
    Reply::one("garbage_collection", shown(found(running(world, registry))?))
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0);
    found(world.row("registries", registry))?;
    let rows = world.rows(ROWS).iter().rev();
    let own = rows.filter(|row| row["registry_name"] == registry).map(shown);
    Reply::pages("garbage_collections", own.collect())
}

pub(super) fn request(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0);
    found(world.row("registries", registry))?;
    let kind = call.text("type").unwrap_or(TYPES[1]);
    if !TYPES.contains(&kind) {
        return Err(Refusal::unprocessable("unknown type of garbage collection"));
    }
    if is_active(world, registry) {
        return Err(Refusal::conflict("a garbage collection is already running"));
    }
    let uuid = world.new_id("GarbageCollection");
    let row = json!({
        "uuid": uuid,
        "registry_name": registry,
        "status": STATES[0].0,
        "created_at": call.now.to_string(),
        "updated_at": call.now.to_string(),
        "blobs_deleted": 0,
        "freed_bytes": 0,
        KIND: kind,
    });
    world.add(ROWS, row.clone());
    world.later(STATES[0].1, Event::CollectionGoesOn(uuid));
    Reply::with(StatusCode::CREATED, "garbage_collection", shown(&row))
}

pub(super) fn cancel(world: &mut World, call: &Call) -> Answer {
    let registry = call.parameter(0).to_owned();
    let row = found(
        world
            .row_mut(ROWS, call.parameter(1))
            .filter(|row| row["registry_name"] == registry.as_str()),
    )?;
    if call.body["cancel"] == true && !ENDED.contains(&text(&row["status"])) {
        row["status"] = json!("cancelling");
        row["updated_at"] = json!(call.now.to_string());
    }
    Reply::one("garbage_collection", shown(row))
}

/// A collection goes on to its next state.
pub(crate) fn go_on(world: &mut World, uuid: &str, at: Timestamp) {
    let Some(row) = world.row(ROWS, uuid) else {
        return;
    };
    let registry = text(&row["registry_name"]).to_owned();
    let kind = text(&row[KIND]).to_owned();
    let state = STATES.iter().position(|(state, _)| row["status"] == *state);
    let mut freed = (0, 0);
    let (status, next) = match state {
        // Only a collection that was told to cancel is in no state of its own.
        None => ("cancelled", None),
        Some(last) if last + 1 == STATES.len() => {
            freed = collect(world, &registry, &kind);
            recount(world, &registry);
            ("succeeded", None)
        }
        Some(current) => (STATES[current + 1].0, Some(STATES[current + 1].1)),
    };
    if let Some(row) = world.row_mut(ROWS, uuid) {
        row["status"] = json!(status);
        row["updated_at"] = json!(at.to_string());
        row["blobs_deleted"] = json!(freed.0);
        row["freed_bytes"] = json!(freed.1);
    }
    if let Some(after) = next {
        world.later_than(at, after, Event::CollectionGoesOn(uuid.to_owned()));
    }
}

/// Deletes what is garbage: how many blobs, how many bytes. What an index refers to is no exception: an untagged child
/// goes like any other untagged manifest.
fn collect(world: &mut World, registry: &str, kind: &str) -> (u64, u64) {
    if kind != TYPES[1] {
        world
            .rows_mut("registry_manifests")
            .retain(|row| row["registry_name"] != registry || !items(&row["tags"]).is_empty());
    }
    let kept: BTreeSet<String> = world
        .rows("registry_manifests")
        .iter()
        .filter(|row| row["registry_name"] == registry)
        .flat_map(|row| items(&row["blobs"]))
        .map(|blob| text(&blob["digest"]).to_owned())
        .collect();
    world.content.sweep(registry, &|blob| kept.contains(blob))
}
