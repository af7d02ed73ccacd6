//! The registry's own endpoint.

use super::{Client, id, stage};
use crate::{Endpoint, Fault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const NONE: Value = Value::Null;
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

#[test]
fn manifests_are_pulled_by_tag_and_digest() {
    let (fake, _) = stage();
    let registry = Client::new(&fake.registry_url(), &fake.token());
    let index = registry.get("/v2/acme/web/manifests/3.17.4").is(200);
    assert_eq!(index.header("content-type"), Some(INDEX));
    let digest = index.header("docker-content-digest").unwrap().to_owned();
    let children = index.body["manifests"].as_array().unwrap().clone();
    assert_eq!(children.len(), 3);
    let child = registry
        .get(&format!("/v2/acme/web/manifests/{}", id(&children[0]["digest"])))
        .is(200);
    assert_eq!(child.header("content-type"), Some(IMAGE));
    assert_eq!(children[0]["size"], child.text.len());
    let head = registry
        .ask("HEAD", &format!("/v2/acme/web/manifests/{digest}"), &NONE)
        .is(200);
    assert!(head.text.is_empty());
    registry.get("/v2/acme/web/manifests/0.0.0").is(404);
    registry.get("/v2/acme/nothing/manifests/1").is(404);
    registry
        .ask("DELETE", "/v2/acme/web/manifests/3.17.4", &NONE)
        .is(405);
    let bearer = format!("Bearer {}", fake.token());
    let only_images = [("authorization", bearer.as_str()), ("accept", IMAGE)];
    let refused = registry.with("GET", "/v2/acme/web/manifests/3.17.4", &NONE, &only_images);
    refused.unwrap().is(404);
    assert!(
        fake.requests()
            .iter()
            .all(|request| request.endpoint == Endpoint::Registry)
    );
}

#[test]
fn pulling_needs_a_token_of_one_kind_or_another() {
    let (fake, client) = stage();
    let registry = Client::new(&fake.registry_url(), "nothing");
    let path = "/v2/acme/web/manifests/3.17.4";
    let refused = registry.get(path).is(401);
    let realm = refused.header("www-authenticate").unwrap().to_owned();
    assert!(
        realm.starts_with(&format!("Bearer realm=\"{}/auth\"", fake.registry_url())),
        "{realm}"
    );

    let given = client
        .get("/v2/registries/acme/docker-credentials?expiry_seconds=600")
        .is(200)
        .body;
    let auth = id(&given["auths"]["registry.digitalocean.com"]["auth"]);
    let basic = format!("Basic {auth}");
    let with = |path: &str, authorization: &str| {
        registry
            .with("GET", path, &NONE, &[("authorization", authorization)])
            .unwrap()
    };
    with(path, &basic).is(200);
    let token = id(&with("/auth", &basic).is(200).body["token"]);
    with(path, &format!("Bearer {token}")).is(200);
    let both = STANDARD.encode(format!("{0}:{0}", fake.token()));
    with("/v2/", &format!("Basic {both}")).is(200);
    with(path, "Basic !").is(401);
    Client::new(&fake.url(), &token).get("/v2/registries").is(403);
    let narrow = fake.with(|world| world.add_token(&["vpc:read"]));
    with(path, &format!("Bearer {narrow}")).is(401);
}

#[test]
fn faults_meet_the_registry_too() {
    let (fake, _) = stage();
    let registry = Client::new(&fake.registry_url(), &fake.token());
    let path = "/v2/acme/web/manifests/3.17.4";
    for (fault, status) in [
        (Fault::TooMany(Some(4)), 429),
        (Fault::Error(503), 503),
        (Fault::ExpiredToken, 401),
    ] {
        fake.fault_times("/v2/acme/*", fault, 1);
        registry.get(path).is(status);
    }
    fake.fault_times(path, Fault::Truncated, 1);
    assert!(registry.get(path).is(200).body.is_null());
    registry.get(path).is(200);
}
