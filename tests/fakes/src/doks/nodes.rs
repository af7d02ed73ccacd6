//! The Nodes of a cluster, as its API server would show them: one for each Droplet of its pools.

use crate::World;
use serde_json::{Value, json};

impl World {
    /// The Nodes of a cluster with their status, ready at this moment; for whoever keeps an API server in step with this
    /// world, which has no nodes of its own.
    pub fn nodes(&self, cluster: &str) -> Vec<Value> {
        let Some(of) = self.row("kubernetes_clusters", cluster) else {
            return Vec::new();
        };
        let pools = crate::api::items(&of["node_pools"]);
        pools
            .iter()
            .flat_map(|pool| {
                crate::api::items(&pool["nodes"])
                    .iter()
                    .map(move |node| (pool, node))
            })
            .map(|(pool, node)| {
                let droplet = node["droplet_id"]
                    .as_str()
                    .and_then(|id| self.row("droplets", id))
                    .cloned()
                    .unwrap_or_default();
                self.node(of, pool, node, &droplet)
            })
            .collect()
    }

    fn node(&self, cluster: &Value, pool: &Value, node: &Value, droplet: &Value) -> Value {
        let region = &cluster["region"];
        let address = |position: usize, kind: &str| json!({"type": kind, "address": droplet["networks"]["v4"][position]["ip_address"]});
        let now = self.now().to_string();
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
            "status": {
                "addresses": [
                    {"type": "Hostname", "address": droplet["name"]},
                    address(0, "InternalIP"),
                    address(1, "ExternalIP"),
                ],
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the fake's node is ready",
                    "lastHeartbeatTime": now, "lastTransitionTime": now,
                }],
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_names_its_droplet_and_its_pool() {
        let world = World::stage();
        let nodes = world.nodes(World::STAGE_CLUSTER);
        let ids: Vec<&str> = nodes
            .iter()
            .filter_map(|node| node["spec"]["providerID"].as_str())
            .collect();
        assert_eq!(
            ids,
            [
                "digitalocean://541203877",
                "digitalocean://541203878",
                "digitalocean://541203881"
            ]
        );
        assert_eq!(
            nodes[0]["metadata"]["labels"]["doks.digitalocean.com/node-pool"],
            "general"
        );
        assert_eq!(nodes[0]["status"]["addresses"][1]["address"], "10.20.0.3");
        assert!(world.nodes("another").is_empty());
    }
}
