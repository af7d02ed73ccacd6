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

/// Takes away the server's record of who wrote what, as objects of old programs have none.
pub(super) fn forget(cluster: &Cluster, object: &[&str]) {
    let patch = r#"[{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]"#;
    let words = [&["patch"], object, &["--type=json", "-p", patch]].concat();
    cluster.answer(&words).unwrap();
    let record = [&["get"], object, &["-o", "jsonpath={.metadata.managedFields}"]].concat();
    assert_eq!(cluster.answer(&record).unwrap(), "");
}

/// Applies one from a file, as `kubectl apply` has always done.
fn apply_here(folder: &Folder, cluster: &Cluster, level: &str) {
    let text =
        format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: b2b, labels: {{{LABEL}: {level}}}}}}}");
    let file = folder.write("applied.yaml", text).display().to_string();
    cluster.answer(&["apply", "-f", &file]).unwrap();
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
    let note = format!("kubectl-label (Update) wrote another {LABEL}, and may do so again");
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

    // Of an object without any record nobody applied anything, and the server makes up a writer of everything.
    write(&cluster, "privileged");
    forget(&cluster, &["namespace", "b2b"]);
    let note =
        format!("somebody wrote another {LABEL}; the server has no record of who writes to this object");
    repaired(&["--dry-run"]).exits(1).has(&[&note]);
    repaired(&AGREED).exits(0).has(&[": fixed"]);
    assert_eq!(level(&cluster), declared);

    // What a file says, its next apply says again: it is changed there, unless it says what is declared.
    apply_here(&folder, &cluster, "privileged");
    let left = format!(
        "somebody applied metadata.labels[\"{LABEL}\"] from a file (kubectl apply), which the next kubectl apply says again: change it in \
         the file"
    );
    repaired(&AGREED).exits(1).has(&["left alone", &left]);
    assert_eq!(level(&cluster), "privileged");
    apply_here(&folder, &cluster, &declared);
    write(&cluster, "privileged");
    repaired(&AGREED).exits(0).has(&[": fixed"]);
    assert_eq!(level(&cluster), declared);
}
