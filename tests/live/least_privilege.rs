//! The role that `envcheck rbac` prints is enough for everything, and no part of it is too much.

use super::binaries_with_controllers;
use super::stage::{self, ACCOUNTS as NAMESPACE};
use crate::program::{Folder, Report};
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::settle;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ACCOUNT: &str = "auditing/envcheck";

/// What is listed, as `resource.group`, and a policy that cannot do without it. Everything else of the role is of APIs that this
/// cluster does not serve, or tells which cluster it is.
const NEEDED_BY: [(&str, &str); 25] = [
    ("configmaps", "ingress-risky-annotation"),
    ("namespaces", "namespace-declared"),
    ("persistentvolumeclaims", "no-apps-in-system-namespaces"),
    ("pods", "workload-undeclared"),
    ("replicationcontrollers", "namespace-isolation"),
    ("secrets", "ingress-tls"),
    ("services", "backend-closed-to-outside"),
    ("daemonsets.apps", "namespace-isolation"),
    ("deployments.apps", "argocd-ready"),
    ("replicasets.apps", "namespace-isolation"),
    ("statefulsets.apps", "datastore-ready"),
    ("applications.argoproj.io", "argocd-synced"),
    ("appprojects.argoproj.io", "argocd-project-scope"),
    ("cronjobs.batch", "workload-declared"),
    ("jobs.batch", "workload-undeclared"),
    ("endpointslices.discovery.k8s.io", "cross-namespace-access"),
    ("podmonitors.monitoring.coreos.com", "monitor-selected"),
    ("prometheuses.monitoring.coreos.com", "monitor-selected"),
    ("prometheusrules.monitoring.coreos.com", "monitor-selected"),
    ("servicemonitors.monitoring.coreos.com", "monitor-selected"),
    ("ingressclasses.networking.k8s.io", "ingress-controller-ready"),
    ("ingresses.networking.k8s.io", "ingress-host-conflict"),
    ("networkpolicies.networking.k8s.io", "declared-source-blocked"),
    (
        "clusterrolebindings.rbac.authorization.k8s.io",
        "cross-namespace-access",
    ),
    ("rolebindings.rbac.authorization.k8s.io", "cross-namespace-access"),
];

/// What `rbac` prints: the role and its binding.
pub(super) fn printed(more: &[&str]) -> Vec<Value> {
    let spec = stage::spec();
    let outcome = Folder::new()
        .run(
            ["rbac", &spec, "--service-account", ACCOUNT, "-o", "json"]
                .iter()
                .chain(more),
        )
        .exits(0);
    let list = outcome.json();
    list["items"].as_array().unwrap().clone()
}

/// The role with one permission less, under a name of its own, for an account of its own.
fn without(items: &[Value], number: usize, resource: &str) -> Vec<Value> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    let name = format!("without-{number}");
    let mut items = items.to_vec();
    for item in &mut items {
        item["metadata"]["name"] = json!(name);
        if let Some(rules) = item.get_mut("rules").and_then(Value::as_array_mut) {
            for rule in rules
                .iter_mut()
                .filter(|rule| rule["verbs"] == json!(["list"]) && rule["apiGroups"] == json!([group]))
            {
                let resources = rule["resources"].as_array_mut().unwrap();
                let before = resources.len();
                resources.retain(|own| own != plural);
                assert_eq!(resources.len() + 1, before, "{resource} is in the role once");
            }
            rules.retain(|rule| rule["resources"] != json!([]));
        } else {
            item["roleRef"]["name"] = json!(name);
            item["subjects"][0]["name"] = json!(name);
        }
    }
    items.push(account(&name));
    items
}

fn account(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}})
}

pub(super) fn apply(cluster: &Cluster, items: &[Value]) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    cluster.apply(&list.to_string()).unwrap();
}

/// The account's kubeconfig, once the API server knows its role.
pub(super) fn kubeconfig(cluster: &Cluster, name: &str) -> PathBuf {
    let subject = format!("--as=system:serviceaccount:{NAMESPACE}:{name}");
    let begun = Instant::now();
    // Of the role's first rule: the rest comes with it.
    while cluster
        .answer(&["auth", "can-i", "get", "namespaces/kube-system", &subject])
        .is_err()
    {
        assert!(begun.elapsed() < Duration::from_secs(30), "{name} gets no role");
        std::thread::sleep(Duration::from_millis(50));
    }
    let token = cluster.service_account_token(NAMESPACE, name).unwrap();
    cluster.kubeconfig_for_token(name, &token).unwrap()
}

fn rows(report: &Report) -> BTreeMap<String, Value> {
    let rows = report.list("policies").iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone()))
        .collect()
}

/// The findings of some policies.
fn findings(report: &Report, of: impl Fn(&str) -> bool) -> Vec<Value> {
    let findings = report.list("findings").iter();
    findings
        .filter(|finding| of(finding["policy"].as_str().unwrap()))
        .cloned()
        .collect()
}

#[test]
fn the_printed_role_is_enough_and_each_part_of_it_is_needed() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let cluster = &stage::mended(&binaries);
    cluster.apply(stage::PLANTED).unwrap();
    settle(cluster).unwrap();
    let items = printed(&[]);
    let mut applied = items.clone();
    applied.push(account("envcheck"));
    for (number, (resource, _)) in NEEDED_BY.iter().enumerate() {
        applied.extend(without(&items, number, resource));
    }
    apply(cluster, &applied);

    // Roles and bindings are judged, too.
    let admin = stage::report(&cluster.kubeconfig(), 1);
    let own = stage::report(&kubeconfig(cluster, "envcheck"), 1);
    assert_eq!(own.list("findings"), admin.list("findings"));
    assert_eq!(own.not_evaluated(), [""; 0]);
    assert_eq!(own.0["coverage"], admin.0["coverage"]);
    assert_eq!(own.0["coverage"]["ratio"], 1.0);
    assert_eq!(rows(&own), rows(&admin));

    for (number, (resource, needed_by)) in NEEDED_BY.iter().enumerate() {
        let report = stage::report(&kubeconfig(cluster, &format!("without-{number}")), 1);
        judge(resource, needed_by, &report, &admin);
    }
}

/// What cannot do without the resource says so, and only the others say what they said before.
fn judge(resource: &str, needed_by: &str, report: &Report, admin: &Report) {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    let permission = format!("the credentials may not list {plural} in API group \"{group}\"");
    let gaps = report.list("notEvaluated");
    let named: BTreeSet<&str> = gaps.iter().map(|gap| gap["policy"].as_str().unwrap()).collect();
    assert!(
        named.contains(needed_by),
        "without {resource}: {:?}",
        report.not_evaluated()
    );
    for gap in gaps {
        assert!(
            gap["detail"].as_str().unwrap().contains(&permission),
            "without {resource}: {gap:#}"
        );
    }
    let spared = |id: &str| !named.contains(id);
    assert_eq!(
        findings(report, spared),
        findings(admin, spared),
        "without {resource}: the others find the same"
    );
    let truth = rows(admin);
    for (id, row) in rows(report) {
        if spared(&id) {
            assert_eq!(row, truth[&id], "without {resource}");
        } else {
            assert_ne!(row["verdict"], "pass", "without {resource}: {id}");
            assert!(
                row["counts"]["notEvaluated"].as_u64() > Some(0),
                "without {resource}: {row:#}"
            );
        }
    }
    // What they find in spite of it is there.
    let true_ones = findings(admin, |_| true);
    for finding in findings(report, |id| !spared(id)) {
        let known = true_ones
            .iter()
            .any(|own| own["fingerprint"] == finding["fingerprint"]);
        assert!(known, "without {resource}: {finding:#}");
    }
    assert!(report.0["coverage"]["ratio"].as_f64() < Some(1.0));
}

#[test]
fn without_any_permission_nothing_is_a_pass() {
    let Some(cluster) = stage::shared() else { return };
    let (certificate, key) = cluster.client_certificate("stranger", &[]).unwrap();
    let stranger = cluster
        .kubeconfig_for_certificate("stranger", &certificate, &key)
        .unwrap();
    let outcome = stage::audit(&stranger, &["-o", "json"]).exits(3);
    let report = outcome.report();
    assert_eq!(report.findings(), [""; 0]);
    for row in report.list("policies") {
        assert!(
            ["not evaluated", "not applicable"].contains(&row["verdict"].as_str().unwrap()),
            "{row:#}"
        );
    }
    assert_eq!(report.0["coverage"]["ratio"], 0.0);
}
