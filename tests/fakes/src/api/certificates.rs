//! TLS certificates of load balancers.

use super::{Route, found};
use crate::World;
use crate::clock::after;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::sha256;
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/certificates", &["certificate:read"], list),
    Route::new("POST", "/v2/certificates", &["certificate:create"], create),
    Route::new(
        "GET",
        "/v2/certificates/{certificate_id}",
        &["certificate:read"],
        get,
    ),
    Route::new(
        "DELETE",
        "/v2/certificates/{certificate_id}",
        &["certificate:delete"],
        delete,
    ),
];

fn list(world: &mut World, call: &Call) -> Answer {
    let rows = world.rows("certificates").iter();
    let named = rows.filter(|row| call.asked("name").is_none_or(|name| row["name"] == name));
    Reply::pages("certificates", named.cloned().collect())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "certificate",
        found(world.row("certificates", call.parameter(0)))?.clone(),
    )
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    if world.named("certificates", name).is_some() {
        return Err(Refusal::unprocessable("certificate name already exists"));
    }
    let id = world.new_id("Certificate");
    let custom = call.body.get("leaf_certificate").is_some();
    let row = json!({
        "id": id,
        "name": name,
        "not_after": after(call.now, Duration::from_hours(90 * 24)).to_string(),
        "sha1_fingerprint": sha256(id.as_bytes()).chars().take(40).collect::<String>(),
        "created_at": call.now.to_string(),
        "dns_names": call.texts("dns_names"),
        "state": if custom { "verified" } else { "pending" },
        "type": if custom { "custom" } else { "lets_encrypt" },
    });
    world.add("certificates", row.clone());
    Reply::with(StatusCode::CREATED, "certificate", row)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    found(world.row("certificates", id))?;
    let used = world.rows("load_balancers").iter().any(|row| {
        super::items(&row["forwarding_rules"])
            .iter()
            .any(|rule| rule["certificate_id"] == id)
    });
    if used {
        return Err(Refusal::forbidden("the certificate is in use"));
    }
    world.remove("certificates", id);
    Reply::nothing()
}
