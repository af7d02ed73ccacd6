//! An image from elsewhere that the declared registry has, too, is run from there; and again from elsewhere.

use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Outcome;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::{World, settle};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const ONLY: &str = "image-from-declared-registry,registry-copy-unused,image-in-use";
/// Each step is judged anew by a whole reading.
const PATIENCE: Duration = Duration::from_mins(8);

/// What somebody wants of this Deployment.
fn wanted(stage: &Cluster) -> Value {
    let text = stage
        .answer(&["get", "deployment", "ii", "-n", "back", "-o", "json"])
        .unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["spec"].clone()
}

fn image(stage: &Cluster) -> String {
    let container = wanted(stage)["template"]["spec"]["containers"][0].clone();
    container["image"].as_str().unwrap().to_owned()
}

fn patch(stage: &Cluster, operations: &Value) {
    let operations = operations.to_string();
    let words = [
        "patch",
        "deployment",
        "ii",
        "-n",
        "back",
        "--type=json",
        "-p",
        &operations,
    ];
    stage.answer(&words).unwrap();
    settle(stage).unwrap();
}

/// Runs the program while kubelets do their work.
fn while_pods_come_up(stage: &Cluster, run: impl FnOnce() -> Outcome) -> Outcome {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                settle(stage).unwrap();
                thread::sleep(Duration::from_millis(500));
            }
        });
        let outcome = run();
        ended.store(true, Ordering::Relaxed);
        outcome
    })
}

#[test]
fn an_image_that_the_registry_has_too_is_run_from_there_and_the_run_is_taken_back() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    team.audit(&["--only", ONLY]).exits(0);
    let own = image(&stage);
    let (repository, tag) = own.rsplit_once(':').unwrap();
    let digest = team
        .fake
        .with(|world| world.digest_of("acme", "ii", tag))
        .unwrap();

    // Other bytes are another image, whatever it is called.
    let path = "/spec/template/spec/containers/0/image";
    let elsewhere =
        |digest: &str| json!([{"op": "replace", "path": path, "value": format!("ghcr.io/acme/ii@{digest}")}]);
    patch(&stage, &elsewhere(&format!("sha256:{}", "0".repeat(64))));
    let remediate = |more: &[&str]| {
        let words = ["remediate", "stage", "--only", ONLY, "--journal", "journal"];
        team.run_within(&[&words, more].concat(), PATIENCE)
    };
    remediate(&["--dry-run"])
        .exits(1)
        .has(&["nothing to do", "registry-copy-unused finds that and has the fix"]);

    patch(&stage, &elsewhere(&digest));
    let before = wanted(&stage);
    // Another service account may have no secret to pull with.
    patch(
        &stage,
        &json!([{"op": "add", "path": "/spec/template/spec/serviceAccountName", "value": "other"}]),
    );
    remediate(&["--dry-run"]).exits(1).has(&[
        "nothing to do",
        "whether Pods of Deployment back/ii can pull from the declared registry is not known",
    ]);
    patch(
        &stage,
        &json!([
            {"op": "remove", "path": "/spec/template/spec/serviceAccountName"},
            {"op": "remove", "path": "/spec/template/spec/serviceAccount"},
        ]),
    );
    assert_eq!(wanted(&stage), before);

    let run = while_pods_come_up(&stage, || remediate(&["--yes", "--max-risk", "disruptive"])).exits(1);
    run.has(&[
        "let Deployment back/ii run the same image from the declared registry",
        "1 of 1 step done",
    ]);
    assert_eq!(image(&stage), format!("{repository}@{digest}"));
    team.audit(&["--only", ONLY]).exits(0);
    remediate(&["--yes", "--max-risk", "disruptive"])
        .exits(0)
        .has(&["nothing to do"]);

    let name = team.runs().pop().unwrap();
    while_pods_come_up(&stage, || team.take_back(&name)).exits(0);
    assert_eq!(wanted(&stage), before);
}
