//! What a plan's file says, what became of it by the time it is carried out, and how runs are told that did not end by themselves.

use super::binaries_with_controllers;
use super::deeds::Deed;
use super::proxy::Proxy;
use super::repairing::{FAULTS, PATIENCE, command, of_remediate, remediate, rollback, runs};
use super::safety::wants;
use super::stage;
use crate::program::{Folder, root};
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::settle;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A fault that one safe step mends.
const ONLY: [&str; 2] = ["--only", "proxy-layer"];

fn broken() -> Option<Cluster> {
    let cluster = stage::mended(&binaries_with_controllers()?);
    cluster.answer(FAULTS[0]).unwrap();
    settle(&cluster).unwrap();
    Some(cluster)
}

fn listed(folder: &Folder) -> String {
    folder.run(["runs", "--journal", "journal"]).exits(0).stdout
}

fn until(child: &mut Child, what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn begun(folder: &Folder, kubeconfig: &Path, words: &[&str]) -> Child {
    let mut command = command(folder, kubeconfig, words);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_plan_s_file_says_of_what_it_was_made_and_what_differs_is_told() {
    let Some(cluster) = broken() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let planned = |more: &[&str]| remediate(&folder, &admin, &[&ONLY[..], more].concat());
    planned(&["--dry-run", "--out", "plan.json"]).exits(1);
    let schema = std::fs::read_to_string(root().join("reports/schema/plan.v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&plan)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let inputs = &plan["plan"]["inputs"];
    assert!(inputs["policies"]["proxy-layer"]["rules"].is_string(), "{inputs}");

    // The same inputs have the same digests, and nothing is told of them.
    let differs = "its steps are planned and proved anew";
    let again = planned(&["--dry-run", "--plan", "plan.json"]).exits(1);
    assert!(!again.stderr.contains(differs), "{}", again.stderr);
    planned(&["--dry-run", "--out", "again.json"]).exits(1);
    let same: Value = serde_json::from_str(&folder.read("again.json")).unwrap();
    assert_eq!(&same["plan"]["inputs"], inputs);

    // A waiver of something else, a spec that says more, a parameter.
    folder.write(
        "waivers.yaml",
        format!(
            "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers:\n- {{policy: image-registry, resources: [\"*\"], reason: r, owner: o, expires: {}}}\n",
            jiff::Timestamp::now()
                .checked_add(jiff::SignedDuration::from_hours(24 * 30))
                .unwrap()
                .strftime("%Y-%m-%d")
        ),
    );
    let other = planned(&["--dry-run", "--plan", "plan.json", "--waivers", "waivers.yaml"]).exits(1);
    other.says(&["the waivers differ", differs]);
    let text = std::fs::read_to_string(stage::spec()).unwrap();
    let text = text.replace("../../../", &format!("{}/", root().display()));
    let file = folder.write("stage.yaml", text + "\n# Nothing new.\n");
    let spec = file.display().to_string();
    let of = |spec: &str| {
        let more = [&ONLY[..], &["--dry-run", "--plan", "plan.json"]].concat();
        super::repairing::run(&folder, &admin, &of_remediate(spec, &more)).exits(1)
    };
    let same = of(&spec);
    assert!(
        !same.stderr.contains(differs),
        "a comment says nothing: {}",
        same.stderr
    );
    let text = folder.read("stage.yaml");
    let more = text.replacen("spec:\n", "spec:\n  remediation: {maxRisk: disruptive}\n", 1);
    folder.write("stage.yaml", more);
    of(&spec).says(&["the spec differs from what the plan was made of", differs]);
}

#[test]
fn a_named_step_that_is_not_planned_any_more_is_told() {
    let Some(cluster) = broken() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let planned = |more: &[&str]| remediate(&folder, &admin, &[&ONLY[..], more].concat());
    planned(&["--dry-run", "--out", "plan.json"]).exits(1);
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let id = plan["plan"]["steps"][0]["id"].as_str().unwrap().to_owned();
    let named = ["--yes", "--max-risk", "none", "--step", &id];
    planned(&named).exits(0).has(&[": fixed"]);
    // It is done: whoever names it once more is told, with the file and without.
    let left = format!("step {id} is left: no policy proposes it any more");
    planned(&named).exits(1).says(&[&left]);
    let gone = format!("no policy proposes step {id} any more");
    let run = planned(&[&named[..], &["--plan", "plan.json"]].concat()).exits(1);
    run.says(&[&gone, "what proxy-layer finds differs"]);
    planned(&["--yes"]).exits(0);

    // A namespace that is none is not one where all is well.
    let nowhere = "there is no namespace nowhere";
    planned(&["-n", "nowhere", "--dry-run"]).exits(1).says(&[nowhere]);
    for there in ["front-web", "default"] {
        let run = planned(&["-n", there, "--dry-run"]).exits(0);
        assert!(!run.stderr.contains("there is no namespace"), "{}", run.stderr);
    }
}

#[test]
fn a_killed_rollback_is_gone_on_with_at_once() {
    let Some(cluster) = broken() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    remediate(&folder, &admin, &[&ONLY[..], &["--yes"]].concat()).exits(0);
    let run = runs(&folder).remove(0);
    // It has its Lease, and nobody answers what it takes back.
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let proxy = Proxy::start(&cluster, move |asked| {
        if asked.changes() {
            count.fetch_add(1, Ordering::SeqCst);
            Deed::Stall
        } else {
            Deed::Pass
        }
    });
    let words = [
        "rollback",
        &run,
        "-e",
        &stage::spec(),
        "--journal",
        "journal",
        "--yes",
    ];
    let mut child = begun(&folder, proxy.kubeconfig(), &words);
    until(&mut child, || seen.load(Ordering::SeqCst) > 0);
    assert!(listed(&folder).contains(&format!("; takes back {run}; it goes on\n")));
    // While it goes on its Lease is its own; of copies of its journal, too, which nobody holds.
    let held = || {
        rollback(&folder, &admin, &stage::spec(), &run)
            .exits(2)
            .says(&["is changing this environment"]);
    };
    held();
    let places = ["journal", "kept"].map(|name| folder.path().join(name));
    std::fs::rename(&places[0], &places[1]).unwrap();
    std::fs::create_dir(&places[0]).unwrap();
    for entry in std::fs::read_dir(&places[1]).unwrap() {
        let file = entry.unwrap();
        std::fs::copy(file.path(), places[0].join(file.file_name())).unwrap();
    }
    held();
    std::fs::remove_dir_all(&places[0]).unwrap();
    std::fs::rename(&places[1], &places[0]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(listed(&folder).contains("; it did not end as it should"));
    rollback(&folder, &admin, &stage::spec(), &run)
        .exits(0)
        .shows(&["taken back"]);
}

#[test]
fn a_run_that_was_stopped_says_why_afterwards() {
    let Some(cluster) = broken() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: slow, namespace: b2b}, spec: {replicas: 1, selector: \
                      {matchLabels: {app: slow}}, template: {metadata: {labels: {app: slow}}, spec: {containers: [{name: a, image: a}]}}}}";
    cluster.create(deployment).unwrap();
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "b2b", "name": "slow"});
    let patch = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "b"}]);
    let fix = json!({"action": "kubernetes.patch", "risk": "safe", "summary": "set it", "target": target, "patch": patch});
    wants(&folder, &json!([fix]));
    let own = [
        "-p",
        "own",
        "--only",
        "fixes",
        "--trust-fixes",
        "--yes",
        "--max-risk",
        "disruptive",
    ];
    let spec = stage::spec();
    let mut child = begun(&folder, &admin, &of_remediate(&spec, &own));
    let place = folder.path().join("journal");
    // No Pod of it comes up here: nothing runs them.
    until(&mut child, || {
        std::fs::read_dir(&place).is_ok_and(|mut entries| {
            entries.any(|entry| {
                let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
                text.contains("\"phase\":\"done\"")
            })
        })
    });
    std::thread::sleep(Duration::from_secs(1));
    cluster
        .answer(&["delete", "deployment", "slow", "-n", "b2b"])
        .unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    let listed = listed(&folder);
    assert!(
        listed.contains("1 of 1 steps done; it was stopped: b2b/slow (Deployment) is gone\n"),
        "{listed}"
    );
}
