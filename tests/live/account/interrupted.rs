//! A run that changes account and Spaces is killed at each of its writes, before and after, or hears of none of them what
//! became of it: its journal and what is there tell, and all of it is taken back.

use super::repair_projects::{POLICY, project};
use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Outcome;
use envcheck_test_fakes::{Fate, Gate, Limits, Spaces, World};
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const BACKUPS: &str = World::STAGE_BACKUPS;
const IMAGES: &str = World::STAGE_IMAGES;
const CLUSTER: &str = World::STAGE_CLUSTER;
const PATIENCE: Duration = Duration::from_mins(8);
/// One write of each kind of thing that can be taken back.
const ONLY: &str =
    "cluster-as-declared,firewall-undeclared,in-project,space-private,space-lifecycle,backup-retention";
const REPAIR: [&str; 12] = [
    "remediate",
    "stage",
    "-p",
    "policies",
    "--trust-fixes",
    "--only",
    ONLY,
    "--journal",
    "journal",
    "--yes",
    "--max-risk",
    "disruptive",
];

/// Something is wrong with the cluster's settings and its project, with a firewall, and with both buckets.
fn drift(team: &Team) {
    // So many runs within a minute would be refused calls, and a refused write is sent again.
    team.fake.limit(Limits {
        burst: 100_000,
        hourly: 100_000,
        ..Limits::default()
    });
    team.respecify(
        "stage",
        "firewalls: []",
        "firewalls:\n      - name: office\n        inboundRules:\n          - {protocol: tcp, ports: \"9443\", sources: {addresses: [203.0.113.0/24]}}\n          - {protocol: tcp, ports: \"9444\", sources: {addresses: [203.0.113.0/24]}}",
    );
    let ask = |method: &str, path: &str, body: Value| team.fake.ask(method, path, &body).unwrap();
    let rule = json!({"protocol": "tcp", "ports": "9443", "sources": {"addresses": ["203.0.113.0/24"]}});
    let firewall = json!({"name": "office", "inbound_rules": [rule], "tags": [format!("k8s:{CLUSTER}")]});
    ask("POST", "/v2/firewalls", firewall);
    let settings = json!({
        "name": "stage", "auto_upgrade": true, "surge_upgrade": false,
        "maintenance_policy": {"start_time": "03:00", "day": "sunday"},
        "control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]},
    });
    ask("PUT", &format!("/v2/kubernetes/clusters/{CLUSTER}"), settings);
    let all = ask("GET", "/v2/projects?per_page=200", Value::Null);
    let projects = all["projects"].as_array().unwrap();
    let other = projects
        .iter()
        .find(|project| project["name"] != "stage")
        .unwrap();
    let path = format!("/v2/projects/{}/resources", other["id"].as_str().unwrap());
    ask(
        "POST",
        &path,
        json!({"resources": [format!("do:kubernetes:{CLUSTER}")]}),
    );
    team.folder
        .write("policies/in_project.rego", POLICY.replace("NAME", "stage"));
    Spaces::allow(&team.spaces, IMAGES, "public-read").unwrap();
    Spaces::version(&team.spaces, BACKUPS, "Suspended").unwrap();
    Spaces::expire(&team.spaces, BACKUPS, 14).unwrap();
}

/// All that steps of these policies change.
fn state(team: &Team, url: &str) -> (Value, Vec<String>) {
    // Whatever stands before the fake may be gone by now.
    team.fake.appear_as(&team.fake.url());
    let project = project(team);
    let rows = team.fake.with(|world| {
        let firewall = sorted(&world.named("firewalls", "office").unwrap()["inbound_rules"]);
        let cluster = world.row("kubernetes_clusters", CLUSTER).unwrap();
        let settings = [
            "auto_upgrade",
            "surge_upgrade",
            "maintenance_policy",
            "control_plane_firewall",
            "tags",
        ];
        json!([
            project,
            firewall,
            settings.map(|setting| sorted(&cluster[setting]))
        ])
    });
    let buckets = [BACKUPS, IMAGES].iter().flat_map(|bucket| {
        ["acl", "versioning", "lifecycle"].map(|what| Spaces::answer(url, &format!("/{bucket}?{what}")))
    });
    // What is not there is told with an id of the request.
    (rows, buckets.map(Result::unwrap_or_default).collect())
}

/// The order of tags and rules means nothing.
fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(items) = value.as_array_mut() {
        items.sort_by_key(Value::to_string);
    }
    value
}

/// With everything that changes something behind a gate.
fn gated(team: &mut Team, url: &str, fate: impl Fn(usize) -> Fate + Send + Sync + 'static) -> Gate {
    let mut gate = Gate::new(fate);
    let api = gate.before(&team.fake.url()).unwrap();
    team.fake.appear_as(&api);
    team.api = Some(api);
    team.spaces = gate.before(url).unwrap();
    gate
}

fn take_back(team: &Team, run: &str) -> Outcome {
    team.take_back(run)
}

#[test]
fn a_run_that_was_killed_is_taken_back_wherever_it_was_killed() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let mut team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    drift(&team);
    let before = state(&team, &url);
    let gate = gated(&mut team, &url, |_| Fate::Pass);
    team.run_within(&REPAIR, PATIENCE).exits(0);
    let writes = gate.writes();
    for product in [
        "/v2/kubernetes",
        "/v2/firewalls",
        "/v2/projects",
        "?acl",
        "?versioning",
        "?lifecycle",
    ] {
        assert!(
            writes.iter().any(|write| write.contains(product)),
            "{product}: {writes:?}"
        );
    }
    take_back(&team, &team.runs()[0]).exits(0);
    assert_eq!(state(&team, &url), before);

    for (killed_at, write) in writes.iter().enumerate() {
        for fate in [Fate::Hold, Fate::HoldAfterwards] {
            let seen = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&seen);
            let gate = gated(&mut team, &url, move |before| {
                count.store(before + 1, Ordering::SeqCst);
                if before == killed_at { fate } else { Fate::Pass }
            });
            let mut command = team.command(&REPAIR);
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let begun = Instant::now();
            while seen.load(Ordering::SeqCst) <= killed_at {
                assert!(begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
                thread::sleep(Duration::from_millis(10));
            }
            // Until the server has done what it was asked.
            thread::sleep(Duration::from_millis(300));
            child.kill().unwrap();
            child.wait().unwrap();
            let sent = gate.writes();
            drop(gate);
            let run = team.runs().pop().unwrap();
            let journal = team.folder.read(&format!("journal/{run}.jsonl"));
            let lines = |phase: &str| journal.matches(&format!("\"phase\":\"{phase}\"")).count();
            let place = format!("killed at {write}, {fate:?}");
            assert_eq!(
                (lines("intent"), lines("done")),
                (killed_at + 1, killed_at),
                "{place}, after {sent:?}: {journal}"
            );
            assert_eq!(
                state(&team, &url) == before,
                killed_at == 0 && fate == Fate::Hold,
                "{place}"
            );

            let _open = gated(&mut team, &url, |_| Fate::Pass);
            take_back(&team, &run).exits(0);
            assert_eq!(state(&team, &url), before, "{place}");
        }
    }
}

#[test]
fn what_was_done_is_known_though_no_answer_came() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let mut team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    drift(&team);
    let before = state(&team, &url);
    let gate = gated(&mut team, &url, |_| Fate::Lose);
    let run = team.run_within(&REPAIR, PATIENCE).exits(0);
    run.has(&[": fixed"]);
    let writes = gate.writes();
    assert!(
        run.stdout
            .contains(&format!("{0} of {0} steps done", writes.len())),
        "{}",
        run.stdout
    );
    team.audit(&["-p", "policies", "--only", ONLY]).exits(0);
    drop(gate);
    // Nor is anything heard of what takes it back.
    let gate = gated(&mut team, &url, |_| Fate::Lose);
    take_back(&team, &team.runs()[0]).exits(0);
    assert_eq!(gate.writes().len(), writes.len());
    assert_eq!(state(&team, &url), before);
}

#[test]
fn a_bucket_that_was_half_made_is_told_of_and_completed_by_the_next_run() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let url = spaces.url();
    let mut team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    team.respecify(
        "stage",
        "purpose: collectedImages, access: private",
        "purpose: collectedImages, access: private, versioning: true",
    );
    Spaces::ask(&url, "DELETE", &format!("/{IMAGES}"), "").unwrap();
    let words = [
        "remediate",
        "stage",
        "--only",
        "space-exists,space-lifecycle",
        "--journal",
        "journal",
        "--yes",
        "--max-risk",
        "disruptive",
    ];
    let gate = gated(
        &mut team,
        &url,
        |before| {
            if before == 1 { Fate::Hold } else { Fate::Pass }
        },
    );
    let mut command = team.command(&words);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while gate.writes().len() < 2 {
        assert!(child.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(gate);
    let _open = gated(&mut team, &url, |_| Fate::Pass);
    let run = team.runs().remove(0);
    take_back(&team, &run)
        .exits(1)
        .has(&["stays", "no remediation deletes a bucket"]);
    let versioning = format!("/{IMAGES}?versioning");
    assert!(!Spaces::answer(&url, &versioning).unwrap().contains("Enabled"));
    team.run_within(&words, PATIENCE)
        .exits(0)
        .has(&["1 of 1 step done"]);
    assert!(Spaces::answer(&url, &versioning).unwrap().contains("Enabled"));
}
