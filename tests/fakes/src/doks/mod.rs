//! What DOKS does by itself: nodes and their Droplets, the firewalls that it owns, and what follows from both.

mod firewalls;
mod nodes;
mod services;

pub(crate) use firewalls::{firewalls_gone, own_firewalls};
pub use services::Attached;

use crate::World;
use crate::api::droplets;
use crate::http::Refusal;
use crate::world::{Event, sha256, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a cluster takes to go.
const GOING: Duration = Duration::from_mins(3);
/// How long the firewalls of a deleted cluster linger.
const LINGERING: Duration = Duration::from_mins(5);

/// Whether a version has a highly available control plane when nobody says anything.
pub(crate) fn highly_available_by_default(version: &str) -> bool {
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
    minor.is_some_and(|minor: u64| minor >= 36)
}

/// Whether a pool can be made as a body describes it.
pub(crate) fn checked_pool(body: &Value) -> Result<(), Refusal> {
    if text(&body["name"]).is_empty() {
        return Err(Refusal::unprocessable("node pool name is required"));
    }
    if !droplets::is_size(text(&body["size"])) {
        return Err(Refusal::unprocessable("node pool size is invalid"));
    }
    if body["count"].as_u64().is_none() && body["auto_scale"] != true {
        return Err(Refusal::unprocessable("node pool count is required"));
    }
    Ok(())
}

/// The tags that every pool of a cluster has.
pub(crate) fn pool_tags(cluster: &str) -> Value {
    json!(["k8s", format!("k8s:{cluster}"), "k8s:worker"])
}

/// The pool of a cluster.
pub(crate) fn pool_mut<'a>(world: &'a mut World, cluster: &str, pool: &str) -> Option<&'a mut Value> {
    world
        .row_mut("kubernetes_clusters", cluster)?
        .get_mut("node_pools")?
        .as_array_mut()?
        .iter_mut()
        .find(|own| own["id"] == pool)
}

/// Adds a pool with its nodes; the row.
pub(crate) fn add_pool(world: &mut World, cluster: &str, body: &Value) -> Value {
    let id = world.new_id("NodePool");
    let count = body["count"].as_u64().or(body["min_nodes"].as_u64()).unwrap_or(1);
    let mut tags = pool_tags(cluster);
    crate::api::join(&mut tags, crate::api::items(&body["tags"]));
    let automatic = body["auto_scale"] == true;
    let row = json!({
        "id": id,
        "name": body["name"],
        "size": body["size"],
        "count": 0,
        "tags": tags,
        "labels": if body["labels"].is_object() { body["labels"].clone() } else { Value::Null },
        "taints": if body["taints"].is_array() { body["taints"].clone() } else { json!([]) },
        "auto_scale": automatic,
        "min_nodes": if automatic { body["min_nodes"].as_u64().unwrap_or(1) } else { 0 },
        "max_nodes": if automatic { body["max_nodes"].as_u64().unwrap_or(count) } else { 0 },
        "nodes": [],
    });
    if let Some(pools) = world
        .row_mut("kubernetes_clusters", cluster)
        .and_then(|row| row["node_pools"].as_array_mut())
    {
        pools.push(row);
    }
    scale(world, cluster, &id, count);
    pool_mut(world, cluster, &id).cloned().unwrap_or_default()
}

/// Gives a pool so many nodes.
pub(crate) fn scale(world: &mut World, cluster: &str, pool: &str, count: u64) {
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    while nodes(world, cluster, pool) < wanted {
        add_node(world, cluster, pool);
    }
    while nodes(world, cluster, pool) > wanted {
        let last = pool_mut(world, cluster, pool)
            .and_then(|row| row["nodes"].as_array_mut())
            .and_then(Vec::pop);
        match last {
            Some(node) => drop(world.remove("droplets", text(&node["droplet_id"]))),
            None => break,
        }
    }
    if let Some(row) = pool_mut(world, cluster, pool) {
        row["count"] = json!(count);
    }
    follow_nodes(world, cluster);
}

fn nodes(world: &mut World, cluster: &str, pool: &str) -> usize {
    pool_mut(world, cluster, pool)
        .and_then(|row| row["nodes"].as_array().map(Vec::len))
        .unwrap_or(usize::MAX)
}

fn add_node(world: &mut World, cluster: &str, pool: &str) {
    let Some(of) = world.row("kubernetes_clusters", cluster).cloned() else {
        return;
    };
    let Some(row) = pool_mut(world, cluster, pool).cloned() else {
        return;
    };
    let now = world.now().to_string();
    let droplet = world.new_droplet_id();
    let id = world.new_id("DoksNode");
    let suffix: String = sha256(id.as_bytes()).chars().take(5).collect();
    let name = format!("{}-{suffix}", text(&row["name"]));
    let mut made = droplets::droplet(droplet, &name, text(&row["size"]), text(&of["region"]), &now);
    made["vpc_uuid"] = of["vpc_uuid"].clone();
    made["tags"] = row["tags"].clone();
    made["status"] = json!("new");
    world.add("droplets", made);
    let node = json!({
        "id": id,
        "name": name,
        "status": {"state": "provisioning"},
        "droplet_id": droplet.to_string(),
        "created_at": now,
        "updated_at": now,
    });
    if let Some(nodes) = pool_mut(world, cluster, pool).and_then(|row| row["nodes"].as_array_mut()) {
        nodes.push(node);
    }
}

/// All nodes that were being provisioned run.
pub(crate) fn nodes_run(world: &mut World, cluster: &str, at: Timestamp) {
    let mut droplets = Vec::new();
    let pools = world
        .row_mut("kubernetes_clusters", cluster)
        .and_then(|row| row["node_pools"].as_array_mut());
    for pool in pools.into_iter().flatten() {
        for node in pool["nodes"].as_array_mut().into_iter().flatten() {
            if node["status"]["state"] == "provisioning" {
                node["status"] = json!({"state": "running"});
                node["updated_at"] = json!(at.to_string());
                droplets.push(text(&node["droplet_id"]).to_owned());
            }
        }
    }
    for droplet in droplets {
        if let Some(row) = world.row_mut("droplets", &droplet) {
            row["status"] = json!("active");
        }
    }
}

/// A node that was drained is gone.
pub(crate) fn node_gone(world: &mut World, cluster: &str, pool: &str, node: &str, replace: bool) {
    let Some(row) = pool_mut(world, cluster, pool) else {
        return;
    };
    let mut droplet = None;
    if let Some(nodes) = row["nodes"].as_array_mut() {
        nodes.retain(|own| {
            let gone = own["id"] == node;
            if gone {
                droplet = own["droplet_id"].as_str().map(str::to_owned);
            }
            !gone
        });
    }
    let count = row["count"].as_u64().unwrap_or(0);
    if let Some(droplet) = droplet {
        world.remove("droplets", &droplet);
    }
    if replace {
        scale(world, cluster, pool, count);
        world.later(LINGERING, Event::NodesRun(cluster.to_owned()));
    } else {
        scale(world, cluster, pool, count.saturating_sub(1));
    }
}

/// The Droplets of a cluster.
pub(crate) fn droplets_of(world: &World, cluster: &str) -> Vec<Value> {
    let tag = format!("k8s:{cluster}");
    let rows = world.rows("droplets").iter();
    rows.filter(|row| crate::api::holds(&row["tags"], &tag))
        .map(|row| row["id"].clone())
        .collect()
}

/// Firewalls and load balancers of a cluster follow its nodes. Droplets that are of no cluster stay where somebody has put them.
fn follow_nodes(world: &mut World, cluster: &str) {
    let droplets = droplets_of(world, cluster);
    let tag = format!("k8s:{cluster}");
    let rows = world.rows("droplets").iter();
    let others: Vec<Value> = rows
        .filter(|row| !crate::api::holds(&row["tags"], &tag))
        .map(|row| row["id"].clone())
        .collect();
    for collection in ["firewalls", "load_balancers"] {
        for row in world.rows_mut(collection) {
            if crate::api::holds(&row["tags"], &tag) {
                let there = row["droplet_ids"].as_array().into_iter().flatten();
                let kept = there.filter(|id| others.contains(id)).cloned();
                row["droplet_ids"] = kept.chain(droplets.iter().cloned()).collect();
            }
        }
    }
}

/// A cluster is to be deleted. It takes its time; whoever asks once more has asked already.
pub(crate) fn remove_cluster(world: &mut World, cluster: &str) {
    let Some(row) = world.row_mut("kubernetes_clusters", cluster) else {
        return;
    };
    if row["status"]["state"] == "deleting" {
        return;
    }
    row["status"] = json!({"state": "deleting", "message": "deleting"});
    world.later(GOING, Event::ClusterGone(cluster.to_owned()));
}

/// What was to go with a cluster goes with its nodes.
pub(crate) fn remove_with_cluster(world: &mut World, collection: &'static str, id: &str) {
    world.later(GOING, Event::Gone(collection, id.to_owned()));
}

/// It is gone, and so is its place in a project.
pub(crate) fn gone(world: &mut World, collection: &str, id: &str) {
    world.remove(collection, id);
    let kind = match collection {
        "load_balancers" => "loadbalancer",
        _ => "volume",
    };
    world.assigned.remove(&format!("do:{kind}:{id}"));
}

/// A cluster is gone: its nodes with it, from which its volumes are detached; its firewalls go a little later, everything else
/// stays.
pub(crate) fn cluster_gone(world: &mut World, cluster: &str) {
    let droplets = droplets_of(world, cluster);
    for volume in world.rows_mut("volumes") {
        if let Some(own) = volume["droplet_ids"].as_array_mut() {
            own.retain(|id| !droplets.contains(id));
        }
    }
    let pools: Vec<String> = world
        .row("kubernetes_clusters", cluster)
        .and_then(|row| row["node_pools"].as_array())
        .into_iter()
        .flatten()
        .map(|pool| text(&pool["id"]).to_owned())
        .collect();
    for pool in pools {
        scale(world, cluster, &pool, 0);
    }
    world.remove("kubernetes_clusters", cluster);
    world.assigned.remove(&format!("do:kubernetes:{cluster}"));
    world.balancers.retain(|(own, _), _| own != cluster);
    world.credentials.remove(cluster);
    world.later(LINGERING, Event::FirewallsGone(cluster.to_owned()));
}
