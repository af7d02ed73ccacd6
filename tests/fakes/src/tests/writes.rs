//! Every operation that changes something, with bodies as clients send them.

use super::{Client, id};
use crate::{Fake, World};
use serde_json::{Value, json};
use std::time::Duration;

/// The ids of what was made.
#[derive(Debug)]
pub(super) struct Made {
    cluster: String,
    pool: String,
    vpc: String,
    balancer: String,
    firewall: String,
    project: String,
    droplet: u64,
    volume: String,
    snapshot: String,
    certificate: String,
    endpoint: String,
    key: String,
    peering: String,
}

const REGISTRY: &str = "/v2/registries/acme";
const RULE: &str = r#"{"protocol": "tcp", "ports": "9443", "sources": {"addresses": ["203.0.113.0/24"]}}"#;

fn rule() -> Value {
    serde_json::from_str(RULE).unwrap()
}

fn forwarding(port: u16) -> Value {
    json!({"entry_protocol": "tcp", "entry_port": port, "target_protocol": "tcp", "target_port": port})
}

/// Creates one of everything.
pub(super) fn make_everything(fake: &Fake, client: &Client) -> Made {
    let post = |path: &str, body: Value, status: u16| client.ask("POST", path, &body).is(status).body;
    let vpc = post(
        "/v2/vpcs",
        json!({"name": "other", "region": "fra1", "ip_range": "10.30.0.0/20", "description": "another"}),
        201,
    );
    let vpc = id(&vpc["vpc"]["id"]);
    let stage_vpc = fake.with(|world| id(&world.named("vpcs", "stage").unwrap()["id"]));
    let peering = post(
        &format!("/v2/vpcs/{vpc}/peerings"),
        json!({"name": "both", "vpc_id": stage_vpc}),
        202,
    );
    let cluster = post(
        "/v2/kubernetes/clusters",
        json!({
            "name": "other", "region": "fra1", "version": "1.35", "vpc_uuid": vpc, "tags": ["envcheck:other"],
            "cluster_subnet": "10.140.0.0/16", "service_subnet": "10.141.0.0/20", "ha": false,
            "maintenance_policy": {"day": "sunday", "start_time": "03:00"},
            "control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]},
            "node_pools": [{"name": "a", "size": "s-2vcpu-4gb", "count": 2, "labels": {"x": "y"}}],
        }),
        201,
    );
    let cluster = id(&cluster["kubernetes_cluster"]["id"]);
    let at = format!("/v2/kubernetes/clusters/{cluster}");
    let pool = post(
        &format!("{at}/node_pools"),
        json!({"name": "b", "size": "s-2vcpu-4gb", "count": 2}),
        201,
    );
    post(
        &format!("{at}/clusterlint"),
        json!({"include_groups": ["doks"]}),
        202,
    );
    let integrated = json!({"cluster_uuids": [cluster], "registries": ["acme"]});
    post("/v2/kubernetes/registries", integrated, 204);
    post(
        "/v2/kubernetes/registry",
        json!({"cluster_uuids": [cluster]}),
        204,
    );
    post(
        "/v2/1-clicks/kubernetes",
        json!({"addon_slugs": ["monitoring"], "cluster_uuid": cluster}),
        200,
    );

    let droplet = json!({"name": "web", "region": "fra1", "size": "s-1vcpu-2gb", "image": "debian-13-x64", "tags": ["a"]});
    let droplet = post("/v2/droplets", droplet, 202)["droplet"]["id"]
        .as_u64()
        .unwrap();
    let balancer = post(
        "/v2/load_balancers",
        json!({
            "name": "manual", "region": "fra1", "droplet_ids": [droplet], "forwarding_rules": [forwarding(443)],
            "type": "REGIONAL_NETWORK", "vpc_uuid": vpc,
        }),
        202,
    );
    let balancer = id(&balancer["load_balancer"]["id"]);
    post(
        &format!("/v2/load_balancers/{balancer}/droplets"),
        json!({"droplet_ids": [droplet]}),
        204,
    );
    let rules = json!({"forwarding_rules": [forwarding(80)]});
    post(
        &format!("/v2/load_balancers/{balancer}/forwarding_rules"),
        rules,
        204,
    );
    let firewall =
        json!({"name": "own", "inbound_rules": [rule()], "outbound_rules": [], "droplet_ids": [droplet]});
    let firewall = id(&post("/v2/firewalls", firewall, 202)["firewall"]["id"]);
    let at = format!("/v2/firewalls/{firewall}");
    post(&format!("{at}/droplets"), json!({"droplet_ids": [droplet]}), 204);
    post("/v2/tags", json!({"name": "envcheck:stage"}), 201);
    post(&format!("{at}/tags"), json!({"tags": ["envcheck:stage"]}), 204);
    let other = json!({"protocol": "udp", "ports": "53", "sources": {"addresses": ["203.0.113.0/24"]}});
    post(&format!("{at}/rules"), json!({"inbound_rules": [other]}), 204);

    let project = json!({"name": "other", "purpose": "Service or API", "environment": "Staging"});
    let project = id(&post("/v2/projects", project, 201)["project"]["id"]);
    let resources = json!({"resources": [format!("do:loadbalancer:{balancer}"), "do:space:acme-other"]});
    post(
        &format!("/v2/projects/{project}/resources"),
        resources.clone(),
        200,
    );
    post("/v2/projects/default/resources", resources, 200);

    let volume = json!({"name": "data", "region": "fra1", "size_gigabytes": 10});
    let volume = id(&post("/v2/volumes", volume, 201)["volume"]["id"]);
    let second = json!({"name": "more", "region": "fra1", "size_gigabytes": 10});
    post("/v2/volumes", second, 201);
    let snapshot = post(
        &format!("/v2/volumes/{volume}/snapshots"),
        json!({"name": "before"}),
        201,
    );
    post(
        &format!("/v2/volumes/{volume}/snapshots"),
        json!({"name": "after"}),
        201,
    );
    let bearer = json!({"resources": [{"resource_id": volume, "resource_type": "volume"}]});
    post("/v2/tags/envcheck:stage/resources", bearer, 204);

    let certificate = json!({"name": "le", "type": "lets_encrypt", "dns_names": ["stage.example.com"]});
    let certificate = post("/v2/certificates", certificate, 201);
    let endpoint = json!({"origin": "acme-stage-images.fra1.digitaloceanspaces.com", "ttl": 3600});
    let endpoint = post("/v2/cdn/endpoints", endpoint, 201);
    let key = json!({"name": "other", "grants": [{"bucket": "acme-other", "permission": "read"}]});
    let key = post("/v2/spaces/keys", key, 201);
    assert!(key["key"]["secret_key"].is_string());
    collect_garbage(fake, client);
    Made {
        cluster,
        pool: id(&pool["node_pool"]["id"]),
        vpc,
        balancer,
        firewall,
        project,
        droplet,
        volume,
        snapshot: id(&snapshot["snapshot"]["id"]),
        certificate: id(&certificate["certificate"]["id"]),
        endpoint: id(&endpoint["endpoint"]["id"]),
        key: id(&key["key"]["access_key"]),
        peering: id(&peering["peering"]["id"]),
    }
}

/// Both paths of garbage collection, the first one cancelled.
fn collect_garbage(fake: &Fake, client: &Client) {
    for base in ["/v2/registry/acme", REGISTRY] {
        let kind = json!({"type": "untagged manifests and unreferenced blobs"});
        let begun = client
            .ask("POST", &format!("{base}/garbage-collection"), &kind)
            .is(201);
        let uuid = id(&begun.body["garbage_collection"]["uuid"]);
        client.get(&format!("{base}/garbage-collection")).is(200);
        let cancel = json!({"cancel": true});
        client
            .ask("PUT", &format!("{base}/garbage-collection/{uuid}"), &cancel)
            .is(200);
        // The next one may begin when this one has been cancelled.
        client.get(&format!("{base}/garbage-collection")).is(200);
        fake.advance(Duration::from_mins(1));
    }
}

/// Updates everything that can be updated.
pub(super) fn change_everything(client: &Client, made: &Made) {
    let put = |path: String, body: Value, status: u16| client.ask("PUT", &path, &body).is(status).body;
    let Made {
        cluster,
        pool,
        vpc,
        balancer,
        ..
    } = made;
    put(
        format!("/v2/kubernetes/clusters/{cluster}"),
        json!({"name": "other", "auto_upgrade": true, "tags": ["envcheck:other"], "ha": true}),
        202,
    );
    let at = format!("/v2/kubernetes/clusters/{cluster}");
    put(
        format!("{at}/node_pools/{pool}"),
        json!({"name": "b", "count": 3, "labels": {"x": "z"}}),
        202,
    );
    let upgrades = client.get(&format!("{at}/upgrades")).body;
    let version = json!({"version": upgrades["available_upgrade_versions"][0]["slug"]});
    client.ask("POST", &format!("{at}/upgrade"), &version).is(202);
    let nodes = client.get(&format!("{at}/node_pools/{pool}")).body["node_pool"]["nodes"].clone();
    let recycled = json!({"nodes": [nodes[0]["id"]]});
    client
        .ask("POST", &format!("{at}/node_pools/{pool}/recycle"), &recycled)
        .is(202);
    let node = id(&nodes[1]["id"]);
    let path = format!("{at}/node_pools/{pool}/nodes/{node}?skip_drain=1&replace=1");
    client.ask("DELETE", &path, &Value::Null).is(202);
    let run = client.get(&format!("{at}/clusterlint")).is(200).body;
    assert!(run["completed_at"].is_string(), "{run}");

    put(
        format!("/v2/vpcs/{vpc}"),
        json!({"name": "renamed", "description": "d"}),
        200,
    );
    client
        .ask("PATCH", &format!("/v2/vpcs/{vpc}"), &json!({"description": "e"}))
        .is(200);
    let peering = format!("/v2/vpcs/{vpc}/peerings/{}", made.peering);
    client.ask("PATCH", &peering, &json!({"name": "renamed"})).is(200);
    put(
        format!("/v2/load_balancers/{balancer}"),
        json!({"name": "manual", "region": "fra1", "droplet_ids": [made.droplet],
               "forwarding_rules": [forwarding(443), forwarding(80)], "type": "REGIONAL_NETWORK"}),
        200,
    );
    let firewall = json!({"name": "own", "inbound_rules": [rule()], "tags": ["envcheck:stage"]});
    put(format!("/v2/firewalls/{}", made.firewall), firewall, 200);
    let whole = json!({"name": "other", "description": "d", "purpose": "Service or API",
                       "environment": "Production", "is_default": false});
    put(format!("/v2/projects/{}", made.project), whole, 200);
    client
        .ask(
            "PATCH",
            &format!("/v2/projects/{}", made.project),
            &json!({"description": "e"}),
        )
        .is(200);
    let default = json!({"name": "acme", "description": "d", "purpose": "Service or API",
                         "environment": "Development", "is_default": true});
    put("/v2/projects/default".to_owned(), default, 200);
    client
        .ask("PATCH", "/v2/projects/default", &json!({"description": "e"}))
        .is(200);
    put(
        format!("/v2/cdn/endpoints/{}", made.endpoint),
        json!({"ttl": 600}),
        200,
    );
    put(
        format!("/v2/spaces/keys/{}", made.key),
        json!({"name": "renamed"}),
        200,
    );
    client
        .ask(
            "PATCH",
            &format!("/v2/spaces/keys/{}", made.key),
            &json!({"name": "again"}),
        )
        .is(200);
    for base in ["registries", "registry"] {
        let tier = json!({"tier_slug": "professional"});
        client
            .ask("POST", &format!("/v2/{base}/subscription"), &tier)
            .is(200);
        let free = json!({"name": "nobody-has-this"});
        client
            .ask("POST", &format!("/v2/{base}/validate-name"), &free)
            .is(204);
    }
}

/// Deletes it all again.
pub(super) fn delete_everything(fake: &Fake, client: &Client, made: &Made) {
    let delete = |path: String, body: Value| drop(client.ask("DELETE", &path, &body).is(204));
    let gone = |path: String| delete(path, Value::Null);
    let (balancer, firewall) = (&made.balancer, &made.firewall);
    delete(
        format!("/v2/load_balancers/{balancer}/forwarding_rules"),
        json!({"forwarding_rules": [forwarding(80)]}),
    );
    delete(
        format!("/v2/load_balancers/{balancer}/droplets"),
        json!({"droplet_ids": [made.droplet]}),
    );
    gone(format!("/v2/load_balancers/{balancer}/cache"));
    gone(format!("/v2/load_balancers/{balancer}"));
    delete(
        format!("/v2/firewalls/{firewall}/droplets"),
        json!({"droplet_ids": [made.droplet]}),
    );
    delete(
        format!("/v2/firewalls/{firewall}/tags"),
        json!({"tags": ["envcheck:stage"]}),
    );
    delete(
        format!("/v2/firewalls/{firewall}/rules"),
        json!({"inbound_rules": [rule()]}),
    );
    gone(format!("/v2/firewalls/{firewall}"));
    let bearer = json!({"resources": [{"resource_id": made.volume, "resource_type": "volume"}]});
    delete("/v2/tags/envcheck:stage/resources".to_owned(), bearer);
    gone("/v2/tags/envcheck:stage".to_owned());
    gone(format!("/v2/volumes/snapshots/{}", made.snapshot));
    let left = client.get("/v2/snapshots").body;
    gone(format!("/v2/snapshots/{}", id(&left["snapshots"][0]["id"])));
    gone(format!("/v2/volumes/{}", made.volume));
    gone("/v2/volumes?name=more&region=fra1".to_owned());
    gone(format!("/v2/certificates/{}", made.certificate));
    delete(
        format!("/v2/cdn/endpoints/{}/cache", made.endpoint),
        json!({"files": ["*"]}),
    );
    gone(format!("/v2/cdn/endpoints/{}", made.endpoint));
    gone(format!("/v2/spaces/keys/{}", made.key));
    gone(format!("/v2/droplets/{}", made.droplet));
    gone("/v2/droplets?tag_name=nothing".to_owned());
    gone(format!("/v2/projects/{}", made.project));
    delete(
        "/v2/kubernetes/registry".to_owned(),
        json!({"cluster_uuids": [made.cluster]}),
    );
    let separated = json!({"cluster_uuids": [made.cluster], "registries": ["acme"]});
    delete("/v2/kubernetes/registries".to_owned(), separated);
    let at = format!("/v2/kubernetes/clusters/{}", made.cluster);
    gone(format!("{at}/node_pools/{}", made.pool));
    let clusters = [
        made.cluster.clone(),
        another(client, "second"),
        another(client, "third"),
    ];
    gone(format!("/v2/kubernetes/clusters/{}", clusters[0]));
    let ends = "destroy_with_associated_resources";
    let none = json!({"load_balancers": [], "volumes": [], "volume_snapshots": []});
    delete(
        format!("/v2/kubernetes/clusters/{}/{ends}/selective", clusters[1]),
        none,
    );
    gone(format!(
        "/v2/kubernetes/clusters/{}/{ends}/dangerous",
        clusters[2]
    ));
    // Clusters take their time to go.
    fake.advance(std::time::Duration::from_mins(4));
    gone(format!("/v2/vpcs/{}", made.vpc));
    for base in ["/v2/registry/acme", REGISTRY] {
        let at = format!("{base}/repositories/web");
        let tags = client.get(&format!("{at}/tags")).is(200).body;
        gone(format!("{at}/tags/{}", id(&tags["tags"][0]["tag"])));
        let digests = client.get(&format!("{at}/digests")).is(200).body;
        gone(format!("{at}/digests/{}", id(&digests["manifests"][0]["digest"])));
    }
    gone(format!("{REGISTRY}/repositories/ii"));
    gone(REGISTRY.to_owned());
    for base in ["registries", "registry"] {
        let name = json!({"name": "fresh", "subscription_tier_slug": "basic", "region": "fra1"});
        client.ask("POST", &format!("/v2/{base}"), &name).is(201);
        client.get("/v2/registry").is(200);
        gone("/v2/registry".to_owned());
    }
    assert!(fake.with(|world: &mut World| world.rows("registries").is_empty()));
}

/// A small cluster in the default network.
fn another(client: &Client, name: &str) -> String {
    let body = json!({
        "name": name, "region": "fra1", "version": "latest",
        "node_pools": [{"name": "a", "size": "s-2vcpu-2gb", "count": 1}],
    });
    let made = client.ask("POST", "/v2/kubernetes/clusters", &body).is(201);
    id(&made.body["kubernetes_cluster"]["id"])
}
