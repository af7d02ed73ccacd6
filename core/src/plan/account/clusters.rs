//! Settings of clusters and of their node pools.

use super::set;
use crate::plan::Deed;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

/// Settings of a cluster that a step may change.
pub(in crate::plan) const OF_CLUSTERS: [&str; 4] = [
    "auto_upgrade",
    "control_plane_firewall",
    "maintenance_policy",
    "surge_upgrade",
];
/// Settings of a node pool that a step may change. Where the pool is comes with them.
pub(in crate::plan) const OF_POOLS: [&str; 7] = [
    CLUSTER,
    "auto_scale",
    "count",
    "labels",
    "max_nodes",
    "min_nodes",
    "taints",
];
/// The parameter that names the cluster of a node pool.
pub(super) const CLUSTER: &str = "cluster_id";

impl Deed {
    /// Whether a pool of its cluster is the one that it changes.
    pub fn is_pool(&self, pool: &Value) -> bool {
        match &self.target.id {
            Some(id) => pool.text_at(&["id"]) == Some(id),
            None => pool.text_at(&["name"]) == Some(&self.target.name),
        }
    }
}

/// A cluster with a pool of it changed.
pub(super) fn pool_done_in(deed: &Deed, row: &Value) -> Result<Value, String> {
    let mut found = false;
    let mut pools = Vec::new();
    for pool in row.items_at(&["node_pools"]) {
        if deed.is_pool(pool) {
            found = true;
            pools.extend(deed.done_to(Some(pool))?);
        } else {
            pools.push(pool.clone());
        }
    }
    if !found {
        return Err(format!("{} does not exist", deed.target));
    }
    Ok(set(row, [("node_pools", array(pools))]))
}

/// A pool with new settings.
pub(super) fn pool_updated(deed: &Deed, row: &Value) -> Result<Value, String> {
    let after = set(row, deed.settings());
    let scales = after.field("auto_scale").is_some_and(ValueExt::is_true);
    if scales && deed.data.field("count").is_some() {
        return Err(format!(
            "{} scales by itself: how many nodes it has is its own affair",
            deed.target
        ));
    }
    Ok(after)
}

pub(super) fn former(deed: &Deed, row: &Value) -> Result<Value, String> {
    let mut data = Vec::new();
    if let Some(cluster) = deed.data.field(CLUSTER) {
        data.push((CLUSTER, cluster.clone()));
    }
    for (key, _) in deed.settings() {
        let value = row.field(key).filter(|value| **value != Value::Null);
        let value = match (key, value) {
            ("maintenance_policy", Some(policy)) => window(policy),
            (_, Some(value)) => value.clone(),
            ("control_plane_firewall", None) => {
                object([("enabled", Value::from(false)), ("allowed_addresses", array([]))])
            }
            ("labels", None) => Value::new_object(),
            ("taints", None) => array([]),
            (_, None) => return Err(format!("{key} had no value before, and none cannot be set")),
        };
        data.push((key, value));
    }
    // A pool that begins to scale by itself had a number of nodes before.
    let fixed = row.field("auto_scale") == Some(&Value::from(false));
    let scales = deed.data.field("auto_scale").is_some_and(ValueExt::is_true);
    if let (true, true, Some(count)) = (fixed, scales, row.field("count")) {
        data.push(("count", count.clone()));
    }
    Ok(object(data))
}

/// Day and hour, however they are written.
pub(super) fn window(policy: &Value) -> Value {
    let (Some(day), Some(start)) = (policy.text_at(&["day"]), policy.text_at(&["start_time"])) else {
        return policy.clone();
    };
    object([
        ("day", Value::from(day.to_ascii_lowercase())),
        ("start_time", Value::from(format!("{start:0>5}"))),
    ])
}

/// None, and one that is off, are the same.
pub(super) fn allow_list(setting: &Value) -> Value {
    if !setting.field("enabled").is_some_and(ValueExt::is_true) {
        return object([("enabled", Value::from(false))]);
    }
    let addresses: BTreeSet<String> = setting
        .items_at(&["allowed_addresses"])
        .iter()
        .filter_map(|one| one.text().map(address))
        .collect();
    object([
        ("enabled", Value::from(true)),
        ("allowed_addresses", array(addresses.into_iter().map(Value::from))),
    ])
}

/// An address as it is compared: a network of one address is that address.
pub fn address(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let whole = if text.contains(':') { "/128" } else { "/32" };
    text.strip_suffix(whole).map(ToOwned::to_owned).unwrap_or(text)
}
