//! Labels of Namespaces that others set: what somebody wrote is set back, what somebody applied is left to them.

use super::repairing::{AGREED, remediate, rollback, runs};
use super::safety::mended;
use super::stage;
use crate::program::Folder;
use envcheck_test_cluster::Cluster;

const LABEL: &str = "pod-security.kubernetes.io/enforce";
const ONLY: [&str; 2] = ["--only", "pod-security-level"];

/// The level that b2b enforces.
fn level(cluster: &Cluster) -> String {
    let path = format!("jsonpath={{.metadata.labels.{}}}", LABEL.replace('.', "\\."));
    cluster.answer(&["get", "namespace", "b2b", "-o", &path]).unwrap()
}

/// Writes another one, as people do.
fn write(cluster: &Cluster, level: &str) {
    let label = format!("{LABEL}={level}");
    cluster
        .answer(&["label", "--overwrite", "namespace", "b2b", &label])
        .unwrap();
}

/// Applies one, as another manager, which several may do.
fn apply(folder: &Folder, cluster: &Cluster, manager: &str, level: &str) {
    let text =
        format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: b2b, labels: {{{LABEL}: {level}}}}}}}");
    let file = folder.write("namespace.yaml", text).display().to_string();
    let words = ["apply", "--server-side", "--force-conflicts", "--field-manager"];
    cluster
        .answer(&[&words[..], &[manager, "-f", &file]].concat())
        .unwrap();
}

#[test]
fn a_label_that_somebody_wrote_is_set_back_and_one_that_was_applied_is_left() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let declared = level(&cluster);
    write(&cluster, "privileged");
    let repaired = |more: &[&str]| remediate(&folder, &admin, &[&ONLY[..], more].concat());
    let note = format!("kubectl-label wrote another {LABEL}, and may do so again");
    repaired(&["--dry-run"]).exits(1).has(&[&note]);
    assert_eq!(level(&cluster), "privileged");
    repaired(&AGREED).exits(0).has(&[": fixed"]);
    assert_eq!(level(&cluster), declared);
    // Taken back, it is as somebody wrote it, in our name; that is no reason against repairing it once more.
    rollback(&folder, &admin, &stage::spec(), &runs(&folder)[0]).exits(0);
    assert_eq!(level(&cluster), "privileged");
    repaired(&AGREED).exits(0).has(&[": fixed"]);
    assert_eq!(level(&cluster), declared);

    // Whoever applies it says so again: it is changed there, by all who do.
    apply(&folder, &cluster, "flux", "privileged");
    apply(&folder, &cluster, "team", "privileged");
    let left = format!(
        "flux and team applied metadata.labels[{LABEL}] (server-side apply), which is not taken over"
    );
    repaired(&AGREED).exits(1).has(&["left alone", &left]);
    assert_eq!(level(&cluster), "privileged");
    // They agree with what somebody writes as well: it stays theirs.
    write(&cluster, "privileged");
    repaired(&AGREED).exits(1).has(&["left alone", &left]);
    assert_eq!(level(&cluster), "privileged");
}
