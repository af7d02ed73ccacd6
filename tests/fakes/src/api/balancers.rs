//! Load balancers.

use super::{Route, catalogue, copy, found, items, join, part};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/load_balancers", &["load_balancer:read"], list),
    Route::new("POST", "/v2/load_balancers", &["load_balancer:create"], create),
    Route::new("GET", "/v2/load_balancers/{lb_id}", &["load_balancer:read"], get),
    Route::new(
        "PUT",
        "/v2/load_balancers/{lb_id}",
        &["load_balancer:update"],
        update,
    ),
    Route::new(
        "DELETE",
        "/v2/load_balancers/{lb_id}",
        &["load_balancer:delete"],
        delete,
    ),
    Route::new(
        "DELETE",
        "/v2/load_balancers/{lb_id}/cache",
        &["load_balancer:delete"],
        purge,
    ),
    Route::new(
        "POST",
        "/v2/load_balancers/{lb_id}/droplets",
        &["load_balancer:update"],
        add_droplets,
    ),
    Route::new(
        "DELETE",
        "/v2/load_balancers/{lb_id}/droplets",
        &["load_balancer:update"],
        remove_droplets,
    ),
    Route::new(
        "POST",
        "/v2/load_balancers/{lb_id}/forwarding_rules",
        &["load_balancer:update"],
        add_rules,
    ),
    Route::new(
        "DELETE",
        "/v2/load_balancers/{lb_id}/forwarding_rules",
        &["load_balancer:update"],
        remove_rules,
    ),
];

/// How long a new one takes until it has an address.
const COMING_UP: Duration = Duration::from_secs(90);
/// How many an account may have.
const LIMIT: usize = 250;

/// What a request may set.
const SETTINGS: [&str; 21] = [
    "name",
    "forwarding_rules",
    "project_id",
    "size_unit",
    "algorithm",
    "health_check",
    "sticky_sessions",
    "redirect_http_to_https",
    "enable_proxy_protocol",
    "enable_backend_keepalive",
    "tag",
    "tags",
    "disable_lets_encrypt_dns_records",
    "http_idle_timeout_seconds",
    "firewall",
    "tls_cipher_policy",
    "droplet_ids",
    "type",
    "network",
    "network_stack",
    "vpc_uuid",
];

/// Settings with their defaults, which a PUT resets where it does not give them.
fn defaults() -> Value {
    json!({
        "size_unit": 1,
        "algorithm": "round_robin",
        "health_check": {
            "protocol": "http", "port": 80, "path": "/", "check_interval_seconds": 10,
            "response_timeout_seconds": 5, "healthy_threshold": 5, "unhealthy_threshold": 3,
        },
        "sticky_sessions": {"type": "none"},
        "redirect_http_to_https": false,
        "enable_proxy_protocol": false,
        "enable_backend_keepalive": false,
        "disable_lets_encrypt_dns_records": false,
        "http_idle_timeout_seconds": 60,
        "firewall": {"allow": [], "deny": []},
        "tls_cipher_policy": "DEFAULT",
        "tag": "",
        "tags": [],
        "droplet_ids": [],
    })
}

/// Settings that are chosen when it is made and stay.
fn fixed() -> Value {
    json!({"type": "REGIONAL", "network": "EXTERNAL", "network_stack": "IPV4"})
}

/// Adds a load balancer with these settings; its id.
pub(crate) fn add(world: &mut World, settings: &Value) -> String {
    let id = world.new_id("LoadBalancer");
    let mut row = json!({
        "id": id,
        "name": "",
        "ip": "",
        "ipv6": "",
        "status": "new",
        "created_at": world.now().to_string(),
        "forwarding_rules": [],
    });
    for more in [&defaults(), &fixed(), settings] {
        for (field, value) in more.as_object().into_iter().flatten() {
            row[field] = value.clone();
        }
    }
    if row.get("project_id").is_none() {
        row["project_id"] = json!(super::projects::default(world).unwrap_or_default());
    }
    world.add("load_balancers", row);
    world.later(COMING_UP, Event::BalancerActive(id.clone()));
    id
}

/// A new load balancer has its address.
pub(crate) fn active(world: &mut World, id: &str) {
    let taken: Vec<&str> = world
        .rows("load_balancers")
        .iter()
        .map(|row| text(&row["ip"]))
        .collect();
    let free = (0..=u16::MAX)
        .map(|number| format!("198.51.{}.{}", 100 + (number / 250) % 100, 30 + number % 220))
        .find(|ip| !taken.contains(&ip.as_str()))
        .unwrap_or_default();
    if let Some(row) = world.row_mut("load_balancers", id) {
        row["status"] = json!("active");
        row["ip"] = json!(free);
    }
}

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("load_balancers", world.rows("load_balancers").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "load_balancer",
        found(world.row("load_balancers", call.parameter(0)))?.clone(),
    )
}

/// The settings that a body gives, with defaults where it is silent.
fn settings(world: &World, body: &Value) -> Result<Value, Refusal> {
    let mut settings = defaults();
    copy(&mut settings, body, &SETTINGS);
    if items(&settings["forwarding_rules"]).is_empty() {
        return Err(Refusal::unprocessable("forwarding rules are required"));
    }
    let tag = text(&settings["tag"]).to_owned();
    if !tag.is_empty() {
        let tagged = world
            .rows("droplets")
            .iter()
            .filter(|row| super::holds(&row["tags"], &tag));
        settings["droplet_ids"] = json!(tagged.map(|row| row["id"].clone()).collect::<Vec<_>>());
    }
    for droplet in items(&settings["droplet_ids"]) {
        found(world.row("droplets", &droplet.to_string()))
            .map_err(|_| Refusal::unprocessable("droplet_ids name a Droplet that does not exist"))?;
    }
    Ok(settings)
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    let region = call.needed("region")?;
    if !catalogue::is_region(region) {
        return Err(Refusal::unprocessable("region is invalid"));
    }
    if world.named("load_balancers", name).is_some() {
        return Err(Refusal::unprocessable("name is not unique"));
    }
    if world.rows("load_balancers").len() >= LIMIT {
        return Err(Refusal::unprocessable("load balancer limit exceeded"));
    }
    let mut settings = settings(world, &call.body)?;
    settings["region"] = catalogue::region(region);
    if settings.get("vpc_uuid").is_none() {
        let default = world
            .rows("vpcs")
            .iter()
            .find(|vpc| vpc["region"] == region && vpc["default"] == true);
        if let Some(vpc) = default {
            settings["vpc_uuid"] = vpc["id"].clone();
        }
    }
    if call.body["validate_only"] == true {
        return Ok(Reply::Empty(StatusCode::NO_CONTENT));
    }
    let id = add(world, &settings);
    let row = found(world.row("load_balancers", &id))?.clone();
    Reply::with(StatusCode::ACCEPTED, "load_balancer", row)
}

fn update(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    let before = found(world.row("load_balancers", id))?.clone();
    for field in ["type", "network", "network_stack", "vpc_uuid"] {
        if call.body.get(field).is_some_and(|value| *value != before[field]) {
            return Err(Refusal::unprocessable(&format!("{field} cannot be changed")));
        }
    }
    let name = call.needed("name")?;
    if world
        .named("load_balancers", name)
        .is_some_and(|other| other["id"] != id)
    {
        return Err(Refusal::unprocessable("name is not unique"));
    }
    let settings = settings(world, &call.body)?;
    if call.body["validate_only"] == true {
        return Ok(Reply::Empty(StatusCode::NO_CONTENT));
    }
    let row = found(world.row_mut("load_balancers", id))?;
    for (field, value) in settings.as_object().into_iter().flatten() {
        row[field] = value.clone();
    }
    Reply::one("load_balancer", row.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    found(world.remove("load_balancers", call.parameter(0)))?;
    world
        .assigned
        .remove(&format!("do:loadbalancer:{}", call.parameter(0)));
    Reply::nothing()
}

fn purge(world: &mut World, call: &Call) -> Answer {
    found(world.row("load_balancers", call.parameter(0)))?;
    Reply::nothing()
}

fn add_droplets(world: &mut World, call: &Call) -> Answer {
    for droplet in items(&call.body["droplet_ids"]) {
        found(world.row("droplets", &droplet.to_string()))?;
    }
    change(world, call, "droplet_ids", join)
}

fn remove_droplets(world: &mut World, call: &Call) -> Answer {
    change(world, call, "droplet_ids", part)
}

fn add_rules(world: &mut World, call: &Call) -> Answer {
    change(world, call, "forwarding_rules", join)
}

fn remove_rules(world: &mut World, call: &Call) -> Answer {
    let row = found(world.row_mut("load_balancers", call.parameter(0)))?;
    let gone = items(&call.body["forwarding_rules"]);
    if let Some(rules) = row["forwarding_rules"].as_array_mut() {
        // Who names a rule may leave out what it does not set.
        rules.retain(|rule| !gone.iter().any(|gone| super::agrees(gone, rule)));
    }
    Reply::nothing()
}

fn change(world: &mut World, call: &Call, field: &str, with: fn(&mut Value, &[Value])) -> Answer {
    let row = found(world.row_mut("load_balancers", call.parameter(0)))?;
    with(&mut row[field], items(&call.body[field]));
    Reply::nothing()
}
