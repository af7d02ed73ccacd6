//! From an empty account to what the specs declare.

use super::team::{Team, bare_spaces};
use crate::program::Outcome;
use envcheck_test_fakes::{Fault, World};
use serde_json::Value;
use std::time::Duration;

/// A cluster takes minutes to come up; here they pass quickly.
const SPEED: f64 = 600.0;
const PATIENCE: Duration = Duration::from_mins(3);

fn provision(team: &Team, environment: &str) -> Outcome {
    team.run_within(
        &["provision", environment, "--yes", "--journal", "journal"],
        PATIENCE,
    )
}

fn plan(team: &Team, environment: &str) -> Value {
    let outcome = team.run(&["plan", environment, "-o", "json"]).exits(0);
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// What there is in the account, by name, without ids and times.
fn inventory(team: &Team) -> Vec<String> {
    team.fake.with(|world| {
        let collections = [
            "projects",
            "vpcs",
            "registries",
            "kubernetes_clusters",
            "firewalls",
        ];
        let mut all: Vec<String> = collections
            .iter()
            .flat_map(|collection| {
                let rows = world.rows(collection).iter();
                rows.map(move |row| format!("{collection} {}", row["name"].as_str().unwrap()))
            })
            .filter(|name| !name.contains("k8s-"))
            .collect();
        all.sort();
        all
    })
}

#[test]
fn both_environments_are_made_from_nothing_once_and_share_the_registry() {
    let Some(spaces) = bare_spaces() else { return };
    let team = Team::beginning(&spaces, World::empty(), SPEED);
    let Some(team) = team.under_contract() else { return };

    let shown = team.run(&["plan", "stage", "--detailed-exitcode"]).exits(2);
    shown.has(&[
        "create project stage",
        "create VPC stage in fra1 (10.20.0.0/20)",
        "create cluster stage in fra1, Kubernetes 1.35.",
        "let cluster stage pull from registry acme",
        "create bucket acme-stage-backups in fra1, private, with versions",
        "after 2",
        "<id of VPC stage>",
        "each month $149.00 more",
        "no undo: what was created stays",
    ]);
    team.run(&["plan", "stage", "--out", "plan.json"]).exits(0);
    let markdown = team.run(&["plan", "stage", "-o", "markdown"]).exits(0);
    markdown.has(&["# Plan for stage", "| 1 | create project stage | safe |"]);
    assert_eq!(team.fake.count("POST", "/v2"), 0, "a plan changes nothing");

    // Nobody agreed to anything.
    let asked = team.run(&["provision", "stage"]).exits(1);
    assert!(asked.stderr.contains("nothing was changed"), "{}", asked.stderr);
    let unkept = team.run(&["provision", "stage", "--yes"]).exits(2);
    assert!(
        unkept.stderr.contains("where the journal is kept"),
        "{}",
        unkept.stderr
    );
    assert_eq!(team.fake.count("POST", "/v2"), 0);

    let made = team.run_within(
        &[
            "provision",
            "stage",
            "--plan",
            "plan.json",
            "--yes",
            "--journal",
            "journal",
        ],
        PATIENCE,
    );
    made.exits(0).has(&["create cluster stage", "steps done"]);
    let cluster = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "stage").unwrap().clone());
    assert_eq!(cluster["status"]["state"], "running");
    assert_eq!(cluster["ha"], true);
    assert_eq!(cluster["registries"], serde_json::json!(["acme"]));
    assert!(
        cluster["tags"]
            .as_array()
            .unwrap()
            .contains(&Value::from("envcheck:stage"))
    );

    // Again: there is nothing to make, and nothing is.
    team.run(&["plan", "stage", "--detailed-exitcode"])
        .exits(0)
        .has(&["nothing to make"]);
    let posts = team.fake.count("POST", "/v2");
    provision(&team, "stage").exits(0).has(&["nothing to make"]);
    assert_eq!(team.fake.count("POST", "/v2"), posts);

    // DEV has a network of its own, and the registry that there is.
    let dev = plan(&team, "dev");
    let actions: Vec<&str> = dev["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["deed"]["action"].as_str().unwrap())
        .collect();
    assert!(
        actions.contains(&"cluster.create") && !actions.contains(&"registry.create"),
        "{actions:?}"
    );
    let registry = dev["bill"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["shared"] == true)
        .unwrap();
    assert_eq!(registry["new"], false);
    provision(&team, "dev").exits(0);
    team.run(&["plan", "dev", "--detailed-exitcode"]).exits(0);
    team.run(&["plan", "stage", "--detailed-exitcode"]).exits(0);
    assert_eq!(team.fake.count("POST", "/v2/registries"), 1);

    let runs = team.run(&["runs", "--journal", "journal"]).exits(0);
    runs.has(&["stage", "dev"]);
}

#[test]
fn what_stands_in_the_way_is_told_and_nothing_is_made() {
    let Some(spaces) = bare_spaces() else { return };
    let mut world = World::empty();
    world.add(
        "vpcs",
        serde_json::json!({
            "id": "4b1d7a3c-0000-4000-8000-000000000001", "urn": "do:vpc:4b1d7a3c-0000-4000-8000-000000000001",
            "name": "others", "description": "", "region": "fra1", "ip_range": "10.20.8.0/24",
            "created_at": "2026-01-01T00:00:00Z", "default": false,
        }),
    );
    let team = Team::beginning(&spaces, world, SPEED);
    let Some(team) = team.under_contract() else { return };
    let told = ["in the way", "10.20.0.0/20 overlaps 10.20.8.0/24 of VPC others"];
    team.run(&["plan", "stage"]).exits(1).has(&told);
    provision(&team, "stage").exits(1).has(&told);
    assert_eq!(team.fake.count("POST", "/v2"), 0);
}

/// Runs until nothing is left to make; what there is then.
fn converge(team: &Team, seed: u64) -> Vec<String> {
    for _ in 0..6 {
        let outcome = provision(team, "stage");
        if outcome.code == Some(0) {
            let last = team.run(&["plan", "stage", "--detailed-exitcode"]);
            assert_eq!(last.code, Some(0), "seed {seed}: {}{}", last.stdout, last.stderr);
            return inventory(team);
        }
    }
    panic!("seed {seed} does not converge");
}

#[test]
fn whatever_goes_wrong_a_later_run_goes_on_and_nothing_is_there_twice() {
    let Some(spaces) = bare_spaces() else { return };
    let whole = converge(&Team::beginning(&spaces, World::empty(), SPEED), 0);
    assert_eq!(
        whole.iter().filter(|name| name.ends_with(" stage")).count(),
        3,
        "{whole:?}"
    );
    let places = [
        "/v2/projects",
        "/v2/vpcs",
        "/v2/registries",
        "/v2/kubernetes/clusters",
        "/v2/kubernetes/registries",
        "/v2/projects/*",
    ];
    let faults = [
        Fault::Error(500),
        Fault::ErrorLate(502),
        Fault::ClosedLate,
        Fault::TooMany(Some(1)),
        Fault::Closed,
        Fault::Truncated,
    ];
    for (seed, (place, fault)) in (1..).zip(
        places
            .iter()
            .flat_map(|place| faults.iter().map(move |fault| (place, fault))),
    ) {
        let Some(spaces) = bare_spaces() else { return };
        let team = Team::beginning(&spaces, World::empty(), SPEED);
        // The first requests read; one of the later ones is the write.
        team.fake.fault_writes(place, fault.clone(), 1);
        assert_eq!(converge(&team, seed), whole, "seed {seed}: {fault:?} at {place}");
        assert_eq!(team.fake.with(|world| world.rows("kubernetes_clusters").len()), 1);
    }
}
