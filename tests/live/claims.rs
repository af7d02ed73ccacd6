//! Claims go with nothing that is deleted, and with no autoscaler that is changed.

use super::repairing::AGREED;
use super::safety::{mended, own, patch, target, wants};
use crate::program::Folder;
use envcheck_test_cluster::Cluster;
use serde_json::{Value, json};

fn uid(cluster: &Cluster, kind: &str, name: &str) -> String {
    cluster
        .answer(&["get", kind, name, "-n", "back", "-o", "jsonpath={.metadata.uid}"])
        .unwrap()
}

fn owned(kind: &str, name: &str, owner: &str, uid: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: {kind}, metadata: {{name: {name}, namespace: back, ownerReferences: [{{apiVersion: v1, kind: ConfigMap, \
         name: {owner}, uid: {uid}}}]}}{spec}}}"
    )
}

const CLAIM: &str = ", spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";

#[test]
fn no_claim_goes_with_what_is_deleted_or_with_fewer_pods() {
    let Some(cluster) = mended() else { return };
    let folder = Folder::new();
    for name in ["first", "lonely", "holding"] {
        cluster
            .create(&format!(
                "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: back}}}}"
            ))
            .unwrap();
    }
    // By way of another object that belongs to it.
    let first = uid(&cluster, "configmap", "first");
    cluster
        .create(&owned("ConfigMap", "second", "first", &first, ""))
        .unwrap();
    let second = uid(&cluster, "configmap", "second");
    cluster
        .create(&owned(
            "PersistentVolumeClaim",
            "precious",
            "second",
            &second,
            CLAIM,
        ))
        .unwrap();
    // An application that takes along what it delivered, and one that leaves it.
    let holding = uid(&cluster, "configmap", "holding");
    for (name, finalizers) in [
        ("leaves", "[]"),
        ("cascades", "[resources-finalizer.argocd.argoproj.io]"),
    ] {
        cluster
            .create(&format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: {name}, namespace: back, finalizers: {finalizers}, \
                 ownerReferences: [{{apiVersion: v1, kind: ConfigMap, name: holding, uid: {holding}}}]}}, spec: {{project: default, \
                 destination: {{}}}}}}"
            ))
            .unwrap();
    }
    let retention = r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}"#;
    let words = [
        "patch",
        "statefulset",
        "keydb",
        "-n",
        "back",
        "--type=merge",
        "-p",
        retention,
    ];
    cluster.answer(&words).unwrap();
    cluster
        .create(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: keydb, namespace: back}, spec: {maxReplicas: 3, \
             scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: keydb}, metrics: [{type: Resource, resource: {name: cpu, target: \
             {type: Utilization, averageUtilization: 80}}}]}}",
        )
        .unwrap();

    let gone = |name: &str| -> Value {
        json!({"action": "kubernetes.delete", "risk": "destructive", "summary": format!("delete {name}"),
               "target": target("v1", "ConfigMap", "back", name)})
    };
    let autoscaler = target("autoscaling/v2", "HorizontalPodAutoscaler", "back", "keydb");
    let fewer = json!([{"op": "replace", "path": "/spec/maxReplicas", "value": 1}]);
    wants(
        &folder,
        &json!([
            gone("first"),
            gone("lonely"),
            gone("holding"),
            patch("scale down", &autoscaler, &fewer)
        ]),
    );
    let run = own(&folder, &cluster, &AGREED).exits(1);
    run.has(&[
        "it would delete PersistentVolumeClaim precious, which no remediation does: it belongs to",
        "it could delete PersistentVolumeClaims, which no remediation does: persistentVolumeClaimRetentionPolicy.whenScaled of",
        "Application cascades would be deleted with",
        // What nothing belongs to is offered, by its name.
        "delete lonely",
        "such steps are named",
    ]);
    let most = cluster
        .answer(&[
            "get",
            "hpa",
            "keydb",
            "-n",
            "back",
            "-o",
            "jsonpath={.spec.maxReplicas}",
        ])
        .unwrap();
    assert_eq!(most, "3");
    assert_eq!(uid(&cluster, "configmap", "first"), first);
}
