//! Kubernetes clusters: what is read of them, and their creation.

use super::{Route, catalogue, copy, found, items};
use crate::World;
use crate::doks;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{Event, text};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/kubernetes/clusters", &["kubernetes:read"], list),
    Route::new("POST", "/v2/kubernetes/clusters", &["kubernetes:create"], create),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}",
        &["kubernetes:read"],
        get,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/upgrades",
        &["kubernetes:read"],
        upgrades,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/user",
        &["kubernetes:read"],
        user,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/status_messages",
        &["kubernetes:read"],
        status_messages,
    ),
    Route::new(
        "GET",
        "/v2/kubernetes/clusters/{cluster_id}/clusterlint",
        &["kubernetes:read"],
        linted_results,
    ),
    Route::new(
        "POST",
        "/v2/kubernetes/clusters/{cluster_id}/clusterlint",
        &["kubernetes:update"],
        lint,
    ),
];

/// How long a cluster takes to come up.
pub(super) const PROVISIONING: Duration = Duration::from_mins(5);
const LINTING: Duration = Duration::from_secs(30);

/// Settings that an answer has and a request may give.
pub(super) const SETTINGS: [&str; 11] = [
    "control_plane_firewall",
    "cluster_autoscaler_configuration",
    "routing_agent",
    "coredns_autoscaler",
    "sso",
    "p2p_oci_registry_plugin",
    "amd_gpu_device_plugin",
    "amd_gpu_device_metrics_exporter_plugin",
    "nvidia_gpu_device_plugin",
    "rdma_shared_dev_plugin",
    "auto_upgrade",
];

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("kubernetes_clusters", world.rows("kubernetes_clusters").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one("kubernetes_cluster", cluster(world, call)?.clone())
}

/// The cluster that a path names.
pub(super) fn cluster<'a>(world: &'a World, call: &Call) -> Result<&'a Value, Refusal> {
    found(world.row("kubernetes_clusters", call.parameter(0)))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    let region = call.needed("region")?;
    if !catalogue::is_region(region) {
        return Err(Refusal::unprocessable("region not found"));
    }
    let version = version(world, call.needed("version")?)?;
    let pools = items(&call.body["node_pools"]);
    if pools.is_empty() {
        return Err(Refusal::unprocessable("at least one node pool is required"));
    }
    pools.iter().try_for_each(doks::checked_pool)?;
    let vpc = match call.text("vpc_uuid") {
        Some(vpc) => found(world.row("vpcs", vpc).filter(|row| row["region"] == region))
            .map_err(|_| Refusal::unprocessable("vpc not found in this region"))?["id"]
            .clone(),
        None => default_vpc(world, region),
    };
    let id = world.new_id("Cluster");
    let mut tags = vec![json!("k8s"), json!(format!("k8s:{id}"))];
    for tag in items(&call.body["tags"]) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    let ha = call.body["ha"]
        .as_bool()
        .unwrap_or_else(|| doks::highly_available_by_default(&version));
    let mut row = json!({
        "id": id,
        "name": name,
        "region": region,
        "version": version,
        "cluster_subnet": call.text("cluster_subnet").unwrap_or("10.244.0.0/16"),
        "service_subnet": call.text("service_subnet").unwrap_or("10.245.0.0/16"),
        "vpc_uuid": vpc,
        "ipv4": "",
        "endpoint": "",
        "tags": tags,
        "node_pools": [],
        "maintenance_policy": {"start_time": "00:00", "duration": "4h0m0s", "day": "any"},
        "auto_upgrade": false,
        "isolated_workers": call.body["isolated_workers"] == true,
        "status": {"state": "provisioning", "message": "provisioning"},
        "created_at": call.now.to_string(),
        "updated_at": call.now.to_string(),
        "surge_upgrade": call.body["surge_upgrade"].as_bool().unwrap_or(true),
        "registry_enabled": false,
        "registries": null,
        "ha": ha,
        "control_plane_firewall": {"enabled": false, "allowed_addresses": []},
    });
    copy(&mut row, &call.body, &SETTINGS);
    maintain(&mut row, &call.body);
    world.add("kubernetes_clusters", row);
    for pool in pools {
        doks::add_pool(world, &id, pool);
    }
    doks::own_firewalls(world, &id);
    world.later(PROVISIONING, Event::ClusterRuns(id.clone()));
    let row = found(world.row("kubernetes_clusters", &id))?.clone();
    Reply::with(StatusCode::CREATED, "kubernetes_cluster", row)
}

/// Takes over a maintenance window.
pub(super) fn maintain(row: &mut Value, body: &Value) {
    if let Some(policy) = body["maintenance_policy"].as_object() {
        copy(
            &mut row["maintenance_policy"],
            &json!(policy),
            &["start_time", "day"],
        );
    }
}

/// The version that a slug, a minor version or `latest` stands for.
fn version(world: &World, wanted: &str) -> Result<String, Refusal> {
    let options = catalogue::options(world);
    items(&options["versions"])
        .iter()
        .map(|version| text(&version["slug"]))
        .find(|slug| wanted == "latest" || *slug == wanted || slug.starts_with(&format!("{wanted}.")))
        .map(str::to_owned)
        .ok_or_else(|| Refusal::unprocessable("validation error: invalid version slug"))
}

/// The default network of a region; made where there is none yet.
fn default_vpc(world: &mut World, region: &str) -> Value {
    let default = world
        .rows("vpcs")
        .iter()
        .find(|vpc| vpc["region"] == region && vpc["default"] == true);
    if let Some(vpc) = default {
        return vpc["id"].clone();
    }
    let id = world.new_id("VPC");
    let row = json!({
        "id": id,
        "urn": format!("do:vpc:{id}"),
        "name": format!("default-{region}"),
        "description": "",
        "region": region,
        "ip_range": "10.135.0.0/16",
        "created_at": world.now().to_string(),
        "default": true,
    });
    world.add("vpcs", row);
    json!(id)
}

/// A cluster has come up.
pub(crate) fn run(world: &mut World, id: &str, at: Timestamp) {
    if let Some(row) = world.row_mut("kubernetes_clusters", id) {
        row["status"] = json!({"state": "running"});
        row["endpoint"] = json!(format!("https://{id}.k8s.ondigitalocean.com"));
        if row["ha"] != true {
            row["ipv4"] = json!("203.0.113.9");
        }
        row["updated_at"] = json!(at.to_string());
        doks::nodes_run(world, id, at);
    }
}

/// A cluster has another version.
pub(crate) fn upgraded(world: &mut World, id: &str, version: &str, at: Timestamp) {
    if let Some(row) = world.row_mut("kubernetes_clusters", id) {
        row["version"] = json!(version);
        row["status"] = json!({"state": "running"});
        row["updated_at"] = json!(at.to_string());
    }
}

/// The versions that a cluster could have next: later patches of its minor version, or the next minor version.
pub(super) fn next_versions(world: &World, version: &str) -> Vec<Value> {
    let numbers = |slug: &str| -> Vec<u64> {
        slug.split(['.', '-'])
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    let own = numbers(version);
    let options = catalogue::options(world);
    let mut next: Vec<Value> = items(&options["versions"])
        .iter()
        .filter(|offered| {
            let other = numbers(text(&offered["slug"]));
            let minor = other.get(1).copied().unwrap_or(0);
            let own_minor = own.get(1).copied().unwrap_or(0);
            other > own && (minor == own_minor || minor == own_minor + 1)
        })
        .cloned()
        .collect();
    next.reverse();
    next
}

fn upgrades(world: &mut World, call: &Call) -> Answer {
    let version = text(&cluster(world, call)?["version"]).to_owned();
    let next = next_versions(world, &version);
    let next = if next.is_empty() { Value::Null } else { json!(next) };
    Reply::one("available_upgrade_versions", next)
}

fn user(world: &mut World, call: &Call) -> Answer {
    cluster(world, call)?;
    let account = world.rows("account").first();
    let name = account.map_or("platform@acme.example", |account| text(&account["email"]));
    Reply::one(
        "kubernetes_cluster_user",
        json!({"username": name, "groups": ["k8saas:authenticated"]}),
    )
}

fn status_messages(world: &mut World, call: &Call) -> Answer {
    let row = cluster(world, call)?;
    let messages = match text(&row["status"]["state"]) {
        "running" => json!([]),
        state => json!([{"message": format!("The cluster is {state}."), "timestamp": row["updated_at"]}]),
    };
    Reply::one("messages", messages)
}

fn lint(world: &mut World, call: &Call) -> Answer {
    let cluster = text(&cluster(world, call)?["id"]).to_owned();
    let run = world.new_id("Clusterlint");
    world.add(
        "kubernetes_clusterlint",
        json!({"id": run, "cluster_id": cluster, "run_id": run, "requested_at": call.now.to_string()}),
    );
    world.later(LINTING, Event::Linted(run.clone()));
    Reply::with(StatusCode::ACCEPTED, "run_id", json!(run))
}

/// A run of clusterlint is done; it finds nothing in a cluster that is only a row.
pub(crate) fn linted(world: &mut World, run: &str, at: Timestamp) {
    if let Some(row) = world.row_mut("kubernetes_clusterlint", run) {
        row["completed_at"] = json!(at.to_string());
        row["diagnostics"] = json!([]);
    }
}

fn linted_results(world: &mut World, call: &Call) -> Answer {
    let id = text(&cluster(world, call)?["id"]).to_owned();
    let wanted = call.asked("run_id");
    let run = world
        .rows("kubernetes_clusterlint")
        .iter()
        .filter(|run| run["cluster_id"] == id.as_str())
        .rfind(|run| match wanted {
            Some(wanted) => run["run_id"] == wanted,
            None => run.get("completed_at").is_some(),
        });
    let mut run = found(run)?.clone();
    if let Some(members) = run.as_object_mut() {
        members.shift_remove("id");
        members.shift_remove("cluster_id");
    }
    Reply::bare(run)
}
