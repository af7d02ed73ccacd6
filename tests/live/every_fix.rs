//! Every fix that policies propose for objects of a cluster, on a real API server: what is planted is found, repaired by one
//! policy's fix each, clean afterwards, and as it was once it is taken back.

use super::repairing::{AGREED, objects, of_remediate, rollback, run, runs};
use super::{binaries_with_controllers, stage};
use crate::program::{Folder, Report, root};
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::settle;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// A level of Pod Security is warned of first, and a project is mended once its applications are.
const ROUNDS: usize = 4;

/// Each policy with a fix for objects of a cluster, and what makes it find something: words for kubectl.
const PLANTED: [(&str, &[&str]); 14] = [
    (
        "argocd-project-scope",
        &[
            "patch",
            "appproject",
            "stage",
            "-n",
            "argocd",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"sourceRepos":["*"]}}"#,
        ],
    ),
    (
        "argocd-source-declared",
        &[
            "patch",
            "application",
            "b2b",
            "-n",
            "argocd",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"source":{"targetRevision":"feature"}}}"#,
        ],
    ),
    (
        "backend-accepts-all-namespaces",
        &["delete", "networkpolicy", "allow-all", "-n", "back"],
    ),
    (
        "backend-closed-to-outside",
        &[
            "patch",
            "service",
            "ii",
            "-n",
            "back",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"externalIPs":["203.0.113.7"]}}"#,
        ],
    ),
    (
        "datastore-not-exposed",
        &[
            "patch",
            "service",
            "keydb",
            "-n",
            "back",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"externalIPs":["203.0.113.8"]}}"#,
        ],
    ),
    (
        "datastore-persistent",
        &[
            "patch",
            "statefulset",
            "keydb",
            "-n",
            "back",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete"}}}"#,
        ],
    ),
    (
        "declared-source-blocked",
        &[
            "patch",
            "networkpolicy",
            "accept-declared",
            "-n",
            "b2b",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"ingress":[{"from":[{"podSelector":{}}]}]}}"#,
        ],
    ),
    (
        "grafana-not-public",
        &[
            "patch",
            "service",
            "GRAFANA",
            "-n",
            "prometheus",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"externalIPs":["203.0.113.9"]}}"#,
        ],
    ),
    (
        "ingress-class",
        &[
            "patch",
            "ingress",
            "b2b-web",
            "-n",
            "b2b",
            "--type",
            "merge",
            "-p",
            r#"{"spec":{"ingressClassName":"other"}}"#,
        ],
    ),
    (
        "monitor-selected",
        &[
            "label",
            "servicemonitor",
            "ingress-nginx-controller",
            "-n",
            "prometheus",
            "release-",
        ],
    ),
    // The spec of this test declares a namespace that is not there.
    ("namespace-declared", &["get", "namespaces"]),
    (
        "namespace-isolation",
        &["delete", "networkpolicy", "accept-declared", "-n", "front-web"],
    ),
    (
        "pod-security-level",
        &["label", "namespace", "b2b", "pod-security.kubernetes.io/enforce-"],
    ),
    (
        "proxy-layer",
        &[
            "annotate",
            "ingress",
            "web",
            "-n",
            "front-web",
            "nginx-proxy-server-",
        ],
    ),
];

/// Its own policy shuts everybody out of the datastore.
const OWN_ONLY: &str = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: own-only, namespace: back}, spec: {podSelector: \
                        {matchLabels: {app: keydb}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}}";
const REACHED: &str = "proxy-reaches-datastore";

/// What is repaired in the account, in Spaces, or only with an account declared: `account::repair`, `account::repair_images`, `account::repair_spaces`
/// and `safety` show these. The first password is deleted, and cannot be taken back.
const ELSEWHERE: [&str; 16] = [
    "argocd-initial-secret",
    "backup-retention",
    "cluster-as-declared",
    "control-plane-firewall",
    "firewall-open-to-world",
    "firewall-undeclared",
    "load-balancer-as-declared",
    "load-balancer-orphan",
    "node-pool-as-declared",
    "node-port-exposed",
    "registry-copy-unused",
    "registry-garbage",
    "registry-size",
    "space-exists",
    "space-lifecycle",
    "space-private",
];

fn policies() -> Vec<&'static str> {
    PLANTED
        .iter()
        .map(|(policy, _)| *policy)
        .chain([REACHED])
        .collect()
}

/// The policies of which something is found.
fn found(folder: &Folder, admin: &Path) -> BTreeSet<String> {
    let only = policies().join(",");
    let words = [
        "audit",
        "stage.yaml",
        "--state",
        "none",
        "-o",
        "json",
        "--exit-zero",
        "--only",
        &only,
    ];
    let report = Report(run(folder, admin, &words).exits(0).json());
    let findings = report.findings();
    findings
        .iter()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect()
}

/// All that repairs may touch.
fn state(cluster: &Cluster) -> Vec<Value> {
    let kinds =
        "namespaces,networkpolicies,services,ingresses,servicemonitors,statefulsets,applications,appprojects";
    objects(cluster, kinds)
}

#[test]
fn every_fix_in_a_cluster_repairs_and_is_taken_back() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let cluster = stage::mended(&binaries);
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let base = root().join("environments/base.yaml");
    let spec = std::fs::read_to_string(stage::spec())
        .unwrap()
        .replace("../../../environments/base.yaml", &base.display().to_string());
    folder.write(
        "stage.yaml",
        format!("{spec}  namespaces:\n    - {{name: extra, role: platform}}\n"),
    );

    let grafana = cluster
        .answer(&[
            "get",
            "services",
            "-n",
            "prometheus",
            "-o",
            "jsonpath={.items[*].metadata.name}",
        ])
        .unwrap();
    let grafana = grafana
        .split(' ')
        .find(|name| name.contains("grafana"))
        .unwrap()
        .to_owned();
    for (_, words) in PLANTED {
        let words: Vec<&str> = words
            .iter()
            .map(|word| {
                if *word == "GRAFANA" {
                    grafana.as_str()
                } else {
                    word
                }
            })
            .collect();
        cluster.answer(&words).unwrap();
    }
    cluster.apply(OWN_ONLY).unwrap();
    settle(&cluster).unwrap();
    let all: BTreeSet<String> = policies().into_iter().map(str::to_owned).collect();
    assert_eq!(found(&folder, &admin), all);

    let before = state(&cluster);
    let only = policies().join(",");
    for round in 0.. {
        let more = [&AGREED[..], &["--only", &only]].concat();
        let outcome = run(&folder, &admin, &of_remediate("stage.yaml", &more));
        if outcome.code == Some(0) {
            break;
        }
        assert!(round < ROUNDS, "{}\n{}", outcome.stdout, outcome.stderr);
    }
    assert_eq!(found(&folder, &admin), BTreeSet::new());

    let mut stayed = 0;
    for name in runs(&folder).iter().rev() {
        let taken = rollback(&folder, &admin, "stage.yaml", name);
        if taken.stdout.contains("stays") {
            stayed += 1;
            taken.exits(1).has(&["kubectl delete namespace extra"]);
        } else {
            taken.exits(0);
        }
    }
    // No remediation deletes a Namespace, and who does that has to wait for it.
    assert_eq!(stayed, 1);
    cluster
        .answer(&["delete", "namespace", "extra", "--wait=false"])
        .unwrap();
    let start = Instant::now();
    while state(&cluster).len() > before.len() && start.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_secs(1));
    }
    let after = state(&cluster);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
}

/// A policy that begins to propose a fix has to be shown, too.
#[test]
fn no_fix_is_left_out() {
    let listed = Folder::new().run(["policy", "list"]).exits(0).stdout;
    let ids = listed.lines().filter_map(|line| line.split_whitespace().next());
    let fixable: BTreeSet<String> = ids
        .filter(|id| {
            Folder::new()
                .run(["policy", "explain", id])
                .exits(0)
                .stdout
                .contains("proposes a fix")
        })
        .map(str::to_owned)
        .collect();
    let shown: BTreeSet<String> = policies()
        .into_iter()
        .chain(ELSEWHERE)
        .map(str::to_owned)
        .collect();
    assert_eq!(fixable, shown);
}
