//! What DOKS itself puts into a cluster: nodes, kube-system, classes, webhooks, definitions.

use super::kube::{
    Author, Workload, agent_spec, cluster_role, config_map, container, daemon_set, deployment, doks_labels,
    endpoint_slice, namespace, object, pod_spec, port, role, service, service_account,
};
use super::world::{CLUSTER_ID, WORKERS, World, uid};
use serde_json::{Value, json};

const SYSTEM: &str = "kube-system";

/// Everything that a new cluster holds.
pub(super) fn build(world: &mut World) {
    for name in ["default", "kube-node-lease", "kube-public", SYSTEM] {
        namespace(world, name, &json!({}));
    }
    nodes(world);
    kubernetes_service(world);
    agents(world);
    controllers(world);
    configuration(world);
    classes(world);
    definitions(world);
    balancer_webhook(world);
}

fn nodes(world: &mut World) {
    for worker in &WORKERS {
        let body = json!({
            "metadata": {"labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "doks.digitalocean.com/managed": "true",
                "doks.digitalocean.com/node-id": uid("DoksNode", "", worker.name),
                "doks.digitalocean.com/node-pool": "general",
                "doks.digitalocean.com/node-pool-id": uid("NodePool", "", "general"),
                "doks.digitalocean.com/version": "1.35.6-do.0",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": worker.name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "s-4vcpu-8gb",
                "region": "fra1",
                "topology.kubernetes.io/region": "fra1",
            }},
            "spec": {
                "podCIDR": worker.pod_cidr,
                "podCIDRs": [worker.pod_cidr],
                "providerID": format!("digitalocean://{}", worker.droplet),
            },
            "status": {
                "addresses": [
                    {"type": "Hostname", "address": worker.name},
                    {"type": "InternalIP", "address": worker.private},
                    {"type": "ExternalIP", "address": worker.public},
                ],
                "capacity": {"cpu": "4", "memory": "8135840Ki", "pods": "110"},
                "allocatable": {"cpu": "3900m", "memory": "6Gi", "pods": "110"},
                "conditions": [
                    {"type": "MemoryPressure", "status": "False", "reason": "KubeletHasSufficientMemory"},
                    {"type": "DiskPressure", "status": "False", "reason": "KubeletHasNoDiskPressure"},
                    {"type": "PIDPressure", "status": "False", "reason": "KubeletHasSufficientPID"},
                    {"type": "Ready", "status": "True", "reason": "KubeletReady"},
                ],
                "nodeInfo": {
                    "architecture": "amd64",
                    "containerRuntimeVersion": "containerd://2.1.5",
                    "kubeletVersion": "v1.35.6",
                    "operatingSystem": "linux",
                    "osImage": "Debian GNU/Linux 13 (trixie)",
                },
            },
        });
        world.add(object(
            "v1",
            "Node",
            "",
            worker.name,
            Author::Other("kubelet"),
            &body,
        ));
        let body = json!({"spec": {
            "holderIdentity": worker.name, "leaseDurationSeconds": 40, "renewTime": "2026-11-23T02:59:55.000000Z",
        }});
        let lease = object(
            "coordination.k8s.io/v1",
            "Lease",
            "kube-node-lease",
            worker.name,
            Author::Other("kubelet"),
            &body,
        );
        world.add(lease);
    }
}

/// Service `kubernetes`, the only one in `default`.
fn kubernetes_service(world: &mut World) {
    let body = json!({
        "metadata": {"labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.121.0.1",
            "clusterIPs": ["10.121.0.1"],
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443}],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
        },
        "status": {"loadBalancer": {}},
    });
    world.add(object(
        "v1",
        "Service",
        "default",
        "kubernetes",
        Author::Other("kube-apiserver"),
        &body,
    ));
    let body = json!({
        "metadata": {"labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["100.65.19.112"], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": 443, "protocol": "TCP"}],
    });
    let slice = object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "default",
        "kubernetes",
        Author::Other("kube-apiserver"),
        &body,
    );
    world.add(slice);
}

fn component<'a>(name: &'static str, label: &str, pod: Value) -> Workload<'a> {
    Workload {
        namespace: SYSTEM,
        name,
        author: Author::Doks(name),
        labels: doks_labels(name),
        selector: json!({label: name}),
        pod,
    }
}

/// The components that run on every node.
fn agents(world: &mut World) {
    let privileged = json!({"securityContext": {
        "privileged": true, "allowPrivilegeEscalation": true, "readOnlyRootFilesystem": false, "capabilities": null,
    }});
    let of = |name: &'static str, image: &str, account: &str, ports: &[(&str, u16)]| {
        let containers = [container(name, image, ports, &privileged)];
        component(name, "k8s-app", agent_spec(&containers, account))
    };
    let agents = [
        of(
            "cilium",
            "docker.io/digitalocean/cilium:v1.18.4",
            "cilium",
            &[("prometheus", 9090)],
        ),
        of(
            "cpc-bridge-proxy-ebpf",
            "docker.io/digitalocean/cpc-bridge-proxy-ebpf:0.3.1",
            "default",
            &[],
        ),
        of(
            "csi-do-node",
            "docker.io/digitalocean/do-csi-plugin:v4.16.0",
            "csi-do-node-sa",
            &[],
        ),
        of(
            "do-node-agent",
            "docker.io/digitalocean/do-agent:3.18.7",
            "do-agent",
            &[],
        ),
        of(
            "doks-telemetry-config-reloader",
            "docker.io/digitalocean/doks-telemetry:1.2.0",
            "default",
            &[],
        ),
    ];
    for agent in &agents {
        daemon_set(world, agent);
    }
    for account in ["cilium", "csi-do-node-sa", "do-agent"] {
        service_account(world, SYSTEM, account, Author::Doks("cilium"));
    }
    let rules = json!([{"apiGroups": [""], "resources": ["nodes", "pods", "namespaces", "services"], "verbs": ["get", "list", "watch"]}]);
    cluster_role(world, SYSTEM, "cilium", Author::Doks("cilium"), &rules);
    let rules = json!([{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]);
    cluster_role(
        world,
        SYSTEM,
        "csi-do-node-sa",
        Author::Doks("csi-do-node"),
        &rules,
    );
    // Their programs run in the control plane, outside the cluster.
    for account in [
        "cloud-controller-manager",
        "cluster-autoscaler",
        "csi-do-controller-sa",
        "dosecret-operator",
        "snapshot-controller",
    ] {
        service_account(world, SYSTEM, account, Author::Doks("control-plane"));
    }
}

/// The components that run somewhere, with their Services.
fn controllers(world: &mut World) {
    let critical = |account: &str| json!({"serviceAccountName": account, "automountServiceAccountToken": true, "priorityClassName": "system-cluster-critical"});
    let dns = [container(
        "coredns",
        "docker.io/coredns/coredns:1.12.4",
        &[("dns-tcp", 53), ("metrics", 9153), ("health", 8080)],
        &json!({
            "args": ["-conf", "/etc/coredns/Corefile"],
            "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}},
        }),
    )];
    let mut coredns = component(
        "coredns",
        "app.kubernetes.io/component",
        pod_spec(&dns, &critical("coredns")),
    );
    coredns.selector = json!({"k8s-app": "kube-dns"});
    deployment(world, 2, &coredns);
    let dns_ports = [
        json!({"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}),
        json!({"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53}),
        port("metrics", 9153, 9153),
    ];
    let fixed = json!({
        "metadata": {"labels": {"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"}},
        "spec": {"clusterIP": "10.121.0.10", "clusterIPs": ["10.121.0.10"]},
    });
    service(
        world,
        SYSTEM,
        "kube-dns",
        Author::Doks("coredns"),
        &coredns.selector,
        &dns_ports,
        &fixed,
    );

    let tunnel = [container(
        "konnectivity-agent",
        "registry.k8s.io/kas-network-proxy/proxy-agent:v0.34.0",
        &[("health", 8134)],
        &json!({}),
    )];
    let account = critical("konnectivity-agent");
    deployment(
        world,
        2,
        &component("konnectivity-agent", "k8s-app", pod_spec(&tunnel, &account)),
    );

    let image = "docker.io/digitalocean/hubble-relay:v1.18.4";
    let relay = [container("hubble-relay", image, &[("grpc", 4245)], &json!({}))];
    let relay = component(
        "hubble-relay",
        "k8s-app",
        pod_spec(&relay, &critical("hubble-relay")),
    );
    deployment(world, 1, &relay);
    let ui = [container(
        "hubble-ui",
        "quay.io/cilium/hubble-ui:v0.13.3",
        &[("http", 8081)],
        &json!({}),
    )];
    let ui = component("hubble-ui", "k8s-app", pod_spec(&ui, &critical("hubble-ui")));
    deployment(world, 1, &ui);
    let by = Author::Doks("cilium");
    let none = json!({});
    service(
        world,
        SYSTEM,
        "hubble-peer",
        by,
        &json!({"k8s-app": "cilium"}),
        &[port("peer", 443, 4244)],
        &none,
    );
    service(
        world,
        SYSTEM,
        "hubble-relay",
        by,
        &relay.selector,
        &[port("grpc", 80, "grpc")],
        &none,
    );
    service(
        world,
        SYSTEM,
        "hubble-ui",
        by,
        &ui.selector,
        &[port("http", 80, "http")],
        &none,
    );

    for account in ["coredns", "konnectivity-agent", "hubble-relay", "hubble-ui"] {
        service_account(world, SYSTEM, account, Author::Doks("coredns"));
    }
    let rules = json!([{"apiGroups": ["", "discovery.k8s.io"], "resources": ["endpointslices", "services", "pods", "namespaces"], "verbs": ["list", "watch"]}]);
    cluster_role(world, SYSTEM, "coredns", Author::Doks("coredns"), &rules);
    let rules =
        json!([{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"]}]);
    role(
        world,
        SYSTEM,
        "cluster-autoscaler",
        Author::Doks("cluster-autoscaler"),
        &rules,
    );
}

fn configuration(world: &mut World) {
    let none = json!({});
    let corefile = ".:53 {\n    errors\n    health\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 300\n    import custom/*.override\n}\nimport custom/*.server\n";
    config_map(
        world,
        SYSTEM,
        "coredns",
        Author::Doks("coredns"),
        &none,
        &json!({"Corefile": corefile}),
    );
    let log = json!({"log.override": "log . {\n    class error\n}\n"});
    config_map(world, SYSTEM, "coredns-custom", Author::Kubectl, &none, &log);
    let cilium = json!({
        "enable-hubble": "true", "enable-policy": "default", "ipam": "kubernetes", "kube-proxy-replacement": "true",
        "routing-mode": "native",
    });
    config_map(
        world,
        SYSTEM,
        "cilium-config",
        Author::Doks("cilium"),
        &none,
        &cilium,
    );
    let relay =
        json!({"config.yaml": "cluster-name: default\npeer-service: hubble-peer.kube-system.svc:443\n"});
    config_map(
        world,
        SYSTEM,
        "hubble-relay-config",
        Author::Doks("cilium"),
        &none,
        &relay,
    );
    let front = json!({"nginx.conf": "server {\n    listen 8081;\n}\n"});
    config_map(
        world,
        SYSTEM,
        "hubble-ui-nginx",
        Author::Doks("cilium"),
        &none,
        &front,
    );

    let server = Author::Other("kube-apiserver");
    let data = json!({"requestheader-allowed-names": "[\"aggregator\"]", "requestheader-username-headers": "[\"X-Remote-User\"]"});
    config_map(
        world,
        SYSTEM,
        "extension-apiserver-authentication",
        server,
        &none,
        &data,
    );
    let since = json!({"since": "2026-03-14"});
    config_map(
        world,
        SYSTEM,
        "kube-apiserver-legacy-service-account-token-tracking",
        server,
        &none,
        &since,
    );
    let status = json!({"status": "autoscalerStatus: Running\nnodeGroups:\n- name: general\n  health:\n    status: Healthy\n"});
    config_map(
        world,
        SYSTEM,
        "cluster-autoscaler-status",
        Author::Other("cluster-autoscaler"),
        &none,
        &status,
    );

    for name in ["cluster-autoscaler", "kube-scheduler", "kube-controller-manager"] {
        let body = json!({"spec": {"holderIdentity": format!("{name}-0"), "leaseDurationSeconds": 15}});
        world.add(object(
            "coordination.k8s.io/v1",
            "Lease",
            SYSTEM,
            name,
            Author::Controller,
            &body,
        ));
    }
}

fn classes(world: &mut World) {
    for (name, default, policy) in [
        ("do-block-storage", "true", "Delete"),
        ("do-block-storage-retain", "false", "Retain"),
        ("do-block-storage-xfs", "false", "Delete"),
        ("do-block-storage-xfs-retain", "false", "Retain"),
    ] {
        let body = json!({
            "metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": default}},
            "provisioner": "dobs.csi.digitalocean.com",
            "reclaimPolicy": policy,
            "allowVolumeExpansion": true,
            "volumeBindingMode": "Immediate",
        });
        let author = Author::Doks("csi-controller-service");
        world.add(object(
            "storage.k8s.io/v1",
            "StorageClass",
            "",
            name,
            author,
            &body,
        ));
    }
    let body = json!({"spec": {"controllerName": "io.cilium/gateway-controller"}, "status": {"conditions": [{"type": "Accepted", "status": "True"}]}});
    world.add(object(
        "gateway.networking.k8s.io/v1",
        "GatewayClass",
        "",
        "cilium",
        Author::Doks("cilium"),
        &body,
    ));
    for (name, value) in [
        ("system-cluster-critical", 2_000_000_000),
        ("system-node-critical", 2_000_001_000),
    ] {
        let body =
            json!({"value": value, "globalDefault": false, "preemptionPolicy": "PreemptLowerPriority"});
        let author = Author::Other("kube-apiserver");
        world.add(object(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "",
            name,
            author,
            &body,
        ));
    }
}

/// A CustomResourceDefinition; schemas are left out of captures.
pub(super) fn definition(
    world: &mut World,
    group: &str,
    version: &str,
    kind: &str,
    plural: &str,
    scope: &str,
    author: Author,
) {
    let body = json!({
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "scope": scope,
            "versions": [{"name": version, "served": true, "storage": true}],
        },
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    });
    let name = format!("{plural}.{group}");
    world.add(object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "",
        &name,
        author,
        &body,
    ));
}

fn definitions(world: &mut World) {
    let author = Author::Doks("cilium");
    let (cilium, gateway) = ("cilium.io", "gateway.networking.k8s.io");
    definition(
        world,
        cilium,
        "v2",
        "CiliumNetworkPolicy",
        "ciliumnetworkpolicies",
        "Namespaced",
        author,
    );
    let (kind, plural) = (
        "CiliumClusterwideNetworkPolicy",
        "ciliumclusterwidenetworkpolicies",
    );
    definition(world, cilium, "v2", kind, plural, "Cluster", author);
    definition(world, gateway, "v1", "Gateway", "gateways", "Namespaced", author);
    definition(
        world,
        gateway,
        "v1",
        "GatewayClass",
        "gatewayclasses",
        "Cluster",
        author,
    );
    definition(
        world,
        gateway,
        "v1",
        "GRPCRoute",
        "grpcroutes",
        "Namespaced",
        author,
    );
    definition(
        world,
        gateway,
        "v1",
        "HTTPRoute",
        "httproutes",
        "Namespaced",
        author,
    );
    definition(
        world,
        gateway,
        "v1beta1",
        "ReferenceGrant",
        "referencegrants",
        "Namespaced",
        author,
    );
    let (snapshots, author) = ("snapshot.storage.k8s.io", Author::Doks("csi-controller-service"));
    definition(
        world,
        snapshots,
        "v1",
        "VolumeSnapshot",
        "volumesnapshots",
        "Namespaced",
        author,
    );
    definition(
        world,
        snapshots,
        "v1",
        "VolumeSnapshotContent",
        "volumesnapshotcontents",
        "Cluster",
        author,
    );
}

/// DOKS checks Services of type LoadBalancer before they are stored.
fn balancer_webhook(world: &mut World) {
    let body = json!({"webhooks": [{
        "name": "validation-webhook.loadbalancer.doks.io",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"url": format!("https://{CLUSTER_ID}.k8s.ondigitalocean.com/lb-service")},
        "failurePolicy": "Ignore",
        "matchPolicy": "Equivalent",
        "rules": [{
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": ["services"], "scope": "Namespaced",
        }],
        "sideEffects": "None",
        "timeoutSeconds": 20,
    }]});
    let hook = object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "",
        "do-loadbalancer-validating-webhook",
        Author::Doks("cloud-controller-manager"),
        &body,
    );
    world.add(hook);
}

/// What kube-prometheus-stack and its operator put into kube-system to scrape the components there: Services that
/// select only Pods of the system, or none.
pub(super) fn scraped_services(world: &mut World) {
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
        SYSTEM,
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
        SYSTEM,
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
        SYSTEM,
        "kube-prometheus-stack-kubelet",
        &endpoints,
        &ports,
    ));
}
