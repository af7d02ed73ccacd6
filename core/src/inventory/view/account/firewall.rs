//! Firewalls: the two that DOKS owns, whether one reaches the cluster's Nodes, and which Service caused a rule.

use super::super::record::{Record, list_or_empty, or_null};
use super::base;
use super::cluster::{ids, tags};
use super::droplet;
use super::rows::AccountRows;
use super::rules::{Ports, Rule};
use crate::inventory::doks::NODE_TAGS;
use crate::value::{Value, ValueExt, array};
use std::collections::BTreeSet;

/// The type of load balancer that sends packets to the Nodes' public addresses, which takes rules.
const NETWORK: &str = "REGIONAL_NETWORK";

/// The Nodes of the declared cluster as firewalls name them.
struct Nodes<'v> {
    droplets: BTreeSet<i64>,
    tags: BTreeSet<&'v str>,
    /// True when the account's own answer about the cluster is known, so that nothing is missing.
    found: bool,
}

/// The records of all firewalls. `found` is the declared cluster's row.
pub(super) fn list(
    account: &AccountRows,
    found: Option<&Value>,
    nodes: &[&mut Record],
    services: &[Record],
) -> Vec<Value> {
    let id = found.and_then(|cluster| cluster.text_at(&["id"]));
    let of_pools = found
        .map_or(&[][..], |cluster| cluster.items_at(&["node_pools"]))
        .iter();
    let of_pools = of_pools
        .flat_map(|pool| pool.items_at(&["nodes"]))
        .filter_map(|node| droplet(node.field("droplet_id")?));
    let observed = nodes.iter().filter_map(|node| node.get("dropletId")?.int());
    let droplets: BTreeSet<i64> = of_pools.chain(observed).collect();
    let own = id.map(|id| format!("k8s:{id}"));
    let mut known: BTreeSet<&str> = found.map(tags).into_iter().flatten().collect();
    known.extend(own.as_deref());
    known.extend(
        droplets
            .iter()
            .filter_map(|droplet| account.droplets.get(droplet))
            .flatten()
            .map(AsRef::as_ref),
    );
    let nodes = Nodes {
        droplets,
        tags: known,
        found: found.is_some(),
    };
    let rows = account.firewalls.iter();
    rows.map(|row| record(row, id, &nodes, services)).collect()
}

fn record(row: &Value, cluster: Option<&str>, nodes: &Nodes<'_>, services: &[Record]) -> Value {
    let name = row.text_at(&["name"]).unwrap_or_default();
    let doks = cluster.and_then(|id| {
        if name == format!("k8s-{id}-worker") {
            Some("worker")
        } else if name == format!("k8s-public-access-{id}") {
            Some("public-access")
        } else {
            None
        }
    });
    let inbound = row.items_at(&["inbound_rules"]).iter().map(|rule| {
        let rule = Rule::read(rule, "sources");
        let cause = (doks == Some("public-access"))
            .then(|| cause(&rule, services))
            .flatten();
        let mut record = rule.record();
        record.set("service", or_null(cause));
        record.into_object()
    });
    let outbound = row.items_at(&["outbound_rules"]).iter();
    let outbound = outbound.map(|rule| Rule::read(rule, "destinations").record().into_object());
    let droplets = row
        .items_at(&["droplet_ids"])
        .iter()
        .filter_map(droplet)
        .collect();
    let reaches = reaches(row, nodes);
    let mut record = base("firewalls", row);
    record
        .set("tags", list_or_empty(row.field("tags")))
        .set("dropletIds", ids(droplets))
        .set("status", or_null(row.field("status")))
        .set(
            "pending",
            Value::from(!row.items_at(&["pending_changes"]).is_empty()),
        )
        .set("doks", or_null(doks.map(Value::from).as_ref()))
        .set("reachesNodes", reaches.map_or(Value::Null, Value::from))
        .set("inbound", array(inbound))
        .set("outbound", array(outbound));
    record.into_object()
}

/// Whether a firewall is on the cluster's Droplets; `None` where that cannot be told.
fn reaches(row: &Value, nodes: &Nodes<'_>) -> Option<bool> {
    let tags: Vec<&str> = row
        .items_at(&["tags"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    let mut droplets = row.items_at(&["droplet_ids"]).iter().filter_map(droplet);
    let hit = tags
        .iter()
        .any(|tag| NODE_TAGS.contains(tag) || nodes.tags.contains(tag))
        || droplets.any(|droplet| nodes.droplets.contains(&droplet));
    // Which tags the Nodes have, only the account knows.
    let told = nodes.found || (tags.is_empty() && !nodes.droplets.is_empty());
    if hit { Some(true) } else { told.then_some(false) }
}

/// The Service for which the cloud controller wrote a rule.
fn cause<'r>(rule: &Rule<'_>, services: &'r [Record]) -> Option<&'r Value> {
    let text = |service: &'r Record, key: &str| service.get(key).and_then(ValueExt::text);
    let mut balancers = rule.load_balancers().peekable();
    if balancers.peek().is_some() {
        // The health check comes from the load balancer itself.
        let balancers: Vec<&str> = balancers.collect();
        let mut claiming = services.iter().filter(|service| {
            let claimed = service
                .get("loadBalancer")
                .and_then(|claimed| claimed.text_at(&["id"]));
            claimed
                .or_else(|| text(service, "loadBalancerId"))
                .is_some_and(|id| balancers.contains(&id))
        });
        return claiming.next()?.get("ref");
    }
    let Ports::Range(from, to) = rule.ports else {
        return None;
    };
    if from != to {
        return None;
    }
    let opened = |service: &Record, key: &str| {
        let ports = service.get("ports").map_or(&[][..], ValueExt::items).iter();
        ports
            .filter(|port| {
                port.text_at(&["protocol"])
                    .is_some_and(|protocol| protocol.eq_ignore_ascii_case(rule.protocol()))
            })
            .any(|port| port.field(key).and_then(ValueExt::int) == Some(i64::from(from)))
    };
    let mut causing = services.iter().filter(|service| match text(service, "type") {
        Some("NodePort") => opened(service, "nodePort"),
        Some("LoadBalancer") => {
            text(service, "loadBalancerType") == Some(NETWORK)
                && text(service, "loadBalancerNetwork") == Some("EXTERNAL")
                && opened(service, "port")
        }
        _ => false,
    });
    causing.next()?.get("ref")
}
