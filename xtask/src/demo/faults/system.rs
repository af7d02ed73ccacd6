//! What does not belong among Kubernetes' own.

use super::{Expected, Fault};
use crate::demo::kube::{Author, doks_labels, service_account};
use crate::demo::network::{port, service};
use crate::demo::workload::{Workload, container, daemon_set, deployment, pod_spec};
use crate::demo::world::World;
use serde_json::json;

pub(super) const FAULTS: [Fault; 3] = [
    Fault {
        what: "someone installed the dashboard `headlamp` into kube-system",
        apply: dashboard_in_kube_system,
        findings: &[
            Expected {
                policy: "no-apps-in-system-namespaces",
                severity: "critical",
                resource: "kube-system/headlamp (Deployment)",
                says: "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager",
            },
            Expected {
                policy: "no-apps-in-system-namespaces",
                severity: "critical",
                resource: "kube-system/headlamp (Service)",
                says: "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager",
            },
        ],
    },
    Fault {
        what: "DaemonSet `kube-system/node-log-shipper` wears the labels of DOKS, but was applied with kubectl",
        apply: labelled_impostor,
        findings: &[Expected {
            policy: "no-apps-in-system-namespaces",
            severity: "medium",
            resource: "kube-system/node-log-shipper (DaemonSet)",
            says: "looks like a DOKS component, but is not proven: it has DOKS's labels, c3 does not manage it",
        }],
    },
    Fault {
        what: "DaemonSet `kube-system/doks-node-doctor` has labels and field manager of DOKS, and no list knows it",
        apply: unknown_component,
        findings: &[Expected {
            policy: "no-apps-in-system-namespaces",
            severity: "low",
            resource: "kube-system/doks-node-doctor (DaemonSet)",
            says: "new DOKS component?",
        }],
    },
];

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn dashboard_in_kube_system(world: &mut World) -> Result<(), String> {
    let (ns, by) = ("kube-system", Author::Kubectl);
    let image = "ghcr.io/headlamp-k8s/headlamp:v0.38.0";
    let containers = [container(
        "headlamp",
        image,
        &[("http", 4466)],
        &json!({"args": ["-in-cluster"]}),
    )];
    let account = json!({"serviceAccountName": "headlamp", "automountServiceAccountToken": true});
    let headlamp = Workload {
        namespace: ns,
        name: "headlamp",
        author: by,
        labels: json!({}),
        selector: json!({"app.kubernetes.io/instance": "headlamp", "app.kubernetes.io/name": "headlamp"}),
        pod: pod_spec(&containers, &account),
    };
    deployment(world, 1, &headlamp);
    let labels = json!({"metadata": {"labels": headlamp.selector}});
    service(
        world,
        ns,
        "headlamp",
        by,
        &headlamp.selector,
        &[port("http", 80, "http")],
        &labels,
    );
    service_account(world, ns, "headlamp", by);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn labelled_impostor(world: &mut World) -> Result<(), String> {
    let containers = [container(
        "shipper",
        "docker.io/fluent/fluent-bit:4.1.1",
        &[],
        &json!({}),
    )];
    let shipper = Workload {
        namespace: "kube-system",
        name: "node-log-shipper",
        author: Author::Kubectl,
        labels: doks_labels("node-log-shipper"),
        selector: json!({"k8s-app": "node-log-shipper"}),
        pod: pod_spec(&containers, &json!({})),
    };
    daemon_set(world, &shipper);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn unknown_component(world: &mut World) -> Result<(), String> {
    let image = "docker.io/digitalocean/doks-node-doctor:0.1.0";
    let doctor = Workload {
        namespace: "kube-system",
        name: "doks-node-doctor",
        author: Author::Doks("doks-node-doctor"),
        labels: doks_labels("doks-node-doctor"),
        selector: json!({"k8s-app": "doks-node-doctor"}),
        pod: pod_spec(&[container("doctor", image, &[], &json!({}))], &json!({})),
    };
    daemon_set(world, &doctor);
    Ok(())
}
