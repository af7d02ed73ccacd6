//! The two firewalls that DOKS owns in every cluster.

use super::droplets_of;
use crate::World;
use crate::world::text;
use serde_json::{Value, json};

/// The name of the firewall between the nodes and their network.
pub(super) fn worker_name(cluster: &str) -> String {
    format!("k8s-{cluster}-worker")
}

/// The name of the firewall in which the ports of Services are opened.
pub(super) fn public_name(cluster: &str) -> String {
    format!("k8s-public-access-{cluster}")
}

/// Makes both where they are missing.
pub(crate) fn own_firewalls(world: &mut World, cluster: &str) {
    let inside = json!({"addresses": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]});
    let inbound: Vec<Value> = ["icmp", "tcp", "udp"]
        .into_iter()
        .map(|protocol| json!({"protocol": protocol, "ports": "0", "sources": inside}))
        .collect();
    for (name, inbound) in [
        (worker_name(cluster), inbound),
        (public_name(cluster), Vec::new()),
    ] {
        if world.named("firewalls", &name).is_none() {
            let row = firewall(world, cluster, &name, &inbound);
            world.add("firewalls", row);
        }
    }
}

fn firewall(world: &mut World, cluster: &str, name: &str, inbound: &[Value]) -> Value {
    let everywhere = json!({"addresses": ["0.0.0.0/0", "::/0"]});
    let outbound: Vec<Value> = ["icmp", "tcp", "udp"]
        .into_iter()
        .map(|protocol| json!({"protocol": protocol, "ports": "0", "destinations": everywhere}))
        .collect();
    json!({
        "id": world.new_id("Firewall"),
        "name": name,
        "status": "succeeded",
        "inbound_rules": inbound,
        "outbound_rules": outbound,
        "created_at": world.now().to_string(),
        "droplet_ids": droplets_of(world, cluster),
        "tags": [format!("k8s:{cluster}")],
        "pending_changes": [],
    })
}

/// The firewalls of a cluster that is gone go, too.
pub(crate) fn firewalls_gone(world: &mut World, cluster: &str) {
    let names = [worker_name(cluster), public_name(cluster)];
    world
        .rows_mut("firewalls")
        .retain(|row| !names.iter().any(|name| text(&row["name"]) == name));
}
