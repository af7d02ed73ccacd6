//! CDN endpoints before buckets.

use super::{Route, copy, found};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use http::StatusCode;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/cdn/endpoints", &["cdn:read"], list),
    Route::new("POST", "/v2/cdn/endpoints", &["cdn:create"], create),
    Route::new("GET", "/v2/cdn/endpoints/{cdn_id}", &["cdn:read"], get),
    Route::new("PUT", "/v2/cdn/endpoints/{cdn_id}", &["cdn:update"], update),
    Route::new("DELETE", "/v2/cdn/endpoints/{cdn_id}", &["cdn:delete"], delete),
    Route::new(
        "DELETE",
        "/v2/cdn/endpoints/{cdn_id}/cache",
        &["cdn:delete"],
        purge,
    ),
];

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("endpoints", world.rows("cdn_endpoints").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "endpoint",
        found(world.row("cdn_endpoints", call.parameter(0)))?.clone(),
    )
}

fn create(world: &mut World, call: &Call) -> Answer {
    let origin = call.needed("origin")?;
    let Some((bucket, domain)) = origin.split_once('.') else {
        return Err(Refusal::unprocessable("origin is not a bucket's host"));
    };
    if world
        .rows("cdn_endpoints")
        .iter()
        .any(|row| row["origin"] == origin)
    {
        return Err(Refusal::conflict("an endpoint for this origin already exists"));
    }
    let mut row = json!({
        "id": world.new_id("CDN"),
        "origin": origin,
        "endpoint": format!("{bucket}.{}", domain.replacen('.', ".cdn.", 1)),
        "created_at": call.now.to_string(),
        "ttl": 3600,
    });
    copy(&mut row, &call.body, &["ttl", "certificate_id", "custom_domain"]);
    world.add("cdn_endpoints", row.clone());
    Reply::with(StatusCode::CREATED, "endpoint", row)
}

fn update(world: &mut World, call: &Call) -> Answer {
    let row = found(world.row_mut("cdn_endpoints", call.parameter(0)))?;
    copy(row, &call.body, &["ttl", "certificate_id", "custom_domain"]);
    Reply::one("endpoint", row.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    found(world.remove("cdn_endpoints", call.parameter(0)))?;
    Reply::nothing()
}

fn purge(world: &mut World, call: &Call) -> Answer {
    found(world.row("cdn_endpoints", call.parameter(0)))?;
    Reply::nothing()
}
