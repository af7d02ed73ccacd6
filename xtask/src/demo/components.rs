//! Namespace kube-system: the components of DOKS, with its labels and its field manager `c3`.

use super::kube::{Author, cluster_role, config_map, doks_labels, object, role, service_account};
use super::network::{port, service};
use super::workload::{Workload, agent_spec, container, daemon_set, deployment, pod_spec};
use super::world::World;
use serde_json::{Value, json};

const SYSTEM: &str = "kube-system";

/// Everything that DOKS runs and keeps in kube-system.
pub(super) fn build(world: &mut World) {
    agents(world);
    controllers(world);
    configuration(world);
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
    let rules = json!([{
        "apiGroups": [""],
        "resources": ["nodes", "pods", "namespaces", "services"],
        "verbs": ["get", "list", "watch"],
    }]);
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
    let critical = |account: &str| {
        json!({
            "serviceAccountName": account,
            "automountServiceAccountToken": true,
            "priorityClassName": "system-cluster-critical",
        })
    };
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
    let rules = json!([{
        "apiGroups": ["", "discovery.k8s.io"],
        "resources": ["endpointslices", "services", "pods", "namespaces"],
        "verbs": ["list", "watch"],
    }]);
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
    let corefile = [
        ".:53 {",
        "    errors",
        "    health",
        "    ready",
        "    kubernetes cluster.local in-addr.arpa ip6.arpa",
        "    prometheus :9153",
        "    forward . /etc/resolv.conf",
        "    cache 300",
        "    import custom/*.override",
        "}",
        "import custom/*.server",
        "",
    ]
    .join("\n");
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
    let data = json!({
        "requestheader-allowed-names": "[\"aggregator\"]",
        "requestheader-username-headers": "[\"X-Remote-User\"]",
    });
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
    let status = json!({
        "status": "autoscalerStatus: Running\nnodeGroups:\n- name: general\n  health:\n    status: Healthy\n",
    });
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
