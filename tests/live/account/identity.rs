//! Which cluster it is: what the account says late is heard, and a cluster that nobody can prove is told nothing of.

use super::second_look::leave_over;
use super::team::{Team, dev_cluster, shared_spaces};
use crate::live::{binaries_with_controllers, start};
use envcheck_test_cluster::Options;
use envcheck_test_fakes::{Fault, World};
use serde_json::{Value, json};
use std::time::Duration;

const CLUSTERS: &str = "/v2/kubernetes/clusters";
/// The account may take a quarter of this before the cluster is read.
const TIMEOUT: [&str; 2] = ["--timeout", "24s"];
const SLOW: Fault = Fault::Stall(Duration::from_secs(9));

#[test]
fn an_account_that_answers_late_still_proves_the_cluster() {
    let Some(team) = Team::reading() else { return };
    team.fake.fault_times(CLUSTERS, SLOW, 1);
    let outcome = team.audit(&TIMEOUT).exits(0);
    assert!(
        !outcome.stderr.contains("could not be verified"),
        "{}",
        outcome.stderr
    );
    let report = outcome.report();
    assert_eq!(report.0["source"]["reading"]["unverified"], Value::Null);
    assert_eq!(report.0["warnings"], json!([]));
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
}

#[test]
fn an_account_that_answers_late_still_refuses_another_cluster() {
    let Some(team) = Team::reading() else { return };
    team.fake.with(|world| {
        let cluster = world
            .row_mut("kubernetes_clusters", World::STAGE_CLUSTER)
            .unwrap();
        for node in cluster["node_pools"][0]["nodes"].as_array_mut().unwrap() {
            node["droplet_id"] = json!("541300001");
        }
    });
    for words in [
        &["audit", "stage"][..],
        &["snapshot", "stage", "--out", "capture"],
    ] {
        team.fake.fault_times(CLUSTERS, SLOW, 1);
        team.run(&[words, &TIMEOUT].concat()).exits(2).says(&[
            "is not the declared cluster stage",
            "none of its 3 Nodes is a Droplet of stage's node pools",
        ]);
        team.fake.clear_faults();
    }
    assert!(!team.folder.path().join("capture").exists());
}

#[test]
fn nothing_follows_from_the_services_of_a_cluster_that_nobody_can_prove() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let (Some(dev), Some(spaces)) = (dev_cluster(), shared_spaces()) else {
        return;
    };
    let options = Options {
        context: Some("do-fra1-stage".to_owned()),
        ..Options::default()
    };
    // Another cluster, as far as anybody knows: it has neither Nodes nor Services.
    let empty = start(&binaries, &options);
    let team = Team::new([&empty, &dev], spaces, World::stage_and_dev());
    leave_over(&team);
    let judged = ["load-balancer-orphan", "dedicated-load-balancer"];
    let both = judged.join(",");
    let only = ["--only", both.as_str(), "--fail-on", "low"];
    for _ in 0..2 {
        let report = team.audit(&only).exits(3).report();
        assert_eq!(report.messages_by_finding(), []);
        for policy in judged {
            assert_eq!(report.verdict(policy), "not evaluated");
        }
        let gaps = report.not_evaluated();
        assert!(
            gaps.iter()
                .all(|gap| gap.contains("it has no Node that could be compared")),
            "{gaps:#?}"
        );
        let kept = team.folder.path().join("reports/out/envcheck.sqlite");
        assert!(!kept.exists(), "there is nothing that could be kept of it");
    }
    // A capture says so, too, and is judged alike.
    team.run(&["snapshot", "stage", "--out", "capture"]).exits(0);
    let format: Value = serde_json::from_str(&team.folder.read("capture/format.json")).unwrap();
    assert_eq!(
        format["cluster"]["unverified"],
        "it has no Node that could be compared"
    );
    let captured = team.audit(&[&only[..], &["--snapshot", "capture"]].concat());
    let report = captured.exits(3).report();
    assert_eq!(report.messages_by_finding(), []);
    assert_eq!(report.verdict(judged[0]), "not evaluated");

    // Nothing was kept of it: once it is proved, what has no Service was seen for the first time.
    let nodes: Vec<String> = World::stage_and_dev()
        .nodes(World::STAGE_CLUSTER)
        .iter()
        .map(Value::to_string)
        .collect();
    empty.apply(&nodes.join("\n---\n")).unwrap();
    let report = team
        .audit(&["--only", judged[0], "--fail-on", "low"])
        .exits(0)
        .report();
    let pending = report.list("suppressed");
    assert!(!pending.is_empty());
    for entry in pending {
        let message = entry["message"].as_str().unwrap();
        assert!(message.ends_with("seen so for the first time"), "{message}");
    }
    assert_eq!(report.verdict(judged[0]), "pass", "what is pending was judged");
}
