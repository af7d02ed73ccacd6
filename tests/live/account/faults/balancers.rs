//! What goes wrong with load balancers and ports of nodes.

use super::{CLUSTER, Fault, ask, delete, id_of};
use serde_json::{Value, json};

const BALANCER: &str = "7c1e0d52-3f4b-4a86-b1c9-5d20e6f7a831";

/// Those whose Services DOKS has looked at come before those that it has not.
pub(super) const FAULTS: [Fault; 4] = [
    // A Service of type NodePort was left behind after an incident.
    Fault {
        plant: |team, cluster| {
            cluster
                .apply(&service("back", "keydb-debug", "keydb", 6379, "NodePort", None))
                .unwrap();
            team.doks(cluster);
        },
        mend: |_, cluster| delete(cluster, "back", "service/keydb-debug"),
        findings: &[
            "backend-closed-to-outside high back/keydb-debug[Service]",
            "datastore-not-exposed critical back/keydb-debug[Service]",
            "firewall-open-to-world critical back/keydb-debug[Service]",
            "node-port-exposed high back/keydb-debug[Service]",
        ],
    },
    // A Service's load balancer was deleted in the control panel.
    Fault {
        plant: |team, cluster| {
            cluster
                .apply(&service(
                    "argocd",
                    "argocd-server",
                    "argocd-server",
                    443,
                    "LoadBalancer",
                    None,
                ))
                .unwrap();
            team.doks(cluster);
            let id = cluster
                .answer(&[
                    "get",
                    "service",
                    "argocd-server",
                    "-n",
                    "argocd",
                    "-o",
                    r"jsonpath={.metadata.annotations.kubernetes\.digitalocean\.com/load-balancer-id}",
                ])
                .unwrap();
            ask(team, "DELETE", &format!("/v2/load_balancers/{id}"), &Value::Null);
        },
        mend: |_, cluster| delete(cluster, "argocd", "service/argocd-server"),
        findings: &[
            "dedicated-load-balancer critical argocd/argocd-server[Service]",
            "exposure-undeclared critical argocd/argocd-server[Service]",
        ],
    },
    // The application's Service became a second one of the ingress controller's load balancer.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply(&service(
                    "b2b",
                    "b2b-web",
                    "b2b-web",
                    80,
                    "LoadBalancer",
                    Some(BALANCER),
                ))
                .unwrap();
        },
        mend: |_, cluster| {
            delete(cluster, "b2b", "service/b2b-web");
            cluster
                .apply(&service("b2b", "b2b-web", "b2b-web", 80, "ClusterIP", None))
                .unwrap();
        },
        findings: &[
            "dedicated-load-balancer critical b2b/b2b-web[Service]",
            "dedicated-load-balancer critical ingress-nginx/ingress-nginx-controller[Service]",
            "exposure-undeclared critical b2b/b2b-web[Service]",
        ],
    },
    // A load balancer outlived its Service, in the wrong network.
    Fault {
        plant: |team, _| {
            let vpc = team
                .fake
                .with(|world| world.named("vpcs", "default-fra1").unwrap()["id"].clone());
            let rule = json!({"entry_protocol": "tcp", "entry_port": 443, "target_protocol": "tcp", "target_port": 443});
            let made = ask(
                team,
                "POST",
                "/v2/load_balancers",
                &json!({
                    "name": "stage-web-old", "region": "fra1", "droplet_ids": [], "type": "REGIONAL_NETWORK", "vpc_uuid": vpc,
                    "forwarding_rules": [rule],
                }),
            );
            let id = made["load_balancer"]["id"].as_str().unwrap();
            // The tag of its cluster only DOKS can give.
            team.fake.with(|world| {
                let row = world.row_mut("load_balancers", id).unwrap();
                row["tags"] = json!([format!("k8s:{CLUSTER}")]);
                row["created_at"] = json!("2026-04-20T14:05:52Z");
            });
        },
        mend: |team, _| {
            let id = id_of(team, "load_balancers", "stage-web-old", "id");
            ask(team, "DELETE", &format!("/v2/load_balancers/{id}"), &Value::Null);
        },
        findings: &[
            "dedicated-load-balancer critical stage-web-old[LoadBalancer]",
            "vpc-membership high stage-web-old[LoadBalancer]",
        ],
    },
];

fn service(namespace: &str, name: &str, app: &str, port: u16, kind: &str, balancer: Option<&str>) -> String {
    let mut annotations = json!({});
    if let Some(balancer) = balancer {
        annotations["kubernetes.digitalocean.com/load-balancer-id"] = json!(balancer);
    }
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
        "spec": {"type": kind, "selector": {"app": app}, "ports": [{"port": port, "targetPort": if port == 6379 { 6379 } else { 8080 }}]},
    })
    .to_string()
}
