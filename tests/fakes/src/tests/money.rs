//! What costs money moves on: garbage collections, firewalls and balancers over time.

use super::{id, stage};
use crate::{Image, World};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_garbage_collection_frees_what_nothing_refers_to_and_the_figure_follows_later() {
    let (fake, client) = stage();
    let usage = || {
        client.get("/v2/registries/acme").body["registry"]["storage_usage_bytes"]
            .as_u64()
            .unwrap()
    };
    let full = usage();
    let digests = client
        .get("/v2/registries/acme/repositories/ii/digests")
        .is(200)
        .body;
    let oldest = digests["manifests"][2].clone();
    let digest = id(&oldest["digest"]);
    let own = oldest["blobs"][2]["compressed_size_bytes"].as_u64().unwrap();
    client
        .ask(
            "DELETE",
            &format!("/v2/registries/acme/repositories/ii/digests/{digest}"),
            &Value::Null,
        )
        .is(204);
    fake.advance(Duration::from_hours(1));
    assert_eq!(usage(), full, "deleting a manifest frees nothing by itself");

    let path = "/v2/registries/acme/garbage-collection";
    client.get(path).is(404);
    let begun = client
        .ask("POST", path, &json!({"type": "unreferenced blobs only"}))
        .is(201)
        .body;
    let uuid = id(&begun["garbage_collection"]["uuid"]);
    client.ask("POST", path, &json!({})).is(409);
    client
        .get("/v2/registries/acme/docker-credentials?read_write=true")
        .is(409);
    let mut states = Vec::new();
    for _ in 0..40 {
        let all = client.get("/v2/registries/acme/garbage-collections").body;
        let state = id(&all["garbage_collections"][0]["status"]);
        if states.last() != Some(&state) {
            states.push(state);
        }
        fake.advance(Duration::from_secs(30));
    }
    assert_eq!(
        states,
        [
            "requested",
            "waiting for write JWTs to expire",
            "scanning manifests",
            "deleting unreferenced blobs",
            "succeeded"
        ]
    );
    let done = client.get("/v2/registries/acme/garbage-collections").body["garbage_collections"][0].clone();
    assert_eq!(
        (&done["uuid"], &done["blobs_deleted"], &done["freed_bytes"]),
        (&json!(uuid), &json!(1), &json!(own))
    );
    fake.advance(Duration::from_mins(20));
    assert_eq!(usage(), full - own);
}

#[test]
fn collecting_untagged_manifests_breaks_an_index() {
    let (fake, client) = stage();
    let kind = json!({"type": "untagged manifests only"});
    client
        .ask("POST", "/v2/registries/acme/garbage-collection", &kind)
        .is(201);
    fake.advance(Duration::from_mins(30));
    let left = client.get("/v2/registries/acme/repositories/web/digests").body;
    let untagged = |row: &&Value| row["tags"].as_array().unwrap().is_empty();
    assert_eq!(
        left["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .filter(untagged)
            .count(),
        0
    );
}

#[test]
fn a_cancelled_collection_frees_nothing() {
    let (fake, client) = stage();
    let path = "/v2/registries/acme/garbage-collection";
    let begun = client
        .ask("POST", path, &json!({"type": "untagged manifests only"}))
        .is(201)
        .body;
    let uuid = id(&begun["garbage_collection"]["uuid"]);
    fake.advance(Duration::from_mins(2));
    let told = client
        .ask("PUT", &format!("{path}/{uuid}"), &json!({"cancel": true}))
        .is(200)
        .body;
    assert_eq!(told["garbage_collection"]["status"], "cancelling");
    fake.advance(Duration::from_mins(30));
    let all = client.get("/v2/registries/acme/garbage-collections").body;
    assert_eq!(all["garbage_collections"][0]["status"], "cancelled");
    assert_eq!(all["garbage_collections"][0]["freed_bytes"], 0);
    client.get(path).is(404);
}

#[test]
fn balancers_and_firewalls_are_ready_after_a_while() {
    let (fake, client) = stage();
    let rules =
        json!([{"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 80}]);
    let body =
        json!({"name": "new", "region": "fra1", "droplet_ids": [541_203_877], "forwarding_rules": rules});
    let made = client.ask("POST", "/v2/load_balancers", &body).is(202).body["load_balancer"].clone();
    assert_eq!((&made["status"], &made["ip"]), (&json!("new"), &json!("")));
    let rules = json!([{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24"]}}]);
    let body = json!({"name": "own", "inbound_rules": rules, "tags": ["k8s:worker"]});
    let wall = client.ask("POST", "/v2/firewalls", &body).is(202).body["firewall"].clone();
    assert_eq!(wall["status"], "waiting");
    assert_eq!(wall["pending_changes"].as_array().unwrap().len(), 3);
    fake.advance(Duration::from_mins(2));
    let made = client
        .get(&format!("/v2/load_balancers/{}", id(&made["id"])))
        .body["load_balancer"]
        .clone();
    assert_eq!(made["status"], "active");
    assert!(id(&made["ip"]).starts_with("198.51."));
    let wall = client.get(&format!("/v2/firewalls/{}", id(&wall["id"]))).body["firewall"].clone();
    assert_eq!(
        (&wall["status"], &wall["pending_changes"]),
        (&json!("succeeded"), &json!([]))
    );
}

#[test]
fn a_large_account_is_large() {
    let world = World::large(crate::Size::default());
    assert_eq!(world.rows("load_balancers").len(), 201);
    assert_eq!(world.rows("registry_manifests").len(), 25_000 + 15);
    let mut world = World::empty();
    world.push("acme", "web", Image::default());
    assert_eq!(world.rows("registry_manifests").len(), 1);
}
