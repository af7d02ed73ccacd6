//! Tags: those that were made, and those that something bears.

use super::{Route, found, items};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::text;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/tags", &["tag:read"], list),
    Route::new("POST", "/v2/tags", &["tag:create"], create),
    Route::new("GET", "/v2/tags/{tag_id}", &["tag:read"], get),
    Route::new("DELETE", "/v2/tags/{tag_id}", &["tag:delete"], delete),
    Route::new("POST", "/v2/tags/{tag_id}/resources", &["tag:create"], attach),
    Route::new("DELETE", "/v2/tags/{tag_id}/resources", &["tag:delete"], detach),
];

/// Collections whose rows bear tags: name, kind in a request, path of one.
const BEARERS: [(&str, &str, &str); 5] = [
    ("droplets", "droplet", "droplets"),
    ("volumes", "volume", "volumes"),
    ("snapshots", "volume_snapshot", "snapshots"),
    ("load_balancers", "load_balancer", "load_balancers"),
    ("kubernetes_clusters", "kubernetes", "kubernetes/clusters"),
];

/// The names of all tags.
fn names(world: &World) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = world
        .rows("tags")
        .iter()
        .map(|tag| text(&tag["name"]).to_owned())
        .collect();
    for (collection, _, _) in BEARERS {
        for row in world.rows(collection) {
            names.extend(items(&row["tags"]).iter().map(|tag| text(tag).to_owned()));
        }
    }
    names
}

/// A tag with what bears it.
fn shown(world: &World, name: &str) -> Value {
    let mut total = 0;
    let mut last = None;
    let mut resources = json!({});
    for (collection, kind, path) in BEARERS {
        let bearers: Vec<&Value> = world
            .rows(collection)
            .iter()
            .filter(|row| super::holds(&row["tags"], name))
            .collect();
        let uri = bearers.last().map(|row| {
            let id = row["id"]
                .as_str()
                .map_or_else(|| row["id"].to_string(), str::to_owned);
            format!("https://api.digitalocean.com/v2/{path}/{id}")
        });
        total += bearers.len();
        let mut part = json!({"count": bearers.len()});
        if let Some(uri) = uri {
            part["last_tagged_uri"] = json!(uri);
            last = Some(uri);
        }
        if ["droplet", "volume", "volume_snapshot"].contains(&kind) {
            resources[format!("{kind}s")] = part;
        }
    }
    resources["count"] = json!(total);
    if let Some(last) = last {
        resources["last_tagged_uri"] = json!(last);
    }
    json!({"name": name, "resources": resources})
}

fn list(world: &mut World, _: &Call) -> Answer {
    let rows = names(world).iter().map(|name| shown(world, name)).collect();
    Reply::pages("tags", rows)
}

fn get(world: &mut World, call: &Call) -> Answer {
    let name = call.parameter(0);
    found(names(world).contains(name).then_some(()))?;
    Reply::one("tag", shown(world, name))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-:".contains(letter);
    if name.len() > 255 || !name.chars().all(allowed) {
        return Err(Refusal::unprocessable("tag name is invalid"));
    }
    if name.to_lowercase().starts_with("k8s") {
        return Err(Refusal::unprocessable("tags that begin with k8s are reserved"));
    }
    let same = |own: &String| own.to_lowercase() == name.to_lowercase();
    let known = names(world).into_iter().find(same);
    let name = known.clone().unwrap_or_else(|| name.to_owned());
    if known.is_none() {
        world.add("tags", json!({"name": name}));
    }
    Reply::with(StatusCode::CREATED, "tag", shown(world, &name))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let name = call.parameter(0).to_owned();
    found(names(world).contains(&name).then_some(()))?;
    world.remove("tags", &name);
    for (collection, _, _) in BEARERS {
        for row in world.rows_mut(collection) {
            super::part(&mut row["tags"], &[json!(name)]);
        }
    }
    Reply::nothing()
}

fn attach(world: &mut World, call: &Call) -> Answer {
    found(names(world).contains(call.parameter(0)).then_some(()))?;
    change(world, call, super::join)
}

fn detach(world: &mut World, call: &Call) -> Answer {
    found(names(world).contains(call.parameter(0)).then_some(()))?;
    change(world, call, super::part)
}

fn change(world: &mut World, call: &Call, with: fn(&mut Value, &[Value])) -> Answer {
    let tag = json!(call.parameter(0));
    // A tag stays when the last bearer loses it.
    if world.row("tags", call.parameter(0)).is_none() {
        world.add("tags", json!({"name": tag}));
    }
    for resource in items(&call.body["resources"]) {
        let kind = text(&resource["resource_type"]);
        let (collection, _, _) = found(BEARERS.iter().find(|(_, own, _)| *own == kind))?;
        let row = found(world.row_mut(collection, text(&resource["resource_id"])))?;
        with(&mut row["tags"], std::slice::from_ref(&tag));
    }
    Reply::nothing()
}
