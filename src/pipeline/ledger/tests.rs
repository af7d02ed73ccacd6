use super::*;
use envcheck_core::inventory::InventoryBuilder;
use envcheck_core::inventory::observation::answers;
use envcheck_core::value::{Value, ValueExt};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

/// An account with one load balancer of the cluster that no Service claims.
fn inventory() -> Inventory {
    let mut builder = InventoryBuilder::new(false);
    for collection in [
        "load_balancers",
        "kubernetes_clusters",
        "kubernetes_associated_resources",
    ] {
        builder.read_collection(&format!("digitalocean.{collection}"));
    }
    builder.read_kind("", "Service");
    let mut inventory = builder.build();
    let view = inventory.view.document.as_object_mut().unwrap();
    for (list, json) in [
        (
            "load_balancers",
            r#"[{"id": "f0a3", "ofCluster": "declared", "ours": true, "services": []}]"#,
        ),
        ("cluster", r#"{"id": "8d2c"}"#),
    ] {
        view.insert(Value::from(list), Value::from_json_str(json).unwrap());
    }
    inventory
}

/// What a run at this time knows of the load balancer: since when, in how many runs, and the warnings.
fn run(state: &Path, seconds: i64) -> (String, i64, Vec<String>) {
    let runtime = Runtime::new().unwrap();
    let mut ledger = Ledger::open(&StatePlace::named(state.to_owned()), runtime.handle());
    let mut inventory = inventory();
    let answers = answers(&inventory);
    ledger.record("stage", at(seconds), &answers, &mut inventory);
    assert_eq!(inventory.collections["digitalocean.observations"].len(), 1);
    let record = &inventory.view.document.items_at(&["load_balancers"])[0];
    (
        record.text_at(&["unattachedSince"]).unwrap().to_owned(),
        record.field("unattachedRuns").and_then(ValueExt::int).unwrap(),
        ledger.warnings(),
    )
}

#[test]
fn the_second_run_knows_the_first() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state.sqlite");
    assert_eq!(run(&state, 0), (at(0).to_string(), 1, Vec::new()));
    assert_eq!(run(&state, DAY), (at(0).to_string(), 2, Vec::new()));
}

#[test]
fn without_a_store_everything_is_seen_for_the_first_time() {
    for seconds in [0, DAY] {
        let seen = run(Path::new("none"), seconds);
        assert_eq!(seen, (at(seconds).to_string(), 1, Vec::new()));
    }
}

#[test]
fn trouble_is_told_once_and_costs_no_more_than_what_earlier_runs_saw() {
    let folder = TempDir::new().unwrap();
    let damaged = folder.path().join("damaged.sqlite");
    fs::write(&damaged, "not a database, by far".repeat(100)).unwrap();
    let missing = folder.path().join("missing/state.sqlite");
    for (state, words) in [
        (
            damaged,
            "damaged.sqlite is not a file of envcheck's; it was not touched",
        ),
        (missing, "create the directory first"),
    ] {
        let (since, runs, warnings) = run(&state, DAY);
        assert_eq!((since, runs), (at(DAY).to_string(), 1));
        let [warning] = &warnings[..] else {
            panic!("{warnings:?}");
        };
        assert!(
            warning.starts_with("earlier runs are not known, and this one is not kept: ")
                && warning.contains(words),
            "{warning}"
        );
    }
}

#[test]
fn a_clock_that_went_back_is_told() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state.sqlite");
    run(&state, DAY);
    let (since, runs, warnings) = run(&state, 0);
    assert_eq!((since, runs), (at(0).to_string(), 1));
    assert!(warnings[0].contains(&at(DAY).to_string()) && warnings[0].contains("check the clock"));
}
