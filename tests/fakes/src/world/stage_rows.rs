//! The rows of the environment `stage`: projects, networks, the cluster with its nodes, keys.

use super::stage::CLUSTER;
use super::{World, id_of};
use crate::api::droplets;
use crate::doks;
use serde_json::{Value, json};

/// Nodes: name, Droplet, private and public address.
pub(super) const WORKERS: [(&str, u64, &str, &str); 3] = [
    ("general-orx3k", 541_203_877, "10.20.0.3", "198.51.100.21"),
    ("general-orx3s", 541_203_878, "10.20.0.4", "198.51.100.22"),
    ("general-orx3u", 541_203_881, "10.20.0.5", "198.51.100.23"),
];
/// Since when the environment stands.
pub(super) const CREATED: &str = "2026-03-14T08:02:11Z";

pub(super) fn projects() -> [Value; 2] {
    let project = |name: &str, description: &str, environment: &str, default: bool| {
        json!({
            "id": id_of("Project", "", name),
            "owner_uuid": id_of("Team", "", "acme").replace('-', ""),
            "owner_id": 258_992,
            "name": name,
            "description": description,
            "purpose": "Service or API",
            "environment": environment,
            "is_default": default,
            "created_at": "2026-01-12T15:11:52Z",
            "updated_at": CREATED,
        })
    };
    [
        project("acme", "Default project of the team", "Development", true),
        project("stage", "Environment stage", "Staging", false),
    ]
}

pub(super) fn networks() -> [Value; 2] {
    let network = |name: &str, description: &str, range: &str, default: bool| {
        let id = id_of("VPC", "", name);
        json!({
            "id": id,
            "urn": format!("do:vpc:{id}"),
            "name": name,
            "description": description,
            "region": "fra1",
            "ip_range": range,
            "created_at": "2026-03-14T07:58:20Z",
            "default": default,
        })
    };
    [
        network("stage", "Environment stage", "10.20.0.0/20", false),
        network("default-fra1", "", "10.114.0.0/20", true),
    ]
}

pub(super) fn worker(name: &str, id: u64, private: &str, public: &str, vpc: &str) -> Value {
    let mut row = droplets::droplet(id, name, "s-4vcpu-8gb", "fra1", "2026-11-15T03:01:09Z");
    row["vpc_uuid"] = json!(vpc);
    row["tags"] = doks::pool_tags(CLUSTER);
    row["networks"]["v4"][0]["ip_address"] = json!(private);
    row["networks"]["v4"][1]["ip_address"] = json!(public);
    row
}

/// The nodes of a pool: name, Droplet, private and public address.
pub(super) fn nodes(workers: &[(&str, u64, &str, &str)]) -> Vec<Value> {
    let node = |(name, droplet, ..): &(&str, u64, &str, &str)| {
        json!({
            "id": id_of("DoksNode", "", name),
            "name": name,
            "status": {"state": "running"},
            "droplet_id": droplet.to_string(),
            "created_at": "2026-11-15T03:01:09Z",
            "updated_at": "2026-11-15T03:04:42Z",
        })
    };
    workers.iter().map(node).collect()
}

pub(super) fn cluster(vpc: &str) -> Value {
    json!({
        "id": CLUSTER,
        "name": "stage",
        "region": "fra1",
        "version": "1.35.6-do.0",
        "cluster_subnet": "10.120.0.0/16",
        "service_subnet": "10.121.0.0/20",
        "vpc_uuid": vpc,
        "ipv4": "",
        "endpoint": format!("https://{CLUSTER}.k8s.ondigitalocean.com"),
        "tags": [format!("k8s:{CLUSTER}"), "k8s"],
        "node_pools": [{
            "id": id_of("NodePool", "", "general"),
            "name": "general",
            "size": "s-4vcpu-8gb",
            "count": WORKERS.len(),
            "tags": doks::pool_tags(CLUSTER),
            "labels": null,
            "taints": [],
            "auto_scale": true,
            "min_nodes": 2,
            "max_nodes": 5,
            "nodes": nodes(&WORKERS),
        }],
        "maintenance_policy": {"start_time": "03:00", "duration": "4h0m0s", "day": "sunday"},
        "auto_upgrade": true,
        "isolated_workers": false,
        "status": {"state": "running"},
        "created_at": CREATED,
        "updated_at": "2026-11-15T03:41:30Z",
        "surge_upgrade": true,
        "registry_enabled": true,
        "registries": ["acme"],
        "ha": true,
        "control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]},
        "cluster_autoscaler_configuration": {
            "scale_down_utilization_threshold": 0.65, "scale_down_unneeded_time": "10m0s", "expanders": ["random"],
        },
        "routing_agent": {"enabled": false},
        "coredns_autoscaler": {"enabled": false},
    })
}

pub(super) fn keys() -> [Value; 2] {
    let key = |name: &str, access: &str, grants: Value| json!({"name": name, "grants": grants, "access_key": access, "created_at": "2026-10-02T10:15:00Z"});
    [
        key(
            "envcheck-auditor",
            World::AUDITOR_KEY,
            json!([{"bucket": "", "permission": "fullaccess"}]),
        ),
        key(
            "stage-backup",
            "DO00BACKUP4X9ZKQ2LNV",
            json!([{"bucket": World::STAGE_BACKUPS, "permission": "readwrite"}]),
        ),
    ]
}
