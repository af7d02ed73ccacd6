//! Load balancers and the Services that claim them, as DigitalOcean's cloud controller looks for them.

use super::super::record::{Record, or_null};
use super::cluster::{droplets_of, ids};
use super::rows::{AccountRows, Unread};
use super::{base, droplet};
use crate::value::{Value, ValueExt, array};
use std::collections::{BTreeMap, BTreeSet};

/// Adds `loadBalancer` to each Service, and gives the records of the load balancers.
pub(super) fn join(
    account: &AccountRows,
    found: Option<&Value>,
    unread: &Unread,
    services: &mut [Record],
) -> Vec<Value> {
    let rows = &account.load_balancers;
    let declared = found.and_then(|cluster| cluster.text_at(&["id"]));
    let listed = !unread.lacks("digitalocean.kubernetes_clusters");
    let whose: Vec<Option<&str>> = rows.iter().map(|row| of_cluster(row, declared, listed)).collect();
    let mut claims: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for service in services {
        let claimed = claimed(service, rows, &whose);
        if let (Some(index), Some(reference)) = (claimed, service.get("ref")) {
            claims.entry(index).or_default().push(reference.clone());
        }
        let reference = claimed.and_then(|index| rows.get(index)).map(reference);
        service.set("loadBalancer", or_null(reference.as_ref()));
    }
    let records = rows.iter().zip(whose).enumerate();
    records
        .map(|(index, (row, whose))| {
            let services = claims.remove(&index).unwrap_or_default();
            let ours = found.and_then(|cluster| is_ours(account, row, whose, cluster));
            record(account, row, whose, ours, services)
        })
        .collect()
}

/// Whether it belongs to the declared cluster: by its tag, by what DigitalOcean would delete with the cluster, or because all
/// its Droplets are Nodes of it and no tag says otherwise. `None` where the cluster's id is not known.
fn is_ours(account: &AccountRows, row: &Value, whose: Option<&str>, cluster: &Value) -> Option<bool> {
    let cluster_id = cluster.text_at(&["id"])?;
    let associated = || {
        let with_cluster = account.associated.get(cluster_id)?;
        Some(with_cluster.contains(row.text_at(&["id"])?))
    };
    let before_nodes = || {
        let nodes: BTreeSet<i64> = droplets_of(cluster).collect();
        let mut own = row.items_at(&["droplet_ids"]).iter().peekable();
        own.peek().is_some() && own.all(|id| droplet(id).is_some_and(|id| nodes.contains(&id)))
    };
    Some(match whose {
        Some("declared") => true,
        _ if associated() == Some(true) => true,
        Some("none") => before_nodes(),
        _ => false,
    })
}

fn reference(row: &Value) -> Value {
    super::account_reference("load_balancers", row).to_value()
}

/// The ids of the clusters that a load balancer was made for.
fn clusters(row: &Value) -> Vec<&str> {
    let tags = row.items_at(&["tags"]).iter();
    let mut clusters: Vec<&str> = tags.filter_map(|tag| tag.text()?.strip_prefix("k8s:")).collect();
    clusters.sort_unstable();
    clusters.dedup();
    clusters
}

/// Whose it is by its tags; `None` where the declared cluster's id is not known.
fn of_cluster(row: &Value, declared: Option<&str>, listed: bool) -> Option<&'static str> {
    let clusters = clusters(row);
    match declared {
        _ if clusters.is_empty() => Some("none"),
        Some(declared) if clusters.contains(&declared) => Some("declared"),
        None if !listed => None,
        _ => Some("other"),
    }
}

/// The load balancer of a Service: the one that its annotation names by id, and no other; without the annotation the one
/// of its name. Names are not unique in an account: one of another cluster is not meant.
fn claimed(service: &Record, rows: &[Value], whose: &[Option<&str>]) -> Option<usize> {
    let text = |key: &str| service.get(key).and_then(ValueExt::text);
    if text("type") != Some("LoadBalancer") {
        return None;
    }
    if let Some(id) = text("loadBalancerId") {
        return rows.iter().position(|row| row.text_at(&["id"]) == Some(id));
    }
    let name = text("loadBalancerName").filter(|_| text("loadBalancerClass").is_none())?;
    let named = |wanted: &dyn Fn(Option<&str>) -> bool| {
        let mut places = rows.iter().zip(whose);
        places.position(|(row, whose)| row.text_at(&["name"]) == Some(name) && wanted(*whose))
    };
    named(&|whose| whose == Some("declared")).or_else(|| named(&|whose| whose != Some("other")))
}

fn record(
    account: &AccountRows,
    row: &Value,
    whose: Option<&'static str>,
    ours: Option<bool>,
    mut services: Vec<Value>,
) -> Value {
    let clusters = clusters(row);
    let exists = |id: &&str| -> Option<bool> {
        let known = account
            .clusters
            .iter()
            .any(|cluster| cluster.text_at(&["id"]) == Some(*id));
        if known {
            Some(true)
        } else {
            account.lookups.get(*id).copied()
        }
    };
    let answers: Vec<Option<bool>> = clusters.iter().map(exists).collect();
    let exists = if answers.contains(&Some(true)) {
        Value::from(true)
    } else if answers.is_empty() || answers.contains(&None) {
        Value::Null
    } else {
        Value::from(false)
    };
    let unattached = row.text_at(&["id"]).and_then(|id| account.unattached.get(id));
    let droplets = row
        .items_at(&["droplet_ids"])
        .iter()
        .filter_map(droplet)
        .collect();
    services.sort();
    let mut record = base("load_balancers", row);
    record
        .set("clusters", array(clusters.into_iter().map(Value::from)))
        .set("status", or_null(row.field("status")))
        .set("type", or_null(row.field("type")))
        .set("network", or_null(row.field("network")))
        // The API answers a region as an object, requests name it by slug.
        .set(
            "region",
            or_null(row.at(&["region", "slug"]).or_else(|| row.field("region"))),
        )
        .set("vpc", or_null(row.field("vpc_uuid")))
        .set("ip", or_null(row.field("ip")))
        .set("services", array(services))
        .set("dropletIds", ids(droplets))
        .set("unattachedSince", or_null(unattached.map(|(since, _)| since)))
        .set(
            "unattachedRuns",
            unattached
                .map(|(_, runs)| runs.clone())
                .filter(|runs| runs.int().is_some())
                .unwrap_or_else(|| Value::from(0)),
        )
        .set("ofCluster", or_null(whose.map(Value::from).as_ref()))
        .set("ours", or_null(ours.map(Value::from).as_ref()))
        .set("confirmed", Value::from(true))
        .set("clusterExists", exists);
    record.into_object()
}
