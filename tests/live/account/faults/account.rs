//! What goes wrong with firewalls and the cluster itself.

use super::{CLUSTER, Fault, ask, id_of};
use crate::live::account::team::Team;
use serde_json::{Value, json};

pub(super) const FAULTS: [Fault; 3] = [
    // A firewall for a moment opens SSH to everybody.
    Fault {
        plant: |team, _| {
            let rule =
                json!({"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0", "::/0"]}});
            let body =
                json!({"name": "debug-ssh", "inbound_rules": [rule], "tags": [format!("k8s:{CLUSTER}")]});
            ask(team, "POST", "/v2/firewalls", &body);
        },
        mend: |team, _| {
            let id = id_of(team, "firewalls", "debug-ssh", "id");
            ask(team, "DELETE", &format!("/v2/firewalls/{id}"), &Value::Null);
        },
        findings: &[
            "firewall-open-to-world critical debug-ssh[Firewall]",
            "firewall-undeclared high debug-ssh[Firewall]",
        ],
    },
    // The control plane answers everybody, and does not upgrade itself.
    Fault {
        plant: |team, _| change_cluster(team, false, &["203.0.113.0/24", "0.0.0.0/0"]),
        mend: |team, _| change_cluster(team, true, &["203.0.113.0/24"]),
        findings: &[
            "cluster-as-declared medium stage[Cluster]",
            "control-plane-firewall high stage[Cluster]",
        ],
    },
    // The pool may grow further than declared.
    Fault {
        plant: |team, _| change_pool(team, 8),
        mend: |team, _| change_pool(team, 5),
        findings: &["node-pool-as-declared medium general[NodePool]"],
    },
];

fn change_cluster(team: &Team, upgrades: bool, addresses: &[&str]) {
    let body = json!({
        "name": "stage", "auto_upgrade": upgrades, "surge_upgrade": true,
        "maintenance_policy": {"start_time": "03:00", "day": "sunday"},
        "control_plane_firewall": {"enabled": true, "allowed_addresses": addresses},
    });
    ask(team, "PUT", &format!("/v2/kubernetes/clusters/{CLUSTER}"), &body);
}

fn change_pool(team: &Team, largest: u64) {
    let pool = team.fake.with(|world| {
        let cluster = world.row("kubernetes_clusters", CLUSTER).unwrap();
        cluster["node_pools"][0]["id"].as_str().unwrap().to_owned()
    });
    let path = format!("/v2/kubernetes/clusters/{CLUSTER}/node_pools/{pool}");
    let body =
        json!({"name": "general", "count": 3, "auto_scale": true, "min_nodes": 2, "max_nodes": largest});
    ask(team, "PUT", &path, &body);
}
