//! What is wrong with Argo CD and what it delivers.

use super::{Expected, Fault};
use crate::demo::kube::{Author, secret};
use crate::demo::world::World;
use serde_json::json;

pub(super) const FAULTS: [Fault; 5] = [
    Fault {
        what: "the repository server of Argo CD does not become ready",
        apply: broken_repo_server,
        findings: &[Expected {
            policy: "argocd-ready",
            severity: "critical",
            resource: "argocd/argocd-repo-server (Deployment)",
            says: "its Pod is not ready, for 5 h now",
        }],
    },
    Fault {
        what: "Application `argocd/back` follows the branch of a hotfix",
        apply: hotfix_branch,
        findings: &[
            Expected {
                policy: "argocd-covers-namespace",
                severity: "high",
                resource: "back (Namespace)",
                says: "no Application of the declared repository delivers it: Application back follows hotfix-redis, not main",
            },
            Expected {
                policy: "argocd-source-declared",
                severity: "high",
                resource: "argocd/back (Application)",
                says: "follows hotfix-redis, declared is main",
            },
        ],
    },
    Fault {
        what: "the last sync of Application `argocd/b2b` failed",
        apply: failed_sync,
        findings: &[Expected {
            policy: "argocd-synced",
            severity: "high",
            resource: "argocd/b2b (Application)",
            says: "is out of sync: its last sync failed 2 h ago",
        }],
    },
    Fault {
        what: "AppProject `argocd/stage` admits every namespace of the cluster",
        apply: every_namespace,
        findings: &[Expected {
            policy: "argocd-project-scope",
            severity: "high",
            resource: "argocd/stage (AppProject)",
            says: "destinations admit every namespace (*) of cluster https://kubernetes.default.svc",
        }],
    },
    Fault {
        what: "nobody deleted the first password of Argo CD's administrator",
        apply: first_password,
        findings: &[Expected {
            policy: "argocd-initial-secret",
            severity: "medium",
            resource: "argocd/argocd-initial-admin-secret (Secret)",
            says: "still holds the first password of Argo CD's administrator",
        }],
    },
];

fn broken_repo_server(world: &mut World) -> Result<(), String> {
    let status = &mut world.object("Deployment", "argocd", "argocd-repo-server")?["status"];
    status["readyReplicas"] = json!(0);
    status["availableReplicas"] = json!(0);
    status["unavailableReplicas"] = json!(1);
    status["conditions"] = json!([{
        "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
        "lastTransitionTime": "2026-11-22T21:40:12Z",
    }]);
    Ok(())
}

fn hotfix_branch(world: &mut World) -> Result<(), String> {
    let application = world.object("Application", "argocd", "back")?;
    application["spec"]["source"]["targetRevision"] = json!("hotfix-redis");
    Ok(())
}

fn failed_sync(world: &mut World) -> Result<(), String> {
    let status = &mut world.object("Application", "argocd", "b2b")?["status"];
    status["sync"]["status"] = json!("OutOfSync");
    status["operationState"] = json!({
        "phase": "Failed", "finishedAt": "2026-11-23T00:31:07Z", "message": "one or more objects failed to apply",
    });
    status["conditions"] = json!([{
        "type": "SyncError", "message": "failed last sync attempt", "lastTransitionTime": "2026-11-23T00:31:07Z",
    }]);
    Ok(())
}

fn every_namespace(world: &mut World) -> Result<(), String> {
    let project = world.object("AppProject", "argocd", "stage")?;
    if let Some(destinations) = project["spec"]["destinations"].as_array_mut() {
        destinations.push(json!({"server": "https://kubernetes.default.svc", "namespace": "*"}));
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn first_password(world: &mut World) -> Result<(), String> {
    secret(
        world,
        "argocd",
        "argocd-initial-admin-secret",
        Author::Other("argocd-server"),
        "Opaque",
        &["password"],
    );
    Ok(())
}
