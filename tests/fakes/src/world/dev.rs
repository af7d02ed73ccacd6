//! The environment `dev` of the same team, as far as `stage` has to do with it: it shares the account and the registry.

use super::stage_rows::{cluster, nodes, worker};
use super::{World, id_of};
use crate::api::projects as assignments;
use crate::doks;
use serde_json::json;

/// The cluster's id.
const CLUSTER: &str = "2b7f4e90-3c1d-4a58-b6e2-7d9051c8a3f4";
/// Nodes: name, Droplet, private and public address.
const WORKERS: [(&str, u64, &str, &str); 2] = [
    ("general-9tq2a", 541_198_402, "10.10.0.3", "198.51.100.31"),
    ("general-9tq2f", 541_198_405, "10.10.0.4", "198.51.100.32"),
];

impl World {
    /// The cluster of the environment `dev` in [`World::stage_and_dev`].
    pub const DEV_CLUSTER: &'static str = CLUSTER;

    /// The environment `stage`, and beside it the project, the network and the cluster of `dev`, as `environments/dev.yaml`
    /// declares them.
    pub fn stage_and_dev() -> Self {
        let mut world = Self::stage();
        let (project, vpc) = (id_of("Project", "", "dev"), id_of("VPC", "", "dev"));
        let mut row = world.named("projects", "stage").cloned().unwrap_or_default();
        row["id"] = json!(project);
        row["name"] = json!("dev");
        row["description"] = json!("Environment dev");
        row["environment"] = json!("Development");
        world.add("projects", row);
        let mut row = world.named("vpcs", "stage").cloned().unwrap_or_default();
        row["id"] = json!(vpc);
        row["urn"] = json!(format!("do:vpc:{vpc}"));
        row["name"] = json!("dev");
        row["description"] = json!("Environment dev");
        row["ip_range"] = json!("10.10.0.0/20");
        world.add("vpcs", row);
        for (name, id, private, public) in WORKERS {
            let mut row = worker(name, id, private, public, &vpc);
            row["size_slug"] = json!("s-2vcpu-4gb");
            row["tags"] = doks::pool_tags(CLUSTER);
            world.add("droplets", row);
        }
        world.add("kubernetes_clusters", dev_cluster(&vpc));
        doks::own_firewalls(&mut world, CLUSTER);
        let now = world.now();
        let droplets = WORKERS.map(|(_, id, _, _)| format!("do:droplet:{id}"));
        for urn in std::iter::once(format!("do:kubernetes:{CLUSTER}")).chain(droplets) {
            assignments::put(&mut world, &project, &urn, now);
        }
        world
    }
}

fn dev_cluster(vpc: &str) -> serde_json::Value {
    let nodes = nodes(&WORKERS);
    let mut row = cluster(vpc);
    row["id"] = json!(CLUSTER);
    row["name"] = json!("dev");
    row["cluster_subnet"] = json!("10.110.0.0/16");
    row["service_subnet"] = json!("10.111.0.0/20");
    row["endpoint"] = json!(format!("https://{CLUSTER}.k8s.ondigitalocean.com"));
    row["tags"] = json!([format!("k8s:{CLUSTER}"), "k8s"]);
    row["maintenance_policy"]["day"] = json!("saturday");
    let pool = &mut row["node_pools"][0];
    pool["id"] = json!(id_of("NodePool", "dev", "general"));
    pool["size"] = json!("s-2vcpu-4gb");
    pool["count"] = json!(nodes.len());
    pool["tags"] = doks::pool_tags(CLUSTER);
    pool["max_nodes"] = json!(3);
    pool["nodes"] = json!(nodes);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_has_its_own_nodes_and_leaves_those_of_stage_alone() {
        let world = World::stage_and_dev();
        assert_eq!(world.nodes(CLUSTER).len(), 2);
        assert_eq!(world.nodes(World::STAGE_CLUSTER).len(), 3);
        let names = |collection: &str| {
            let rows = world.rows(collection).iter();
            rows.map(|row| super::super::text(&row["name"]).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("kubernetes_clusters"), ["stage", "dev"]);
        assert_eq!(names("firewalls").len(), 4);
        assert_eq!(names("vpcs").len(), 3);
    }
}
