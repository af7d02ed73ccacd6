//! What is wrong with the proxy, with what keeps data, and with monitoring.

use super::{Expected, Fault};
use crate::demo::kube::{Author, object};
use crate::demo::network::network_policy;
use crate::demo::world::World;
use serde_json::json;

pub(super) const FAULTS: [Fault; 8] = [
    Fault {
        what: "Ingress `front-web/web` leads past the proxy for `/static`",
        apply: past_the_proxy,
        findings: &[Expected {
            policy: "proxy-layer",
            severity: "high",
            resource: "front-web/web (Ingress)",
            says: "stage.example.com/static leads to web past proxy nginx-proxy-server: Service front-web/web",
        }],
    },
    Fault {
        what: "NetworkPolicy `front-web/only-dns` cuts the proxy off from KeyDB",
        apply: only_dns,
        findings: &[
            Expected {
                policy: "declared-source-blocked",
                severity: "high",
                resource: "back/keydb (StatefulSet)",
                says: "front-web/nginx-proxy-server uses it and does not reach port 6379",
            },
            Expected {
                policy: "proxy-reaches-datastore",
                severity: "medium",
                resource: "front-web/nginx-proxy-server (Deployment)",
                says: "cannot connect to back/keydb on port 6379: front-web/only-dns limits what it may open",
            },
        ],
    },
    Fault {
        what: "KeyDB does not become ready",
        apply: keydb_down,
        findings: &[Expected {
            policy: "datastore-ready",
            severity: "critical",
            resource: "back/keydb (StatefulSet)",
            says: "its Pod is not ready",
        }],
    },
    Fault {
        what: "KeyDB's volume goes with its StatefulSet",
        apply: volume_goes,
        findings: &[Expected {
            policy: "datastore-persistent",
            severity: "medium",
            resource: "back/keydb (StatefulSet)",
            says: "its claims are deleted with it: persistentVolumeClaimRetentionPolicy has whenDeleted Delete",
        }],
    },
    Fault {
        what: "KeyDB was started without a password",
        apply: no_password,
        findings: &[Expected {
            policy: "datastore-authenticated",
            severity: "high",
            resource: "back/keydb (StatefulSet)",
            says: "container keydb lets anybody in: its arguments set no requirepass",
        }],
    },
    Fault {
        what: "Grafana does not become ready",
        apply: grafana_down,
        findings: &[Expected {
            policy: "monitoring-ready",
            severity: "high",
            resource: "prometheus/kube-prometheus-stack-grafana (Deployment)",
            says: "its Pod is not ready, for 1 h now",
        }],
    },
    Fault {
        what: "ServiceMonitor `back/ii` lacks the label by which Prometheus selects",
        apply: unselected_monitor,
        findings: &[
            Expected {
                policy: "declared-source-blocked",
                severity: "high",
                resource: "back/ii (Deployment)",
                says: "Prometheus cannot scrape port 8080, as ServiceMonitor back/ii asks",
            },
            Expected {
                policy: "monitor-selected",
                severity: "medium",
                resource: "back/ii (ServiceMonitor)",
                says: "ignores it: it selects only release=kube-prometheus-stack",
            },
        ],
    },
    Fault {
        what: "Grafana has the password that its chart publishes",
        apply: published_password,
        findings: &[Expected {
            policy: "grafana-not-public",
            severity: "high",
            resource: "prometheus/kube-prometheus-stack-grafana (Deployment)",
            says: "is one that charts publish as their default",
        }],
    },
];

fn past_the_proxy(world: &mut World) -> Result<(), String> {
    let ingress = world.object("Ingress", "front-web", "web")?;
    if let Some(paths) = ingress["spec"]["rules"][0]["http"]["paths"].as_array_mut() {
        paths.push(json!({
            "path": "/static", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}},
        }));
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn only_dns(world: &mut World) -> Result<(), String> {
    let spec = json!({
        "podSelector": {"matchLabels": {"app": "nginx-proxy-server"}},
        "policyTypes": ["Egress"],
        "egress": [{"ports": [{"protocol": "UDP", "port": 53}]}],
    });
    network_policy(world, "front-web", "only-dns", &spec);
    Ok(())
}

fn keydb_down(world: &mut World) -> Result<(), String> {
    let status = &mut world.object("StatefulSet", "back", "keydb")?["status"];
    status["readyReplicas"] = json!(0);
    status["availableReplicas"] = json!(0);
    Ok(())
}

fn volume_goes(world: &mut World) -> Result<(), String> {
    let keydb = world.object("StatefulSet", "back", "keydb")?;
    keydb["spec"]["persistentVolumeClaimRetentionPolicy"] =
        json!({"whenDeleted": "Delete", "whenScaled": "Retain"});
    Ok(())
}

fn no_password(world: &mut World) -> Result<(), String> {
    let keydb = world.object("StatefulSet", "back", "keydb")?;
    keydb["spec"]["template"]["spec"]["containers"][0]["args"] =
        json!(["exec keydb-server --dir /data --appendonly yes"]);
    Ok(())
}

fn grafana_down(world: &mut World) -> Result<(), String> {
    let name = "kube-prometheus-stack-grafana";
    let status = &mut world.object("Deployment", "prometheus", name)?["status"];
    status["readyReplicas"] = json!(0);
    status["availableReplicas"] = json!(0);
    status["unavailableReplicas"] = json!(1);
    status["conditions"] = json!([{
        "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
        "lastTransitionTime": "2026-11-23T01:00:44Z",
    }]);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn unselected_monitor(world: &mut World) -> Result<(), String> {
    let body = json!({"spec": {
        "selector": {"matchLabels": {"app": "ii"}},
        "endpoints": [{"port": "http", "interval": "30s"}],
    }});
    world.add(object(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        "back",
        "ii",
        Author::Argo("back"),
        &body,
    ));
    Ok(())
}

fn published_password(world: &mut World) -> Result<(), String> {
    let secret = world.object("Secret", "prometheus", "kube-prometheus-stack-grafana")?;
    secret["facts"] = json!({"admin-password": {"published": true}});
    Ok(())
}
