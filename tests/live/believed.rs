//! What a run is told is not believed: neither of a journal what takes it back, nor of words on the command line or of a plan's
//! file what a step may break.

use super::binaries_with_controllers;
use super::repairing::{AGREED, PATIENCE, remediate, rollback, run};
use super::stage;
use crate::live::terminal::at_a_terminal_until;
use crate::program::Folder;
use envcheck_core::plan::meaning_hash;
use envcheck_core::value::Value as Object;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::settle;
use serde_json::{Value, json};

fn mended() -> Option<Cluster> {
    let cluster = stage::mended(&binaries_with_controllers()?);
    settle(&cluster).unwrap();
    Some(cluster)
}

fn object(cluster: &Cluster, words: &[&str]) -> Value {
    let words = [&["get", "--show-managed-fields", "-o", "json"], words].concat();
    serde_json::from_str(&cluster.answer(&words).unwrap()).unwrap()
}

/// A line for what somebody says that a run did, with the object as it is now.
fn said(number: usize, object: &Value, action: &str, data: &Value, undo: &Value) -> String {
    let hash = meaning_hash(&Object::from_json_str(&object.to_string()).unwrap());
    let metadata = &object["metadata"];
    let mut target =
        json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "name": metadata["name"]});
    if let Some(namespace) = metadata.get("namespace") {
        target["namespace"] = namespace.clone();
    }
    let before = if action == "kubernetes.create" {
        Value::Null
    } else {
        json!("x")
    };
    let step = format!("s{number}");
    let intent = json!({
        "phase": "intent", "step": step, "summary": format!("said {number}"), "before": before, "after": hash,
        "deed": {"action": action, "target": target, "data": data}, "undo": undo,
    });
    let done = json!({"phase": "done", "step": step, "after": hash, "uid": metadata["uid"]});
    format!("{intent}\n{done}\n")
}

#[test]
fn a_journal_that_somebody_wrote_takes_nothing_away() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    cluster
        .apply(
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: precious, namespace: back}, spec: {accessModes: \
             [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}\n---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: \
             ClusterRoleBinding, metadata: {name: nobody}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \
             cluster-admin}}\n",
        )
        .unwrap();
    remediate(&folder, &admin, &["--dry-run", "--out", "plan.json"]);
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let head = json!({
        "apiVersion": "envcheck.dev/journal/v1", "run": "said", "environment": "stage", "cluster": plan["plan"]["cluster"],
        "started": "2026-11-27T07:34:06Z", "undoes": null, "steps": 4,
    });
    let claim = object(&cluster, &["pvc", "precious", "-n", "back"]);
    let route = object(&cluster, &["ingress", "b2b-web", "-n", "b2b"]);
    let binding = object(&cluster, &["clusterrolebinding", "nobody"]);
    let definition = object(&cluster, &["crd", "applications.argoproj.io"]);
    let delete = json!({"delete": true});
    let other = json!({"deed": {"action": "kubernetes.delete", "data": {}, "target":
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "back", "name": "precious"}}});
    let eve = json!({"patch": [{"op": "add", "path": "/subjects", "value":
        [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "eve"}]}]});
    let create = "kubernetes.create";
    let mut text = format!("{head}\n");
    text += &said(
        0,
        &claim,
        create,
        &json!({"kind": "PersistentVolumeClaim"}),
        &delete,
    );
    text += &said(
        1,
        &definition,
        create,
        &json!({"kind": "CustomResourceDefinition"}),
        &delete,
    );
    text += &said(2, &route, create, &json!({"kind": "Ingress"}), &delete);
    text += &said(3, &binding, "kubernetes.patch", &json!([]), &eve);
    text += &said(
        4,
        &object(&cluster, &["service", "ii", "-n", "back"]),
        "kubernetes.patch",
        &json!([]),
        &other,
    );
    folder.write("journal/said.jsonl", text + "{\"phase\":\"end\"}\n");

    let spec = stage::spec();
    let words = ["rollback", "said", "-e", &spec, "--journal", "journal"];
    let outcome = run(&folder, &admin, &[&words[..], &["--yes"]].concat()).exits(1);
    outcome.shows(&[
        "no remediation deletes a PersistentVolumeClaim",
        "no remediation deletes a CustomResourceDefinition",
        "says that envcheck made it",
        "does not say how it is undone",
        "such steps are named: --step",
        "it changes more than what the run did",
    ]);
    for (before, words) in [
        (&claim, &["pvc", "precious", "-n", "back"][..]),
        (&route, &["ingress", "b2b-web", "-n", "b2b"]),
        (&binding, &["clusterrolebinding", "nobody"]),
        (&definition, &["crd", "applications.argoproj.io"]),
    ] {
        let now = object(&cluster, words);
        assert_eq!(now["metadata"]["uid"], before["metadata"]["uid"], "{words:?}");
        assert_eq!(now.get("subjects"), None);
    }
    run(&folder, &admin, &[&words[..], &["--step", "nothing"]].concat()).exits(2);
}

/// A policy of the user's own that wants an annotation of Ingresses, or hates it.
fn own(folder: &Folder, id: &str, condition: &str, more: &str) {
    let text = format!(
        "# METADATA\n# title: own\n# description: own\n# scope: package\n# custom:\n#   id: {id}\n#   severity: high\n\
         #   evaluates: object\n#   kinds: [networking.k8s.io/v1/Ingress]\n#   needs: []\n#   stages: [manifests, live]\n\
         #   remediation: own\npackage own.{}\n\ndeny contains finding if {{\n\t{condition} input.metadata.annotations.mine\n\
         \tinput.metadata.name == \"b2b-web\"\n\
         \tfinding := {{\"message\": \"{id}\", \"path\": [\"metadata\"]{more}}}\n}}\n",
        id.replace('-', "_")
    );
    folder.write(&format!("own/{id}.rego"), text);
}

#[test]
fn what_goes_without_a_step_of_its_own_is_told_and_looked_at_afterwards() {
    const ASKED: [&str; 5] = [
        "-p",
        "own",
        "--trust-fixes",
        "--only",
        "wants-mine,misses-mine,knows-version",
    ];
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let fix = ", \"fix\": {\"action\": \"kubernetes.annotate\", \"risk\": \"safe\", \"summary\": \"annotate\", \
               \"params\": {\"annotations\": {\"mine\": \"yes\"}}}";
    own(&folder, "wants-mine", "not", fix);
    own(&folder, "misses-mine", "not", "");
    let words = [&ASKED[..4], &["wants-mine,misses-mine"], &AGREED].concat();
    let told = remediate(&folder, &admin, &words).exits(0).shows(&[
        "proved on a copy: 1 go, 0 appear; 1 more without a step of their own",
        "goes too     misses-mine   b2b/b2b-web (Ingress): misses-mine",
        "1 of 1 step done",
    ]);
    assert!(!told.stdout.contains("left alone"), "{}", told.stdout);

    // A copy has the version of what it was made of: what it promises is not believed.
    let run = super::repairing::runs(&folder).remove(0);
    rollback(&folder, &admin, &stage::spec(), &run).exits(0);
    let route = object(&cluster, &["ingress", "b2b-web", "-n", "b2b"]);
    let version = route["metadata"]["resourceVersion"].as_str().unwrap();
    own(&folder, "knows-version", "not", "");
    let file = folder.path().join("own/knows-version.rego");
    let text = std::fs::read_to_string(&file).unwrap();
    let other = text.split_once("deny contains").unwrap().1.replace(
        "not input.metadata.annotations.mine",
        &format!("input.metadata.resourceVersion != \"{version}\""),
    );
    std::fs::write(&file, format!("{text}\ndeny contains{other}")).unwrap();
    let words = [&ASKED[..], &AGREED].concat();
    remediate(&folder, &admin, &words).exits(1).shows(&[
        "2 more without a step of their own",
        "left alone   knows-version   b2b/b2b-web (Ingress): it should have gone with the steps, and is still there",
        "1 of 1 step done",
    ]);
}

#[test]
fn what_is_asked_for_breaks_nothing_that_was_not_asked_for() {
    const OWN: [&str; 3] = ["-p", "own", "--trust-fixes"];
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let fix = ", \"fix\": {\"action\": \"kubernetes.annotate\", \"risk\": \"safe\", \"summary\": \"annotate\", \
               \"params\": {\"annotations\": {\"mine\": \"yes\"}}}";
    own(&folder, "wants-mine", "not", fix);
    own(&folder, "hates-mine", "", "");
    let untouched = || {
        let route = object(&cluster, &["ingress", "b2b-web", "-n", "b2b"]);
        assert_eq!(route["metadata"]["annotations"].get("mine"), None);
    };
    let words = [&OWN[..], &AGREED, &["--only", "wants-mine"]].concat();
    let told = remediate(&folder, &admin, &words).exits(1);
    told.shows(&["brings about hates-mine", "it would bring about one finding new"]);
    untouched();
    let words = [
        &OWN[..],
        &["--dry-run", "--out", "plan.json", "--only", "wants-mine"],
    ]
    .concat();
    remediate(&folder, &admin, &words).exits(1);
    let words = [&OWN[..], &AGREED, &["--plan", "plan.json"]].concat();
    let told = remediate(&folder, &admin, &words).exits(1);
    told.shows(&["it would bring about one finding new"]);
    untouched();
    // Who says that it shall not be heard, is not told.
    let words = [
        &OWN[..],
        &AGREED,
        &["--only", "wants-mine", "--skip", "hates-mine"],
    ]
    .concat();
    remediate(&folder, &admin, &words).exits(0).shows(&[": fixed"]);
    // Whoever interrupts the question takes nothing back.
    let run = super::repairing::runs(&folder).remove(0);
    let spec = stage::spec();
    let words = ["rollback", &run, "-e", &spec, "--journal", "journal"];
    let command = super::repairing::command(&folder, &admin, &words);
    at_a_terminal_until(command, "", "[y/N]", PATIENCE).exits(130);
    // Of nothing to do there is nothing to say.
    let words = [
        &OWN[..],
        &["--dry-run", "--out", "none.json", "--only", "wants-mine"],
    ]
    .concat();
    remediate(&folder, &admin, &words).exits(0);
    let words = [&OWN[..], &["--plan", "none.json", "--only", "wants-mine"]].concat();
    let told = remediate(&folder, &admin, &words)
        .exits(0)
        .shows(&["nothing to do"]);
    assert!(!told.stderr.contains("not everything"), "{}", told.stderr);
}
