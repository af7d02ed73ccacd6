//! Namespace ingress-nginx: the controller behind the one load balancer.

use super::kube::{Author, cluster_role, config_map, namespace, object, secret, service_account};
use super::network::{port, service};
use super::workload::{Workload, container, deployment, pod_spec, probes};
use super::world::{Account, World};
use serde_json::json;

/// The namespace, the controller, its Services and its webhook.
pub(super) fn build(world: &mut World) {
    let ns = "ingress-nginx";
    let by = Author::Argo(ns);
    namespace(world, ns, &json!({}));
    let labels = json!({
        "app.kubernetes.io/instance": ns,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": ns,
        "app.kubernetes.io/part-of": ns,
        "app.kubernetes.io/version": "1.15.1",
        "helm.sh/chart": "ingress-nginx-4.15.1",
    });
    let selector = json!({
        "app.kubernetes.io/component": "controller",
        "app.kubernetes.io/instance": ns,
        "app.kubernetes.io/name": ns,
    });
    let mut more = probes("/healthz", "metrics");
    more["args"] = json!([
        "/nginx-ingress-controller",
        "--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller",
        "--controller-class=k8s.io/ingress-nginx",
        "--ingress-class=nginx",
        "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller",
        "--validating-webhook=:8443",
    ]);
    more["securityContext"] =
        json!({"readOnlyRootFilesystem": false, "capabilities": {"add": ["NET_BIND_SERVICE"]}});
    let ports = [
        ("http", 80),
        ("https", 443),
        ("metrics", 10254),
        ("webhook", 8443),
    ];
    let controller = [container(
        "controller",
        "registry.k8s.io/ingress-nginx/controller:v1.15.1",
        &ports,
        &more,
    )];
    let account = json!({
        "serviceAccountName": ns, "automountServiceAccountToken": true, "securityContext": {"runAsUser": 101},
    });
    let workload = Workload {
        namespace: ns,
        name: "ingress-nginx-controller",
        author: by,
        labels: labels.clone(),
        selector: selector.clone(),
        pod: pod_spec(&controller, &account),
    };
    deployment(world, 2, &workload);

    let exposed = json!({
        "metadata": {
            "labels": labels,
            "annotations": {
                "kubernetes.digitalocean.com/load-balancer-id": Account::STAGE_BALANCER,
                "service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL_NETWORK",
            },
            "finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
        },
        "spec": {
            "type": "LoadBalancer",
            "allocateLoadBalancerNodePorts": true,
            "externalTrafficPolicy": "Local",
            "healthCheckNodePort": Account::STAGE_HEALTH_PORT,
            "ports": [
                {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 31_080},
                {"name": "https", "port": 443, "protocol": "TCP", "targetPort": "https", "nodePort": 31_443},
            ],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": Account::STAGE_BALANCER_IP, "ipMode": "VIP"}]}},
    });
    service(
        world,
        ns,
        "ingress-nginx-controller",
        by,
        &selector,
        &[],
        &exposed,
    );
    let marked = json!({"metadata": {"labels": labels}});
    let admission = [port("https-webhook", 443, "webhook")];
    service(
        world,
        ns,
        "ingress-nginx-controller-admission",
        by,
        &selector,
        &admission,
        &marked,
    );
    let metrics = [port("metrics", 10254, "metrics")];
    service(
        world,
        ns,
        "ingress-nginx-controller-metrics",
        by,
        &selector,
        &metrics,
        &marked,
    );

    config_map(
        world,
        ns,
        "ingress-nginx-controller",
        by,
        &labels,
        &json!({"allow-snippet-annotations": "false"}),
    );
    secret(
        world,
        ns,
        "ingress-nginx-admission",
        by,
        "Opaque",
        &["ca", "cert", "key"],
    );
    service_account(world, ns, ns, by);
    let rules = json!([{
        "apiGroups": ["", "networking.k8s.io", "discovery.k8s.io"],
        "resources": ["ingresses", "ingressclasses", "services", "endpointslices", "secrets", "namespaces"],
        "verbs": ["get", "list", "watch"],
    }]);
    cluster_role(world, ns, ns, by, &rules);
    let class = json!({"metadata": {"labels": labels}, "spec": {"controller": "k8s.io/ingress-nginx"}});
    world.add(object(
        "networking.k8s.io/v1",
        "IngressClass",
        "",
        "nginx",
        by,
        &class,
    ));
    let hook = json!({"metadata": {"labels": labels}, "webhooks": [{
        "name": "validate.nginx.ingress.kubernetes.io",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": {
            "namespace": ns,
            "name": "ingress-nginx-controller-admission",
            "path": "/networking/v1/ingresses",
            "port": 443,
        }},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "rules": [{
            "apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": ["ingresses"], "scope": "*",
        }],
        "sideEffects": "None",
        "timeoutSeconds": 29,
    }]});
    let api = "admissionregistration.k8s.io/v1";
    world.add(object(
        api,
        "ValidatingWebhookConfiguration",
        "",
        "ingress-nginx-admission",
        by,
        &hook,
    ));
}
