//! A cluster as DOKS hands it over: its namespaces, nodes, classes, definitions and webhook.

use super::kube::{Author, namespace, object};
use super::world::{CLUSTER_ID, WORKERS, World, uid};
use serde_json::json;

/// Everything that a new cluster holds.
pub(super) fn build(world: &mut World) {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        namespace(world, name, &json!({}));
    }
    nodes(world);
    kubernetes_service(world);
    super::components::build(world);
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
    let body = json!({
        "spec": {"controllerName": "io.cilium/gateway-controller"},
        "status": {"conditions": [{"type": "Accepted", "status": "True"}]},
    });
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
