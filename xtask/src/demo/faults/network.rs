//! What is wrong with reachability, Services and load balancers.

use super::{Expected, Fault};
use crate::demo::kube::Author;
use crate::demo::network::{ingress, network_policy, service};
use crate::demo::world::{Account, World};
use serde_json::json;

/// The load balancer that no Service claims.
const ORPHAN_ID: &str = "f0a3c6d8-52b7-4e19-8c4d-90e1b2a7d653";
/// The id of a load balancer that was deleted.
const DELETED_ID: &str = "3b9e7f14-8d26-4c5a-9f03-6ae2c1d84b70";
const DEBUG_NODE_PORT: u16 = 30_379;

pub(super) const FAULTS: [Fault; 8] = [
    Fault {
        what: "NetworkPolicy `back/allow-all` was narrowed to KeyDB, so that `ii` is left to `default-deny`",
        apply: allow_only_keydb,
        findings: &[Expected {
            policy: "backend-accepts-all-namespaces",
            severity: "critical",
            resource: "back/ii (Deployment)",
            says: "port 8080 is closed to other namespaces: only back/default-deny selects it",
        }],
    },
    Fault {
        what: "Service `back/keydb-debug` of type NodePort was left behind after an incident; it opens KeyDB on every node",
        apply: debug_node_port,
        findings: &[
            Expected {
                policy: "backend-closed-to-outside",
                severity: "high",
                resource: "back/keydb-debug (Service)",
                says: "node port 30379 leads from outside the cluster to keydb",
            },
            Expected {
                policy: "datastore-not-exposed",
                severity: "critical",
                resource: "back/keydb-debug (Service)",
                says: "node port 30379 leads from outside the cluster to datastore keydb",
            },
            Expected {
                policy: "firewall-open-to-world",
                severity: "critical",
                resource: "back/keydb-debug (Service)",
                says: "makes DOKS open tcp 30379 of every node to the world",
            },
            Expected {
                policy: "node-port-exposed",
                severity: "high",
                resource: "back/keydb-debug (Service)",
                says: "DOKS opens node port 30379 of every node to the Internet",
            },
        ],
    },
    Fault {
        what: "NetworkPolicy `b2b/allow-partners` admits every namespace",
        apply: partners_from_everywhere,
        findings: &[Expected {
            policy: "namespace-isolation",
            severity: "high",
            resource: "b2b/b2b-web (Deployment)",
            says: "every namespace may connect through one of b2b/allow-declared, b2b/allow-partners and b2b/default-deny, only ingress-nginx, prometheus and its own namespace are declared",
        }],
    },
    Fault {
        what: "both NetworkPolicies of `front-web` were narrowed to the proxy, so that no policy selects `web`",
        apply: web_without_policy,
        findings: &[Expected {
            policy: "namespace-isolation",
            severity: "high",
            resource: "front-web/web (Deployment)",
            says: "no NetworkPolicy of type Ingress selects it: every Pod of every namespace may connect",
        }],
    },
    Fault {
        what: "Service `b2b/b2b-web` was made a LoadBalancer with the id of the ingress controller's load balancer",
        apply: shared_load_balancer,
        findings: &[
            Expected {
                policy: "dedicated-load-balancer",
                severity: "critical",
                resource: "ingress-nginx/ingress-nginx-controller (Service)",
                says: "shares load balancer 7c1e0d52 with b2b/b2b-web",
            },
            Expected {
                policy: "dedicated-load-balancer",
                severity: "critical",
                resource: "b2b/b2b-web (Service)",
                says: "shares load balancer 7c1e0d52 with ingress-nginx/ingress-nginx-controller",
            },
            Expected {
                policy: "exposure-undeclared",
                severity: "critical",
                resource: "b2b/b2b-web (Service)",
                says: "asks for a public load balancer and is not declared under exposure",
            },
        ],
    },
    Fault {
        what: "Service `argocd/argocd-server` was made a LoadBalancer, and that load balancer deleted in the control panel",
        apply: dangling_load_balancer,
        findings: &[
            Expected {
                policy: "dedicated-load-balancer",
                severity: "critical",
                resource: "argocd/argocd-server (Service)",
                says: "names load balancer 3b9e7f14, which the account does not have",
            },
            Expected {
                policy: "exposure-undeclared",
                severity: "critical",
                resource: "argocd/argocd-server (Service)",
                says: "asks for a public load balancer and is not declared under exposure",
            },
        ],
    },
    Fault {
        what: "the load balancer `stage-web-old` still stands; its Service was deleted long ago",
        apply: orphaned_load_balancer,
        findings: &[
            Expected {
                policy: "dedicated-load-balancer",
                severity: "critical",
                resource: "stage-web-old (LoadBalancer)",
                says: "is tagged for this cluster, but no Service has it",
            },
            Expected {
                policy: "load-balancer-orphan",
                severity: "medium",
                resource: "stage-web-old (LoadBalancer)",
                says: "no Service has it, for 3 days over 4 runs; it goes on billing",
            },
            Expected {
                policy: "vpc-membership",
                severity: "high",
                resource: "stage-web-old (LoadBalancer)",
                says: "is in VPC default-fra1 (9f9c9cd5), stage (06b5b28b) is declared",
            },
        ],
    },
    Fault {
        what: "Ingress `prometheus/grafana` publishes Grafana under a host that nobody declared",
        apply: public_grafana,
        findings: &[
            Expected {
                policy: "exposure-undeclared",
                severity: "critical",
                resource: "prometheus/grafana (Ingress)",
                says: "host grafana.stage.example.com is not declared under ingress.hosts",
            },
            Expected {
                policy: "grafana-not-public",
                severity: "high",
                resource: "prometheus/grafana (Ingress)",
                says: "grafana.stage.example.com/ leads to Grafana, and its host is not declared under ingress.hosts of prometheus",
            },
        ],
    },
];

fn allow_only_keydb(world: &mut World) -> Result<(), String> {
    let policy = world.object("NetworkPolicy", "back", "allow-all")?;
    policy["spec"]["podSelector"] = json!({"matchLabels": {"app": "keydb"}});
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn debug_node_port(world: &mut World) -> Result<(), String> {
    let ports = [json!({
        "name": "keydb", "port": 6379, "protocol": "TCP", "targetPort": "keydb", "nodePort": DEBUG_NODE_PORT,
    })];
    let more = json!({"spec": {"type": "NodePort", "externalTrafficPolicy": "Cluster"}});
    service(
        world,
        "back",
        "keydb-debug",
        Author::Kubectl,
        &json!({"app": "keydb"}),
        &ports,
        &more,
    );
    world.cloud_controller();
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn partners_from_everywhere(world: &mut World) -> Result<(), String> {
    let spec = json!({
        "podSelector": {"matchLabels": {"app": "b2b-web"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"protocol": "TCP", "port": 8080}]}],
    });
    network_policy(world, "b2b", "allow-partners", &spec);
    Ok(())
}

fn web_without_policy(world: &mut World) -> Result<(), String> {
    for name in ["default-deny", "allow-declared"] {
        let policy = world.object("NetworkPolicy", "front-web", name)?;
        policy["spec"]["podSelector"] = json!({"matchLabels": {"app": "nginx-proxy-server"}});
    }
    Ok(())
}

fn shared_load_balancer(world: &mut World) -> Result<(), String> {
    expose(
        world,
        "b2b",
        "b2b-web",
        Account::STAGE_BALANCER,
        Account::STAGE_BALANCER_IP,
    )
}

fn dangling_load_balancer(world: &mut World) -> Result<(), String> {
    expose(world, "argocd", "argocd-server", DELETED_ID, "192.0.2.41")
}

fn orphaned_load_balancer(world: &mut World) -> Result<(), String> {
    let own = world.account.row("load_balancers", Account::STAGE_BALANCER);
    let mut balancer = own
        .cloned()
        .ok_or("the demo's account has no load balancer of the ingress controller")?;
    balancer["id"] = json!(ORPHAN_ID);
    balancer["name"] = json!("stage-web-old");
    balancer["ip"] = json!("192.0.2.58");
    balancer["created_at"] = json!("2026-04-20T14:05:52Z");
    balancer["health_check"]["port"] = json!(31_207);
    if let Some(rules) = balancer["forwarding_rules"].as_array_mut() {
        rules.retain(|rule| rule["entry_port"] == 443);
    }
    // In the default project and network instead of the environment's own.
    balancer["project_id"] = world.named("projects", "acme")?["id"].clone();
    balancer["vpc_uuid"] = world.named("vpcs", "default-fra1")?["id"].clone();
    world.account.add("load_balancers", balancer);
    world.add_beside(
        "observations",
        json!({
            "kind": "LoadBalancer", "id": ORPHAN_ID, "fact": "unattached", "since": "2026-11-20T03:00:00Z",
            "last": "2026-11-23T03:00:00Z", "runs": 4,
        }),
    );
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn public_grafana(world: &mut World) -> Result<(), String> {
    let backend = ("kube-prometheus-stack-grafana", "http-web");
    let host = "grafana.stage.example.com";
    ingress(
        world,
        "prometheus",
        "grafana",
        Author::Kubectl,
        host,
        backend,
        &json!({}),
    );
    Ok(())
}

/// Makes a Service of type LoadBalancer that claims the load balancer `id`.
fn expose(world: &mut World, namespace: &str, name: &str, id: &str, ip: &str) -> Result<(), String> {
    let service = world.object("Service", namespace, name)?;
    let annotations = &mut service["metadata"]["annotations"];
    annotations["kubernetes.digitalocean.com/load-balancer-id"] = json!(id);
    annotations["service.beta.kubernetes.io/do-loadbalancer-type"] = json!("REGIONAL_NETWORK");
    service["metadata"]["finalizers"] = json!(["service.kubernetes.io/load-balancer-cleanup"]);
    service["spec"]["type"] = json!("LoadBalancer");
    service["spec"]["externalTrafficPolicy"] = json!("Cluster");
    service["spec"]["allocateLoadBalancerNodePorts"] = json!(true);
    for (index, port) in service["spec"]["ports"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .enumerate()
    {
        port["nodePort"] = json!(31_200 + name.len() * 10 + index);
    }
    service["status"]["loadBalancer"] = json!({"ingress": [{"ip": ip, "ipMode": "VIP"}]});
    Ok(())
}
