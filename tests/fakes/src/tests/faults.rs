//! Faults that are switched on.

use super::{Client, stage};
use crate::Fault;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn faults_are_as_clients_meet_them() {
    let (fake, client) = stage();
    fake.fault_times("/v2/vpcs", Fault::Stall(Duration::from_millis(300)), 1);
    let begun = Instant::now();
    client.get("/v2/vpcs").is(200);
    assert!(begun.elapsed() >= Duration::from_millis(300));

    fake.fault_times("/v2/vpcs", Fault::Truncated, 1);
    let cut = client.get("/v2/vpcs").is(200);
    assert!(
        cut.body.is_null() && cut.text.starts_with("{\"vpcs\""),
        "{}",
        cut.text
    );

    fake.fault_times("/v2/*", Fault::Closed, 1);
    let bearer = format!("Bearer {}", fake.token());
    let closed = client.with("GET", "/v2/vpcs", &Value::Null, &[("authorization", &bearer)]);
    assert!(closed.is_err());
    assert_eq!(fake.requests().last().unwrap().status, 0);

    fake.fault_times("*", Fault::TooMany(Some(3)), 2);
    assert_eq!(client.get("/v2/vpcs").is(429).header("retry-after"), Some("3"));
    client.get("/v2/account").is(429);
    client.get("/v2/account").is(200);

    fake.fault("/v2/account", Fault::Error(503));
    assert_eq!(client.get("/v2/account").is(503).body["id"], "server_error");
    client.get("/v2/vpcs").is(200);
    fake.clear_faults();
    fake.fault_times("*", Fault::ExpiredToken, 1);
    client.get("/v2/account").is(401);
    fake.fault("*", Fault::MissingScope("registry:read".to_owned()));
    client.get("/v2/registries").is(403);
    client.get("/v2/vpcs").is(200);
}

#[test]
fn pages_that_repeat_and_pages_elsewhere_are_linked() {
    let (fake, client) = stage();
    fake.fault("/v2/vpcs", Fault::RepeatedPage);
    let link = client.get("/v2/vpcs?page=1&per_page=1").body["links"]["pages"]["next"].clone();
    assert_eq!(link, format!("{}/v2/vpcs?page=1&per_page=1", fake.url()));
    fake.clear_faults();
    fake.fault(
        "/v2/*",
        Fault::ForeignPage("https://elsewhere.example".to_owned()),
    );
    for query in ["", "?per_page=1"] {
        let link = client.get(&format!("/v2/vpcs{query}")).body["links"]["pages"]["next"].clone();
        assert!(
            link.as_str()
                .unwrap()
                .starts_with("https://elsewhere.example/v2/vpcs?page=2"),
            "{link}"
        );
    }
}

#[test]
fn unheard_of_values_and_fields_appear() {
    let (fake, client) = stage();
    fake.fault("/v2/load_balancers", Fault::UnknownValues);
    fake.fault("/v2/load_balancers", Fault::UnknownFields);
    let body = client.get("/v2/load_balancers").is(200).body;
    assert_eq!(body["load_balancers"][0]["status"], "unheard-of");
    assert!(body["load_balancers"][0]["unheard_of"].is_object());
}

#[test]
fn the_control_endpoint_does_what_the_handle_does() {
    let (mut fake, client) = stage();
    let url = fake.open_control(0).unwrap();
    let control = Client::new(&url, "");
    let said = control
        .ask("POST", "/advance", &json!({"seconds": 3600}))
        .is(200)
        .body;
    assert_eq!(said["now"], "2026-11-23T04:00:00Z");
    let fault = json!({"path": "/v2/vpcs", "fault": {"error": 502}, "times": 1});
    control.ask("POST", "/faults", &fault).is(200);
    client.get("/v2/vpcs").is(502);
    client.get("/v2/vpcs").is(200);
    control
        .ask("POST", "/faults", &json!({"path": "*", "fault": "truncated"}))
        .is(200);
    control.ask("DELETE", "/faults", &Value::Null).is(200);
    assert_eq!(
        control.get("/requests").body,
        json!(["GET /v2/vpcs → 502", "GET /v2/vpcs → 200"])
    );
    control.ask("DELETE", "/requests", &Value::Null).is(200);
    assert!(fake.requests().is_empty());
    assert_eq!(control.get("/world").body["registries"][0]["name"], "acme");
    let path = format!("/clusters/{}/services", crate::World::STAGE_CLUSTER);
    assert_eq!(
        control.ask("POST", &path, &json!({"items": []})).is(200).body,
        json!([])
    );
    assert!(client.get("/v2/load_balancers").body["load_balancers"][0].is_null());
    for (method, path) in [("POST", "/advance"), ("GET", "/nothing"), ("POST", "/faults")] {
        assert!(control.ask(method, path, &json!({"path": "*"})).is(400).body["error"].is_string());
    }
}
