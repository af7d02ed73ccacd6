//! Volumes, and snapshots of volumes and Droplets.

use super::{Route, catalogue, copy, found};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use http::StatusCode;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/volumes", &["block_storage:read"], list),
    Route::new("POST", "/v2/volumes", &["block_storage:create"], create),
    Route::new("DELETE", "/v2/volumes", &["block_storage:delete"], delete_named),
    Route::new("GET", "/v2/volumes/{volume_id}", &["block_storage:read"], get),
    Route::new(
        "DELETE",
        "/v2/volumes/{volume_id}",
        &["block_storage:delete"],
        delete,
    ),
    Route::new(
        "GET",
        "/v2/volumes/{volume_id}/snapshots",
        &["block_storage_snapshot:read"],
        of_volume,
    ),
    Route::new(
        "POST",
        "/v2/volumes/{volume_id}/snapshots",
        &["block_storage_snapshot:create"],
        take,
    ),
    Route::new(
        "GET",
        "/v2/volumes/snapshots/{snapshot_id}",
        &["block_storage_snapshot:read"],
        snapshot,
    ),
    Route::new(
        "DELETE",
        "/v2/volumes/snapshots/{snapshot_id}",
        &["block_storage_snapshot:delete"],
        forget,
    ),
    Route::new("GET", "/v2/snapshots", &["snapshot:read"], snapshots),
    Route::new(
        "GET",
        "/v2/snapshots/{snapshot_id}",
        &["snapshot:read", "block_storage_snapshot:read"],
        snapshot,
    ),
    Route::new(
        "DELETE",
        "/v2/snapshots/{snapshot_id}",
        &["image:delete", "snapshot:delete"],
        forget,
    ),
];

fn list(world: &mut World, call: &Call) -> Answer {
    let rows = world
        .rows("volumes")
        .iter()
        .filter(|row| call.asked("name").is_none_or(|name| row["name"] == name))
        .filter(|row| {
            call.asked("region")
                .is_none_or(|region| row["region"]["slug"] == region)
        });
    Reply::pages("volumes", rows.cloned().collect())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one("volume", found(world.row("volumes", call.parameter(0)))?.clone())
}

fn create(world: &mut World, call: &Call) -> Answer {
    let (name, region) = (call.needed("name")?, call.needed("region")?);
    let size = call.body["size_gigabytes"]
        .as_u64()
        .ok_or_else(|| Refusal::unprocessable("size_gigabytes is required"))?;
    let taken = |row: &serde_json::Value| row["name"] == name && row["region"]["slug"] == region;
    if world.rows("volumes").iter().any(taken) {
        return Err(Refusal::conflict(
            "a volume with this name already exists in this region",
        ));
    }
    let mut row = json!({
        "id": world.new_id("Volume"),
        "name": name,
        "description": "",
        "size_gigabytes": size,
        "created_at": call.now.to_string(),
        "droplet_ids": [],
        "tags": [],
        "region": catalogue::region(region),
        "filesystem_type": "",
        "filesystem_label": "",
    });
    copy(
        &mut row,
        &call.body,
        &["description", "tags", "filesystem_type", "filesystem_label"],
    );
    world.add("volumes", row.clone());
    Reply::with(StatusCode::CREATED, "volume", row)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    if !super::items(&found(world.row("volumes", id))?["droplet_ids"]).is_empty() {
        return Err(Refusal::conflict("the volume is attached to a Droplet"));
    }
    world.remove("volumes", id);
    Reply::nothing()
}

fn delete_named(world: &mut World, call: &Call) -> Answer {
    let (name, region) = (call.asked("name"), call.asked("region"));
    let rows = world.rows_mut("volumes");
    let at = rows.iter().position(|row| {
        name.is_some_and(|name| row["name"] == name)
            && region.is_some_and(|region| row["region"]["slug"] == region)
    });
    rows.remove(found(at)?);
    Reply::nothing()
}

fn snapshots(world: &mut World, call: &Call) -> Answer {
    let rows = world.rows("snapshots").iter();
    let wanted = rows.filter(|row| {
        call.asked("resource_type")
            .is_none_or(|kind| row["resource_type"] == kind)
    });
    Reply::pages("snapshots", wanted.cloned().collect())
}

fn of_volume(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    found(world.row("volumes", id))?;
    let rows = world.rows("snapshots").iter();
    Reply::pages(
        "snapshots",
        rows.filter(|row| row["resource_id"] == id).cloned().collect(),
    )
}

fn take(world: &mut World, call: &Call) -> Answer {
    let volume = found(world.row("volumes", call.parameter(0)))?.clone();
    let row = json!({
        "id": world.new_id("Snapshot"),
        "name": call.needed("name")?,
        "created_at": call.now.to_string(),
        "regions": [volume["region"]["slug"]],
        "min_disk_size": volume["size_gigabytes"],
        "size_gigabytes": 1.0,
        "resource_id": volume["id"],
        "resource_type": "volume",
        "tags": call.texts("tags"),
    });
    world.add("snapshots", row.clone());
    Reply::with(StatusCode::CREATED, "snapshot", row)
}

fn snapshot(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "snapshot",
        found(world.row("snapshots", call.parameter(0)))?.clone(),
    )
}

fn forget(world: &mut World, call: &Call) -> Answer {
    found(world.remove("snapshots", call.parameter(0)))?;
    Reply::nothing()
}
