//! Conflicts, limits, tokens and pages as the service has them.

use super::{Client, id, stage};
use crate::{Fake, Limits, Size, World};
use serde_json::{Value, json};
use std::time::Duration;

const NONE: Value = Value::Null;

#[test]
fn a_token_is_needed_and_its_scopes_count() {
    let (fake, client) = stage();
    let bare = client.with("GET", "/v2/account", &NONE, &[]).unwrap();
    assert_eq!(bare.is(401).body["id"], "unauthorized");
    let token = fake.with(|world| world.add_token(&["kubernetes:read"]));
    let narrow = Client::new(&fake.url(), &token);
    let clusters = narrow.get("/v2/kubernetes/clusters").is(200).body;
    let cluster = &clusters["kubernetes_clusters"][0];
    assert!(
        cluster.get("vpc_uuid").is_none() && cluster.get("tags").is_none(),
        "{cluster}"
    );
    let refused = narrow.get("/v2/registries").is(403).body;
    assert_eq!(refused["id"], "forbidden");
    assert!(refused["request_id"].is_string());
    fake.with(|world| world.expire_token(&token));
    narrow.get("/v2/kubernetes/clusters").is(401);

    let noted = fake.requests();
    assert_eq!(noted.len(), 4);
    assert!(!noted[0].authorized && noted[1].authorized);
    assert!(!format!("{noted:?}").contains(&token), "tokens are never noted");
}

#[test]
fn limits_answer_429_with_and_without_a_time() {
    let (fake, client) = stage();
    let burst = Limits {
        burst: 2,
        minute: Duration::from_secs(3),
        hourly: 4,
        ..Limits::default()
    };
    fake.limit(burst);
    let first = client.get("/v2/account").is(200);
    assert_eq!(first.header("ratelimit-limit"), Some("4"));
    assert_eq!(first.header("ratelimit-remaining"), Some("3"));
    client.get("/v2/account").is(200);
    let refused = client.get("/v2/account").is(429);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert_eq!(refused.body["id"], "too_many_requests");
    std::thread::sleep(Duration::from_secs(wait));
    client.get("/v2/account").is(200);
    client.get("/v2/account").is(200);
    let refused = client.get("/v2/account").is(429);
    assert_eq!(refused.header("retry-after"), None, "the hour is used up");
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
}

#[test]
fn pages_lead_through_everything_once() {
    let size = Size {
        balancers: 45,
        repositories: 30,
        manifests: 45,
    };
    let fake = Fake::start(World::large(size)).unwrap();
    let client = Client::of(&fake);
    for (path, key, total) in [
        ("/v2/load_balancers", "load_balancers", 46),
        ("/v2/registries/acme/repositoriesV2", "repositories", 34),
        (
            "/v2/registries/acme/repositories/team%2Fservice-3/digests",
            "manifests",
            45,
        ),
    ] {
        let mut seen = 0;
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let answer = client.get(&path).is(200);
            assert_eq!(answer.body["meta"]["total"], total);
            seen += answer.body[key].as_array().unwrap().len();
            let link = answer.body["links"]["pages"]["next"].as_str();
            next = link.map(|url| url.strip_prefix(&fake.url()).unwrap().to_owned());
        }
        assert_eq!(seen, total, "{path}");
    }
    fake.appear_as("https://api.example");
    let link = client.get("/v2/load_balancers").body["links"]["pages"]["next"].clone();
    assert_eq!(link, "https://api.example/v2/load_balancers?page=2&per_page=20");
}

#[test]
fn second_objects_of_a_name_are_refused_in_each_kinds_own_way() {
    let (fake, client) = stage();
    let cluster = World::STAGE_CLUSTER;
    let (balancer, firewall) = fake.with(|world| {
        (
            world.rows("load_balancers")[0].clone(),
            world.rows("firewalls")[0].clone(),
        )
    });
    let rules = json!([{"protocol": "tcp", "ports": "1", "sources": {"addresses": ["203.0.113.1"]}}]);
    let again = json!({"name": firewall["name"], "inbound_rules": rules});
    let refused = client.ask("POST", "/v2/firewalls", &again).is(409);
    assert_eq!(refused.body["message"], "duplicate name");
    let forwarding = balancer["forwarding_rules"].clone();
    let again = json!({"name": balancer["name"], "region": "fra1", "droplet_ids": [], "forwarding_rules": forwarding});
    let refused = client.ask("POST", "/v2/load_balancers", &again).is(422);
    assert_eq!(refused.body["message"], "name is not unique");
    for range in ["10.20.8.0/24", "10.0.0.0/8", "203.0.113.0/24", "10.99.0.1/24"] {
        let vpc = json!({"name": "x", "region": "fra1", "ip_range": range});
        client.ask("POST", "/v2/vpcs", &vpc).is(422);
    }
    let second = client
        .ask("POST", "/v2/registries", &json!({"name": "second"}))
        .is(412);
    assert!(
        second.body["message"]
            .as_str()
            .unwrap()
            .contains("OverRegistryLimit")
    );

    let networks = client.get("/v2/vpcs").body;
    for vpc in networks["vpcs"].as_array().unwrap() {
        client
            .ask("DELETE", &format!("/v2/vpcs/{}", id(&vpc["id"])), &NONE)
            .is(403);
    }
    let project = fake.with(|world| id(&world.named("projects", "stage").unwrap()["id"]));
    client
        .ask("DELETE", &format!("/v2/projects/{project}"), &NONE)
        .is(412);
    let off = json!({"name": "stage", "ha": false});
    client
        .ask("PUT", &format!("/v2/kubernetes/clusters/{cluster}"), &off)
        .is(422);
    client.ask("DELETE", "/v2/load_balancers/7", &NONE).is(404);
    client.ask("PUT", "/v2/account", &NONE).is(405);
    let (bearer, path) = (format!("Bearer {}", fake.token()), "/v2/tags");
    let garbled = client.with("POST", path, &json!("{"), &[("authorization", bearer.as_str())]);
    garbled.unwrap().is(422);
    client
        .ask("POST", "/v2/tags", &json!({"name": "k8s:mine"}))
        .is(422);
}

#[test]
fn what_a_put_does_not_name_is_reset() {
    let (fake, client) = stage();
    let balancer = fake.with(|world| world.rows("load_balancers")[0].clone());
    let path = format!("/v2/load_balancers/{}", id(&balancer["id"]));
    let body = json!({"name": balancer["name"], "forwarding_rules": balancer["forwarding_rules"]});
    let changed = client.ask("PUT", &path, &body).is(200).body["load_balancer"].clone();
    assert_eq!(changed["droplet_ids"], json!([]));
    assert_eq!(changed["health_check"]["port"], 80);
    assert_eq!(changed["type"], "REGIONAL_NETWORK", "its kind stays");
    let moved = json!({"name": "n", "network": "INTERNAL", "forwarding_rules": balancer["forwarding_rules"]});
    client.ask("PUT", &path, &moved).is(422);
}
