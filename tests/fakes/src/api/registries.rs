//! Container registries, their subscription, and credentials for pulling and pushing.

use super::{Route, catalogue, found};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/registries", &["registry:read"], list),
    Route::new("POST", "/v2/registries", &["registry:create"], create),
    Route::new("GET", "/v2/registries/options", &["registry:read"], options),
    Route::new(
        "GET",
        "/v2/registries/subscription",
        &["registry:read"],
        subscription,
    ),
    Route::new(
        "POST",
        "/v2/registries/subscription",
        &["registry:update"],
        subscribe,
    ),
    Route::new(
        "POST",
        "/v2/registries/validate-name",
        &["registry:create"],
        validate_name,
    ),
    Route::new("GET", "/v2/registries/{registry_name}", &["registry:read"], get),
    Route::new(
        "DELETE",
        "/v2/registries/{registry_name}",
        &["registry:delete"],
        delete,
    ),
    // The contract names registry:update, too; only credentials that may write need it.
    Route::new(
        "GET",
        "/v2/registries/{registry_name}/docker-credentials",
        &["registry:read"],
        credentials,
    ),
];

/// How long storage figures lag behind.
const COUNTING: Duration = Duration::from_mins(15);

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::one("registries", json!(world.rows("registries")))
}

/// A registry without its subscription, which only the list has.
pub(super) fn alone(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(members) = row.as_object_mut() {
        members.shift_remove("subscription");
    }
    row
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "registry",
        alone(found(world.row("registries", call.parameter(0)))?),
    )
}

/// The subscription of the account, which all its registries share.
pub(super) fn subscription_of(world: &World) -> Option<Value> {
    world
        .rows("registries")
        .first()
        .map(|row| row["subscription"].clone())
}

pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    check_name(world, name)?;
    let subscription = subscription_of(world);
    let now = call.now.to_string();
    let slug = call
        .text("subscription_tier_slug")
        .map(str::to_owned)
        .or_else(|| {
            let current = subscription.as_ref()?;
            Some(text(&current["tier"]["slug"]).to_owned())
        });
    let slug = slug.unwrap_or_else(|| "starter".to_owned());
    let limit = if slug == "professional" { 10 } else { 1 };
    if world.rows("registries").len() >= limit {
        return Err(Refusal::precondition_failed(
            "registry is not eligible for tier because: [OverRegistryLimit]",
        ));
    }
    let row = json!({
        "name": name,
        "created_at": now,
        "region": call.text("region").unwrap_or("fra1"),
        "storage_usage_bytes": 0,
        "storage_usage_bytes_updated_at": now,
        "subscription": {"tier": catalogue::tier(&slug), "created_at": now, "updated_at": now},
    });
    world.add("registries", row.clone());
    Reply::with(StatusCode::CREATED, "registry", alone(&row))
}

fn check_name(world: &World, name: &str) -> Result<(), Refusal> {
    let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name.len() > 63 || !name.chars().all(allowed) {
        return Err(Refusal::unprocessable("the registry's name is invalid"));
    }
    if world.row("registries", name).is_some() {
        return Err(Refusal::conflict("registry name already exists"));
    }
    Ok(())
}

pub(super) fn validate_name(world: &mut World, call: &Call) -> Answer {
    check_name(world, call.needed("name")?)?;
    Reply::nothing()
}

fn delete(world: &mut World, call: &Call) -> Answer {
    remove(world, call.parameter(0))
}

/// Deletes a registry with everything in it.
pub(super) fn remove(world: &mut World, name: &str) -> Answer {
    found(world.remove("registries", name))?;
    for collection in [
        "registry_manifests",
        "registry_garbage_collections",
        "registry_repositories",
    ] {
        world
            .rows_mut(collection)
            .retain(|row| row["registry_name"] != name);
    }
    world.content.forget(name);
    for cluster in world.rows_mut("kubernetes_clusters") {
        super::part(&mut cluster["registries"], &[json!(name)]);
    }
    Reply::nothing()
}

pub(super) fn options(world: &mut World, _: &Call) -> Answer {
    let repositories = super::repositories::names(world, None).len();
    let usage: u64 = world
        .rows("registries")
        .iter()
        .filter_map(|row| row["storage_usage_bytes"].as_u64())
        .sum();
    let tiers: Vec<Value> = ["starter", "basic", "professional"]
        .into_iter()
        .map(|slug| {
            let mut tier = catalogue::tier(slug);
            let mut reasons = Vec::new();
            let (most, room) = (
                tier["included_repositories"].as_u64(),
                tier["included_storage_bytes"].as_u64(),
            );
            if most.is_some_and(|most| most > 0 && repositories as u64 > most) {
                reasons.push("OverRepositoryLimit");
            }
            if tier["allow_storage_overage"] == false && room.is_some_and(|room| usage > room) {
                reasons.push("OverStorageLimit");
            }
            tier["eligible"] = json!(reasons.is_empty());
            if !reasons.is_empty() {
                tier["eligibility_reasons"] = json!(reasons);
            }
            tier
        })
        .collect();
    Reply::one(
        "options",
        json!({"available_regions": ["nyc3", "sfo3", "ams3", "sgp1", "fra1"], "subscription_tiers": tiers}),
    )
}

pub(super) fn subscription(world: &mut World, _: &Call) -> Answer {
    Reply::one("subscription", found(subscription_of(world))?)
}

pub(super) fn subscribe(world: &mut World, call: &Call) -> Answer {
    let slug = call.needed("tier_slug")?.to_owned();
    let mut subscription = found(subscription_of(world))?;
    let tier = catalogue::tier(&slug);
    let most = tier["included_repositories"].as_u64().unwrap_or(0);
    if most > 0 && super::repositories::names(world, None).len() as u64 > most {
        return Err(Refusal::precondition_failed(
            "registry is not eligible for tier because: [OverRepositoryLimit]",
        ));
    }
    if slug != "professional" && world.rows("registries").len() > 1 {
        return Err(Refusal::precondition_failed(
            "registry is not eligible for tier because: [OverRegistryLimit]",
        ));
    }
    subscription["tier"] = tier;
    subscription["updated_at"] = json!(call.now.to_string());
    for row in world.rows_mut("registries") {
        row["subscription"] = subscription.clone();
    }
    Reply::one("subscription", subscription)
}

fn credentials(world: &mut World, call: &Call) -> Answer {
    found(world.row("registries", call.parameter(0)))?;
    give(world, call, call.parameter(0))
}

/// Credentials for a registry, as Docker's configuration has them.
pub(super) fn give(world: &mut World, call: &Call, registry: &str) -> Answer {
    let writing = call.asked("read_write") == Some("true");
    if writing && !call.scopes.allow("registry:update") {
        return Err(Refusal::lacking_scope());
    }
    call.asked_number("expiry_seconds")?;
    if writing && super::garbage::is_active(world, registry) {
        return Err(Refusal::conflict(
            "the registry is read-only while garbage is collected",
        ));
    }
    let token = world.add_token(&["registry:pull"]);
    let user = world
        .rows("account")
        .first()
        .map_or("user", |account| text(&account["email"]));
    let auth = STANDARD.encode(format!("{user}:{token}"));
    Reply::one("auths", json!({"registry.digitalocean.com": {"auth": auth}}))
}

/// The storage of a registry will be counted again.
pub(crate) fn recount(world: &mut World, registry: &str) {
    world.later(COUNTING, Event::StorageCounted(registry.to_owned()));
}

/// The storage of a registry was counted.
pub(crate) fn counted(world: &mut World, registry: &str, at: Timestamp) {
    let usage = world.content.usage(registry);
    if let Some(row) = world.row_mut("registries", registry) {
        row["storage_usage_bytes"] = json!(usage);
        row["storage_usage_bytes_updated_at"] = json!(at.to_string());
    }
}

/// The only registry, which paths without a name mean.
pub(super) fn only(world: &World) -> Result<String, Refusal> {
    match world.rows("registries") {
        [] => Err(Refusal::not_found()),
        [row] => Ok(text(&row["name"]).to_owned()),
        _ => Err(Refusal::precondition_failed(
            "registry operation is not supported for multiple registries. Please use /v2/registries/{registry_name} instead",
        )),
    }
}
