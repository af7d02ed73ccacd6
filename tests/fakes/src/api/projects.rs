//! Projects, and what is assigned to them.

use super::{Route, copy, found};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply, texts};
use crate::world::text;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/projects", &["project:read"], list),
    Route::new("POST", "/v2/projects", &["project:create"], create),
    Route::new("GET", "/v2/projects/default", &["project:read"], get),
    Route::new("PUT", "/v2/projects/default", &["project:update"], update),
    Route::new("PATCH", "/v2/projects/default", &["project:update"], patch),
    Route::new(
        "GET",
        "/v2/projects/default/resources",
        &["project:read"],
        resources,
    ),
    Route::new(
        "POST",
        "/v2/projects/default/resources",
        &["project:assign_resource"],
        assign,
    ),
    Route::new("GET", "/v2/projects/{project_id}", &["project:read"], get),
    Route::new("PUT", "/v2/projects/{project_id}", &["project:update"], update),
    Route::new("PATCH", "/v2/projects/{project_id}", &["project:update"], patch),
    Route::new("DELETE", "/v2/projects/{project_id}", &["project:delete"], delete),
    Route::new(
        "GET",
        "/v2/projects/{project_id}/resources",
        &["project:read"],
        resources,
    ),
    Route::new(
        "POST",
        "/v2/projects/{project_id}/resources",
        &["project:assign_resource"],
        assign,
    ),
];

/// Collections whose rows are assigned to projects: name, kind in resource names, path of one.
const ASSIGNED: [(&str, &str, &str); 4] = [
    ("droplets", "droplet", "droplets"),
    ("load_balancers", "loadbalancer", "load_balancers"),
    ("volumes", "volume", "volumes"),
    ("kubernetes_clusters", "kubernetes", "kubernetes/clusters"),
];
const FIELDS: [&str; 4] = ["name", "description", "purpose", "environment"];

/// The id of the project that a path names; the default one where it names none.
fn id_in(world: &World, call: &Call) -> Result<String, Refusal> {
    match call.parameters.first() {
        Some(id) => found(world.row("projects", id)).map(|_| id.clone()),
        None => default(world).ok_or_else(Refusal::not_found),
    }
}

/// The id of the default project.
pub(crate) fn default(world: &World) -> Option<String> {
    let project = world
        .rows("projects")
        .iter()
        .find(|project| project["is_default"] == true)?;
    Some(text(&project["id"]).to_owned())
}

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("projects", world.rows("projects").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    let id = id_in(world, call)?;
    Reply::one("project", found(world.row("projects", &id))?.clone())
}

fn create(world: &mut World, call: &Call) -> Answer {
    let (name, purpose) = (call.needed("name")?, call.needed("purpose")?);
    if world.named("projects", name).is_some() {
        return Err(Refusal::conflict("a project with this name already exists"));
    }
    let owner = world.rows("projects").first().cloned().unwrap_or_default();
    let mut row = json!({
        "id": world.new_id("Project"),
        "owner_uuid": owner["owner_uuid"].as_str().unwrap_or("5b8e1d20"),
        "owner_id": owner["owner_id"].as_u64().unwrap_or(258_992),
        "name": name,
        "description": "",
        "purpose": purpose,
        "environment": "Development",
        "is_default": world.rows("projects").is_empty(),
        "created_at": call.now.to_string(),
        "updated_at": call.now.to_string(),
    });
    copy(&mut row, &call.body, &["description", "environment"]);
    world.add("projects", row.clone());
    Reply::with(StatusCode::CREATED, "project", row)
}

fn update(world: &mut World, call: &Call) -> Answer {
    for field in FIELDS.iter().chain(&["is_default"]) {
        if call.body.get(field).is_none() {
            return Err(Refusal::unprocessable(&format!("{field} is required")));
        }
    }
    patch(world, call)
}

fn patch(world: &mut World, call: &Call) -> Answer {
    let id = id_in(world, call)?;
    if call.body["is_default"] == true {
        for other in world.rows_mut("projects") {
            other["is_default"] = json!(other["id"] == id.as_str());
        }
    }
    let row = found(world.row_mut("projects", &id))?;
    copy(row, &call.body, &FIELDS);
    row["updated_at"] = json!(call.now.to_string());
    Reply::one("project", row.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = id_in(world, call)?;
    if found(world.row("projects", &id))?["is_default"] == true {
        return Err(Refusal::forbidden("cannot delete the default project"));
    }
    if !of(world, &id).is_empty() {
        return Err(Refusal::precondition_failed(
            "cannot delete a project with resources. move or remove the resources first",
        ));
    }
    world.remove("projects", &id);
    Reply::nothing()
}

/// The resources of a project; what is assigned to none belongs to the default one.
fn of(world: &World, project: &str) -> Vec<Value> {
    let default = default(world).unwrap_or_default();
    let mut rows = Vec::new();
    for (collection, kind, path) in ASSIGNED {
        for row in world.rows(collection) {
            let id = row["id"]
                .as_str()
                .map_or_else(|| row["id"].to_string(), str::to_owned);
            let urn = format!("do:{kind}:{id}");
            let (own, at) = match world.assigned.get(&urn) {
                Some((own, at)) => (own.as_str(), json!(at.to_string())),
                None => (default.as_str(), row["created_at"].clone()),
            };
            if own == project {
                rows.push(shown(&urn, &at, &format!("{path}/{id}"), "ok"));
            }
        }
    }
    for (urn, (own, at)) in &world.assigned {
        if own == project && urn.starts_with("do:space:") {
            rows.push(shown(urn, &json!(at.to_string()), "spaces", "ok"));
        }
    }
    rows
}

fn shown(urn: &str, at: &Value, path: &str, status: &str) -> Value {
    json!({
        "urn": urn,
        "assigned_at": at,
        "links": {"self": format!("https://api.digitalocean.com/v2/{path}")},
        "status": status,
    })
}

fn resources(world: &mut World, call: &Call) -> Answer {
    let id = id_in(world, call)?;
    Reply::pages("resources", of(world, &id))
}

fn assign(world: &mut World, call: &Call) -> Answer {
    let id = id_in(world, call)?;
    let rows: Vec<Value> = texts(&call.body["resources"])
        .iter()
        .map(|urn| {
            let status = put(world, &id, urn, call.now);
            shown(urn, &json!(call.now.to_string()), "projects", status)
        })
        .collect();
    Reply::one("resources", json!(rows))
}

/// A bucket is gone, which this API only hears of.
pub(crate) fn bucket_gone(world: &mut World, name: &str) {
    world.assigned.remove(&format!("do:space:{name}"));
}

/// Assigns a resource; the status that the service answers with.
pub(crate) fn put(world: &mut World, project: &str, urn: &str, at: Timestamp) -> &'static str {
    let mut parts = urn.splitn(3, ':').skip(1);
    let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if kind != "space" {
        let known = ASSIGNED.iter().find(|(_, own, _)| *own == kind);
        if known.is_none_or(|(collection, _, _)| world.row(collection, id).is_none()) {
            return "not_found";
        }
    }
    if kind == "loadbalancer"
        && let Some(row) = world.row_mut("load_balancers", id)
    {
        row["project_id"] = json!(project);
    }
    let before = world.assigned.insert(urn.to_owned(), (project.to_owned(), at));
    match before {
        Some((own, _)) if own == project => "already_assigned",
        _ => "assigned",
    }
}
