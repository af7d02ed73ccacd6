//! Droplets: those of clusters, and others.

use super::{Route, catalogue, copy, found, holds};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/droplets", &["droplet:read"], list),
    Route::new("POST", "/v2/droplets", &["droplet:create"], create),
    Route::new("DELETE", "/v2/droplets", &["droplet:delete"], delete_tagged),
    Route::new("GET", "/v2/droplets/{droplet_id}", &["droplet:read"], get),
    Route::new("DELETE", "/v2/droplets/{droplet_id}", &["droplet:delete"], delete),
];

pub(crate) use super::catalogue::is_size;

/// A Droplet as it runs.
pub(crate) fn droplet(id: u64, name: &str, size: &str, region: &str, created: &str) -> Value {
    let size = catalogue::size(size);
    json!({
        "id": id,
        "name": name,
        "memory": size["memory"],
        "vcpus": size["vcpus"],
        "disk": size["disk"],
        "locked": false,
        "status": "active",
        "kernel": null,
        "created_at": created,
        "features": ["private_networking"],
        "backup_ids": [],
        "next_backup_window": null,
        "snapshot_ids": [],
        "image": {
            "id": 160_110_341, "name": "do-kube", "type": "base", "distribution": "Debian", "slug": null,
            "public": true, "regions": ["fra1"], "created_at": "2026-09-01T00:00:00Z", "min_disk_size": 20,
            "size_gigabytes": 3.4, "description": "DOKS worker", "tags": [], "status": "available",
        },
        "volume_ids": [],
        "size_slug": size["slug"],
        "size": size,
        "networks": {
            "v4": [
                {"ip_address": format!("10.20.{}.{}", (id / 200) % 16, id % 200 + 2), "netmask": "255.255.240.0",
                 "gateway": "10.20.0.1", "type": "private"},
                {"ip_address": format!("198.51.100.{}", id % 250 + 1), "netmask": "255.255.255.0",
                 "gateway": "198.51.100.1", "type": "public"},
            ],
            "v6": [],
        },
        "region": catalogue::region(region),
        "tags": [],
    })
}

fn list(world: &mut World, call: &Call) -> Answer {
    let rows = world
        .rows("droplets")
        .iter()
        .filter(|row| call.asked("tag_name").is_none_or(|tag| holds(&row["tags"], tag)))
        .filter(|row| call.asked("name").is_none_or(|name| row["name"] == name));
    Reply::pages("droplets", rows.cloned().collect())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "droplet",
        found(world.row("droplets", call.parameter(0)))?.clone(),
    )
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    let size = call.needed("size")?;
    let region = call.text("region").unwrap_or("fra1");
    if !catalogue::is_region(region) || !is_size(size) {
        return Err(Refusal::unprocessable("region or size is invalid"));
    }
    let mut row = droplet(world.new_droplet_id(), name, size, region, &call.now.to_string());
    copy(&mut row, &call.body, &["tags", "vpc_uuid"]);
    world.add("droplets", row.clone());
    Ok(Reply::Json(
        StatusCode::ACCEPTED,
        json!({"droplet": row, "links": {"actions": []}}),
    ))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    found(world.remove("droplets", call.parameter(0)))?;
    Reply::nothing()
}

fn delete_tagged(world: &mut World, call: &Call) -> Answer {
    let tag = call
        .asked("tag_name")
        .ok_or_else(|| Refusal::unprocessable("tag_name is required"))?;
    world.rows_mut("droplets").retain(|row| !holds(&row["tags"], tag));
    Reply::nothing()
}
