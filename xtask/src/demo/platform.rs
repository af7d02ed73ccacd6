//! The platform namespaces: argocd, ingress-nginx and prometheus.

use super::account::{BALANCER_ID, BALANCER_IP, HEALTH_PORT};
use super::kube::{
    Author, Workload, cluster_role, config_map, container, daemon_set, deployment, namespace, object,
    pod_spec, port, probes, role, secret, service, service_account, stateful_set,
};
use super::system::{definition, scraped_services};
use super::world::World;
use serde_json::{Value, json};

/// All three.
pub(super) fn build(world: &mut World) {
    argocd(world);
    ingress_nginx(world);
    prometheus(world);
}

const ARGOCD: &str = "argocd";

fn argo_part(name: &'static str, ports: &[(&str, u16)], image: &str, account: &str) -> Workload<'static> {
    let containers = [container(name, image, ports, &json!({}))];
    let spec = json!({"serviceAccountName": account, "automountServiceAccountToken": true});
    Workload {
        namespace: ARGOCD,
        name,
        author: Author::Kubectl,
        labels: json!({"app.kubernetes.io/part-of": "argocd"}),
        selector: json!({"app.kubernetes.io/name": name}),
        pod: pod_spec(&containers, &spec),
    }
}

fn argocd(world: &mut World) {
    namespace(world, ARGOCD, &json!({}));
    let by = Author::Kubectl;
    for (kind, plural) in [
        ("Application", "applications"),
        ("ApplicationSet", "applicationsets"),
        ("AppProject", "appprojects"),
    ] {
        definition(world, "argoproj.io", "v1alpha1", kind, plural, "Namespaced", by);
    }
    let image = "quay.io/argoproj/argocd:v3.5.1";
    let (dex, redis) = (
        "ghcr.io/dexidp/dex:v2.45.0",
        "public.ecr.aws/docker/library/redis:8.2.3-alpine",
    );
    let parts = [
        argo_part(
            "argocd-server",
            &[("server", 8080), ("metrics", 8083)],
            image,
            "argocd-server",
        ),
        argo_part(
            "argocd-repo-server",
            &[("server", 8081), ("metrics", 8084)],
            image,
            "argocd-repo-server",
        ),
        argo_part("argocd-redis", &[("redis", 6379)], redis, "argocd-redis"),
        argo_part(
            "argocd-applicationset-controller",
            &[("webhook", 7000), ("metrics", 8080)],
            image,
            "argocd-applicationset-controller",
        ),
        argo_part(
            "argocd-dex-server",
            &[("http", 5556), ("grpc", 5557), ("metrics", 5558)],
            dex,
            "argocd-dex-server",
        ),
        argo_part(
            "argocd-notifications-controller",
            &[("metrics", 9001)],
            image,
            "argocd-notifications-controller",
        ),
    ];
    for part in &parts {
        deployment(world, 1, part);
        service_account(world, ARGOCD, part.name, by);
        let labels = json!({"metadata": {"labels": {
            "app.kubernetes.io/name": part.name, "app.kubernetes.io/part-of": "argocd",
        }}});
        let ports: Vec<Value> = if part.name == "argocd-server" {
            vec![port("http", 80, "server"), port("https", 443, "server")]
        } else {
            let own = part.pod["containers"][0]["ports"]
                .as_array()
                .into_iter()
                .flatten();
            own.map(|own| json!({"name": own["name"], "port": own["containerPort"], "protocol": "TCP", "targetPort": own["name"]}))
                .collect()
        };
        service(world, ARGOCD, part.name, by, &part.selector, &ports, &labels);
    }
    let name = "argocd-application-controller";
    let controller = argo_part(name, &[("metrics", 8082)], image, name);
    stateful_set(world, &controller, &json!({"serviceName": name}));
    service_account(world, ARGOCD, name, by);
    let everything = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    cluster_role(world, ARGOCD, name, by, &everything);
    let own = json!([{"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["get", "list", "watch"]}]);
    role(world, ARGOCD, "argocd-server", by, &own);

    let part_of = json!({"app.kubernetes.io/part-of": "argocd"});
    let settings = json!({"url": "https://argocd.internal.example.com", "application.resourceTrackingMethod": "annotation"});
    config_map(world, ARGOCD, "argocd-cm", by, &part_of, &settings);
    config_map(
        world,
        ARGOCD,
        "argocd-rbac-cm",
        by,
        &part_of,
        &json!({"policy.default": "role:readonly"}),
    );
    config_map(
        world,
        ARGOCD,
        "argocd-cmd-params-cm",
        by,
        &part_of,
        &json!({"server.insecure": "false"}),
    );
    secret(
        world,
        ARGOCD,
        "argocd-secret",
        by,
        "Opaque",
        &["admin.password", "server.secretkey"],
    );
    secret(world, ARGOCD, "argocd-redis", by, "Opaque", &["auth"]);

    let destinations = [
        "b2b",
        "back",
        "front-web",
        "ingress-nginx",
        "prometheus",
        "kube-system",
    ]
    .map(|namespace| json!({"server": "https://kubernetes.default.svc", "namespace": namespace}));
    let project = json!({"spec": {
        "description": "Everything that environment stage runs",
        "sourceRepos": [
            "https://github.com/acme/deploy.git",
            "https://kubernetes.github.io/ingress-nginx",
            "https://prometheus-community.github.io/helm-charts",
        ],
        "destinations": destinations,
        "clusterResourceWhitelist": [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}],
    }});
    world.add(object(
        "argoproj.io/v1alpha1",
        "AppProject",
        ARGOCD,
        "stage",
        by,
        &project,
    ));
    // Argo CD makes this one by itself; no Application uses it.
    let anything = json!({"spec": {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    }});
    let itself = Author::Other("argocd-application-controller");
    world.add(object(
        "argoproj.io/v1alpha1",
        "AppProject",
        ARGOCD,
        "default",
        itself,
        &anything,
    ));
    for name in ["b2b", "back", "front-web"] {
        let source = json!({
            "repoURL": "https://github.com/acme/deploy.git", "path": format!("stage/{name}"), "targetRevision": "main",
        });
        application(world, name, name, &source);
    }
    let source = json!({
        "repoURL": "https://kubernetes.github.io/ingress-nginx", "chart": "ingress-nginx", "targetRevision": "4.15.1",
    });
    application(world, "ingress-nginx", "ingress-nginx", &source);
    let source = json!({
        "repoURL": "https://prometheus-community.github.io/helm-charts", "chart": "kube-prometheus-stack",
        "targetRevision": "79.5.0",
    });
    application(world, "kube-prometheus-stack", "prometheus", &source);
}

fn application(world: &mut World, name: &str, namespace: &str, source: &Value) {
    let revision = if source["chart"].is_null() {
        json!("4f1d2c8a9be07d5361c0e8f2a7b94d6e3c5f1a20")
    } else {
        source["targetRevision"].clone()
    };
    let body = json!({
        "spec": {
            "project": "stage",
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}, "syncOptions": ["ServerSideApply=true"]},
        },
        "status": {
            "sync": {"status": "Synced", "revision": revision},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded", "finishedAt": "2026-11-19T09:57:31Z"},
            "reconciledAt": "2026-11-23T02:58:40Z",
        },
    });
    world.add(object(
        "argoproj.io/v1alpha1",
        "Application",
        ARGOCD,
        name,
        Author::Kubectl,
        &body,
    ));
}

fn ingress_nginx(world: &mut World) {
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
                "kubernetes.digitalocean.com/load-balancer-id": BALANCER_ID,
                "service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL_NETWORK",
            },
            "finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
        },
        "spec": {
            "type": "LoadBalancer",
            "allocateLoadBalancerNodePorts": true,
            "externalTrafficPolicy": "Local",
            "healthCheckNodePort": HEALTH_PORT,
            "ports": [
                {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 31_080, "appProtocol": "http"},
                {"name": "https", "port": 443, "protocol": "TCP", "targetPort": "https", "nodePort": 31_443, "appProtocol": "https"},
            ],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": BALANCER_IP, "ipMode": "VIP"}]}},
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
            "namespace": ns, "name": "ingress-nginx-controller-admission", "path": "/networking/v1/ingresses", "port": 443,
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

fn prometheus(world: &mut World) {
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
    let grafana = stack_part(
        "kube-prometheus-stack-grafana",
        "grafana",
        image,
        &[("grafana", 3000)],
    );
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
        set["metadata"]["ownerReferences"] =
            super::kube::owner("monitoring.coreos.com/v1", "Prometheus", ns, name);
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
