//! Faults, changes meanwhile, and another writer.

use super::{cluster, destroy, dev, listing, used};
use crate::live::account::provision::{beginning, credentials, provision};
use crate::live::account::team::{MODEST, Team, bare_spaces};
use crate::live::{binaries_with_controllers, start};
use envcheck_test_cluster::{Options, User};
use envcheck_test_fakes::{Fault, Limits};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Runs until nothing is left to remove.
fn converge(team: &Team, seed: usize) {
    for _ in 0..6 {
        let outcome = destroy(team, "dev", &[]);
        if outcome.code == Some(0) {
            return;
        }
        assert_eq!(
            outcome.code,
            Some(1),
            "seed {seed}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
    panic!("seed {seed} does not converge");
}

#[test]
fn whatever_goes_wrong_a_later_run_goes_on_and_nothing_else_goes() {
    let places = [
        "/v2/kubernetes/clusters/*",
        "/v2/firewalls/*",
        "/v2/projects/*",
        "/v2/vpcs/*",
    ];
    let faults = [
        Fault::Error(500),
        Fault::ErrorLate(502),
        Fault::ClosedLate,
        Fault::Closed,
        Fault::TooMany(Some(1)),
        Fault::Truncated,
    ];
    let many = std::env::var("ENVCHECK_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let Some(spaces) = bare_spaces() else { return };
    // Broken answers are no answers of the published API: it is not in between here.
    let team = beginning(&spaces, used());
    // Nor is it a matter of how many calls an hour has.
    team.fake.limit(Limits {
        hourly: 1_000_000,
        burst: 5_000,
        ..Limits::default()
    });
    for environment in ["stage", "dev"] {
        provision(&team, environment).exits(0);
    }
    // Each place meets each fault.
    for seed in 0..many.unwrap_or(8_usize) {
        if seed > 0 {
            provision(&team, "dev").exits(0);
        }
        let before = listing(&team, "dev");
        let place = places[seed % places.len()];
        let fault = &faults[(seed / places.len()) % faults.len()];
        if seed % 2 == 1 {
            team.fake.fault_times("/v2/load_balancers", Fault::Truncated, 1);
        }
        team.fake.fault_writes(place, fault.clone(), 1 + seed % 2);
        converge(&team, seed);
        team.fake.clear_faults();
        assert_eq!(listing(&team, "dev"), before, "seed {seed}: {fault:?} at {place}");
        let left = team
            .fake
            .with(|world| ["kubernetes_clusters", "vpcs"].map(|list| world.named(list, "dev").is_some()));
        assert_eq!(left, [false, false], "seed {seed}: {fault:?} at {place}");
    }
}

#[test]
fn a_network_that_is_let_go_of_later_than_its_members_left_is_asked_for_again() {
    let Some(spaces) = bare_spaces() else { return };
    // The description of the API knows neither answer.
    let team = beginning(&spaces, used());
    let deletes = || team.fake.count("DELETE", "/v2/vpcs/");
    for status in [409, 403] {
        provision(&team, "dev").exits(0);
        let before = deletes();
        team.fake.fault_writes("/v2/vpcs/*", Fault::Error(status), 2);
        destroy(&team, "dev", &[])
            .exits(0)
            .has(&["delete VPC dev: removed"]);
        assert_eq!(deletes() - before, 3, "{status}");
    }

    // Whoever may not is told so at once.
    provision(&team, "dev").exits(0);
    let lacks = Fault::MissingScope("vpc:delete".to_owned());
    team.fake.fault_writes("/v2/vpcs/*", lacks, 1);
    destroy(&team, "dev", &[])
        .exits(1)
        .has(&["delete VPC dev: not done: the token may not", "vpc:delete"]);
    assert_eq!(deletes(), 7);
}

#[test]
fn what_changed_since_it_was_planned_is_left() {
    let Some((_spaces, team)) = dev() else { return };
    let id = cluster(&team, "dev");
    // Somebody takes the mark away before the cluster's turn comes.
    let marked = id.clone();
    team.fake
        .meanwhile("GET", "/v2/kubernetes/clusters", 5, move |world| {
            for row in world.rows_mut("kubernetes_clusters") {
                if row["id"] == marked.as_str() {
                    row["tags"] = json!(["k8s", format!("k8s:{marked}"), "envcheck:other"]);
                }
            }
        });
    let told = destroy(&team, "dev", &[]).exits(1);
    told.has(&[
        "destroy cluster dev: not done: it is marked envcheck:other as well",
        "waits for step",
    ]);
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
}

#[test]
fn one_writer_at_a_time_also_when_the_cluster_itself_goes() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let Some((_spaces, team)) = dev() else { return };
    let options = Options {
        users: vec![User::new(MODEST, &["system:masters"])],
        ..Options::default()
    };
    let server = start(&binaries, &options);
    let id = cluster(&team, "dev");
    team.fake.with(|world| {
        let nodes: Vec<String> = world.nodes(&id).iter().map(Value::to_string).collect();
        server.apply(&nodes.join("\n---\n")).unwrap();
        world.reach_cluster(&id, credentials(&server));
    });
    let lease = |time: Timestamp| {
        server
            .apply(&format!(
                "{{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {{name: envcheck-dev, namespace: default}}, \
                 spec: {{holderIdentity: somebody-else, leaseDurationSeconds: 20, renewTime: '{time:.6}'}}}}"
            ))
            .unwrap();
    };
    lease(Timestamp::now());
    let refused = destroy(&team, "dev", &[]).exits(2);
    assert!(
        refused
            .stderr
            .contains("somebody-else is changing this environment"),
        "{}",
        refused.stderr
    );
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
    // By its time nobody has renewed it for long; whether that is so, no clock says: it is watched.
    lease(Timestamp::UNIX_EPOCH);
    let begun = Instant::now();
    let gone = destroy(&team, "dev", &[]).exits(0);
    assert!(!gone.stdout.contains("it cannot be entered"), "{}", gone.stdout);
    assert!(begun.elapsed() > Duration::from_secs(20));
    // The server here outlives its row, and with it the Lease.
    let held = server.answer(&["get", "lease", "envcheck-dev", "-n", "default", "-o", "json"]);
    let held: Value = serde_json::from_str(&held.unwrap()).unwrap();
    let run = team.runs().pop().unwrap();
    assert_eq!(held["spec"]["holderIdentity"], run.as_str());
    // Nothing of it is taken back, and that is said.
    let back = ["rollback", &run, "-e", "dev", "--yes", "--journal", "journal"];
    team.run(&back)
        .exits(1)
        .has(&["destroy cluster dev", "does not come back"]);
}
