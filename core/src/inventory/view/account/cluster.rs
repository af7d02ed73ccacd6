//! The declared cluster with its pools, and to which pool each Node belongs.

use super::super::record::{Record, list_or_empty, map_or_empty, or_null};
use super::{base, droplet};
use crate::value::{Value, ValueExt, array, object, text_or_null};
use std::collections::BTreeMap;

/// The label that DOKS gives the Nodes of a pool.
const POOL: &str = "doks.digitalocean.com/node-pool";
const PROVIDER: &str = "digitalocean://";

/// The record of a cluster. `unverified` is why the objects that were read may not be of it.
pub(super) fn record(row: &Value, unverified: Option<&str>) -> Value {
    let droplets: Vec<i64> = droplets_of(row).collect();
    let mut record = base("kubernetes_clusters", row);
    record
        .set("region", or_null(row.field("region")))
        .set("version", or_null(row.field("version")))
        .set("vpc", or_null(row.field("vpc_uuid")))
        .set("ha", or_null(row.field("ha")))
        .set("state", or_null(row.at(&["status", "state"])))
        .set("dropletIds", ids(droplets))
        .set("pools", array(row.items_at(&["node_pools"]).iter().map(pool)))
        .set("clusterSubnet", or_null(row.field("cluster_subnet")))
        .set("serviceSubnet", or_null(row.field("service_subnet")))
        .set("registries", list_or_empty(row.field("registries")))
        .set("unverified", text_or_null(unverified));
    record.into_object()
}

fn pool(row: &Value) -> Value {
    let nodes = row.items_at(&["nodes"]).iter().map(|node| {
        let id = node.field("droplet_id").and_then(droplet);
        object([
            ("name", or_null(node.field("name"))),
            ("state", or_null(node.at(&["status", "state"]))),
            ("dropletId", id.map_or(Value::Null, Value::from)),
        ])
    });
    object([
        ("name", or_null(row.field("name"))),
        ("size", or_null(row.field("size"))),
        ("count", or_null(row.field("count"))),
        ("autoScale", or_null(row.field("auto_scale"))),
        ("min", or_null(row.field("min_nodes"))),
        ("max", or_null(row.field("max_nodes"))),
        ("labels", map_or_empty(row.field("labels"))),
        ("taints", list_or_empty(row.field("taints"))),
        ("tags", list_or_empty(row.field("tags"))),
        ("nodes", array(nodes)),
    ])
}

/// Each pool's name with a Droplet of it.
fn members(row: &Value) -> impl Iterator<Item = (&str, i64)> {
    row.items_at(&["node_pools"]).iter().flat_map(|pool| {
        let name = pool.text_at(&["name"]).unwrap_or_default();
        let nodes = pool.items_at(&["nodes"]).iter();
        nodes.filter_map(move |node| Some((name, droplet(node.field("droplet_id")?)?)))
    })
}

/// The Droplets of all its pools.
pub(super) fn droplets_of(row: &Value) -> impl Iterator<Item = i64> {
    members(row).map(|(_, droplet)| droplet)
}

/// Sorted, without duplicates.
pub(super) fn ids(mut ids: Vec<i64>) -> Value {
    ids.sort_unstable();
    ids.dedup();
    array(ids.into_iter().map(Value::from))
}

/// Whether a cluster's Nodes may pull from a registry; `None` where the account shows none of its registries and does not say
/// that there is none.
pub(super) fn pulls_from(row: &Value, registry: &str) -> Option<bool> {
    if row.field("registry_enabled") == Some(&Value::from(false)) {
        return Some(false);
    }
    let mut registries = row.items_at(&["registries"]).iter().peekable();
    registries.peek()?;
    Some(registries.any(|own| own.text() == Some(registry)))
}

/// The tags by which a firewall reaches the Nodes of a cluster.
pub(super) fn tags(row: &Value) -> Vec<&str> {
    let pools = row.items_at(&["node_pools"]).iter();
    pools
        .flat_map(|pool| pool.items_at(&["tags"]))
        .filter_map(ValueExt::text)
        .collect()
}

/// Adds `pool` and `dropletId` to each Node: the account knows which Droplet is in which pool, the label only says so.
pub(super) fn join_nodes(clusters: &[Value], nodes: &mut [&mut Record]) {
    let pools: BTreeMap<i64, &str> = clusters
        .iter()
        .flat_map(members)
        .map(|(pool, droplet)| (droplet, pool))
        .collect();
    for node in nodes {
        let id = node.get("providerId").and_then(ValueExt::text);
        let id: Option<i64> = id.and_then(|id| id.strip_prefix(PROVIDER)?.parse().ok());
        let label = node.get("labels").and_then(|labels| labels.text_at(&[POOL]));
        let pool = id.and_then(|id| pools.get(&id).copied()).or(label);
        let pool = text_or_null(pool);
        node.set("dropletId", id.map_or(Value::Null, Value::from))
            .set("pool", pool);
    }
}
