//! Firewalls, their rules, and what they protect.

use super::{Route, copy, found, items, join, part};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/firewalls", &["firewall:read"], list),
    Route::new("POST", "/v2/firewalls", &["firewall:create"], create),
    Route::new("GET", "/v2/firewalls/{firewall_id}", &["firewall:read"], get),
    Route::new("PUT", "/v2/firewalls/{firewall_id}", &["firewall:update"], update),
    Route::new(
        "DELETE",
        "/v2/firewalls/{firewall_id}",
        &["firewall:delete"],
        delete,
    ),
    Route::new(
        "POST",
        "/v2/firewalls/{firewall_id}/droplets",
        &["firewall:update"],
        add_droplets,
    ),
    Route::new(
        "DELETE",
        "/v2/firewalls/{firewall_id}/droplets",
        &["firewall:update"],
        remove_droplets,
    ),
    Route::new(
        "POST",
        "/v2/firewalls/{firewall_id}/tags",
        &["firewall:update"],
        add_tags,
    ),
    Route::new(
        "DELETE",
        "/v2/firewalls/{firewall_id}/tags",
        &["firewall:update"],
        remove_tags,
    ),
    Route::new(
        "POST",
        "/v2/firewalls/{firewall_id}/rules",
        &["firewall:update"],
        add_rules,
    ),
    Route::new(
        "DELETE",
        "/v2/firewalls/{firewall_id}/rules",
        &["firewall:update"],
        remove_rules,
    ),
];

/// How long rules take until they apply everywhere.
const APPLYING: Duration = Duration::from_secs(10);
const FIELDS: [&str; 4] = ["droplet_ids", "tags", "inbound_rules", "outbound_rules"];

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("firewalls", world.rows("firewalls").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "firewall",
        found(world.row("firewalls", call.parameter(0)))?.clone(),
    )
}

/// What a body says about a firewall; what it is silent about is empty.
fn settings(world: &World, call: &Call) -> Result<Value, Refusal> {
    let name = call.needed("name")?;
    let mut row = json!({
        "name": name, "droplet_ids": [], "tags": [], "inbound_rules": [], "outbound_rules": [],
    });
    copy(&mut row, &call.body, &FIELDS);
    for field in FIELDS {
        if row[field].is_null() {
            row[field] = json!([]);
        }
    }
    if items(&row["inbound_rules"]).is_empty() && items(&row["outbound_rules"]).is_empty() {
        return Err(Refusal::unprocessable("at least one rule is required"));
    }
    for droplet in items(&row["droplet_ids"]) {
        found(world.row("droplets", &droplet.to_string()))
            .map_err(|_| Refusal::unprocessable("a Droplet does not exist"))?;
    }
    Ok(row)
}

/// Droplets by number and by tag.
fn protected(world: &World, row: &Value) -> Vec<Value> {
    world
        .rows("droplets")
        .iter()
        .filter(|droplet| {
            items(&row["droplet_ids"]).contains(&droplet["id"])
                || items(&row["tags"])
                    .iter()
                    .any(|tag| super::holds(&droplet["tags"], text(tag)))
        })
        .map(|droplet| droplet["id"].clone())
        .collect()
}

/// A firewall whose rules have to reach its Droplets first.
fn begin(world: &mut World, id: &str) {
    let Some(row) = world.row("firewalls", id).cloned() else {
        return;
    };
    let changes: Vec<Value> = protected(world, &row)
        .into_iter()
        .map(|droplet| json!({"droplet_id": droplet, "removing": false, "status": "waiting"}))
        .collect();
    if let Some(row) = world.row_mut("firewalls", id) {
        row["status"] = json!("waiting");
        row["pending_changes"] = json!(changes);
    }
    world.later(APPLYING, Event::FirewallApplied(id.to_owned()));
}

/// The rules apply everywhere.
pub(crate) fn applied(world: &mut World, id: &str) {
    if let Some(row) = world.row_mut("firewalls", id) {
        row["status"] = json!("succeeded");
        row["pending_changes"] = json!([]);
    }
}

fn create(world: &mut World, call: &Call) -> Answer {
    let settings = settings(world, call)?;
    if world.named("firewalls", text(&settings["name"])).is_some() {
        return Err(Refusal::conflict("duplicate name"));
    }
    let id = world.new_id("Firewall");
    let mut row =
        json!({"id": id, "status": "waiting", "created_at": call.now.to_string(), "pending_changes": []});
    for (field, value) in settings.as_object().into_iter().flatten() {
        row[field] = value.clone();
    }
    world.add("firewalls", row);
    begin(world, &id);
    let row = found(world.row("firewalls", &id))?.clone();
    Reply::with(StatusCode::ACCEPTED, "firewall", row)
}

fn update(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    found(world.row("firewalls", id))?;
    let settings = settings(world, call)?;
    let taken = world.named("firewalls", text(&settings["name"]));
    if taken.is_some_and(|other| other["id"] != id) {
        return Err(Refusal::conflict("duplicate name"));
    }
    let row = found(world.row_mut("firewalls", id))?;
    for (field, value) in settings.as_object().into_iter().flatten() {
        row[field] = value.clone();
    }
    begin(world, id);
    Reply::one("firewall", found(world.row("firewalls", id))?.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    found(world.remove("firewalls", call.parameter(0)))?;
    Reply::nothing()
}

fn add_droplets(world: &mut World, call: &Call) -> Answer {
    for droplet in items(&call.body["droplet_ids"]) {
        found(world.row("droplets", &droplet.to_string()))?;
    }
    change(world, call, &["droplet_ids"], join)
}

fn remove_droplets(world: &mut World, call: &Call) -> Answer {
    change(world, call, &["droplet_ids"], part)
}

fn add_tags(world: &mut World, call: &Call) -> Answer {
    change(world, call, &["tags"], join)
}

fn remove_tags(world: &mut World, call: &Call) -> Answer {
    change(world, call, &["tags"], part)
}

fn add_rules(world: &mut World, call: &Call) -> Answer {
    change(world, call, &["inbound_rules", "outbound_rules"], join)
}

fn remove_rules(world: &mut World, call: &Call) -> Answer {
    let row = found(world.row("firewalls", call.parameter(0)))?;
    for field in ["inbound_rules", "outbound_rules"] {
        for rule in items(&call.body[field]) {
            if !items(&row[field]).contains(rule) {
                return Err(Refusal::unprocessable("a rule to be removed does not exist"));
            }
        }
    }
    change(world, call, &["inbound_rules", "outbound_rules"], part)
}

fn change(world: &mut World, call: &Call, fields: &[&str], with: fn(&mut Value, &[Value])) -> Answer {
    let row = found(world.row_mut("firewalls", call.parameter(0)))?;
    for field in fields {
        with(&mut row[*field], items(&call.body[*field]));
    }
    begin(world, call.parameter(0));
    Reply::nothing()
}
