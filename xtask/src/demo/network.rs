//! Builders of how things are reached: Services and their EndpointSlices, Ingresses, NetworkPolicies.

use super::kube::{Author, digest, object, owner};
use super::world::{Account, World, merge, suffix, text};
use serde_json::{Value, json};

/// A port of a Service: name, port, target (a number or a container port's name).
pub(super) fn port(name: &str, port: u16, target: impl Into<Value>) -> Value {
    json!({"name": name, "port": port, "protocol": "TCP", "targetPort": target.into()})
}

/// A ClusterIP Service; `more` is merged over it.
pub(super) fn service(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    selector: &Value,
    ports: &[Value],
    more: &Value,
) {
    let ip = world.next_cluster_ip();
    let mut body = json!({"spec": {"type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip]}});
    if !selector.is_null() {
        body["spec"]["selector"] = selector.clone();
    }
    merge(
        &mut body["spec"],
        &json!({
            "ports": ports,
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
        }),
    );
    body["status"] = json!({"loadBalancer": {}});
    merge(&mut body, more);
    if body["spec"]["clusterIP"] == "None" {
        body["spec"]["clusterIPs"] = json!(["None"]);
    }
    world.add(object("v1", "Service", namespace, name, author, &body));
}

/// An Ingress of class nginx with TLS for one host, and one backend.
pub(super) fn ingress(
    world: &mut World,
    namespace: &str,
    name: &str,
    author: Author,
    host: &str,
    backend: (&str, &str),
    more: &Value,
) {
    let certificate = format!("{}-tls", host.replace('.', "-"));
    let mut body = json!({
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": host, "http": {"paths": [{
                "path": "/",
                "pathType": "Prefix",
                "backend": {"service": {"name": backend.0, "port": {"name": backend.1}}},
            }]}}],
            "tls": [{"hosts": [host], "secretName": certificate}],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": Account::STAGE_BALANCER_IP}]}},
    });
    merge(&mut body, more);
    world.add(object(
        "networking.k8s.io/v1",
        "Ingress",
        namespace,
        name,
        author,
        &body,
    ));
    let body = json!({
        "type": "kubernetes.io/tls",
        "data": {
            "tls.crt": digest(&format!("{certificate}/crt")),
            "tls.key": digest(&format!("{certificate}/key")),
        },
        "facts": {"tls.crt": {"certificate": {
            "hosts": [host], "subject": format!("CN={host}"), "issuer": "C=US, O=Let's Encrypt, CN=R12",
            "notBefore": "2026-11-11T00:00:00Z", "notAfter": "2027-02-09T00:00:00Z",
        }}},
    });
    world.add(object(
        "v1",
        "Secret",
        namespace,
        &certificate,
        Author::Kubectl,
        &body,
    ));
}

/// A NetworkPolicy; the platform's people apply these by hand.
pub(super) fn network_policy(world: &mut World, namespace: &str, name: &str, spec: &Value) {
    let body = json!({"metadata": {"generation": 1}, "spec": spec});
    world.add(object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        namespace,
        name,
        Author::Kubectl,
        &body,
    ));
}

/// A peer: every Pod of the namespace of this name.
pub(super) fn from_namespace(name: &str) -> Value {
    json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
}

/// The EndpointSlices of all Services that select Pods, as the control plane keeps them.
pub(super) fn endpoint_slices(world: &mut World) {
    let mut slices = Vec::new();
    let of_kind = |kind: &'static str| {
        world
            .objects()
            .iter()
            .filter(move |object| object["kind"] == kind)
    };
    for service in of_kind("Service") {
        let namespace = text(&service["metadata"]["namespace"]);
        let Some(selector) = service["spec"]["selector"].as_object() else {
            continue;
        };
        let pods: Vec<&Value> = of_kind("Pod")
            .filter(|pod| {
                let labels = &pod["metadata"]["labels"];
                pod["metadata"]["namespace"] == namespace
                    && pod["status"]["phase"] == "Running"
                    && selector.iter().all(|(key, value)| labels[key] == *value)
            })
            .collect();
        let ports: Vec<Value> = service["spec"]["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|port| {
                let number = target_port(pods.first()?, &port["targetPort"])?;
                Some(json!({"name": port["name"], "port": number, "protocol": port["protocol"]}))
            })
            .collect();
        let endpoints: Vec<Value> = pods
            .iter()
            .map(|pod| {
                json!({
                    "addresses": [pod["status"]["podIP"]],
                    "conditions": {"ready": true, "serving": true, "terminating": false},
                    "nodeName": pod["spec"]["nodeName"],
                    "targetRef": {
                        "kind": "Pod",
                        "namespace": namespace,
                        "name": pod["metadata"]["name"],
                        "uid": pod["metadata"]["uid"],
                    },
                })
            })
            .collect();
        slices.push(endpoint_slice(
            namespace,
            text(&service["metadata"]["name"]),
            &endpoints,
            &ports,
        ));
    }
    for slice in slices {
        world.add(slice);
    }
}

/// One EndpointSlice of a Service.
pub(super) fn endpoint_slice(namespace: &str, service: &str, endpoints: &[Value], ports: &[Value]) -> Value {
    let name = format!("{service}-{}", suffix(&format!("{namespace}/{service}/slice"), 5));
    let body = json!({
        "metadata": {
            "labels": {
                "kubernetes.io/service-name": service,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": owner("v1", "Service", namespace, service),
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    });
    object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        namespace,
        &name,
        Author::Controller,
        &body,
    )
}

fn target_port(pod: &Value, target: &Value) -> Option<Value> {
    if target.is_number() {
        return Some(target.clone());
    }
    pod["spec"]["containers"]
        .as_array()?
        .iter()
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .find(|port| port["name"] == *target)
        .map(|port| port["containerPort"].clone())
}
