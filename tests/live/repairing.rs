//! What tests of repairs share: faults that can be repaired, the commands, and what is there before and afterwards.

use super::stage;
use crate::program::{Folder, Outcome, finish_within, program};
use envcheck_test_cluster::Cluster;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub(crate) const PATIENCE: Duration = Duration::from_mins(5);
/// To all that needs no name.
pub(crate) const AGREED: [&str; 3] = ["--yes", "--max-risk", "disruptive"];

/// What goes wrong in STAGE, as words for kubectl: each can be repaired, by another action each.
pub(crate) const FAULTS: [&[&str]; 5] = [
    &[
        "annotate",
        "ingress",
        "web",
        "--namespace",
        "front-web",
        "nginx-proxy-server-",
    ],
    &[
        "patch",
        "ingress",
        "b2b-web",
        "--namespace",
        "b2b",
        "--type",
        "merge",
        "--patch",
        r#"{"spec":{"ingressClassName":"other"}}"#,
    ],
    &[
        "label",
        "servicemonitor",
        "ingress-nginx-controller",
        "--namespace",
        "prometheus",
        "release-",
    ],
    &["label", "namespace", "b2b", "pod-security.kubernetes.io/enforce-"],
    &["delete", "networkpolicy", "allow-all", "--namespace", "back"],
];

/// All objects of these kinds, without what the server writes.
pub(crate) fn objects(cluster: &Cluster, kinds: &str) -> Vec<Value> {
    let text = cluster
        .answer(&["get", kinds, "--all-namespaces", "--output", "json"])
        .unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    let mut objects = list["items"].as_array().unwrap().clone();
    for object in &mut objects {
        let object = object.as_object_mut().unwrap();
        object.remove("status");
        let metadata = object["metadata"].as_object_mut().unwrap();
        for own in [
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
            "managedFields",
        ] {
            metadata.remove(own);
        }
    }
    objects
}

/// The program on the cluster behind a kubeconfig, not yet started.
pub(crate) fn command(folder: &Folder, kubeconfig: &Path, words: &[&str]) -> Command {
    let kubeconfig = kubeconfig.display().to_string();
    let target = ["--kubeconfig", kubeconfig.as_str(), "--context", "test"];
    let mut command = program(words.iter().chain(&target));
    command.current_dir(folder.path());
    command
}

/// Runs the program on the cluster behind a kubeconfig.
pub(crate) fn run(folder: &Folder, kubeconfig: &Path, words: &[&str]) -> Outcome {
    finish_within(command(folder, kubeconfig, words), None, PATIENCE)
}

/// The words of `remediate` for a spec.
pub(crate) fn of_remediate<'w>(spec: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    let words = ["remediate", spec, "--state", "none", "--journal", "journal"];
    words.iter().chain(more).copied().collect()
}

/// Repairs STAGE.
pub(crate) fn remediate(folder: &Folder, kubeconfig: &Path, more: &[&str]) -> Outcome {
    run(folder, kubeconfig, &of_remediate(&stage::spec(), more))
}

/// Takes a run back, in the environment of a spec: what is destructive by its name.
pub(crate) fn rollback(folder: &Folder, kubeconfig: &Path, spec: &str, name: &str) -> Outcome {
    let words = ["rollback", name, "-e", spec, "--journal", "journal"];
    let of = |more: &[&str]| run(folder, kubeconfig, &[&words, more].concat());
    named(&of(&["--dry-run"]), of)
}

/// Agrees to all that is shown.
pub(crate) fn named(shown: &Outcome, run: impl Fn(&[&str]) -> Outcome) -> Outcome {
    let lines: Vec<&str> = shown.stdout.lines().collect();
    let destructive = |pair: &&[&str]| pair[0].split_whitespace().nth(1) == Some("destructive");
    let ids = lines.windows(2).filter(destructive);
    let ids: Vec<&str> = ids
        .filter_map(|pair| Some(pair[1].rsplit_once("step ")?.1))
        .collect();
    let ids = ids.join(",");
    if ids.is_empty() {
        run(&["--yes"])
    } else {
        run(&["--yes", "--step", &ids])
    }
}

/// The runs of `--journal journal`, in the order in which they began.
pub(crate) fn runs(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path().join("journal")).unwrap();
    let mut runs: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Two runs of one second are told apart by chance alone.
            let begun = entry.metadata().unwrap().created().unwrap();
            Some((begun, name.strip_suffix(".jsonl")?.to_owned()))
        })
        .collect();
    runs.sort();
    runs.into_iter().map(|(_, run)| run).collect()
}
