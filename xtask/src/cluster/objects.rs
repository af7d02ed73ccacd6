//! Everything in a filled cluster that is no workload: Namespaces, Services, configuration, Ingresses, NetworkPolicies.

use super::mixture::NAMESPACES;
use super::workloads::app;
use crate::bench::one_in;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The Namespace of the objects with a number.
pub(crate) fn namespace_of(number: usize) -> String {
    format!("team-{:02}", number % NAMESPACES)
}

/// Metadata as a person's tooling writes it.
pub(crate) fn metadata(name: &str, number: usize) -> Value {
    json!({
        "name": name,
        "namespace": namespace_of(number),
        "labels": {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/part-of": format!("suite-{}", number % 7),
            "app.kubernetes.io/managed-by": "kustomize",
        },
        "annotations": { "example.com/owner": format!("{}@example.com", namespace_of(number)) },
    })
}

/// A Namespace; every other one asks for a level of Pod security, as a warning only.
pub(crate) fn namespace(number: usize) -> Value {
    let mut labels = json!({ "example.com/stage": "production" });
    if number.is_multiple_of(2) {
        labels["pod-security.kubernetes.io/warn"] = json!("baseline");
    }
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace_of(number), "labels": labels } })
}

/// A Service before the Deployment of the same number.
pub(crate) fn service(number: usize) -> Value {
    let kind = if one_in(8, number, 10) {
        "NodePort"
    } else {
        "ClusterIP"
    };
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(&app(number), number),
        "spec": {
            "type": kind,
            "selector": { "app.kubernetes.io/name": app(number) },
            "ports": [
                { "name": "http", "port": 80, "targetPort": "http0", "protocol": "TCP" },
                { "name": "metrics", "port": 9090, "targetPort": 9090, "protocol": "TCP" },
            ],
        },
    })
}

/// A ConfigMap with a file of about one kilobyte.
pub(crate) fn config_map(number: usize) -> Value {
    let mut file = String::new();
    for line in 0..18 {
        let value = line * number % 977;
        let _ = writeln!(
            file,
            "setting-{line:02}: \"value {value} of application {number:05}, line {line}\""
        );
    }
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(&app(number), number),
        "data": { "application.yaml": file, "MODE": "production", "WORKERS": (number % 16 + 1).to_string() },
    })
}

/// A Secret with three values that look like what they are not.
pub(crate) fn secret(number: usize) -> Value {
    let values: Map<String, Value> = ["password", "api-key", "signing-key"]
        .into_iter()
        .enumerate()
        .map(|(position, key)| {
            let value = format!("no-real-secret-{number:05}-{position}-").repeat(6);
            (key.to_owned(), json!(value))
        })
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": metadata(&app(number), number),
        "stringData": values,
    })
}

/// An Ingress to the Service of the same number.
pub(crate) fn ingress(number: usize) -> Value {
    let host = format!("{}.stage.example.com", app(number));
    let paths: Vec<Value> = ["/", "/api", "/static"]
        .into_iter()
        .map(|path| {
            let backend = json!({ "service": { "name": app(number), "port": { "name": "http" } } });
            json!({ "path": path, "pathType": "Prefix", "backend": backend })
        })
        .collect();
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(&app(number), number),
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{ "hosts": [host], "secretName": format!("{}-tls", app(number)) }],
            "rules": [{ "host": host, "http": { "paths": paths } }],
        },
    })
}

/// A NetworkPolicy: the first of a Namespace denies everything, those after it let somebody in.
pub(crate) fn network_policy(number: usize) -> Value {
    let round = number / NAMESPACES;
    if round == 0 {
        return json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata("default-deny", number),
            "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
        });
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(&format!("allow-{round:03}"), number),
        "spec": {
            "podSelector": { "matchLabels": { "app.kubernetes.io/part-of": format!("suite-{}", round % 7) } },
            "policyTypes": ["Ingress"],
            "ingress": [{
                "from": [{ "podSelector": { "matchLabels": { "app.kubernetes.io/component": "web" } } }],
                "ports": [{ "protocol": "TCP", "port": 8080 }],
            }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_denies_before_anything_is_allowed() {
        for number in 0..NAMESPACES {
            let policy = network_policy(number);
            assert_eq!(policy["metadata"]["name"], "default-deny");
            assert_eq!(
                policy["metadata"]["namespace"],
                namespace(number)["metadata"]["name"]
            );
        }
        assert_eq!(network_policy(NAMESPACES)["metadata"]["name"], "allow-001");
    }

    #[test]
    fn some_services_open_ports_on_nodes() {
        let ports = (0..800).filter(|&number| service(number)["spec"]["type"] == "NodePort");
        assert!((50..200).contains(&ports.count()));
    }
}
