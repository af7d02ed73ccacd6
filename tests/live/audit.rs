//! The documented STAGE environment on a real API server: what is planted is found, and nothing once it is mended.

use super::binaries_with_controllers;
use super::stage::{self, FINDINGS, PLANTED, RETIRED};
use crate::program::{Folder, Report};
use envcheck_test_fakes::{furnish, settle};
use std::collections::BTreeSet;

/// What the planted faults are beside changed objects.
const ADDED: [&str; 6] = [
    "default namespace/auditing",
    "back networkpolicy/own-only",
    "front-web networkpolicy/accept-argocd",
    "b2b service/b2b-direct",
    "kube-system deployment/headlamp",
    "kube-public configmap/headlamp",
];

/// What judges the account alone.
const OF_ACCOUNT: [&str; 27] = [
    "backup-fresh",
    "backup-retention",
    "cluster-as-declared",
    "cluster-high-availability",
    "cluster-running",
    "cluster-version-supported",
    "control-plane-firewall",
    "dedicated-load-balancer",
    "firewall-managed-present",
    "firewall-open-to-world",
    "firewall-undeclared",
    "image-from-declared-registry",
    "image-in-use",
    "load-balancer-as-declared",
    "load-balancer-orphan",
    "node-pool-as-declared",
    "registry-as-declared",
    "registry-copy-unused",
    "registry-garbage",
    "registry-integrated",
    "registry-size",
    "space-exists",
    "space-key-scope",
    "space-lifecycle",
    "space-private",
    "vpc-membership",
    "vpc-overlap",
];

#[test]
fn planted_faults_are_found_and_none_once_they_are_mended() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let cluster = stage::mended(&binaries);
    cluster.apply(PLANTED).unwrap();
    settle(&cluster).unwrap();
    let admin = cluster.kubeconfig();

    let report = stage::report(&admin, 1);
    assert_eq!(report.findings(), FINDINGS);
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
    let failed: BTreeSet<&str> = FINDINGS
        .iter()
        .filter_map(|finding| finding.split(' ').next())
        .collect();
    for row in report.list("policies") {
        let id = row["id"].as_str().unwrap();
        let expected = match id {
            _ if failed.contains(id) => "fail",
            _ if OF_ACCOUNT.contains(&id) => "not applicable",
            _ => "pass",
        };
        assert_eq!(row["verdict"], expected, "{id}");
    }

    furnish(&cluster).unwrap();
    for added in ADDED {
        let (namespace, object) = added.split_once(' ').unwrap();
        let arguments = ["delete", "--wait=false", "--namespace", namespace, object];
        cluster.answer(&arguments).unwrap();
    }
    settle(&cluster).unwrap();
    let report = stage::report(&admin, 0);
    assert_eq!(report.findings(), [RETIRED]);
    assert_eq!(report.not_evaluated(), [""; 0]);
    for row in report.list("policies") {
        let id = row["id"].as_str().unwrap();
        let expected = match id {
            _ if RETIRED.starts_with(id) => "fail",
            _ if OF_ACCOUNT.contains(&id) => "not applicable",
            _ => "pass",
        };
        assert_eq!(row["verdict"], expected, "{id}");
    }
}

/// A rule as conftest's users write them, about Pods alone: whatever makes the Pods would escape it.
const ABOUT_PODS: &str = "package main\n\n\
    deny contains msg if {\n\
    \x20 input.kind == \"Pod\"\n\
    \x20 some container in input.spec.containers\n\
    \x20 msg := sprintf(\"%s has no limits\", [container.name])\n\
    }\n";

#[test]
fn workloads_are_reported_once_and_not_once_per_pod() {
    let Some(cluster) = stage::shared() else { return };
    let report = stage::report(&cluster.kubeconfig(), 1);
    assert!(kinds(&report).is_disjoint(&BTreeSet::from(["Pod", "ReplicaSet"])));

    let folder = Folder::new();
    let policies = folder
        .write("policies/pods.rego", ABOUT_PODS)
        .display()
        .to_string();
    let arguments = ["-p", &policies, "--bundle", "none", "-o", "json"];
    let outcome = stage::audit(&cluster.kubeconfig(), &arguments).exits(1);
    assert_eq!(
        outcome.stderr, "",
        "nothing is doubted of policies that nobody read"
    );
    let report = outcome.report();
    assert_eq!(kinds(&report), BTreeSet::from(["Deployment", "StatefulSet"]));
    // Sixteen workloads with Pods: one finding for each, however many Pods.
    assert_eq!(report.list("findings").len(), 16, "{:?}", report.findings());
}

fn kinds(report: &Report) -> BTreeSet<&str> {
    let findings = report.list("findings").iter();
    findings
        .map(|finding| finding["resource"]["kind"].as_str().unwrap())
        .collect()
}
