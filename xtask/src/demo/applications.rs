//! The three application namespaces: back, b2b and front-web.

use super::kube::{Author, namespace, object, secret};
use super::network::{from_namespace, ingress, network_policy, port, service};
use super::workload::{Workload, container, cron_job, deployment, pod_spec, probes, stateful_set};
use super::world::World;
use serde_json::{Value, json};

const REGISTRY: &str = "registry.digitalocean.com/acme";

/// All three, and the platform's own for what is tried by hand.
pub(super) fn build(world: &mut World) {
    back(world);
    b2b(world);
    front_web(world);
    namespace(world, "tools", &json!({}));
}

fn application(namespace: &'static str, name: &'static str, pod: Value) -> Workload<'static> {
    Workload {
        namespace,
        name,
        author: Author::Argo(namespace),
        labels: json!({"app.kubernetes.io/part-of": "acme"}),
        selector: json!({"app": name}),
        pod,
    }
}

fn labels(name: &str) -> Value {
    json!({"metadata": {"labels": {"app": name, "app.kubernetes.io/part-of": "acme"}}})
}

/// Denies every connection to every Pod of a namespace that no other policy allows.
fn default_deny(world: &mut World, namespace: &str) {
    let spec = json!({"podSelector": {}, "policyTypes": ["Ingress"]});
    network_policy(world, namespace, "default-deny", &spec);
}

/// Lets in exactly what the spec declares for b2b and front-web: the ingress controller, Prometheus, the namespace itself.
fn allow_declared(world: &mut World, namespace: &str) {
    let spec = json!({
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [
            from_namespace("ingress-nginx"), from_namespace("prometheus"), {"podSelector": {}},
        ]}],
    });
    network_policy(world, namespace, "allow-declared", &spec);
}

/// At least one Pod of an application stays while nodes are drained.
fn disruption_budget(world: &mut World, namespace: &'static str, name: &str) {
    let body = json!({
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": name}}},
        "status": {"currentHealthy": 2, "desiredHealthy": 1, "disruptionsAllowed": 1, "expectedPods": 2},
    });
    let author = Author::Argo(namespace);
    world.add(object(
        "policy/v1",
        "PodDisruptionBudget",
        namespace,
        name,
        author,
        &body,
    ));
}

/// People of the development team may look, not touch.
fn viewers(world: &mut World, namespace: &str) {
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "developers"}],
    });
    let api = "rbac.authorization.k8s.io/v1";
    world.add(object(
        api,
        "RoleBinding",
        namespace,
        "developers-view",
        Author::Kubectl,
        &body,
    ));
}

fn back(world: &mut World) {
    namespace(world, "back", &json!({}));
    viewers(world, "back");
    default_deny(world, "back");
    let spec = json!({
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": {}}]}],
    });
    network_policy(world, "back", "allow-all", &spec);

    let by = Author::Argo("back");
    let mut more = probes("/health", "http");
    more["env"] = json!([
        {"name": "KEYDB_HOST", "value": "keydb.back.svc.cluster.local"},
        {"name": "KEYDB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keydb-auth", "key": "password"}}},
    ]);
    let ii = [container(
        "ii",
        &format!("{REGISTRY}/ii:1.42.0"),
        &[("http", 8080)],
        &more,
    )];
    let ii = application("back", "ii", pod_spec(&ii, &json!({})));
    deployment(world, 2, &ii);
    service(
        world,
        "back",
        "ii",
        by,
        &ii.selector,
        &[port("http", 8080, "http")],
        &labels("ii"),
    );
    disruption_budget(world, "back", "ii");

    secret(
        world,
        "back",
        "keydb-auth",
        Author::Kubectl,
        "Opaque",
        &["password"],
    );
    let more = json!({
        "command": ["/bin/sh", "-c"],
        "args": ["exec keydb-server --dir /data --appendonly yes --requirepass \"$KEYDB_PASSWORD\""],
        "env": [{"name": "KEYDB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keydb-auth", "key": "password"}}}],
        "readinessProbe": {"tcpSocket": {"port": "keydb"}},
        "livenessProbe": {"tcpSocket": {"port": "keydb"}},
        "resources": {"requests": {"memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    });
    let keydb = [container(
        "keydb",
        "docker.io/eqalpha/keydb:x86_64_v6.3.4",
        &[("keydb", 6379)],
        &more,
    )];
    let spec = pod_spec(&keydb, &json!({"securityContext": {"fsGroup": 10001}}));
    let keydb = application("back", "keydb", spec);
    let claims = json!({
        "serviceName": "keydb",
        "volumeClaimTemplates": [{
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "do-block-storage",
            },
        }],
    });
    stateful_set(world, &keydb, &claims);
    service(
        world,
        "back",
        "keydb",
        by,
        &keydb.selector,
        &[port("keydb", 6379, "keydb")],
        &labels("keydb"),
    );

    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    secret(world, "back", "backup-s3", Author::Kubectl, "Opaque", &keys);
    let more = json!({
        "command": ["/bin/sh", "-c"],
        "args": ["aws s3 cp /backup/dump.rdb s3://acme-stage-backups/keydb/$(date -u +%Y/%m/%d/%H%M).rdb"],
        "envFrom": [{"secretRef": {"name": "backup-s3"}}],
        "env": [{"name": "AWS_ENDPOINT_URL", "value": "https://fra1.digitaloceanspaces.com"}],
        "volumeMounts": [{"name": "backup", "mountPath": "/backup"}],
    });
    let copy = [container(
        "upload",
        "docker.io/amazon/aws-cli:2.31.24",
        &[],
        &more,
    )];
    let dump = json!({
        "restartPolicy": "Never",
        "initContainers": [container("dump", "docker.io/eqalpha/keydb:x86_64_v6.3.4", &[], &json!({
            "command": ["/bin/sh", "-c"],
            "args": ["keydb-cli -h keydb -a \"$KEYDB_PASSWORD\" --rdb /backup/dump.rdb"],
            "env": [{"name": "KEYDB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keydb-auth", "key": "password"}}}],
            "volumeMounts": [{"name": "backup", "mountPath": "/backup"}],
        }))],
        "volumes": [{"name": "backup", "emptyDir": {"sizeLimit": "2Gi"}}],
    });
    let backup = application("back", "keydb-backup", pod_spec(&copy, &dump));
    cron_job(world, &backup, "0 */6 * * *", "2026-11-23T00:00:00Z");
}

fn b2b(world: &mut World) {
    let level = json!({
        "pod-security.kubernetes.io/audit": "baseline",
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/warn": "baseline",
    });
    namespace(world, "b2b", &level);
    viewers(world, "b2b");
    default_deny(world, "b2b");
    allow_declared(world, "b2b");
    let mut more = probes("/health", "http");
    more["env"] = json!([{"name": "BACKEND_URL", "value": "http://ii.back.svc.cluster.local:8080"}]);
    let web = [container(
        "b2b-web",
        &format!("{REGISTRY}/b2b-web:2.8.1"),
        &[("http", 8080)],
        &more,
    )];
    let web = application("b2b", "b2b-web", pod_spec(&web, &json!({})));
    deployment(world, 2, &web);
    let (by, ports) = (Author::Argo("b2b"), [port("http", 80, "http")]);
    service(
        world,
        "b2b",
        "b2b-web",
        by,
        &web.selector,
        &ports,
        &labels("b2b-web"),
    );
    disruption_budget(world, "b2b", "b2b-web");
    let host = "b2b.stage.example.com";
    ingress(
        world,
        "b2b",
        "b2b-web",
        by,
        host,
        ("b2b-web", "http"),
        &labels("b2b-web"),
    );
}

fn front_web(world: &mut World) {
    namespace(world, "front-web", &json!({}));
    viewers(world, "front-web");
    default_deny(world, "front-web");
    allow_declared(world, "front-web");

    let by = Author::Argo("front-web");
    let ports = [port("http", 80, "http")];
    let mut more = probes("/health", "http");
    more["env"] = json!([{"name": "BACKEND_URL", "value": "http://ii.back.svc.cluster.local:8080"}]);
    let web = [container(
        "web",
        &format!("{REGISTRY}/web:3.17.4"),
        &[("http", 8080)],
        &more,
    )];
    let web = application("front-web", "web", pod_spec(&web, &json!({})));
    deployment(world, 2, &web);
    service(
        world,
        "front-web",
        "web",
        by,
        &web.selector,
        &ports,
        &labels("web"),
    );
    disruption_budget(world, "front-web", "web");

    let mut more = probes("/health", "http");
    more["env"] = json!([
        {"name": "UPSTREAM", "value": "http://web.front-web.svc.cluster.local"},
        {"name": "KEYDB_HOST", "value": "keydb.back.svc.cluster.local"},
    ]);
    let image = format!("{REGISTRY}/nginx-proxy-server:1.9.0");
    let proxy = [container("nginx-proxy-server", &image, &[("http", 8080)], &more)];
    let proxy = application("front-web", "nginx-proxy-server", pod_spec(&proxy, &json!({})));
    deployment(world, 2, &proxy);
    let marked = labels("nginx-proxy-server");
    service(
        world,
        "front-web",
        "nginx-proxy-server",
        by,
        &proxy.selector,
        &ports,
        &marked,
    );
    disruption_budget(world, "front-web", "nginx-proxy-server");

    // The annotation that the spec declares: this Ingress goes through the proxy.
    let mut more = labels("web");
    more["metadata"]["annotations"] = json!({"nginx-proxy-server": "nginx-proxy-server"});
    let backend = ("nginx-proxy-server", "http");
    ingress(world, "front-web", "web", by, "stage.example.com", backend, &more);
}
