//! Namespace argocd: Argo CD and its Applications.

use super::kube::{Author, cluster_role, config_map, namespace, object, role, secret, service_account};
use super::network::{port, service};
use super::system::definition;
use super::workload::{Workload, container, deployment, pod_spec, stateful_set};
use super::world::World;
use serde_json::{Value, json};

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

/// The namespace, its parts, and what they deliver.
pub(super) fn build(world: &mut World) {
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
            own.map(|own| {
                let name = &own["name"];
                json!({"name": name, "port": own["containerPort"], "protocol": "TCP", "targetPort": name})
            })
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
    let settings = json!({
        "url": "https://argocd.internal.example.com",
        "application.resourceTrackingMethod": "annotation",
    });
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
            "repoURL": "https://github.com/acme/deploy.git",
            "path": format!("stage/{name}"),
            "targetRevision": "main",
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
