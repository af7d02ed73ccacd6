//! Node pools of a cluster, and their nodes.

use super::{Route, clusters, copy, found, items};
use crate::World;
use crate::doks;
use crate::http::{Answer, Call, Refusal, Reply, texts};
use crate::world::{Event, text};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools",
        &["kubernetes:read"],
        list,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools",
        &["kubernetes:update"],
        create,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        &["kubernetes:read"],
        get,
    ),
    Route::new(
        "PUT",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        &["kubernetes:update"],
        update,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        &["kubernetes:update"],
        delete,
    ),
    Route::new(
        "DELETE",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}/nodes/{node_id}",
        &["kubernetes:update"],
        delete_node,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}/recycle",
        &["kubernetes:delete"],
        recycle,
    ),
];

/// How long a node is drained.
const DRAINING: Duration = Duration::from_mins(2);

fn pool<'a>(world: &'a World, call: &Call) -> Result<&'a Value, Refusal> {
    let cluster = clusters::cluster(world, call)?;
    let wanted = call.parameter(1);
    found(
        items(&cluster["node_pools"])
            .iter()
            .find(|pool| pool["id"] == wanted),
    )
}

fn list(world: &mut World, call: &Call) -> Answer {
    Reply::one(
        "node_pools",
        clusters::cluster(world, call)?["node_pools"].clone(),
    )
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one("node_pool", pool(world, call)?.clone())
}

fn create(world: &mut World, call: &Call) -> Answer {
    let cluster = clusters::cluster(world, call)?;
    let id = text(&cluster["id"]).to_owned();
    doks::checked_pool(&call.body)?;
    if items(&cluster["node_pools"])
        .iter()
        .any(|pool| pool["name"] == call.body["name"])
    {
        return Err(Refusal::unprocessable(
            "a node pool with this name already exists",
        ));
    }
    let row = doks::add_pool(world, &id, &call.body);
    world.later(clusters::PROVISIONING, Event::NodesRun(id));
    Reply::with(StatusCode::CREATED, "node_pool", row)
}

fn update(world: &mut World, call: &Call) -> Answer {
    call.needed("name")?;
    let count = call.body["count"].as_u64();
    let (cluster, id) = (call.parameter(0), call.parameter(1));
    let row = found(doks::pool_mut(world, cluster, id))?;
    let automatic = call.body["auto_scale"]
        .as_bool()
        .unwrap_or(row["auto_scale"] == true);
    if count.is_none() && !automatic {
        return Err(Refusal::unprocessable("count is required"));
    }
    copy(
        row,
        &call.body,
        &["name", "labels", "taints", "auto_scale", "min_nodes", "max_nodes"],
    );
    if call.body.get("tags").is_some() {
        let mut tags = doks::pool_tags(cluster);
        super::join(&mut tags, items(&call.body["tags"]));
        row["tags"] = tags;
    }
    if let Some(count) = count {
        doks::scale(world, cluster, id, count);
        world.later(clusters::PROVISIONING, Event::NodesRun(cluster.to_owned()));
    }
    Reply::with(StatusCode::ACCEPTED, "node_pool", pool(world, call)?.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    pool(world, call)?;
    let (cluster, id) = (call.parameter(0), call.parameter(1));
    doks::scale(world, cluster, id, 0);
    if let Some(pools) = world
        .row_mut("kubernetes_clusters", cluster)
        .and_then(|row| row["node_pools"].as_array_mut())
    {
        pools.retain(|pool| pool["id"] != id);
    }
    Reply::nothing()
}

/// Drains a node; it is gone a little later, and replaced if that is wanted.
fn drain(world: &mut World, call: &Call, node: &str, replace: bool, after: Duration) -> Result<(), Refusal> {
    let (cluster, pool) = (call.parameter(0), call.parameter(1));
    let row = found(doks::pool_mut(world, cluster, pool))?;
    let nodes = row["nodes"].as_array_mut();
    let own = found(nodes.and_then(|nodes| nodes.iter_mut().find(|own| own["id"] == node)))?;
    own["status"] = json!({"state": "draining"});
    let event = Event::NodeGone {
        cluster: cluster.to_owned(),
        pool: pool.to_owned(),
        node: node.to_owned(),
        replace,
    };
    world.later(after, event);
    Ok(())
}

fn delete_node(world: &mut World, call: &Call) -> Answer {
    let asked = |name: &str| call.asked(name) == Some("1");
    let after = if asked("skip_drain") {
        Duration::ZERO
    } else {
        DRAINING
    };
    drain(world, call, call.parameter(2), asked("replace"), after)?;
    world.settle();
    Reply::accepted()
}

fn recycle(world: &mut World, call: &Call) -> Answer {
    let nodes = texts(&call.body["nodes"]);
    let all: Vec<String> = items(&pool(world, call)?["nodes"])
        .iter()
        .map(|node| text(&node["id"]).to_owned())
        .collect();
    for node in if nodes.is_empty() { all } else { nodes } {
        drain(world, call, &node, true, DRAINING)?;
    }
    Reply::accepted()
}
