//! What no repair does, on a real API server: each test tries to have it done by a policy of the user's own, whose fixes are
//! trusted, or by a plan that was made when it was still right.

use super::least_privilege::{apply, kubeconfig, printed};
use super::repairing::{AGREED, FAULTS, rollback, runs};
use super::stage;
use super::{binaries_with_controllers, start};
use crate::live::terminal::at_a_terminal_meanwhile;
use crate::program::{Folder, Outcome, finish_within, program};
use envcheck_test_cluster::{Cluster, Options};
use envcheck_test_fakes::settle;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(3);

/// STAGE as it should be.
pub(super) fn mended() -> Option<Cluster> {
    let cluster = stage::mended(&binaries_with_controllers()?);
    settle(&cluster).unwrap();
    Some(cluster)
}

/// A policy that finds a fault for each of these fixes, as long as its target is as the fix wants to have it changed or not:
/// it asks for them whatever there is.
pub(super) fn wants(folder: &Folder, fixes: &Value) {
    let text = format!(
        "# METADATA\n# title: own\n# description: own\n# scope: package\n# custom:\n#   id: fixes\n#   severity: high\n\
         #   evaluates: environment\n#   kinds: [v1/Namespace, apps/v1/Deployment, v1/ConfigMap, networking.k8s.io/v1/NetworkPolicy]\n\
         #   needs: []\n#   stages: [live]\n#   remediation: own\npackage own.fixes\n\n\
         deny contains finding if {{\n\tsome key, fix in fixes\n\tfinding := {{\"message\": fix.summary, \"key\": key, \
         \"resource\": {{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"name\": \"b2b\"}}, \"fix\": fix}}\n}}\n\n\
         fixes := {fixes}\n"
    );
    folder.write("own/fixes.rego", text);
}

fn remediate(folder: &Folder, kubeconfig: &Path, more: &[&str]) -> Outcome {
    finish_within(command(folder, kubeconfig, more), None, PATIENCE)
}

fn command(folder: &Folder, kubeconfig: &Path, more: &[&str]) -> Command {
    let spec = stage::spec();
    let kubeconfig = kubeconfig.display().to_string();
    let words = [
        "remediate",
        &spec,
        "--state",
        "none",
        "--journal",
        "journal",
        "--kubeconfig",
        &kubeconfig,
    ];
    let mut command = program(words.iter().chain(more));
    command.current_dir(folder.path());
    command
}

/// With the fixes of the policy above, and no others.
pub(super) fn own(folder: &Folder, cluster: &Cluster, more: &[&str]) -> Outcome {
    let own = [
        "--context",
        "test",
        "-p",
        "own",
        "--only",
        "fixes",
        "--trust-fixes",
    ];
    remediate(folder, &cluster.kubeconfig(), &[&own, more].concat())
}

fn plan(folder: &Folder) -> Vec<Value> {
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    plan["plan"]["steps"].as_array().unwrap().clone()
}

/// The id of the step with this summary.
fn step(folder: &Folder, summary: &str) -> String {
    let steps = plan(folder);
    let found = steps.iter().find(|step| step["summary"] == summary);
    let found = found.unwrap_or_else(|| panic!("{summary}: {steps:#?}"));
    found["id"].as_str().unwrap().to_owned()
}

fn policy(summary: &str, name: &str, from: &str) -> Value {
    json!({
        "action": "kubernetes.create", "risk": "safe", "summary": summary,
        "object": {
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "b2b"},
            "spec": {
                "podSelector": {}, "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": from}}}]}],
            },
        },
    })
}

pub(super) fn patch(summary: &str, target: &Value, operations: &Value) -> Value {
    json!({"action": "kubernetes.patch", "risk": "safe", "summary": summary, "target": target, "patch": operations})
}

pub(super) fn target(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "namespace": namespace, "name": name})
}

#[test]
fn no_connection_is_opened_that_nobody_declared() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    let there = |name: &str| {
        cluster
            .answer(&["get", "networkpolicy", name, "-n", "b2b"])
            .is_ok()
    };
    // Apart from one another, and one that only several together would open.
    let label = json!({
        "action": "kubernetes.label", "risk": "safe", "summary": "label argocd",
        "target": {"apiVersion": "v1", "kind": "Namespace", "name": "argocd"}, "params": {"labels": {"team": "guests"}},
    });
    let mut guests = policy("let in guests", "guests", "x");
    guests["object"]["spec"]["ingress"][0]["from"][0]["namespaceSelector"] =
        json!({"matchLabels": {"team": "guests"}});
    wants(
        &folder,
        &json!([
            policy("let in what is declared", "declared", "prometheus"),
            policy("let in argocd", "argocd", "argocd"),
            guests,
            label,
        ]),
    );
    let run = own(
        &folder,
        &cluster,
        &[&AGREED[..], &["--out", "plan.json"]].concat(),
    )
    .exits(1);
    run.has(&[
        "let in argocd: it would open argocd/",
        "label argocd: it would open argocd/",
        "→ b2b/b2b-web[Deployment] (All Connections)",
        "which the environment does not declare",
    ]);
    let summaries: Vec<Value> = plan(&folder).iter().map(|step| step["summary"].clone()).collect();
    assert!(
        summaries.contains(&json!("let in what is declared")),
        "{summaries:?}"
    );
    assert!(!summaries.contains(&json!("let in argocd")), "{summaries:?}");
    // Of the two that belong together the first may be done.
    let both = ["let in guests", "label argocd"];
    let offered = summaries
        .iter()
        .filter(|own| both.iter().any(|one| **own == json!(one)));
    assert_eq!(offered.count(), 1, "{summaries:?}");
    assert!(there("declared") && !there("argocd"));

    // What opened nothing when it was planned, since nothing was closed.
    let policies = cluster
        .answer(&["get", "networkpolicy", "-n", "b2b", "-o", "json"])
        .unwrap();
    cluster
        .answer(&["delete", "networkpolicy", "--all", "-n", "b2b"])
        .unwrap();
    wants(&folder, &json!([policy("let in argocd", "argocd", "argocd")]));
    // Where hosts are declared the ingress controller stays admitted.
    own(&folder, &cluster, &["--dry-run"])
        .exits(1)
        .has(&["the ingress controller serves b2b/b2b-web[Deployment] for Ingress b2b/b2b-web"]);
    cluster
        .answer(&["delete", "ingress", "b2b-web", "-n", "b2b"])
        .unwrap();
    own(&folder, &cluster, &["--dry-run", "--out", "plan.json"]).exits(1);
    let id = step(&folder, "let in argocd");
    // Whatever the policy says: it closes what was open to others.
    assert_eq!(plan(&folder)[0]["risk"], "disruptive");
    let mut policies: Value = serde_json::from_str(&policies).unwrap();
    for item in policies["items"].as_array_mut().unwrap() {
        let metadata = item["metadata"].as_object_mut().unwrap();
        metadata.retain(|key, _| key == "name" || key == "namespace");
    }
    cluster.apply(&policies.to_string()).unwrap();
    let run = own(
        &folder,
        &cluster,
        &[
            "--plan",
            "plan.json",
            "--yes",
            "--max-risk",
            "none",
            "--step",
            &id,
        ],
    )
    .exits(1);
    run.has(&["it would open", "→ b2b/b2b-web[Deployment]"]);
    assert!(!there("argocd"));
}

const SETTINGS: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: b2b}, data: {level: info, other: x}}";

/// Has the API server call a workload of namespace b2b.
fn calls_orders(cluster: &Cluster, folder: &Folder) {
    let hook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "orders"},
        "webhooks": [{
            "name": "orders.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore",
            "clientConfig": {"service": {"namespace": "b2b", "name": "b2b-web", "port": 80}},
            "rules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["orders"]}],
        }],
    });
    folder.write("hook.json", hook.to_string());
    let hook = folder.path().join("hook.json").display().to_string();
    cluster.answer(&["create", "-f", &hook]).unwrap();
}

#[test]
fn what_comes_up_while_somebody_is_asked_counts() {
    let Some(cluster) = mended() else { return };
    let (folder, cluster) = (Arc::new(Folder::new()), Arc::new(cluster));
    let asked = |words: &[&str], happens: fn(&Cluster, &Folder)| {
        let (there, here) = (Arc::clone(&cluster), Arc::clone(&folder));
        let words = [&["--context", "test"], words].concat();
        let command = command(&folder, &cluster.kubeconfig(), &words);
        at_a_terminal_meanwhile(
            command,
            "[y/N]",
            move || happens(&there, &here),
            "y\ny\n",
            PATIENCE,
        )
    };
    cluster
        .answer(&["delete", "networkpolicy", "--all", "-n", "b2b"])
        .unwrap();
    let isolation = asked(&["--only", "namespace-isolation", "-n", "b2b"], calls_orders).exits(1);
    isolation.shows(&[
        "the API server calls",
        "for ValidatingWebhookConfiguration orders",
    ]);
    let denying = cluster.answer(&["get", "networkpolicy", "default-deny", "-n", "b2b"]);
    assert!(denying.is_err(), "{denying:?}");
    cluster
        .answer(&["delete", "validatingwebhookconfiguration", "orders"])
        .unwrap();

    let change = |patch: &str, of: &[&str]| {
        let words = [&["patch", "-n"], of, &["--type=merge", "-p", patch]].concat();
        cluster.answer(&words).unwrap();
    };
    change(
        r#"{"spec":{"syncPolicy":{"automated":null}}}"#,
        &["argocd", "application", "b2b"],
    );
    let tracking = r#"{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"b2b:networking.k8s.io/Ingress:b2b/b2b-web"}},
        "spec":{"ingressClassName":"other"}}"#;
    change(tracking, &["b2b", "ingress", "b2b-web"]);
    let class = asked(&["--only", "ingress-class"], |cluster, _| {
        let heals = r#"{"spec":{"syncPolicy":{"automated":{"selfHeal":true}}}}"#;
        let words = [
            "patch",
            "-n",
            "argocd",
            "application",
            "b2b",
            "--type=merge",
            "-p",
            heals,
        ];
        cluster.answer(&words).unwrap();
    });
    class
        .exits(1)
        .shows(&["Argo CD application b2b has selfHeal and would take it back within seconds"]);
    let now = [
        "get",
        "ingress",
        "b2b-web",
        "-n",
        "b2b",
        "-o",
        "jsonpath={.spec.ingressClassName}",
    ];
    assert_eq!(cluster.answer(&now).unwrap(), "other");
}

#[test]
fn the_api_server_is_not_cut_off_from_what_it_calls() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    cluster
        .answer(&["delete", "networkpolicy", "--all", "-n", "b2b"])
        .unwrap();
    calls_orders(&cluster, &folder);
    let words = [
        "--context",
        "test",
        "--only",
        "namespace-isolation",
        "-n",
        "b2b",
        "--yes",
        "--max-risk",
        "disruptive",
    ];
    let left = remediate(&folder, &cluster.kubeconfig(), &words).exits(1);
    left.has(&[
        "the API server calls",
        "for ValidatingWebhookConfiguration orders",
    ]);
    let policies = || {
        cluster
            .answer(&["get", "networkpolicy", "-n", "b2b", "-o", "name"])
            .unwrap()
    };
    assert_eq!(policies(), "");

    cluster
        .answer(&["delete", "validatingwebhookconfiguration", "orders"])
        .unwrap();
    remediate(&folder, &cluster.kubeconfig(), &words);
    assert!(policies().contains("networkpolicy"), "{}", policies());
}

#[test]
fn what_argo_cd_has_begun_to_heal_is_not_taken_back_behind_its_back() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    let kubectl = |words: &[&str]| cluster.answer(words).unwrap();
    let policy = |policy: &str| {
        kubectl(&[
            "patch",
            "application",
            "b2b",
            "-n",
            "argocd",
            "--type=merge",
            "-p",
            &format!(r#"{{"spec":{{"syncPolicy":{policy}}}}}"#),
        ])
    };
    policy(r#"{"automated":null}"#);
    kubectl(&[
        "annotate",
        "ingress",
        "b2b-web",
        "-n",
        "b2b",
        "--overwrite",
        "argocd.argoproj.io/tracking-id=b2b:networking.k8s.io/Ingress:b2b/b2b-web",
    ]);
    let class = |name: &str| {
        let patch = format!(r#"{{"spec":{{"ingressClassName":"{name}"}}}}"#);
        kubectl(&[
            "patch",
            "ingress",
            "b2b-web",
            "-n",
            "b2b",
            "--type=merge",
            "-p",
            &patch,
        ])
    };
    class("other");
    let words = [
        "--context",
        "test",
        "--only",
        "ingress-class",
        "--yes",
        "--max-risk",
        "disruptive",
    ];
    remediate(&folder, &cluster.kubeconfig(), &words)
        .exits(0)
        .has(&["the next sync of application b2b takes it back"]);
    policy(r#"{"automated":{"selfHeal":true}}"#);
    let run = runs(&folder).remove(0);
    let spec = stage::spec();
    rollback(&folder, &cluster.kubeconfig(), &spec, &run)
        .exits(1)
        .has(&["Argo CD application b2b has selfHeal and would take it back within seconds"]);
    let now = kubectl(&[
        "get",
        "ingress",
        "b2b-web",
        "-n",
        "b2b",
        "-o",
        "jsonpath={.spec.ingressClassName}",
    ]);
    assert_eq!(now, "nginx");
}

#[test]
fn what_the_plan_never_promised_holds_nothing_up() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    cluster.create(SETTINGS).unwrap();
    let settings = target("v1", "ConfigMap", "b2b", "settings");
    let set = |key: &str| {
        let operations = json!([{"op": "replace", "path": format!("/data/{key}"), "value": "changed"}]);
        patch(&format!("set {key}"), &settings, &operations)
    };
    // Its policy goes on asking, which the copy tells: the second step does not rest on the first being enough.
    wants(&folder, &json!([set("level"), set("other")]));
    let run = own(&folder, &cluster, &AGREED).exits(1);
    run.has(&["done, but not fixed, as the plan said", "2 of 2 steps done"]);
    let data = "jsonpath={.data.level}/{.data.other}";
    let read = ["get", "configmap", "settings", "-n", "b2b", "-o", data];
    assert_eq!(cluster.answer(&read).unwrap(), "changed/changed");
}

#[test]
fn what_belongs_to_others_is_left_to_them() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    // Written by one, and a part of it applied by another.
    cluster.create(SETTINGS).unwrap();
    let flux = |data: &str| {
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings, namespace: b2b}}, data: {data}}}"
        );
        let file = folder.write("settings.yaml", text);
        let file = file.display().to_string();
        let words = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager",
            "flux",
            "-f",
            &file,
        ];
        cluster.answer(&words).unwrap();
    };
    flux("{level: info}");
    let settings = target("v1", "ConfigMap", "b2b", "settings");
    let set = |key: &str| {
        let operations = json!([{"op": "replace", "path": format!("/data/{key}"), "value": "changed"}]);
        patch(&format!("set {key}"), &settings, &operations)
    };
    // And one whose replicas are an autoscaler's.
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: scaled, namespace: b2b}, spec: {replicas: 1, selector: \
                      {matchLabels: {app: scaled}}, template: {metadata: {labels: {app: scaled}}, spec: {containers: [{name: a, image: a}]}}}}";
    cluster.create(deployment).unwrap();
    let autoscaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: scaled, namespace: b2b}, spec: \
                      {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}, minReplicas: 1, maxReplicas: 3}}";
    let scaled = target("apps/v1", "Deployment", "b2b", "scaled");
    let scale = patch(
        "scale it",
        &scaled,
        &json!([{"op": "replace", "path": "/spec/replicas", "value": 0}]),
    );
    wants(&folder, &json!([set("level"), set("other"), scale]));

    own(&folder, &cluster, &["--dry-run", "--out", "plan.json"])
        .exits(1)
        .has(&["flux applied data.level (server-side apply), which is not taken over"]);
    assert_eq!(
        plan(&folder).len(),
        2,
        "what nobody applied, and what nobody scales, may be changed"
    );
    let (other, scale) = (step(&folder, "set other"), step(&folder, "scale it"));
    // By the time it is done, somebody has both: the objects mean what they meant.
    flux("{level: info, other: x}");
    cluster.create(autoscaler).unwrap();
    let run = own(
        &folder,
        &cluster,
        &["--plan", "plan.json", "--yes", "--step", &other, "--step", &scale],
    )
    .exits(1);
    run.has(&[
        "flux applied data.other",
        "how many replicas b2b/scaled (Deployment) has is up to HorizontalPodAutoscaler scaled",
    ]);
    own(&folder, &cluster, &["--dry-run"]).exits(1).has(&[
        "flux applied data.other",
        "is up to HorizontalPodAutoscaler scaled",
    ]);
    let level = [
        "get",
        "configmap",
        "settings",
        "-n",
        "b2b",
        "-o",
        "jsonpath={.data.level}/{.data.other}",
    ];
    assert_eq!(cluster.answer(&level).unwrap(), "info/x");
    let replicas = [
        "get",
        "deployment",
        "scaled",
        "-n",
        "b2b",
        "-o",
        "jsonpath={.spec.replicas}",
    ];
    assert_eq!(cluster.answer(&replicas).unwrap(), "1");
    // Nothing that is refused is begun: there is no journal.
    assert!(!folder.path().join("journal").exists());
}

#[test]
fn nobody_is_locked_out_and_no_pod_is_made_to_break_a_level() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    // A level that a Pod breaks, asked for by a patch instead of a label.
    cluster
        .create(
            "{apiVersion: v1, kind: Pod, metadata: {name: on-host, namespace: argocd}, spec: {hostNetwork: true, containers: [{name: a, image: a}]}}",
        )
        .unwrap();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "name": "argocd"});
    let enforce = "/metadata/labels/pod-security.kubernetes.io~1enforce";
    let operations = json!([{"op": "add", "path": enforce, "value": "restricted"}]);
    wants(&folder, &json!([patch("enforce it", &namespace, &operations)]));
    own(&folder, &cluster, &AGREED)
        .exits(1)
        .has(&["Pods that run would break what it enforces"]);

    // The first password of Argo CD's administrator.
    let first = "{apiVersion: v1, kind: Secret, metadata: {name: argocd-initial-admin-secret, namespace: argocd}, stringData: {password: canary-of-the-first}}";
    cluster.create(first).unwrap();
    let there = || {
        let words = ["get", "secret", "argocd-initial-admin-secret", "-n", "argocd"];
        cluster.answer(&words).is_ok()
    };
    let repair = |more: &[&str]| {
        let only = ["--context", "test", "--only", "argocd-initial-secret"];
        remediate(&folder, &cluster.kubeconfig(), &[&only, more].concat())
    };
    repair(&AGREED)
        .exits(1)
        .has(&["no other login of an administrator is proven"]);
    let sso = "{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: argocd}, data: {url: 'https://argocd.example.com', \
               oidc.config: '{issuer: https://id.example.com, clientID: a1, clientSecret: $oidc.secret}'}}";
    let roles = "{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-rbac-cm, namespace: argocd}, data: {policy.csv: 'g, platform, role:admin'}}";
    cluster.apply(&format!("{sso}\n---\n{roles}")).unwrap();
    // The client's secret is nowhere: nobody gets in like that.
    repair(&AGREED).exits(1).has(&[
        "no other login of an administrator is proven",
        "oidc.config refers to $oidc.secret, and that there is such a key in Secret argocd-secret is not recorded",
    ]);
    let key = "{apiVersion: v1, kind: Secret, metadata: {name: argocd-secret, namespace: argocd}, stringData: {oidc.secret: canary-of-the-client}}";
    cluster.create(key).unwrap();
    // By its name alone, and it is told that nothing brings it back.
    let run = repair(&[&AGREED[..], &["--out", "plan.json"]].concat()).exits(1);
    run.has(&[
        "destructive",
        "no undo: what a Secret holds is not kept",
        "such steps are named",
    ]);
    assert!(there());
    let steps = plan(&folder);
    let id = steps[0]["id"].as_str().unwrap();
    // What was proven is not believed for ever.
    cluster
        .answer(&["delete", "configmap", "argocd-rbac-cm", "-n", "argocd"])
        .unwrap();
    repair(&["--plan", "plan.json", "--yes", "--step", id])
        .exits(1)
        .has(&["no other login of an administrator is proven"]);
    assert!(there());
    cluster.apply(roles).unwrap();
    repair(&["--plan", "plan.json", "--yes", "--step", id]).exits(0);
    assert!(!there());
    for entry in std::fs::read_dir(folder.path().join("journal")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("canary"), "{text}");
    }
    assert!(!folder.read("plan.json").contains("canary"));
}

#[test]
fn a_cluster_that_nobody_verified_is_named_and_a_journal_has_its_place() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    cluster
        .answer(&[
            "annotate",
            "ingress",
            "web",
            "-n",
            "front-web",
            "nginx-proxy-server-",
        ])
        .unwrap();
    let only = ["--only", "proxy-layer"];
    // The spec names the context; that is not the user's word.
    let run = remediate(&folder, &cluster.kubeconfig(), &[&only[..], &["--yes"]].concat()).exits(2);
    run.says(&["which cluster it is could not be verified", "--context"]);
    let (spec, kubeconfig) = (stage::spec(), cluster.kubeconfig().display().to_string());
    for agreed in [&["--yes"][..], &["--yes", "--step", "0123456789ab"]] {
        let words = [
            "remediate",
            &spec,
            "--state",
            "none",
            "--kubeconfig",
            &kubeconfig,
            "--context",
            "test",
        ];
        let mut command = program(words.iter().chain(&only).chain(agreed));
        command.current_dir(folder.path());
        finish_within(command, None, PATIENCE).exits(2);
    }
    assert!(!folder.path().join("journal").exists());
    assert!(!folder.path().join("reports").exists());
    let annotation = [
        "get",
        "ingress",
        "web",
        "-n",
        "front-web",
        "-o",
        "jsonpath={.metadata.annotations}",
    ];
    assert!(
        !cluster
            .answer(&annotation)
            .unwrap()
            .contains("nginx-proxy-server")
    );
    remediate(
        &folder,
        &cluster.kubeconfig(),
        &[&only[..], &["--yes", "--context", "test"]].concat(),
    )
    .exits(0);

    // A plan of this cluster is none for another one.
    let own = ["--context", "test", "--dry-run", "--out", "plan.json"];
    cluster
        .answer(&[
            "annotate",
            "ingress",
            "web",
            "-n",
            "front-web",
            "nginx-proxy-server-",
        ])
        .unwrap();
    remediate(&folder, &cluster.kubeconfig(), &[&only[..], &own].concat()).exits(1);
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let other = start(&binaries, &Options::default());
    let words = ["--context", "test", "--plan", "plan.json", "--yes"];
    let run = remediate(&folder, &other.kubeconfig(), &[&only[..], &words].concat()).exits(2);
    run.says(&["the plan is of another cluster"]);
}

#[test]
fn the_printed_rights_are_enough_to_repair_and_to_take_it_back() {
    let Some(cluster) = mended() else { return };
    cluster.apply(stage::PLANTED).unwrap();
    for words in FAULTS {
        cluster.answer(words).unwrap();
    }
    cluster
        .create("{apiVersion: v1, kind: Secret, metadata: {name: argocd-initial-admin-secret, namespace: argocd}, stringData: {password: x}}")
        .unwrap();
    cluster
        .apply(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: argocd}, data: {url: 'https://a.example.com', oidc.config: '{issuer: x, clientID: a1, enablePKCEAuthentication: true}'}}\n---\n\
             {apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-rbac-cm, namespace: argocd}, data: {policy.csv: 'g, platform, role:admin'}}",
        )
        .unwrap();
    settle(&cluster).unwrap();
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "envcheck", "namespace": stage::ACCOUNTS}});
    let mut items = printed(&["--writes"]);
    items.push(account);
    apply(&cluster, &items);
    let own = kubeconfig(&cluster, "envcheck");
    let context = cluster_context(&own);
    let agreed = [&AGREED[..], &["--context", &context, "--out", "plan.json"]].concat();

    let (folder, admins) = (Folder::new(), Folder::new());
    // What an administrator would do is what this account does.
    remediate(
        &admins,
        &cluster.kubeconfig(),
        &["--context", "test", "--dry-run", "--out", "plan.json"],
    )
    .exits(1);
    let run = remediate(&folder, &own, &agreed).exits(1);
    assert!(!run.stdout.contains("not done"), "{}", run.stdout);
    assert!(!run.stdout.contains("forbidden"), "{}", run.stdout);
    assert!(!run.stdout.contains("could not verify"), "{}", run.stdout);
    run.has(&[": fixed"]);
    let ids =
        |folder: &Folder| -> Vec<Value> { plan(folder).iter().map(|step| step["id"].clone()).collect() };
    assert_eq!(ids(&folder), ids(&admins));

    // The one Secret, and no other.
    let steps = plan(&folder);
    let secret = steps
        .iter()
        .find(|step| step["deed"]["target"]["kind"] == "Secret")
        .unwrap();
    let named = [
        "--context",
        &context,
        "--plan",
        "plan.json",
        "--yes",
        "--step",
        secret["id"].as_str().unwrap(),
    ];
    let gone = remediate(&folder, &own, &named);
    gone.has(&[": fixed"]);
    let may = |words: &[&str]| {
        let subject = format!("--as=system:serviceaccount:{}:envcheck", stage::ACCOUNTS);
        cluster
            .answer(&[&["auth", "can-i"], words, &[&subject]].concat())
            .is_ok()
    };
    for words in [
        &["get", "secrets", "-n", "argocd"][..],
        &["patch", "secrets", "-n", "argocd"],
        &["delete", "secrets/argocd-secret", "-n", "argocd"],
        &["create", "secrets", "-n", "argocd"],
        &["delete", "namespaces"],
        &["delete", "deployments", "-n", "b2b"],
        &["delete", "leases/other", "-n", "default"],
        &["get", "leases", "-n", "kube-system"],
        &["create", "clusterroles"],
    ] {
        assert!(!may(words), "{words:?}");
    }
    assert!(may(&[
        "delete",
        "secrets/argocd-initial-admin-secret",
        "-n",
        "argocd"
    ]));

    // And taken back.
    let (spec, own) = (stage::spec(), own.display().to_string());
    let words = [
        "rollback",
        &runs(&folder)[0],
        "-e",
        &spec,
        "--journal",
        "journal",
        "--yes",
        "--kubeconfig",
        &own,
        "--context",
        &context,
    ];
    let mut command = program(words);
    command.current_dir(folder.path());
    finish_within(command, None, PATIENCE)
        .exits(0)
        .shows(&["taken back"]);
}

/// The context of a kubeconfig that has one.
fn cluster_context(kubeconfig: &Path) -> String {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let mut lines = text.lines();
    let current = lines.find_map(|line| line.trim().strip_prefix("current-context:").map(str::trim));
    current.map_or_else(
        || "test".to_owned(),
        |name| name.trim_matches(['"', '\'']).to_owned(),
    )
}
