//! Pods: what stands in templates, and what the server stores once a Pod is scheduled. About one in some has something
//! for a policy to find.

use super::objects::namespace_of;
use super::workloads::{OwnedBy, own};
use crate::bench::one_in;
use serde_json::{Value, json};

/// A Pod as the server stores it once it is scheduled.
pub(crate) fn pod(
    name: &str,
    number: usize,
    ordinal: usize,
    labels: &Value,
    mut spec: Value,
    owner: Option<(&str, &OwnedBy<'_>)>,
) -> Value {
    let mut metadata = json!({ "name": name, "namespace": namespace_of(number), "labels": labels });
    if let Some((version, owner)) = owner {
        own(&mut metadata, version, owner);
    }
    spec["nodeName"] = json!(format!("pool-a-{:04}", (number + ordinal) % 60));
    spec["tolerations"] = json!([
        { "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 },
        { "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 },
    ]);
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

/// What runs in a Pod; the number decides what is wrong with it.
pub(crate) fn pod_spec(name: &str, number: usize) -> Value {
    let containers: Vec<Value> = (0..if one_in(6, number, 3) { 2 } else { 1 })
        .map(|position| container(number, position))
        .collect();
    let mut spec = json!({
        "serviceAccountName": "default",
        "containers": containers,
        "volumes": [
            { "name": "configuration", "configMap": { "name": name, "optional": true } },
            { "name": "scratch", "emptyDir": {} },
        ],
    });
    if one_in(50, number, 1) {
        spec["hostNetwork"] = json!(true);
    }
    if !one_in(4, number, 2) {
        spec["securityContext"] = json!({ "runAsNonRoot": true, "fsGroup": 2000 });
    }
    spec
}

fn container(number: usize, position: usize) -> Value {
    let salted = number * 2 + position;
    let registry = if one_in(6, salted, 4) {
        "docker.io/library"
    } else {
        "registry.digitalocean.com/acme"
    };
    let tag = match () {
        () if one_in(9, salted, 5) => ":latest".to_owned(),
        () if one_in(17, salted, 6) => String::new(),
        () => format!(":1.{}.{}", salted % 30, salted % 11),
    };
    let back = |variable: &str| {
        let host = variable.to_lowercase().replace('_', "-");
        json!({ "name": variable, "value": format!("{host}.back.svc.cluster.local:{}", 5000 + number % 100) })
    };
    let privileged = one_in(40, salted, 9);
    let mut container = json!({
        "name": if position == 0 { "main" } else { "sidecar" },
        "image": format!("{registry}/service-{}{tag}", salted % 90),
        "imagePullPolicy": "IfNotPresent",
        "args": ["--listen=:8080", "--log-level=info"],
        "ports": [{ "name": format!("http{position}"), "containerPort": 8080 + position, "protocol": "TCP" }],
        "env": [
            back("DATABASE_HOST"),
            back("CACHE_HOST"),
            { "name": "POD_IP", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } },
        ],
        "resources": { "requests": { "cpu": "100m", "memory": "128Mi" } },
        "volumeMounts": [
            { "name": "configuration", "mountPath": "/etc/application", "readOnly": true },
            { "name": "scratch", "mountPath": "/tmp" },
        ],
        "securityContext": { "privileged": privileged, "allowPrivilegeEscalation": privileged },
    });
    if !one_in(3, salted, 7) {
        container["resources"]["limits"] = json!({ "cpu": "500m", "memory": "256Mi" });
    }
    if !one_in(3, salted, 8) {
        let probe =
            |path: &str| json!({ "httpGet": { "path": path, "port": 8080 + position }, "periodSeconds": 10 });
        container["livenessProbe"] = probe("/healthz");
        container["readinessProbe"] = probe("/ready");
    }
    container
}
