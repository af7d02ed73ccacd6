//! A load balancer that nobody wants is told of only when a second reading of both sides agrees.

use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Report;
use envcheck_test_fakes::{Fault, World};
use serde_json::json;
use std::thread;
use std::time::Duration;

const ORPHAN: &str = "load-balancer-orphan medium stage-web-old[LoadBalancer]";
const LIST: &str = "/v2/load_balancers";

fn verdict_of_orphan(report: &Report) -> (bool, &str) {
    let found = report.findings().iter().any(|finding| finding == ORPHAN);
    (found, report.verdict("load-balancer-orphan"))
}

/// A load balancer of the cluster that no Service has.
pub(super) fn leave_over(team: &Team) {
    team.fake.with(|world| {
        let mut row = World::stage().rows("load_balancers")[0].clone();
        row["id"] = json!("0d5b6c7e-8f90-4a1b-8c2d-3e4f5a6b7c8d");
        row["name"] = json!("stage-web-old");
        row["created_at"] = json!("2026-04-20T14:05:52Z");
        world.rows_mut("load_balancers").push(row);
    });
}

#[test]
fn a_load_balancer_without_a_service_is_read_again_whoever_judges_it() {
    let Some(team) = Team::reading() else { return };
    leave_over(&team);
    let only = ["--only", "dedicated-load-balancer", "--fail-on", "low"];
    let report = team.audit(&only).exits(1).report();
    let unclaimed = "dedicated-load-balancer critical stage-web-old[LoadBalancer]";
    assert_eq!(report.findings(), [unclaimed]);
    assert_eq!(team.fake.count("GET", LIST), 2);

    let gone = Fault::Without("stage-web-old".to_owned());
    team.fake.fault_after(LIST, gone, 1);
    let report = team.audit(&only).exits(0).report();
    assert_eq!(report.verdict("dedicated-load-balancer"), "pass");
    team.fake.clear_faults();

    team.fake.fault_after(LIST, Fault::Error(403), 1);
    let report = team.audit(&only).exits(3).report();
    assert_eq!(report.findings(), [""; 0]);
    let gaps = report.not_evaluated();
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("could not be read a second time")),
        "{gaps:#?}"
    );
}

#[test]
fn what_is_left_over_is_read_again_before_anybody_is_told() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    leave_over(&team);
    let only = ["--only", "load-balancer-orphan", "--fail-on", "low"];
    let report = team.audit(&only).exits(0).report();
    assert_eq!(verdict_of_orphan(&report), (false, "pass"));
    team.remember_a_day();

    // It goes while the rest is read.
    team.fake
        .fault_after(LIST, Fault::Without("stage-web-old".to_owned()), 1);
    let report = team.audit(&only).exits(0).report();
    assert!(!verdict_of_orphan(&report).0);
    team.fake.clear_faults();

    // It was interrupted, so the day begins anew. Runs of one second would be one run.
    thread::sleep(Duration::from_millis(1100));
    team.audit(&only).exits(0);
    team.remember_a_day();

    // Nobody answers the second time.
    team.fake.fault_after(LIST, Fault::Error(403), 1);
    let report = team.audit(&only).exits(3).report();
    assert_eq!(verdict_of_orphan(&report), (false, "not evaluated"));
    let gaps = report.not_evaluated();
    assert!(
        gaps.iter()
            .all(|gap| gap.contains("could not be read a second time")),
        "{gaps:#?}"
    );
    team.fake.clear_faults();

    // Both sides agree.
    let asked = team.fake.count("GET", LIST);
    let report = team.audit(&only).exits(1).report();
    assert_eq!(verdict_of_orphan(&report), (true, "fail"));
    assert_eq!(team.fake.count("GET", LIST), asked + 2);
}
