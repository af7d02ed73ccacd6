//! The DigitalOcean account: the API's own objects, as the collections return them.

use super::storage;
use super::world::{CLUSTER_ID, WORKERS, World, uid};
use serde_json::{Value, json};

/// The load balancer of the ingress controller.
pub(super) const BALANCER_ID: &str = "7c1e0d52-3f4b-4a86-b1c9-5d20e6f7a831";
/// Its public address.
pub(super) const BALANCER_IP: &str = "192.0.2.17";
/// On which port the controller's Service answers health checks.
pub(super) const HEALTH_PORT: u16 = 31_789;

const CREATED: &str = "2026-03-14T08:02:11Z";

/// Everything in the account that belongs to the environment.
pub(super) fn build(world: &mut World) {
    world.add_account("kubernetes_clusters", cluster());
    world.add_account("kubernetes_options", options());
    for vpc in vpcs() {
        world.add_account("vpcs", vpc);
    }
    let name = format!(
        "a{}",
        uid("Service", "ingress-nginx", "ingress-nginx-controller").replace('-', "")
    );
    let ports = [80, 443];
    world.add_account(
        "load_balancers",
        load_balancer(BALANCER_ID, &name, BALANCER_IP, &ports, HEALTH_PORT),
    );
    storage::around_the_cluster(world, BALANCER_ID, &name);
    for firewall in firewalls() {
        world.add_account("firewalls", firewall);
    }
    world.add_account("registries", registry());
    world.add_account("registry_subscription", subscription());
    for project in projects() {
        world.add_account("projects", project);
    }
    storage::build(world);
}

fn cluster() -> Value {
    let own = [format!("k8s:{CLUSTER_ID}"), "k8s".to_owned()];
    let nodes: Vec<Value> = WORKERS
        .iter()
        .map(|worker| {
            json!({
                "id": uid("DoksNode", "", worker.name),
                "name": worker.name,
                "status": {"state": "running"},
                "droplet_id": worker.droplet.to_string(),
                "created_at": "2026-11-15T03:01:09Z",
                "updated_at": "2026-11-15T03:04:42Z",
            })
        })
        .collect();
    json!({
        "id": CLUSTER_ID,
        "name": "stage",
        "region": "fra1",
        "version": "1.35.6-do.0",
        "cluster_subnet": "10.120.0.0/16",
        "service_subnet": "10.121.0.0/20",
        "vpc_uuid": uid("VPC", "", "stage"),
        "ipv4": "",
        "endpoint": format!("https://{CLUSTER_ID}.k8s.ondigitalocean.com"),
        "tags": own,
        "node_pools": [{
            "id": uid("NodePool", "", "general"),
            "name": "general",
            "size": "s-4vcpu-8gb",
            "count": WORKERS.len(),
            "tags": [own[0], "k8s", "k8s:worker"],
            "labels": null,
            "taints": [],
            "auto_scale": true,
            "min_nodes": 2,
            "max_nodes": 5,
            "nodes": nodes,
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

/// What DOKS offers; only what policies read of it.
fn options() -> Value {
    let features = [
        "cluster-autoscaler",
        "docr-integration",
        "ha-control-plane",
        "token-authentication",
    ];
    let version = |number: &str| {
        json!({
            "slug": format!("{number}-do.0"), "kubernetes_version": number, "supported_features": features,
        })
    };
    json!({
        "regions": [{"name": "Frankfurt 1", "slug": "fra1"}],
        "versions": [version("1.36.1"), version("1.35.6"), version("1.34.9")],
        "sizes": [{"name": "s-4vcpu-8gb", "slug": "s-4vcpu-8gb"}],
    })
}

fn vpcs() -> [Value; 2] {
    let vpc = |name: &str, description: &str, range: &str, default: bool| {
        let id = uid("VPC", "", name);
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
        vpc("stage", "Environment stage", "10.20.0.0/20", false),
        vpc("default-fra1", "", "10.114.0.0/20", true),
    ]
}

/// A network load balancer as the cloud controller of the cluster makes it.
pub(super) fn load_balancer(id: &str, name: &str, ip: &str, ports: &[u16], health: u16) -> Value {
    let rules: Vec<Value> = ports
        .iter()
        .map(|port| {
            json!({
                "entry_protocol": "tcp", "entry_port": port, "target_protocol": "tcp", "target_port": port,
                "certificate_id": "", "tls_passthrough": false,
            })
        })
        .collect();
    let droplets: Vec<u64> = WORKERS.iter().map(|worker| worker.droplet).collect();
    json!({
        "id": id,
        "name": name,
        "ip": ip,
        "ipv6": "",
        "size_unit": 1,
        "algorithm": "round_robin",
        "status": "active",
        "created_at": "2026-03-16T12:20:37Z",
        "forwarding_rules": rules,
        "health_check": {
            "protocol": "http", "port": health, "path": "/healthz", "check_interval_seconds": 3,
            "response_timeout_seconds": 5, "healthy_threshold": 5, "unhealthy_threshold": 3,
        },
        "sticky_sessions": {"type": "none"},
        "region": {"name": "Frankfurt 1", "slug": "fra1", "available": true, "features": [], "sizes": []},
        "tag": "",
        "tags": [format!("k8s:{CLUSTER_ID}")],
        "droplet_ids": droplets,
        "redirect_http_to_https": false,
        "enable_proxy_protocol": false,
        "enable_backend_keepalive": false,
        "disable_lets_encrypt_dns_records": false,
        "project_id": uid("Project", "", "stage"),
        "vpc_uuid": uid("VPC", "", "stage"),
        "http_idle_timeout_seconds": 60,
        "firewall": {"allow": [], "deny": []},
        "type": "REGIONAL_NETWORK",
        "network": "EXTERNAL",
        "network_stack": "IPV4",
        "tls_cipher_policy": "DEFAULT",
    })
}

/// An inbound firewall rule for one TCP port, from anywhere.
pub(super) fn open_port(port: u16) -> Value {
    json!({"protocol": "tcp", "ports": port.to_string(), "sources": {"addresses": ["0.0.0.0/0", "::/0"]}})
}

/// The name of the firewall in which DOKS opens the ports of Services.
pub(super) fn public_firewall() -> String {
    format!("k8s-public-access-{CLUSTER_ID}")
}

/// The two firewalls that DOKS owns.
fn firewalls() -> [Value; 2] {
    let everywhere = json!({"addresses": ["0.0.0.0/0", "::/0"]});
    let outbound: Vec<Value> = ["icmp", "tcp", "udp"]
        .into_iter()
        .map(|protocol| json!({"protocol": protocol, "ports": "0", "destinations": everywhere}))
        .collect();
    let inside = json!({"addresses": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]});
    let worker: Vec<Value> = ["icmp", "tcp", "udp"]
        .into_iter()
        .map(|protocol| json!({"protocol": protocol, "ports": "0", "sources": inside}))
        .collect();
    let check = json!({
        "protocol": "tcp", "ports": HEALTH_PORT.to_string(), "sources": {"load_balancer_uids": [BALANCER_ID]},
    });
    let public = vec![open_port(80), open_port(443), check];
    let droplets: Vec<u64> = WORKERS.iter().map(|worker| worker.droplet).collect();
    let firewall = |name: String, inbound: Vec<Value>| {
        json!({
            "id": uid("Firewall", "", &name),
            "name": name,
            "status": "succeeded",
            "inbound_rules": inbound,
            "outbound_rules": outbound,
            "created_at": CREATED,
            "droplet_ids": droplets,
            "tags": [format!("k8s:{CLUSTER_ID}")],
            "pending_changes": [],
        })
    };
    [
        firewall(format!("k8s-{CLUSTER_ID}-worker"), worker),
        firewall(public_firewall(), public),
    ]
}

fn registry() -> Value {
    json!({
        "name": "acme",
        "created_at": "2026-01-12T15:20:04Z",
        "region": "fra1",
        "storage_usage_bytes": 3_113_851_289_u64,
        "storage_usage_bytes_updated_at": "2026-11-23T00:00:00Z",
        "subscription": subscription(),
    })
}

fn subscription() -> Value {
    json!({
        "tier": {
            "name": "Basic",
            "slug": "basic",
            "included_repositories": 5,
            "included_storage_bytes": 5_368_709_120_u64,
            "allow_storage_overage": true,
            "included_bandwidth_bytes": 5_368_709_120_u64,
            "monthly_price_in_cents": 500,
            "storage_overage_price_in_cents": 2,
        },
        "created_at": "2026-01-12T15:20:04Z",
        "updated_at": "2026-11-01T00:00:00Z",
    })
}

fn projects() -> [Value; 2] {
    let project = |name: &str, description: &str, environment: &str, default: bool| {
        json!({
            "id": uid("Project", "", name),
            "owner_uuid": uid("Team", "", "acme").replace('-', ""),
            "owner_id": 258_992,
            "name": name,
            "description": description,
            "purpose": "Service or API",
            "environment": environment,
            "is_default": default,
            "created_at": "2026-01-12T15:11:52Z",
            "updated_at": "2026-03-14T08:02:11Z",
        })
    };
    [
        project("acme", "Default project of the team", "Development", true),
        project("stage", "Environment stage", "Staging", false),
    ]
}
