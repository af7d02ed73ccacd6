//! What DOKS does inside a cluster: Nodes for the Droplets, and load balancers for the Services, whose annotations and
//! addresses it writes.

use crate::cluster::Connection;
use envcheck_test_fakes::{Attached, Fake, World};
use serde_json::{Value, json};
use std::path::Path;

/// The annotation that names a Service's load balancer.
const ID: &str = "kubernetes.digitalocean.com/load-balancer-id";

/// Looks after one cluster.
pub(super) struct Controller {
    cluster: Connection,
}

impl Controller {
    pub(super) async fn new(kubeconfig: &Path) -> Result<Self, String> {
        Connection::open(kubeconfig).await.map(|cluster| Self { cluster })
    }

    /// Brings cluster and account together once.
    pub(super) async fn look(&self, fake: &Fake) -> Result<(), String> {
        self.nodes(fake).await?;
        let services = self.list("/api/v1/services").await?;
        let attached = fake.with(|world| world.services(World::STAGE_CLUSTER, &services));
        for own in attached {
            let service = services.iter().find(|service| {
                service["metadata"]["namespace"] == own.namespace.as_str()
                    && service["metadata"]["name"] == own.name.as_str()
            });
            if let Some(service) = service {
                self.write(service, &own).await?;
            }
        }
        Ok(())
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        let bytes = self.cluster.get(path).await?;
        let list: Value = serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// Writes into a Service which load balancer it has.
    async fn write(&self, service: &Value, own: &Attached) -> Result<(), String> {
        let path = format!("/api/v1/namespaces/{}/services/{}", own.namespace, own.name);
        if service["metadata"]["annotations"][ID] != own.balancer.as_str() {
            let patch = json!({"metadata": {"annotations": {ID: own.balancer}}});
            self.cluster.patch(&path, &patch).await?;
        }
        if let Some(ip) = &own.ip
            && service["status"]["loadBalancer"]["ingress"][0]["ip"] != ip.as_str()
        {
            let patch = json!({"status": {"loadBalancer": {"ingress": [{"ip": ip}]}}});
            self.cluster.patch(&format!("{path}/status"), &patch).await?;
        }
        Ok(())
    }

    /// A Node for every Droplet of the cluster that has none, and a word from each that it is ready.
    async fn nodes(&self, fake: &Fake) -> Result<(), String> {
        let (cluster, droplets) = fake.with(|world| {
            let cluster = world.row("kubernetes_clusters", World::STAGE_CLUSTER).cloned();
            (cluster.unwrap_or_default(), world.rows("droplets").to_vec())
        });
        let known = self.list("/api/v1/nodes").await?;
        for pool in cluster["node_pools"].as_array().into_iter().flatten() {
            for node in pool["nodes"].as_array().into_iter().flatten() {
                let name = node["name"].as_str().unwrap_or_default();
                let id = node["droplet_id"].as_str().and_then(|id| id.parse::<u64>().ok());
                let droplet = droplets
                    .iter()
                    .find(|droplet| droplet["id"].as_u64() == id)
                    .cloned()
                    .unwrap_or_default();
                if !known.iter().any(|own| own["metadata"]["name"] == name) {
                    let made = object(&cluster, pool, node, &droplet);
                    self.cluster
                        .post("/api/v1/nodes", made.to_string().into_bytes())
                        .await?;
                }
                self.cluster
                    .patch(&format!("/api/v1/nodes/{name}/status"), &status(&droplet))
                    .await?;
            }
        }
        Ok(())
    }
}

fn object(cluster: &Value, pool: &Value, node: &Value, droplet: &Value) -> Value {
    let region = &cluster["region"];
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node["name"],
            "labels": {
                "doks.digitalocean.com/managed": "true",
                "doks.digitalocean.com/node-id": node["id"],
                "doks.digitalocean.com/node-pool": pool["name"],
                "doks.digitalocean.com/node-pool-id": pool["id"],
                "doks.digitalocean.com/version": cluster["version"],
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": node["name"],
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": pool["size"],
                "region": region,
                "topology.kubernetes.io/region": region,
            },
        },
        "spec": {"providerID": format!("digitalocean://{}", droplet["id"])},
    })
}

fn status(droplet: &Value) -> Value {
    let address = |position: usize, kind: &str| json!({"type": kind, "address": droplet["networks"]["v4"][position]["ip_address"]});
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({"status": {
        "addresses": [
            {"type": "Hostname", "address": droplet["name"]},
            address(0, "InternalIP"),
            address(1, "ExternalIP"),
        ],
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the playground's node is ready",
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        }],
    }})
}
