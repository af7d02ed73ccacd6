//! What is wrong with namespaces, with what runs in them and with who may enter.

use super::{Expected, Fault};
use crate::demo::kube::{Author, namespace, object};
use crate::demo::network::network_policy;
use crate::demo::workload::{container, lone_pod, pod_spec};
use crate::demo::world::World;
use serde_json::json;

pub(super) const FAULTS: [Fault; 7] = [
    Fault {
        what: "namespace `tools` was deleted",
        apply: no_tools,
        findings: &[Expected {
            policy: "namespace-declared",
            severity: "high",
            resource: "tools (Namespace)",
            says: "is declared and does not exist",
        }],
    },
    Fault {
        what: "somebody tries things out in a namespace `sandbox`",
        apply: sandbox,
        findings: &[Expected {
            policy: "namespace-undeclared",
            severity: "medium",
            resource: "sandbox (Namespace)",
            says: "is not declared",
        }],
    },
    Fault {
        what: "CronJob `back/keydb-backup` was deleted while its backups were in the way",
        apply: no_backups,
        findings: &[Expected {
            policy: "workload-declared",
            severity: "high",
            resource: "back/keydb-backup (CronJob)",
            says: "is declared and does not exist",
        }],
    },
    Fault {
        what: "the debug Pod `b2b/b2b-web-debug` was left running",
        apply: debug_pod,
        findings: &[Expected {
            policy: "workload-undeclared",
            severity: "medium",
            resource: "b2b/b2b-web-debug (Pod)",
            says: "is not among the declared workloads of b2b",
        }],
    },
    Fault {
        what: "namespace `b2b` admits privileged Pods since a debugging session",
        apply: privileged,
        findings: &[Expected {
            policy: "pod-security-level",
            severity: "high",
            resource: "b2b (Namespace)",
            says: "enforces Pod Security level privileged, baseline is declared",
        }],
    },
    Fault {
        what: "NetworkPolicy `ingress-nginx/only-web` lets in the web ports alone, so that Prometheus does not see the controller any more",
        apply: only_web,
        findings: &[Expected {
            policy: "declared-source-blocked",
            severity: "high",
            resource: "ingress-nginx/ingress-nginx-controller (Deployment)",
            says: "Prometheus cannot scrape port 10254, as ServiceMonitor prometheus/ingress-nginx-controller asks",
        }],
    },
    Fault {
        what: "RoleBinding `back/b2b-reader` lets the Pods of `b2b` read everything in `back`",
        apply: foreign_reader,
        findings: &[Expected {
            policy: "cross-namespace-access",
            severity: "high",
            resource: "back/b2b-reader (RoleBinding)",
            says: "gives ServiceAccount b2b/default the rights of ClusterRole view in namespace back",
        }],
    },
];

fn no_tools(world: &mut World) -> Result<(), String> {
    world.object("Namespace", "", "tools")?;
    world.remove(&|object| {
        let metadata = &object["metadata"];
        metadata["namespace"] == "tools" || object["kind"] == "Namespace" && metadata["name"] == "tools"
    });
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn sandbox(world: &mut World) -> Result<(), String> {
    namespace(world, "sandbox", &json!({}));
    Ok(())
}

fn no_backups(world: &mut World) -> Result<(), String> {
    world.object("CronJob", "back", "keydb-backup")?;
    world.remove(&|object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        object["metadata"]["namespace"] == "back"
            && matches!(object["kind"].as_str(), Some("CronJob" | "Job" | "Pod"))
            && name.starts_with("keydb-backup")
    });
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn debug_pod(world: &mut World) -> Result<(), String> {
    let image = "registry.digitalocean.com/acme/b2b-web:2.8.1";
    let shell = container("shell", image, &[], &json!({"command": ["sleep", "infinity"]}));
    lone_pod(
        world,
        "b2b",
        "b2b-web-debug",
        &json!({"run": "b2b-web-debug"}),
        &pod_spec(&[shell], &json!({})),
    );
    Ok(())
}

fn privileged(world: &mut World) -> Result<(), String> {
    let labels = &mut world.object("Namespace", "", "b2b")?["metadata"]["labels"];
    labels["pod-security.kubernetes.io/enforce"] = json!("privileged");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn only_web(world: &mut World) -> Result<(), String> {
    let spec = json!({
        "podSelector": {"matchLabels": {"app.kubernetes.io/component": "controller"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 80}, {"protocol": "TCP", "port": 443}]}],
    });
    network_policy(world, "ingress-nginx", "only-web", &spec);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn foreign_reader(world: &mut World) -> Result<(), String> {
    let body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "b2b", "name": "default"}],
    });
    world.add(object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "back",
        "b2b-reader",
        Author::Kubectl,
        &body,
    ));
    Ok(())
}
