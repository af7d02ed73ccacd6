//! NetworkPolicies that drifted are put back in the order in which nothing closes on the way, each with what it cures; and what is
//! done is what was proved.

use super::repairing::{AGREED, of_remediate, rollback, run, runs};
use super::safety::mended;
use crate::program::{Folder, Outcome};
use envcheck_test_cluster::Cluster;
use serde_json::{Value, json};
use std::path::Path;

const SPEC: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  target: {kubernetes: {context: test}}
  namespaces:
    - {name: back, role: application, network: {accepts: {fromNamespaces: all}}}
    - name: shop
      role: application
      podSecurity: baseline
      quota: {services: 5}
      network: {accepts: {fromNamespaces: [], sameNamespace: false}, egress: {toNamespaces: [back], sameNamespace: false}}
";

/// The namespace as it is made, and as people have it.
const SHOP: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {envcheck.dev/environment: stage,
  pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/audit: baseline,
  pod-security.kubernetes.io/warn: privileged}}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: declared, namespace: shop, labels: {envcheck.dev/environment: stage}},
  spec: {hard: {services: '50'}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {selector: {matchLabels: {app: web}},
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: registry.example.com/web:1}]}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: default-deny, namespace: shop, labels: {
  envcheck.dev/environment: stage}}, spec: {podSelector: {}, policyTypes: [Ingress]}}
";

const REACH: &str = "
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: reach-declared, namespace: shop, labels: {
  envcheck.dev/environment: stage}}, spec: {podSelector: {matchLabels: {app: zz}}, policyTypes: [Egress], egress: [
  {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: back}}}]},
  {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {
  k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]}}
";

/// What finds something of Namespace shop while a condition holds.
///
/// A condition may end with `#` and a fix.
fn own(folder: &Folder, rules: &[(&str, &str)]) {
    let mut text = "# METADATA\n# title: own\n# description: own\n# scope: package\n# custom:\n#   id: own\n#   severity: high\n\
         #   evaluates: environment\n#   kinds: [v1/Namespace, networking.k8s.io/v1/NetworkPolicy]\n\
         #   needs: []\n#   stages: [live]\n#   remediation: own\npackage own\n\nshop contains policy if {\n\tsome policy in \
         data.view.network_policies\n\tpolicy.namespace == \"shop\"\n}\n\nreach_is_wrong if {\n\tsome policy in shop\n\t\
         policy.podSelector.matchLabels.app == \"zz\"\n}\n\nclosing_is_wrong if {\n\tsome policy in shop\n\tpolicy.name == \
         \"default-deny\"\n\tnot \"Egress\" in policy.types\n}\n\nis_warned if {\n\tsome namespace in data.view.namespaces\n\t\
         namespace.name == \"shop\"\n\tnamespace.labels[\"pod-security.kubernetes.io/warn\"] == \"baseline\"\n}\n"
        .to_owned();
    for (key, condition) in rules {
        let (condition, fix) = condition.split_once('#').unwrap_or((condition, ""));
        let rule = format!(
            "\ndeny contains finding if {{\n{condition}\tfinding := {{\"message\": \"{key}\", \"key\": \"{key}\", \"resource\": \
             {{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"name\": \"shop\"}}{fix}}}\n}}\n"
        );
        text.push_str(&rule);
    }
    folder.write("own/own.rego", text);
}

/// That nothing is denied, with a fix that annotates the namespace.
fn fixed(name: &str, risk: &str) -> String {
    format!(
        "\tclosing_is_wrong\n#, \"fix\": {{\"action\": \"kubernetes.annotate\", \"risk\": \"{risk}\", \"summary\": \"annotate {name}\", \
         \"params\": {{\"annotations\": {{\"{name}\": \"yes\"}}}}}}"
    )
}

fn repaired(folder: &Folder, admin: &Path, more: &[&str]) -> Outcome {
    run(
        folder,
        admin,
        &of_remediate("shop.yaml", &[&["-n", "shop"], more].concat()),
    )
}

/// The steps of the plan that was written, by the names of their targets: their places and ids.
fn steps(folder: &Folder) -> Vec<(String, String)> {
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).unwrap();
    let steps = plan["plan"]["steps"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    steps
        .iter()
        .map(|step| (text(&step["deed"]["target"]["name"]), text(&step["id"])))
        .collect()
}

fn id(folder: &Folder, name: &str) -> String {
    let found = steps(folder).into_iter().find(|(target, _)| target == name);
    found.unwrap().1
}

fn policy(cluster: &Cluster, name: &str) -> Value {
    let words = [
        "get",
        "networkpolicy",
        name,
        "-n",
        "shop",
        "-o",
        "jsonpath={.spec}",
    ];
    serde_json::from_str(&cluster.answer(&words).unwrap()).unwrap()
}

#[test]
fn what_closes_comes_after_what_keeps_open_and_not_without_it() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write("shop.yaml", SPEC);
    cluster.create(SHOP).unwrap();
    cluster.create(REACH).unwrap();
    let dry = ["--dry-run", "--out", "plan.json"];
    repaired(&folder, &admin, &dry).has(&["without which it would close what stays open"]);
    let planned: Vec<String> = steps(&folder).into_iter().map(|(name, _)| name).collect();
    let place = |name: &str| planned.iter().position(|one| one == name).unwrap();
    assert!(place("reach-declared") < place("default-deny"), "{planned:?}");

    // Neither by its own name, nor where the other one is not to be had.
    let before = policy(&cluster, "default-deny");
    let (deny, reach) = (id(&folder, "default-deny"), id(&folder, "reach-declared"));
    let rests = format!("it rests on step {reach}, which is not done");
    repaired(&folder, &admin, &["--yes", "--step", &deny])
        .exits(1)
        .has(&[&rests]);
    assert_eq!(policy(&cluster, "default-deny"), before);
    let file = folder.write(
        "flux.yaml",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: reach-declared, namespace: shop}, spec: {podSelector: \
         {matchLabels: {app: zz}}}}",
    );
    let file = file.display().to_string();
    let apply = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager",
        "flux",
        "-f",
        &file,
    ];
    cluster.answer(&apply).unwrap();
    // What would have gone with what cannot be done has its own fix again; one that is less dangerous it has all the same.
    own(
        &folder,
        &[
            ("hard", &fixed("hard", "disruptive")),
            ("easy", &fixed("easy", "safe")),
        ],
    );
    let trusted = ["-p", "own", "--trust-fixes", "--dry-run"];
    repaired(&folder, &admin, &trusted).has(&["annotate hard", "annotate easy"]);
    repaired(&folder, &admin, &AGREED).exits(1).has(&[
        "flux applied spec.podSelector",
        "it rests on shop/reach-declared (NetworkPolicy) as that should be, which is not changed here",
    ]);
    assert_eq!(policy(&cluster, "default-deny"), before);
    cluster
        .answer(&["delete", "networkpolicy", "reach-declared", "-n", "shop"])
        .unwrap();
    cluster.create(REACH).unwrap();
    let shown = repaired(&folder, &admin, &trusted);
    shown.has(&["annotate easy"]);
    assert!(!shown.stdout.contains("annotate hard"), "{}", shown.stdout);

    // A finding goes with what cures it, wherever that stands, and with all that it takes.
    let (reach, deny) = ("\treach_is_wrong\n", "\tclosing_is_wrong\n");
    let either = [("reach", reach), ("deny", deny), ("both", reach), ("both", deny)];
    own(&folder, &either);
    let with = |more: &[&'static str]| [&["-p", "own"][..], more].concat();
    let shown = repaired(&folder, &admin, &with(&dry));
    shown.has(&["own of", "goes only together with step"]);
    let before = (
        policy(&cluster, "default-deny"),
        policy(&cluster, "reach-declared"),
    );
    let done = repaired(&folder, &admin, &with(&AGREED));
    done.has(&[
        "default-deny back to what is declared: fixed",
        "reach-declared back to what is declared: fixed",
    ]);
    assert!(!done.stdout.contains("not fixed"), "{}", done.stdout);
    assert_eq!(
        policy(&cluster, "default-deny")["policyTypes"],
        json!(["Ingress", "Egress"])
    );
    assert_eq!(policy(&cluster, "reach-declared")["podSelector"], json!({}));

    let last = runs(&folder).pop().unwrap();
    let back = [
        "rollback",
        &last,
        "-e",
        "shop.yaml",
        "--journal",
        "journal",
        "--dry-run",
    ];
    let back = run(&folder, &admin, &back).stdout;
    let place = |name: &str| {
        back.find(&format!("take back: set NetworkPolicy shop/{name}"))
            .unwrap()
    };
    assert!(place("default-deny") < place("reach-declared"), "{back}");
    rollback(&folder, &admin, "shop.yaml", &last);
    assert_eq!(
        (
            policy(&cluster, "default-deny"),
            policy(&cluster, "reach-declared")
        ),
        before
    );
}

#[test]
fn a_part_of_a_plan_is_proved_before_it_is_done() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write("shop.yaml", SPEC);
    cluster.create(SHOP).unwrap();
    cluster.create(REACH).unwrap();
    // What warns while nothing is denied: of the whole plan there is nothing new.
    own(&folder, &[("warned", "\tis_warned\n\tclosing_is_wrong\n")]);
    let with = |more: &[&str]| {
        let words: Vec<String> = ["-p", "own"]
            .iter()
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        repaired(&folder, &admin, &words)
    };
    let shown = with(&["--dry-run", "--out", "plan.json"]);
    shown.has(&["0 appear"]);
    let warns = || {
        let path = r"jsonpath={.metadata.labels.pod-security\.kubernetes\.io/warn}";
        cluster.answer(&["get", "namespace", "shop", "-o", path]).unwrap()
    };
    // What is safe is done without being named, but not what brings about something new.
    let told = with(&["--yes"]).exits(1);
    let nothing = "Of the plan 0 steps are done: proved on a copy: 0 go, 0 appear";
    told.has(&[
        nothing,
        "brings about own",
        "it would bring about one finding new: own warned",
    ]);
    assert_eq!(warns(), "privileged");
    let told = with(&["--yes", "--plan", "plan.json"]).exits(1);
    told.has(&[nothing, "it would bring about one finding new: own warned"]);
    assert_eq!(warns(), "privileged");
    let step = id(&folder, "shop");
    let told = with(&["--yes", "--max-risk", "safe", "--step", &step]).exits(1);
    told.has(&[
        "Of the plan 1 step is done: proved on a copy: 0 go, 1 appear",
        "it is as declared, and brought about own",
        ", as the plan said",
    ]);
    assert_eq!(warns(), "baseline");
}

/// The ways of the declared policy, with something else at one place.
fn patched(cluster: &Cluster, name: &str, patch: &str) {
    let words = [
        "patch",
        "networkpolicy",
        name,
        "-n",
        "shop",
        "--type=json",
        "-p",
        patch,
    ];
    cluster.answer(&words).unwrap();
}

#[test]
fn what_is_declared_of_a_way_out_is_put_back_whoever_accepts_it() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    // Nothing says whom `prometheus` accepts.
    folder.write(
        "shop.yaml",
        SPEC.replace("toNamespaces: [back]", "toNamespaces: [back, prometheus]")
            .replace(
                "namespaces:\n",
                "namespaces:\n    - {name: prometheus, role: platform}\n",
            ),
    );
    cluster.create(SHOP).unwrap();
    cluster
        .create(&REACH.replace("{matchLabels: {app: zz}}", "{}"))
        .unwrap();
    patched(
        &cluster,
        "default-deny",
        r#"[{"op": "add", "path": "/spec/policyTypes/-", "value": "Egress"}]"#,
    );
    let told = repaired(&folder, &admin, &AGREED);
    told.has(&["set NetworkPolicy shop/reach-declared back", ": fixed", "opens"]);
    let text = policy(&cluster, "reach-declared").to_string();
    assert!(text.contains("prometheus"), "{text}");
}

#[test]
fn an_empty_selector_that_somebody_put_in_the_place_of_another_is_drift() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write(
        "shop.yaml",
        SPEC.replace(
            "fromNamespaces: [], sameNamespace: false",
            "fromNamespaces: [], sameNamespace: true",
        ),
    );
    cluster.create(SHOP).unwrap();
    let accept = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: accept-declared, namespace: shop, labels: {
        envcheck.dev/environment: stage}}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}}";
    cluster.create(accept).unwrap();
    repaired(&folder, &admin, &AGREED).has(&[
        "set NetworkPolicy shop/accept-declared back",
        ": fixed",
        "closes",
    ]);
    let spec = policy(&cluster, "accept-declared");
    assert_eq!(spec["ingress"], json!([{"from": [{"podSelector": {}}]}]));
}

#[test]
fn a_plan_s_file_closes_no_more_than_it_shows() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write(
        "shop.yaml",
        SPEC.replace(", egress: {toNamespaces: [back], sameNamespace: false}", ""),
    );
    cluster.create(SHOP).unwrap();
    patched(
        &cluster,
        "default-deny",
        r#"[{"op": "add", "path": "/spec/ingress", "value": [{}]}]"#,
    );
    let only = ["--dry-run", "--out", "plan.json"];
    repaired(&folder, &admin, &only).has(&["set NetworkPolicy shop/default-deny back", "closes"]);
    let late = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: late, namespace: back}, spec: {selector: {matchLabels: {app: late}},
        template: {metadata: {labels: {app: late}}, spec: {containers: [{name: late, image: registry.example.com/late:1}]}}}}";
    cluster.create(late).unwrap();
    let before = policy(&cluster, "default-deny");
    let words = [&AGREED[..], &["--plan", "plan.json"]].concat();
    repaired(&folder, &admin, &words).exits(1).has(&[
        "it would close back/late[Deployment] → shop/web[Deployment]",
        "which the plan did not show: make a new plan",
    ]);
    assert_eq!(policy(&cluster, "default-deny"), before);
    // What was shown of a new one is done.
    repaired(&folder, &admin, &only);
    repaired(&folder, &admin, &words).has(&["default-deny back to what is declared: fixed"]);
    assert_ne!(policy(&cluster, "default-deny"), before);
}

#[test]
fn of_a_part_of_a_plan_s_file_old_findings_are_not_new() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write("shop.yaml", SPEC);
    cluster.create(SHOP).unwrap();
    cluster.create(REACH).unwrap();
    // What no step of the file is for, and is there all the time.
    own(&folder, &[("always", "\ttrue\n")]);
    repaired(&folder, &admin, &["-p", "own", "--dry-run", "--out", "plan.json"]);
    let told = repaired(&folder, &admin, &["-p", "own", "--yes", "--plan", "plan.json"]);
    told.has(&[
        "Of the plan 1 step is done: proved on a copy: 0 go, 0 appear",
        "Namespace shop back to what is declared: fixed",
    ]);
}

#[test]
fn what_is_declared_to_be_open_is_held_against_no_other_step() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write(
        "shop.yaml",
        SPEC.replace(", egress: {toNamespaces: [back], sameNamespace: false}", ""),
    );
    cluster
        .create(&SHOP.replace("policyTypes: [Ingress]", "policyTypes: [Ingress, Egress]"))
        .unwrap();
    let told = repaired(&folder, &admin, &AGREED);
    told.has(&[
        "set NetworkPolicy shop/default-deny back to what is declared: fixed",
        "set Namespace shop back to what is declared: fixed",
        "opens   shop/web[Deployment]",
    ]);
    assert!(!told.stdout.contains("would open"), "{}", told.stdout);
}
