//! Namespace prometheus: kube-prometheus-stack, and what it puts into kube-system.

use super::kube::{Author, cluster_role, namespace, object, owner, secret, service_account};
use super::network::{endpoint_slice, port, service};
use super::system::definition;
use super::workload::{Workload, container, daemon_set, deployment, pod_spec, stateful_set};
use super::world::{WORKERS, World, uid};
use serde_json::{Value, json};

const MONITORING: &str = "prometheus";
const RELEASE: &str = "kube-prometheus-stack";

fn chart_labels() -> Value {
    json!({
        "app.kubernetes.io/instance": RELEASE,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": RELEASE,
        "chart": "kube-prometheus-stack-79.5.0",
        "heritage": "Helm",
        "release": RELEASE,
    })
}

fn stack_part(name: &'static str, app: &str, image: &str, ports: &[(&str, u16)]) -> Workload<'static> {
    let containers = [container(app, image, ports, &json!({}))];
    let account = json!({"serviceAccountName": name, "automountServiceAccountToken": true});
    Workload {
        namespace: MONITORING,
        name,
        author: Author::Argo(RELEASE),
        labels: json!({"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/part-of": RELEASE, "release": RELEASE}),
        selector: json!({"app.kubernetes.io/instance": RELEASE, "app.kubernetes.io/name": app}),
        pod: pod_spec(&containers, &account),
    }
}

/// The namespace, Prometheus, Grafana and their helpers.
pub(super) fn build(world: &mut World) {
    let (ns, by) = (MONITORING, Author::Argo(RELEASE));
    namespace(world, ns, &json!({}));
    for (kind, plural) in [
        ("Prometheus", "prometheuses"),
        ("ServiceMonitor", "servicemonitors"),
        ("PodMonitor", "podmonitors"),
        ("PrometheusRule", "prometheusrules"),
    ] {
        definition(
            world,
            "monitoring.coreos.com",
            "v1",
            kind,
            plural,
            "Namespaced",
            by,
        );
    }
    let marked = json!({"metadata": {"labels": chart_labels()}});
    let (name, image) = (
        "kube-prometheus-stack-operator",
        "quay.io/prometheus-operator/prometheus-operator:v0.86.2",
    );
    let operator = stack_part(
        name,
        "kube-prometheus-stack-prometheus-operator",
        image,
        &[("https", 10250)],
    );
    let image = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0";
    let name = "kube-prometheus-stack-kube-state-metrics";
    let state = stack_part(name, "kube-state-metrics", image, &[("http", 8080)]);
    let image = "docker.io/grafana/grafana:12.3.0";
    let name = "kube-prometheus-stack-grafana";
    let mut grafana = stack_part(name, "grafana", image, &[("grafana", 3000)]);
    let from_secret = |key: &str| json!({"secretKeyRef": {"name": name, "key": key}});
    grafana.pod["containers"][0]["env"] = json!([
        {"name": "GF_SECURITY_ADMIN_USER", "valueFrom": from_secret("admin-user")},
        {"name": "GF_SECURITY_ADMIN_PASSWORD", "valueFrom": from_secret("admin-password")},
    ]);
    for (part, ports) in [
        (&operator, [port("https", 443, "https")]),
        (&state, [port("http", 8080, "http")]),
        (&grafana, [port("http-web", 80, "grafana")]),
    ] {
        deployment(world, 1, part);
        service(world, ns, part.name, by, &part.selector, &ports, &marked);
        service_account(world, ns, part.name, by);
    }
    let keys = ["admin-user", "admin-password", "ldap-toml"];
    secret(world, ns, "kube-prometheus-stack-grafana", by, "Opaque", &keys);

    let name = "kube-prometheus-stack-prometheus-node-exporter";
    let image = "quay.io/prometheus/node-exporter:v1.10.2";
    let mut exporter = stack_part(name, "prometheus-node-exporter", image, &[("http-metrics", 9100)]);
    exporter.pod["hostNetwork"] = json!(true);
    exporter.pod["hostPID"] = json!(true);
    exporter.pod["tolerations"] = json!([{"effect": "NoSchedule", "operator": "Exists"}]);
    exporter.pod["volumes"] = json!([{"name": "root", "hostPath": {"path": "/"}}]);
    daemon_set(world, &exporter);
    let ports = [port("http-metrics", 9100, "http-metrics")];
    service(world, ns, name, by, &exporter.selector, &ports, &marked);
    service_account(world, ns, name, by);

    server(world, &marked);
    scraped_services(world);
    monitors(world);
}

/// Prometheus itself: the custom resource, and the StatefulSet that the operator makes of it.
fn server(world: &mut World, marked: &Value) {
    let (ns, by) = (MONITORING, Author::Argo(RELEASE));
    let name = "kube-prometheus-stack-prometheus";
    let storage = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "50Gi"}},
        "storageClassName": "do-block-storage",
    });
    let release = json!({"matchLabels": {"release": RELEASE}});
    let body = json!({
        "metadata": {"labels": chart_labels()},
        "spec": {
            "replicas": 1,
            "retention": "15d",
            "serviceAccountName": name,
            "serviceMonitorSelector": release,
            "serviceMonitorNamespaceSelector": {},
            "podMonitorSelector": release,
            "podMonitorNamespaceSelector": {},
            "ruleSelector": release,
            "ruleNamespaceSelector": {},
            "storage": {"volumeClaimTemplate": {"spec": storage}},
            "version": "v3.7.3",
        },
        "status": {"replicas": 1, "availableReplicas": 1, "conditions": [{"type": "Available", "status": "True"}]},
    });
    world.add(object(
        "monitoring.coreos.com/v1",
        "Prometheus",
        ns,
        name,
        by,
        &body,
    ));

    let containers = [
        container(
            "prometheus",
            "quay.io/prometheus/prometheus:v3.7.3",
            &[("http-web", 9090)],
            &json!({"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}}}),
        ),
        container(
            "config-reloader",
            "quay.io/prometheus-operator/prometheus-config-reloader:v0.86.2",
            &[("reloader-web", 8080)],
            &json!({}),
        ),
    ];
    let account = json!({"serviceAccountName": name, "automountServiceAccountToken": true});
    let workload = Workload {
        namespace: ns,
        name: "prometheus-kube-prometheus-stack-prometheus",
        author: Author::Other("PrometheusOperator"),
        labels: json!({"app.kubernetes.io/managed-by": "prometheus-operator", "app.kubernetes.io/version": "3.7.3"}),
        selector: json!({
            "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": name, "prometheus": name,
        }),
        pod: pod_spec(&containers, &account),
    };
    let claims = json!({
        "serviceName": "prometheus-operated",
        "volumeClaimTemplates": [{"metadata": {"name": "prometheus-db"}, "spec": storage}],
    });
    stateful_set(world, &workload, &claims);
    if let Ok(set) = world.object("StatefulSet", ns, workload.name) {
        set["metadata"]["ownerReferences"] = owner("monitoring.coreos.com/v1", "Prometheus", ns, name);
    }
    let ports = [port("http-web", 9090, "http-web")];
    service(world, ns, name, by, &workload.selector, &ports, marked);
    service_account(world, ns, name, by);
    let rules = json!([{
        "apiGroups": ["", "discovery.k8s.io", "networking.k8s.io"],
        "resources": ["nodes", "nodes/metrics", "services", "endpointslices", "pods", "ingresses"],
        "verbs": ["get", "list", "watch"],
    }]);
    cluster_role(world, ns, name, by, &rules);
}

fn monitors(world: &mut World) {
    let (ns, by) = (MONITORING, Author::Argo(RELEASE));
    for (name, namespace, labels, endpoint) in [
        (
            "ingress-nginx-controller",
            "ingress-nginx",
            json!({"app.kubernetes.io/name": "ingress-nginx"}),
            "metrics",
        ),
        (
            "kube-prometheus-stack-coredns",
            "kube-system",
            json!({"app": "kube-prometheus-stack-coredns"}),
            "http-metrics",
        ),
        (
            "kube-prometheus-stack-kubelet",
            "kube-system",
            json!({"k8s-app": "kubelet"}),
            "https-metrics",
        ),
        (
            "kube-prometheus-stack-kube-state-metrics",
            MONITORING,
            json!({"app.kubernetes.io/instance": RELEASE}),
            "http",
        ),
    ] {
        let body = json!({
            "metadata": {"labels": {"release": RELEASE}},
            "spec": {
                "namespaceSelector": {"matchNames": [namespace]},
                "selector": {"matchLabels": labels},
                "endpoints": [{"port": endpoint, "interval": "30s"}],
            },
        });
        world.add(object(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            ns,
            name,
            by,
            &body,
        ));
    }
    let body = json!({
        "metadata": {"labels": {"release": RELEASE}},
        "spec": {"groups": [{"name": "ingress", "rules": [{
            "alert": "TooManyErrors",
            "expr": "sum(rate(nginx_ingress_controller_requests{status=~\"5..\"}[5m])) > 1",
            "for": "10m",
            "labels": {"severity": "warning"},
        }]}]},
    });
    world.add(object(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        ns,
        "ingress",
        by,
        &body,
    ));
}

/// What kube-prometheus-stack and its operator put into kube-system to scrape the components there: Services that
/// select only Pods of the system, or none.
fn scraped_services(world: &mut World) {
    let chart = json!({
        "app": "kube-prometheus-stack-coredns",
        "app.kubernetes.io/instance": "kube-prometheus-stack",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": "kube-prometheus-stack",
        "chart": "kube-prometheus-stack-79.5.0",
        "heritage": "Helm",
        "jobLabel": "coredns",
        "release": "kube-prometheus-stack",
    });
    let headless = json!({"metadata": {"labels": chart}, "spec": {"clusterIP": "None"}});
    let (by, selector) = (
        Author::Argo("kube-prometheus-stack"),
        json!({"k8s-app": "kube-dns"}),
    );
    let metrics = [port("http-metrics", 9153, 9153)];
    service(
        world,
        "kube-system",
        "kube-prometheus-stack-coredns",
        by,
        &selector,
        &metrics,
        &headless,
    );

    let operated = json!({
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": "kubelet",
        "k8s-app": "kubelet",
    });
    let headless = json!({"metadata": {"labels": operated}, "spec": {"clusterIP": "None"}});
    let by = Author::Other("PrometheusOperator");
    let metrics = [port("https-metrics", 10250, 10250)];
    service(
        world,
        "kube-system",
        "kube-prometheus-stack-kubelet",
        by,
        &Value::Null,
        &metrics,
        &headless,
    );
    let endpoints: Vec<Value> = WORKERS
        .iter()
        .map(|worker| {
            json!({
                "addresses": [worker.private],
                "conditions": {"ready": true},
                "targetRef": {"kind": "Node", "name": worker.name, "uid": uid("Node", "", worker.name)},
            })
        })
        .collect();
    let ports = [json!({"name": "https-metrics", "port": 10250, "protocol": "TCP"})];
    world.add(endpoint_slice(
        "kube-system",
        "kube-prometheus-stack-kubelet",
        &endpoints,
        &ports,
    ));
}
