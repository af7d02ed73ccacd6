//! What DOKS does inside a cluster: Nodes for the Droplets, load balancers for the Services, whose annotations and addresses
//! it writes, and Pods that run.

use crate::cluster::Connection;
use envcheck_test_fakes::{Attached, Fake, running};
use serde_json::{Value, json};
use std::path::Path;

/// The annotation that names a Service's load balancer.
const ID: &str = "kubernetes.digitalocean.com/load-balancer-id";

/// Looks after one cluster.
pub(super) struct Controller {
    /// By which the account knows it.
    id: &'static str,
    cluster: Connection,
}

impl Controller {
    pub(super) async fn new(id: &'static str, kubeconfig: &Path) -> Result<Self, String> {
        let cluster = Connection::open(kubeconfig).await?;
        Ok(Self { id, cluster })
    }

    /// Brings cluster and account together once.
    pub(super) async fn look(&self, fake: &Fake) -> Result<(), String> {
        self.nodes(fake).await?;
        self.pods().await?;
        let services = self.list("/api/v1/services").await?;
        let attached = fake.with(|world| world.services(self.id, &services));
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

    /// Says of new Pods that they run.
    async fn pods(&self) -> Result<(), String> {
        for pod in self.list("/api/v1/pods").await? {
            let Some(status) = running(&pod) else { continue };
            let own = |name: &str| pod["metadata"][name].as_str().unwrap_or_default();
            let path = format!(
                "/api/v1/namespaces/{}/pods/{}/status",
                own("namespace"),
                own("name")
            );
            self.cluster.patch(&path, &json!({"status": status})).await?;
        }
        Ok(())
    }

    /// A Node for every Droplet of the cluster that has none, and a word from each that it is ready.
    async fn nodes(&self, fake: &Fake) -> Result<(), String> {
        let known = self.list("/api/v1/nodes").await?;
        for node in fake.with(|world| world.nodes(self.id)) {
            let name = node["metadata"]["name"].as_str().unwrap_or_default();
            if !known.iter().any(|own| own["metadata"]["name"] == name) {
                self.cluster
                    .post("/api/v1/nodes", node.to_string().into_bytes())
                    .await?;
            }
            let status = json!({"status": node["status"]});
            self.cluster
                .patch(&format!("/api/v1/nodes/{name}/status"), &status)
                .await?;
        }
        Ok(())
    }
}
