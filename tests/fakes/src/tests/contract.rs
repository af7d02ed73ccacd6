//! Both sides of the API against its published description.

use super::writes::{change_everything, delete_everything, make_everything};
use super::{Client, id, root};
use crate::api;
use crate::{Contract, Fake, Guarded, Limits, Prism, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

/// Operations of the description that the fake does not have.
const ABSENT: [&str; 4] = [
    "GET /v2/volumes/{volume_id}/actions",
    "GET /v2/volumes/{volume_id}/actions/{action_id}",
    "POST /v2/volumes/actions",
    "POST /v2/volumes/{volume_id}/actions",
];
/// Operations for which a token needs less than the description says.
const EASIER: [&str; 2] = [
    "GET /v2/registries/{registry_name}/docker-credentials",
    "GET /v2/registry/docker-credentials",
];

/// Lists, the keys of their rows, and what is below each row.
const LISTS: [(&str, &str, &[&str]); 10] = [
    ("/v2/vpcs", "vpcs", &["", "/members", "/peerings"]),
    ("/v2/projects", "projects", &["", "/resources"]),
    ("/v2/load_balancers", "load_balancers", &[""]),
    ("/v2/firewalls", "firewalls", &[""]),
    ("/v2/droplets", "droplets", &[""]),
    ("/v2/volumes", "volumes", &["", "/snapshots"]),
    ("/v2/certificates", "certificates", &[""]),
    ("/v2/cdn/endpoints", "endpoints", &[""]),
    ("/v2/snapshots", "snapshots", &[""]),
    (
        "/v2/kubernetes/clusters",
        "kubernetes_clusters",
        &[
            "",
            "/upgrades",
            "/user",
            "/status_messages",
            "/credentials",
            "/kubeconfig",
            "/node_pools",
            "/destroy_with_associated_resources",
        ],
    ),
];

/// One Prism for all tests; it ends with this process.
fn contract() -> Result<&'static Contract, String> {
    static CONTRACT: OnceLock<Result<Contract, String>> = OnceLock::new();
    let started = CONTRACT.get_or_init(|| {
        let file = Contract::file()?;
        let prism = Prism::find(&root())?;
        Ok(Contract::start(&prism, &file).unwrap())
    });
    started.as_ref().map_err(Clone::clone)
}

/// The stage behind the contract; None, and a word about it, where this machine lacks something.
fn guarded(world: World) -> Option<(Fake, Guarded, Client)> {
    let contract = match contract() {
        Ok(contract) => contract,
        Err(reason) => {
            println!("skipped: api-contract: {reason}");
            return None;
        }
    };
    let fake = Fake::start(world).unwrap();
    let guarded = contract.before(&fake).unwrap();
    let client = Client::new(&guarded.url(), &fake.token());
    Some((fake, guarded, client))
}

#[test]
fn operations_and_scopes_are_those_of_the_given_contract() {
    let file = match Contract::file() {
        Ok(file) => file,
        Err(reason) => return println!("skipped: api-contract: {reason}"),
    };
    let described: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut operations = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(scopes) = operation["security"][0]["bearer_auth"].as_array() else {
                continue;
            };
            let name = format!("{} {path}", method.to_uppercase());
            // `api:read` and `api:write` are no scopes that a token can be given.
            let scopes: BTreeSet<&str> = scopes
                .iter()
                .filter_map(Value::as_str)
                .filter(|scope| !scope.starts_with("api:"))
                .collect();
            let route = api::all().find(|route| name == format!("{} {}", route.method, route.path));
            match route {
                None => assert!(ABSENT.contains(&name.as_str()), "the fake lacks {name}"),
                Some(_) if EASIER.contains(&name.as_str()) => {}
                Some(route) => assert_eq!(
                    route.scopes.iter().copied().collect::<BTreeSet<_>>(),
                    scopes,
                    "{name}"
                ),
            }
            operations.insert(name);
        }
    }
    for route in api::all() {
        let name = format!("{} {}", route.method, route.path);
        assert!(operations.contains(&name), "the description lacks {name}");
    }
}

#[test]
fn every_answer_keeps_the_given_contract() {
    let Some((fake, guarded, client)) = guarded(World::stage()) else {
        return;
    };
    // The walk is longer than a minute's calls.
    fake.limit(Limits {
        burst: 5_000,
        ..Limits::default()
    });
    read_everything(&client);
    let made = make_everything(&fake, &client);
    fake.advance(Duration::from_hours(1));
    read_everything(&client);
    change_everything(&client, &made);
    read_everything(&client);
    delete_everything(&fake, &client, &made);
    assert_eq!(guarded.violations(), [] as [String; 0]);

    // Every operation was carried out, not only asked for.
    let mut walked = BTreeSet::new();
    for request in fake.requests().iter().filter(|request| request.status < 300) {
        if let api::Found::Route(route, _) = api::find(&request.method, &request.path) {
            walked.insert(format!("{} {}", route.method, route.path));
        }
    }
    let missed: Vec<String> = api::all()
        .map(|route| format!("{} {}", route.method, route.path))
        .filter(|name| !walked.contains(name))
        .collect();
    assert_eq!(missed, ["GET /v2/actions/{action_id}"], "the fake has no actions");
}

/// Follows every GET without variables, then those of the first object of each list.
fn read_everything(client: &Client) {
    let get = |path: &str| client.get(path).is(200);
    for route in api::all().filter(|route| route.method == "GET" && !route.path.contains('{')) {
        // Its answer when there is no only registry is another.
        let answer = client.get(route.path);
        assert!(
            [200, 412].contains(&answer.status),
            "{}: {}",
            route.path,
            answer.text
        );
    }
    for (list, key, more) in LISTS {
        for row in get(list).body[key].as_array().unwrap() {
            for more in more {
                get(&format!("{list}/{}{more}", id(&row["id"])));
            }
        }
    }
    for cluster in get("/v2/kubernetes/clusters").body["kubernetes_clusters"]
        .as_array()
        .unwrap()
    {
        let cluster_id = id(&cluster["id"]);
        for pool in cluster["node_pools"].as_array().unwrap() {
            get(&format!(
                "/v2/kubernetes/clusters/{cluster_id}/node_pools/{}",
                id(&pool["id"])
            ));
        }
    }
    for snapshot in get("/v2/snapshots").body["snapshots"].as_array().unwrap() {
        get(&format!("/v2/volumes/snapshots/{}", id(&snapshot["id"])));
    }
    for tag in get("/v2/tags").body["tags"].as_array().unwrap() {
        get(&format!("/v2/tags/{}", id(&tag["name"])));
    }
    for key in get("/v2/spaces/keys").body["keys"].as_array().unwrap() {
        get(&format!("/v2/spaces/keys/{}", id(&key["access_key"])));
    }
    for registry in get("/v2/registries").body["registries"].as_array().unwrap() {
        read_registry(client, &id(&registry["name"]));
    }
}

fn read_registry(client: &Client, name: &str) {
    for more in [
        "",
        "/docker-credentials?expiry_seconds=3600",
        "/garbage-collections",
    ] {
        client.get(&format!("/v2/registries/{name}{more}")).is(200);
    }
    client
        .get(&format!("/v2/registry/{name}/garbage-collections"))
        .is(200);
    for base in ["registries", "registry"] {
        let list = client
            .get(&format!("/v2/{base}/{name}/repositoriesV2?per_page=2"))
            .is(200);
        let next = list.body["links"]["pages"]["next"].as_str().unwrap();
        assert!(next.starts_with(&client.base), "{next}");
        client.get(next.trim_start_matches(&client.base)).is(200);
        for repository in list.body["repositories"].as_array().unwrap() {
            let repository = id(&repository["name"]).replace('/', "%2F");
            for more in ["tags", "digests"] {
                client
                    .get(&format!("/v2/{base}/{name}/repositories/{repository}/{more}"))
                    .is(200);
            }
        }
    }
    client.get(&format!("/v2/registry/{name}/repositories")).is(200);
}

#[test]
fn refusals_keep_the_given_contract() {
    let Some((fake, guarded, client)) = guarded(World::stage()) else {
        return;
    };
    let nobody = Client::new(&guarded.url(), "dop_v1_nobody");
    nobody.get("/v2/account").is(401);
    let narrow = fake.with(|world| world.add_token(&["vpc:read"]));
    Client::new(&guarded.url(), &narrow).get("/v2/account").is(403);
    client
        .get("/v2/vpcs/00000000-0000-4000-8000-000000000000")
        .is(404);
    let vpc = json!({"name": "stage", "region": "fra1"});
    client.ask("POST", "/v2/vpcs", &vpc).is(422);
    let taken = json!({"name": "acme"});
    client.ask("POST", "/v2/registries/validate-name", &taken).is(409);
    client
        .ask("POST", "/v2/registries", &json!({"name": "second"}))
        .is(412);
    fake.fault_times("*", crate::Fault::TooMany(Some(7)), 1);
    assert_eq!(client.get("/v2/account").is(429).header("retry-after"), Some("7"));
    fake.fault_times("*", crate::Fault::Error(500), 1);
    client.get("/v2/account").is(500);
    assert_eq!(guarded.violations(), [] as [String; 0]);
}

#[test]
fn what_breaks_the_given_contract_is_seen_on_both_sides() {
    let Some((fake, guarded, client)) = guarded(World::stage()) else {
        return;
    };
    client.get("/v2/vpcs?per_page=500");
    let said = guarded.violations();
    assert!(
        said.len() == 1 && said[0].contains("per_page must be <= 200"),
        "{said:?}"
    );

    fake.with(|world| world.rows_mut("registries")[0]["storage_usage_bytes"] = json!("much"));
    client.get("/v2/registries");
    let said = guarded.violations();
    assert!(
        said.len() == 1 && said[0].starts_with("GET /v2/registries: "),
        "{said:?}"
    );

    client.get("/v2/unicorns");
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(guarded)));
    assert!(
        dropped.is_err(),
        "a violation that nobody asked for went unnoticed"
    );
}

#[test]
fn the_mock_of_the_given_contract_answers_with_examples() {
    let prism = match (Contract::file(), Prism::find(&root())) {
        (Ok(file), Ok(prism)) => (prism, file),
        (Err(reason), _) | (_, Err(reason)) => return println!("skipped: api-contract: {reason}"),
    };
    let mock = Contract::mock(&prism.0, &prism.1).unwrap();
    let client = Client::new(&mock.url(), "dop_v1_anything");
    let clusters = client.get("/v2/kubernetes/clusters").is(200);
    assert_eq!(clusters.body["kubernetes_clusters"][0]["name"], "prod-cluster-01");
    assert_eq!(mock.violations(), [] as [String; 0]);
}
