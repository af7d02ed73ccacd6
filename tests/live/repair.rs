//! `remediate` and `rollback` on real API servers: what is repaired is taken back to the last field, also after the program was
//! killed in the middle; what somebody else changed, or Argo CD would take back, is left alone; one writer at a time.

use super::binaries_with_controllers;
use super::deeds::Deed;
use super::proxy::Proxy;
use super::repairing::{self, AGREED, FAULTS, PATIENCE, command, objects, of_remediate, remediate, runs};
use super::stage::{self, PLANTED};
use crate::live::terminal::at_a_terminal_until;
use crate::program::{Folder, Outcome, Report, at_a_terminal};
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::settle;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What remediation may change.
const KINDS: &str = "configmaps,cronjobs,daemonsets,deployments,ingresses,namespaces,networkpolicies,services,serviceaccounts,\
                     servicemonitors,statefulsets";

/// STAGE with all that is planted in it.
fn planted() -> Option<Cluster> {
    let cluster = stage::mended(&binaries_with_controllers()?);
    cluster.apply(PLANTED).unwrap();
    for words in FAULTS {
        cluster.answer(words).unwrap();
    }
    settle(&cluster).unwrap();
    Some(cluster)
}

/// All that remediation may change.
fn state(cluster: &Cluster) -> Vec<Value> {
    objects(cluster, KINDS)
}

/// One step of each action, where every write is tried.
const FEW: [&str; 5] = [
    "--yes",
    "--max-risk",
    "disruptive",
    "--only",
    "backend-accepts-all-namespaces,ingress-class,proxy-layer",
];

fn rollback(folder: &Folder, kubeconfig: &Path, name: &str) -> Outcome {
    repairing::rollback(folder, kubeconfig, &stage::spec(), name)
}

fn findings(kubeconfig: &Path) -> Vec<String> {
    let outcome = stage::audit(kubeconfig, &["-o", "json", "--exit-zero"]);
    Report(outcome.exits(0).json()).findings()
}

#[test]
fn what_is_repaired_is_taken_back_to_the_last_field() {
    let Some(cluster) = planted() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let (before, found) = (state(&cluster), findings(&admin));

    // Nothing is changed that nobody agreed to.
    remediate(&folder, &admin, &[]).exits(1);
    remediate(&folder, &admin, &["--dry-run"]).exits(1);
    assert_eq!(state(&cluster), before);
    assert!(!folder.path().join("journal").exists());

    let outcome = remediate(&folder, &admin, &AGREED).exits(1);
    outcome.shows(&[": fixed", "to take it back: envcheck rollback"]);
    let after = findings(&admin);
    assert!(after.len() < found.len(), "{after:#?}");
    assert!(
        after.iter().all(|finding| found.contains(finding)),
        "nothing new: {after:#?}"
    );
    let repaired = state(&cluster);
    assert_ne!(repaired, before);

    // Twice is as once: what is left is left.
    remediate(&folder, &admin, &AGREED).exits(1);
    assert_eq!(state(&cluster), repaired);

    let first = runs(&folder).remove(0);
    rollback(&folder, &admin, &first).exits(0).shows(&["taken back"]);
    assert_eq!(state(&cluster), before);
    assert_eq!(findings(&admin), found);
    // And once more there is nothing to take back.
    rollback(&folder, &admin, &first).exits(0);
    assert_eq!(state(&cluster), before);
}

#[test]
fn a_killed_run_is_taken_back_wherever_it_was_killed() {
    let Some(cluster) = planted() else { return };
    let before = state(&cluster);
    let writes = {
        let folder = Folder::new();
        let proxy = Proxy::start(&cluster, |_| Deed::Pass);
        remediate(&folder, proxy.kubeconfig(), &FEW).exits(0);
        let run = runs(&folder).remove(0);
        rollback(&folder, &cluster.kubeconfig(), &run).exits(0);
        assert_eq!(state(&cluster), before);
        proxy.log().iter().filter(|(asked, _)| asked.changes()).count()
    };
    assert!(writes > 2, "{writes}");
    for killed_at in 0..writes {
        for deed in [Deed::Stall, Deed::StallAfterwards] {
            let folder = Folder::new();
            let seen = Arc::new(AtomicUsize::new(0));
            let (count, own) = (Arc::clone(&seen), deed.clone());
            let proxy = Proxy::start(&cluster, move |asked| {
                if asked.changes() && count.fetch_add(1, Ordering::SeqCst) == killed_at {
                    own.clone()
                } else {
                    Deed::Pass
                }
            });
            let mut command = command(&folder, proxy.kubeconfig(), &of_remediate(&stage::spec(), &FEW));
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let begun = Instant::now();
            while seen.load(Ordering::SeqCst) <= killed_at {
                assert!(begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
                std::thread::sleep(Duration::from_millis(10));
            }
            // Until the server has done what it was asked.
            std::thread::sleep(Duration::from_millis(300));
            let run = runs(&folder).remove(0);
            // While it goes on it is not taken back.
            let refused = rollback(&folder, &cluster.kubeconfig(), &run).exits(2);
            assert!(refused.stderr.contains("still goes on"), "{}", refused.stderr);
            let listed = folder.run(["runs", "--journal", "journal"]).exits(0).stdout;
            assert!(listed.contains("; it goes on\n"), "{listed}");
            child.kill().unwrap();
            child.wait().unwrap();
            let listed = folder.run(["runs", "--journal", "journal"]).exits(0).stdout;
            assert!(listed.contains("it did not end as it should"), "{listed}");
            rollback(&folder, &cluster.kubeconfig(), &run).exits(0);
            assert_eq!(state(&cluster), before, "killed at write {killed_at}, {deed:?}");
        }
    }
}

#[test]
fn a_plan_is_done_as_it_was_shown_and_what_changed_since_is_left() {
    let Some(cluster) = planted() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    remediate(&folder, &admin, &["--out", "plan.json"]).exits(1);
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let existing = steps
        .iter()
        .find(|step| !step["before"].is_null() && step["risk"] != "destructive")
        .unwrap();
    let target = &existing["deed"]["target"];
    let text = |key: &str| target[key].as_str().unwrap_or("default").to_owned();
    let (kind, name, namespace) = (text("kind"), text("name"), text("namespace"));
    cluster
        .answer(&[
            "annotate",
            &kind,
            &name,
            "--namespace",
            &namespace,
            "example.com/by=somebody",
        ])
        .unwrap();
    let outcome = remediate(
        &folder,
        &admin,
        &["--plan", "plan.json", "--yes", "--max-risk", "disruptive"],
    )
    .exits(1);
    outcome.shows(&["was changed by", ": fixed"]);
    // A plan that somebody changed is none.
    let changed = folder
        .read("plan.json")
        .replace("\"risk\": \"disruptive\"", "\"risk\": \"safe\"");
    folder.write("plan.json", changed);
    remediate(&folder, &admin, &["--plan", "plan.json", "--yes"]).refuses(&["changed after it was written"]);
}

#[test]
fn on_a_terminal_each_class_of_risk_or_each_step_is_asked_for() {
    let Some(cluster) = planted() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let spec = stage::spec();
    let ask = |more: &[&str], typed: &str| {
        let more = [&["--only", "ingress-class,proxy-layer"], more].concat();
        let command = command(&folder, &admin, &of_remediate(&spec, &more));
        at_a_terminal(command, typed, PATIENCE)
    };
    // Whoever interrupts the question ends the run, and nothing was done.
    let more = of_remediate(&spec, &["--only", "ingress-class,proxy-layer"]);
    let outcome = at_a_terminal_until(command(&folder, &admin, &more), "", "[y/N]", PATIENCE).exits(130);
    assert!(
        outcome.stderr.contains("interrupted: nothing was written"),
        "{}",
        outcome.stderr
    );
    assert!(!folder.path().join("journal").exists());
    // Nobody agrees to anything: each class is asked for all the same.
    let outcome = ask(&[], "n\nn\n").exits(1);
    for words in [
        "Apply 1 safe step? [y/N]",
        "disruptive step? [y/N]",
        "nothing was changed",
    ] {
        assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
    }
    // What is above the risk that was said is not asked for, and listed.
    let outcome = ask(&["--max-risk", "safe"], "n\ny\n").exits(1);
    assert_eq!(outcome.stderr.matches("[y/N]").count(), 1, "{}", outcome.stderr);
    for words in [
        "it is disruptive, and --max-risk says safe; --step",
        "nothing was changed",
    ] {
        assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
    }
    let outcome = ask(&["--max-risk", "none"], "y\ny\n").exits(1);
    assert!(!outcome.stderr.contains("[y/N]"), "{}", outcome.stderr);
    let each = ask(&["--interactive", "--max-risk", "safe"], "n\ny\n").exits(1);
    assert_eq!(each.stderr.matches("? [y/N/q]").count(), 1, "{}", each.stderr);
    // Where nobody is asked, it is told what each flag does.
    for (more, words) in [
        (
            &[][..],
            "nothing was changed; --yes does the 1 safe step, --yes --max-risk disruptive also the 1 disruptive step\n",
        ),
        (
            &["--max-risk", "disruptive"],
            "nothing was changed; --yes does it\n",
        ),
    ] {
        let more = [&["--only", "ingress-class,proxy-layer"], more].concat();
        let told = remediate(&folder, &admin, &more).exits(1).stderr;
        assert!(told.contains(words), "{words}: {told}");
    }
    let outcome = ask(&["--interactive"], "n\nq\n").exits(1);
    assert_eq!(
        outcome.stderr.matches("? [y/N/q]").count(),
        2,
        "{}",
        outcome.stderr
    );
    assert!(!folder.path().join("journal").exists(), "nothing was done");

    // One by one: the first is left, the second done.
    let outcome = ask(&["--interactive"], "n\ny\n").exits(1);
    outcome.shows(&["fixed", "it was declined; --step"]);
    assert_eq!(runs(&folder).len(), 1);
    let listed = folder.run(["runs", "--journal", "journal"]).exits(0).stdout;
    assert!(listed.contains("1 of 1 steps done\n"), "{listed}");
    let outcome = ask(&[], "y\ny\n").exits(0);
    outcome.shows(&["fixed", "1 of 1 step done"]);
    ask(&[], "").exits(0);
}

#[test]
fn argo_cd_is_not_fought_and_one_writer_at_a_time() {
    let Some(cluster) = planted() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let dry = remediate(&folder, &admin, &["--out", "plan.json"]).exits(1);
    drop(dry);
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let existing = steps.iter().find(|step| !step["before"].is_null()).unwrap();
    let target = &existing["deed"]["target"];
    let text = |key: &str| target[key].as_str().unwrap_or("").to_owned();
    let (kind, name, namespace) = (text("kind"), text("name"), text("namespace"));
    let group = text("apiVersion")
        .split_once('/')
        .map_or(String::new(), |(group, _)| group.to_owned());
    let tracking = format!("argocd.argoproj.io/tracking-id=healed:{group}/{kind}:{namespace}/{name}");
    let place = if namespace.is_empty() {
        "default"
    } else {
        &namespace
    };
    cluster
        .answer(&["annotate", &kind, &name, "--namespace", place, &tracking])
        .unwrap();
    // Of an application that is not there to be asked, the worst is taken.
    let outcome = remediate(&folder, &admin, &AGREED).exits(1);
    outcome.shows(&["Argo CD application healed has selfHeal and would take it back within seconds"]);

    cluster
        .apply(&format!(
            "{{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {{name: envcheck-stage, namespace: default}}, spec: \
             {{holderIdentity: somebody-else, leaseDurationSeconds: 120, renewTime: '{:.6}'}}}}",
            jiff::Timestamp::now()
        ))
        .unwrap();
    let first = runs(&folder).remove(0);
    let outcome = rollback(&folder, &admin, &first).exits(2);
    assert!(
        outcome
            .stderr
            .contains("somebody-else is changing this environment"),
        "{}",
        outcome.stderr
    );
    // One that is held for years, renewed or not, is not waited for: it is said whose it is, and how it is removed.
    let forever =
        r#"{"spec": {"leaseDurationSeconds": 2147483647, "renewTime": "2020-01-01T00:00:00.000000Z"}}"#;
    cluster
        .answer(&[
            "patch",
            "lease",
            "envcheck-stage",
            "-n",
            "default",
            "--type=merge",
            "-p",
            forever,
        ])
        .unwrap();
    let outcome = rollback(&folder, &admin, &first).exits(2);
    for words in [
        "nothing was changed: somebody-else has Lease default/envcheck-stage",
        "kubectl -n default delete lease envcheck-stage",
    ] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}
