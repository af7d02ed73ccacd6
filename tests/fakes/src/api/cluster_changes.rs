//! Changes to a Kubernetes cluster and its end, with or without what hangs on it.

use super::{Route, clusters, copy, found, items, join, part};
use crate::World;
use crate::doks;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "PUT",
        "/v2/kubernetes/clusters/{cluster_id}",
        &["kubernetes:update"],
        update,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/clusters/{cluster_id}",
        &["kubernetes:delete"],
        delete,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/clusters/{cluster_id}/upgrade",
        &["kubernetes:update"],
        upgrade,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources",
        &["kubernetes:read"],
        associated,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources/selective",
        &["kubernetes:delete"],
        delete_selective,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources/dangerous",
        &["kubernetes:delete"],
        delete_all,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/registries",
        &["kubernetes:create", "kubernetes:update"],
        integrate,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/registries",
        &["kubernetes:update"],
        separate,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/registry",
        &["kubernetes:create", "kubernetes:update"],
        integrate,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/registry",
        &["kubernetes:update"],
        separate,
    ),
];

const UPGRADING: Duration = Duration::from_mins(15);
/// Collections with what may hang on a cluster, by their keys in the answer.
const HANGING: [(&str, &str); 3] = [
    ("load_balancers", "load_balancers"),
    ("volumes", "volumes"),
    ("volume_snapshots", "snapshots"),
];

fn update(world: &mut World, call: &Call) -> Answer {
    call.needed("name")?;
    let row = found(world.row_mut("kubernetes_clusters", call.parameter(0)))?;
    if row["ha"] == true && call.body["ha"] == false {
        return Err(Refusal::unprocessable("high availability cannot be disabled"));
    }
    copy(row, &call.body, &["name", "surge_upgrade", "ha"]);
    copy(row, &call.body, &clusters::SETTINGS);
    clusters::maintain(row, &call.body);
    if let Some(tags) = call.body["tags"].as_array() {
        let own = [json!("k8s"), json!(format!("k8s:{}", text(&row["id"])))];
        row["tags"] = json!(own);
        join(&mut row["tags"], tags);
    }
    row["updated_at"] = json!(call.now.to_string());
    let row = row.clone();
    Reply::with(StatusCode::ACCEPTED, "kubernetes_cluster", row)
}

fn upgrade(world: &mut World, call: &Call) -> Answer {
    let row = clusters::cluster(world, call)?;
    let (id, version) = (text(&row["id"]).to_owned(), text(&row["version"]).to_owned());
    let wanted = call.needed("version")?.to_owned();
    let offered = clusters::next_versions(world, &version);
    if !offered.iter().any(|offered| offered["slug"] == wanted.as_str()) {
        return Err(Refusal::unprocessable("invalid upgrade version"));
    }
    if let Some(row) = world.row_mut("kubernetes_clusters", &id) {
        row["status"] = json!({"state": "upgrading", "message": "upgrading"});
    }
    world.later(UPGRADING, Event::ClusterUpgraded(id, wanted));
    Reply::accepted()
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = text(&clusters::cluster(world, call)?["id"]).to_owned();
    doks::remove_cluster(world, &id);
    Reply::nothing()
}

/// What hangs on a cluster, by the collection.
fn hanging<'a>(world: &'a World, cluster: &str, collection: &str) -> Vec<&'a Value> {
    let tag = format!("k8s:{cluster}");
    let rows = world.rows(collection).iter();
    rows.filter(|row| super::holds(&row["tags"], &tag)).collect()
}

fn associated(world: &mut World, call: &Call) -> Answer {
    let id = text(&clusters::cluster(world, call)?["id"]).to_owned();
    let mut body = json!({});
    for (key, collection) in HANGING {
        let rows: Vec<Value> = hanging(world, &id, collection)
            .iter()
            .map(|row| json!({"id": row["id"], "name": row["name"]}))
            .collect();
        body[key] = json!(rows);
    }
    Reply::bare(body)
}

fn delete_selective(world: &mut World, call: &Call) -> Answer {
    let id = text(&clusters::cluster(world, call)?["id"]).to_owned();
    for (key, collection) in HANGING {
        for gone in items(&call.body[key]) {
            // A load balancer that another cluster uses too goes all the same: whoever names it means it.
            found(world.row(collection, text(gone)))?;
            doks::remove_with_cluster(world, collection, text(gone));
        }
    }
    doks::remove_cluster(world, &id);
    Reply::nothing()
}

fn delete_all(world: &mut World, call: &Call) -> Answer {
    let id = text(&clusters::cluster(world, call)?["id"]).to_owned();
    for (_, collection) in HANGING {
        let gone: Vec<String> = hanging(world, &id, collection)
            .iter()
            .map(|row| text(&row["id"]).to_owned())
            .collect();
        for id in gone {
            doks::remove_with_cluster(world, collection, &id);
        }
    }
    doks::remove_cluster(world, &id);
    Reply::nothing()
}

/// The registries that a request means: those it names, or the only one.
fn registries(world: &World, call: &Call) -> Result<Vec<Value>, Refusal> {
    let named = items(&call.body["registries"]);
    if named.is_empty() {
        let all: Vec<Value> = world
            .rows("registries")
            .iter()
            .map(|row| row["name"].clone())
            .collect();
        return match all.len() {
            0 => Err(Refusal::not_found()),
            1 => Ok(all),
            _ => Err(Refusal::precondition_failed(
                "the account has several registries: name them",
            )),
        };
    }
    for name in named {
        found(world.row("registries", text(name)))?;
    }
    Ok(named.to_vec())
}

fn integrate(world: &mut World, call: &Call) -> Answer {
    change(world, call, join)
}

fn separate(world: &mut World, call: &Call) -> Answer {
    change(world, call, part)
}

fn change(world: &mut World, call: &Call, with: fn(&mut Value, &[Value])) -> Answer {
    let registries = registries(world, call)?;
    let clusters = call.texts("cluster_uuids");
    for cluster in &clusters {
        found(world.row("kubernetes_clusters", cluster))?;
    }
    for cluster in &clusters {
        let row = found(world.row_mut("kubernetes_clusters", cluster))?;
        with(&mut row["registries"], &registries);
        let enabled = !items(&row["registries"]).is_empty();
        row["registry_enabled"] = json!(enabled);
    }
    Reply::nothing()
}
