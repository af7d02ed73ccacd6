//! What drifted is set back field by field: what others apply stays theirs, whoever wrote the rest is named, and all of it is taken
//! back exactly.

use super::labels::forget;
use super::repairing::{AGREED, of_remediate, rollback, run, runs};
use super::safety::mended;
use crate::program::{Folder, Outcome};
use envcheck_test_cluster::Cluster;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SPEC: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  target: {kubernetes: {context: test}}
  namespaces:
    - {name: shop, role: platform, quota: {pods: 10, services: 5, configmaps: 20, secrets: 30}}
";

/// The quota as it is made, and as people have it.
fn quota(hard: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: declared, namespace: shop}}, spec: {{hard: {hard}}}}}"
    )
}

fn hard(cluster: &Cluster) -> Value {
    let words = [
        "get",
        "quota",
        "declared",
        "-n",
        "shop",
        "-o",
        "jsonpath={.spec.hard}",
    ];
    serde_json::from_str(&cluster.answer(&words).unwrap()).unwrap()
}

fn repaired(folder: &Folder, admin: &Path, more: &[&str]) -> Outcome {
    run(
        folder,
        admin,
        &of_remediate("shop.yaml", &[&["-n", "shop"], more].concat()),
    )
}

/// Does all that is planned.
fn agreed(folder: &Folder, admin: &Path) -> Outcome {
    repaired(folder, admin, &AGREED)
}

fn write(cluster: &Cluster, resource: &str, amount: &str) {
    let patch = format!(r#"{{"spec": {{"hard": {{"{resource}": "{amount}"}}}}}}"#);
    let words = [
        "patch",
        "quota",
        "declared",
        "-n",
        "shop",
        "--type=merge",
        "-p",
        &patch,
    ];
    cluster.answer(&words).unwrap();
}

#[test]
fn one_field_that_somebody_applied_keeps_no_other_from_being_set_back() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write("shop.yaml", SPEC);
    cluster.answer(&["create", "namespace", "shop"]).unwrap();
    let mark = "envcheck.dev/environment=stage";
    // On the server, by another manager, who would take over what is applied from a file by then.
    let file = folder
        .write("flux.yaml", quota("{pods: '50'}"))
        .display()
        .to_string();
    let words = ["apply", "--server-side", "--field-manager", "flux", "-f", &file];
    cluster.answer(&words).unwrap();
    // From a file: one is as it is declared there, one is not.
    let file = folder.write("quota.yaml", quota("{configmaps: '90', secrets: '30'}"));
    cluster
        .answer(&["apply", "-f", &file.display().to_string()])
        .unwrap();
    cluster
        .answer(&["label", "quota", "declared", "-n", "shop", mark])
        .unwrap();
    write(&cluster, "services", "50");
    write(&cluster, "secrets", "70");

    let shown = repaired(&folder, &admin, &["--dry-run", "--out", "plan.json"]);
    let wanted = [
        "set ResourceQuota shop/declared back to what is declared",
        "note: no policy looks at it: there is nothing that one could find",
        "note: kubectl-patch (Update) wrote another spec.hard.services, and may do so again",
        "note: kubectl-patch (Update) wrote another spec.hard.secrets, and may do so again",
        "flux applied spec.hard.pods (server-side apply), which is not taken over: change it there",
        "kubectl-client-side-apply applied spec.hard.configmaps from a file (kubectl apply), which the next kubectl apply says again: \
         change it in the file",
    ];
    shown.has(&wanted);
    let plan = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let text = plan.to_string();
    for words in &wanted[4..] {
        assert!(text.contains(words), "{plan:#}");
    }
    let named = |step: &Value| step["cautions"].to_string().contains("kubectl-patch (Update)");
    assert!(
        plan["plan"]["steps"].as_array().unwrap().iter().any(named),
        "{plan:#}"
    );

    let before = hard(&cluster);
    agreed(&folder, &admin).has(&["set ResourceQuota shop/declared", ": fixed", "left alone"]);
    let back = json!({"pods": "50", "configmaps": "90", "services": "5", "secrets": "30"});
    assert_eq!(hard(&cluster), back);
    rollback(&folder, &admin, "shop.yaml", &runs(&folder)[0]).exits(0);
    assert_eq!(hard(&cluster), before);

    // Of an object without any record nobody applied a field on the server; what its note says of a file holds.
    forget(&cluster, &["quota", "declared", "-n", "shop"]);
    let nobody =
        "somebody wrote another spec.hard.services; the server has no record of who writes to this object";
    agreed(&folder, &admin).has(&[nobody, "applied spec.hard.configmaps from a file"]);
    let back = json!({"pods": "10", "configmaps": "90", "services": "5", "secrets": "30"});
    assert_eq!(hard(&cluster), back);
}

#[test]
fn what_somebody_changes_again_at_once_is_not_told_as_set_back() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    folder.write("shop.yaml", SPEC);
    cluster.answer(&["create", "namespace", "shop"]).unwrap();
    let declared = "{pods: '10', services: '5', configmaps: '20', secrets: '30'}";
    cluster.create(&quota(declared)).unwrap();
    let mark = "envcheck.dev/environment=stage";
    cluster
        .answer(&["label", "quota", "declared", "-n", "shop", mark])
        .unwrap();
    write(&cluster, "services", "50");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if hard(&cluster)["services"] == "5" {
                    write(&cluster, "services", "50");
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let outcome = agreed(&folder, &admin);
        over.store(true, Ordering::Relaxed);
        outcome.exits(1).has(&[
            "done, but not fixed: shop/declared (ResourceQuota) was changed again by kubectl-patch",
            "1 of 1 step done, 1 not fixed",
        ]);
    });
}

/// An Ingress as people wrote them before there was a field for the class.
const OLD: &str = r"{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: old, namespace: b2b, annotations: {
    kubernetes.io/ingress.class: other}}, spec: {rules: [{host: b2b.stage.example.com, http: {paths: [{path: /old, pathType: Prefix,
    backend: {service: {name: b2b-web, port: {number: 80}}}}]}}]}}";

#[test]
fn the_only_annotation_goes_with_its_map_and_comes_back_beside_what_others_note() {
    let Some(cluster) = mended() else { return };
    let (folder, admin) = (Folder::new(), cluster.kubeconfig());
    let old = || {
        let words = ["get", "ingress", "old", "-n", "b2b", "-o", "json"];
        let object: Value = serde_json::from_str(&cluster.answer(&words).unwrap()).unwrap();
        (object["metadata"]["annotations"].clone(), object["spec"].clone())
    };
    let only = ["--only", "ingress-class"];
    let repaired = || super::repairing::remediate(&folder, &admin, &[&only[..], &AGREED].concat());
    cluster.create(OLD).unwrap();
    let bare = old();
    repaired()
        .exits(0)
        .has(&["give Ingress b2b/old the class nginx", ": fixed"]);
    assert_eq!(
        (old().0, old().1["ingressClassName"].clone()),
        (Value::Null, json!("nginx"))
    );
    rollback(&folder, &admin, &super::stage::spec(), &runs(&folder)[0]).exits(0);
    assert_eq!(old(), bare);

    // What kubectl notes is nobody's meaning, and stays through both.
    let note = "kubectl.kubernetes.io/last-applied-configuration";
    let noted = format!(r#"{note}={{"kind":"Ingress"}}"#);
    cluster
        .answer(&["annotate", "ingress", "old", "-n", "b2b", &noted])
        .unwrap();
    let before = old();
    assert_eq!(before.0.as_object().unwrap().len(), 2, "{before:?}");
    repaired().exits(0).has(&[": fixed"]);
    assert_eq!(old().0, json!({note: r#"{"kind":"Ingress"}"#}));
    let last = runs(&folder).pop().unwrap();
    rollback(&folder, &admin, &super::stage::spec(), &last).exits(0);
    assert_eq!(old(), before);
}
