//! The account is read once and completely, of the declared cluster, and a capture holds what was read.

use super::team::{MODEST, Team, clusters};
use envcheck_test_fakes::{Credentials, Endpoint, Request, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// Requests to the API; the registry's own endpoint is another service.
fn calls(requests: &[Request]) -> Vec<&Request> {
    let own = |request: &&Request| request.endpoint == Endpoint::Api;
    requests.iter().filter(own).collect()
}

#[test]
fn every_list_is_asked_for_once_and_every_call_is_told() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    let report = team.audit(&[]).exits(0).report();
    assert_eq!(
        report.0["source"]["reading"]["unverified"],
        Value::Null,
        "Droplets prove it"
    );
    let requests = team.fake.requests();
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls(&requests) {
        assert_eq!(call.method, "GET", "an audit only reads");
        *asked.entry(format!("{}?{}", call.path, call.query)).or_default() += 1;
    }
    // The clusters once more: whoever reads DEV proves that it is DEV.
    let again = asked.remove("/v2/kubernetes/clusters?per_page=200");
    assert_eq!(again, Some(2));
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");
    let budget = &report.0["budget"]["digitalocean"];
    assert_eq!(
        budget["calls"].as_u64(),
        Some(calls(&requests).len() as u64),
        "DEV's count as well, since the token is the same: {budget}"
    );
    let left = 5_000 - calls(&requests).len() as u64;
    assert!(budget["left"].as_u64().unwrap() >= left, "{budget}");
}

#[test]
fn policies_that_read_nothing_of_the_cluster_can_be_clean_by_themselves() {
    let Some(team) = Team::reading() else { return };
    for policy in ["registry-size", "space-private"] {
        let report = team.audit(&["--only", policy]).exits(0).report();
        assert_eq!(report.verdict(policy), "pass");
    }
}

#[test]
fn a_cluster_of_other_droplets_is_refused() {
    let Some(team) = Team::reading() else { return };
    team.fake.with(|world| {
        let cluster = world
            .row_mut("kubernetes_clusters", World::STAGE_CLUSTER)
            .unwrap();
        for node in cluster["node_pools"][0]["nodes"].as_array_mut().unwrap() {
            node["droplet_id"] = json!("541300001");
        }
    });
    team.audit(&[]).exits(2).says(&[
        "is not the declared cluster stage",
        "none of its 3 Nodes is a Droplet of stage's node pools",
    ]);
}

#[test]
fn credentials_come_from_the_account_and_are_written_nowhere() {
    let Some([stage, _]) = clusters() else { return };
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    let token = stage.token(MODEST).unwrap().to_owned();
    let credentials = Credentials {
        server: stage.url().to_owned(),
        ca_pem: stage.ca_pem(),
        token: token.clone(),
    };
    team.fake
        .with(|world| world.reach_cluster(World::STAGE_CLUSTER, credentials));
    team.respecify(
        "stage",
        "kubernetes: {context: do-fra1-stage}",
        "kubernetes: {fromDigitalOcean: true}",
    );
    let outcome = team.audit(&[]).exits(0);
    team.hides(&outcome, &token);
    let report = outcome.report();
    assert_eq!(report.0["source"]["reading"]["unverified"], Value::Null);
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
    let requests = team.fake.requests();
    let asked = requests
        .iter()
        .find(|request| request.path.ends_with("/credentials"))
        .unwrap();
    assert_eq!(asked.query, "expiry_seconds=900");
}

/// A capture of all of it, judged without anything to ask, says the same.
#[test]
fn a_capture_holds_the_account_and_no_secret() {
    let Some(team) = Team::reading().and_then(Team::under_contract) else {
        return;
    };
    // Something to be found, so that findings can be compared.
    team.fake.with(|world| {
        let cluster = world
            .row_mut("kubernetes_clusters", World::STAGE_CLUSTER)
            .unwrap();
        cluster["control_plane_firewall"]["allowed_addresses"] = json!(["0.0.0.0/0"]);
    });
    let now = jiff::Timestamp::now().to_string();
    let live = team.audit(&["--now", &now, "--state", "none"]).exits(1).report();
    team.run(&["snapshot", "stage", "--out", "capture"]).exits(0);
    let captured = team
        .audit(&["--snapshot", "capture", "--now", &now])
        .exits(1)
        .report();
    assert_eq!(captured.messages_by_finding(), live.messages_by_finding());
    assert_eq!(captured.not_evaluated(), [""; 0]);
    assert_eq!(captured.0["coverage"]["ratio"], 1.0);
    let capture = team.folder.path().join("capture");
    for file in [
        "account/registry_manifests.ndjson",
        "account/registry_uses.ndjson",
        "spaces/backups.ndjson",
    ] {
        let text = fs::read_to_string(capture.join(file)).unwrap();
        assert!(!text.is_empty(), "{file}");
    }
}
