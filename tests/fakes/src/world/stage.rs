//! A ready environment: the one that `environments/demo.yaml` declares, as it stands in the account.

use super::stage_rows::{CREATED, WORKERS, cluster, keys, networks, projects, worker};
use super::{Image, World, id_of};
use crate::api::{projects as assignments, region, tier};
use crate::doks;
use serde_json::json;

/// The cluster's id.
pub(crate) const CLUSTER: &str = "8d2c5b1e-6f0a-4c39-9a57-2b1d4e8f7a60";
/// The load balancer of the ingress controller.
const BALANCER: &str = "7c1e0d52-3f4b-4a86-b1c9-5d20e6f7a831";
/// Repositories with their tags from old to new, of which the newest runs.
const REPOSITORIES: [(&str, [&str; 3]); 4] = [
    ("b2b-web", ["2.7.9", "2.8.0", "2.8.1"]),
    ("ii", ["1.40.2", "1.41.0", "1.42.0"]),
    ("nginx-proxy-server", ["1.8.4", "1.8.5", "1.9.0"]),
    ("web", ["3.17.2", "3.17.3", "3.17.4"]),
];
/// The volumes of what keeps data: name, id, GiB.
const VOLUMES: [(&str, &str, u64); 2] = [
    (
        "pvc-6394d055-214f-404c-a64e-138dd7cf873c",
        "3b1f0459-633c-4e3d-a7a9-bbbd51b55781",
        50,
    ),
    (
        "pvc-68e40d3c-29dd-4d24-a012-05bc2aa64f7e",
        "c06780ca-5028-46c0-a9fc-15ecd5036557",
        10,
    ),
];

impl World {
    /// The cluster of [`World::stage`].
    pub const STAGE_CLUSTER: &'static str = CLUSTER;
    /// Its nodes: name, Droplet, private and public address.
    pub const STAGE_NODES: [(&'static str, u64, &'static str, &'static str); 3] = WORKERS;
    /// The load balancer of its ingress controller.
    pub const STAGE_BALANCER: &'static str = BALANCER;
    /// The load balancer's address.
    pub const STAGE_BALANCER_IP: &'static str = "192.0.2.17";
    /// The port on which nodes answer the load balancer's health checks.
    pub const STAGE_HEALTH_PORT: u16 = 31_789;
    /// The bucket of the databases' backups.
    pub const STAGE_BACKUPS: &'static str = "acme-stage-backups";
    /// The bucket of collected images.
    pub const STAGE_IMAGES: &'static str = "acme-stage-images";
    /// The access key that audits Spaces in [`World::stage`].
    pub const AUDITOR_KEY: &'static str = "DO00AUDITORQ7RLM2WXT";

    /// The environment `stage`: cluster, network, load balancer, firewalls, project, a registry with four repositories
    /// (one of them multi-architecture), keys of Spaces. Nothing in it is wrong.
    pub fn stage() -> Self {
        let mut world = Self::empty();
        let (project, vpc) = (id_of("Project", "", "stage"), id_of("VPC", "", "stage"));
        for row in projects() {
            world.add("projects", row);
        }
        for row in networks() {
            world.add("vpcs", row);
        }
        for (name, id, private, public) in WORKERS {
            world.add("droplets", worker(name, id, private, public, &vpc));
        }
        world.add("kubernetes_clusters", cluster(&vpc));
        world.add("kubernetes_options", crate::api::offered());
        doks::own_firewalls(&mut world, CLUSTER);
        for row in world.rows_mut("firewalls") {
            row["id"] = json!(id_of("Firewall", "", super::text(&row["name"])));
            row["created_at"] = json!(CREATED);
        }
        world.balancer(&project, &vpc);
        world.volumes();
        world.registry();
        for row in keys() {
            world.add("spaces_keys", row);
        }
        let now = world.now();
        for urn in world.belongings() {
            assignments::put(&mut world, &project, &urn, now);
        }
        world
    }

    /// Brings the figure of what a registry stores up to date, which the service does by itself now and then.
    pub fn measure(&mut self, registry: &str) {
        let now = self.now();
        crate::api::registries::counted(self, registry, now);
    }

    /// What belongs to the project: everything but the registry and the firewalls, which projects do not know.
    fn belongings(&self) -> Vec<String> {
        let ids = |collection: &str, kind: &str| -> Vec<String> {
            let rows = self.rows(collection).iter();
            rows.map(|row| {
                let id = row["id"]
                    .as_str()
                    .map_or_else(|| row["id"].to_string(), str::to_owned);
                format!("do:{kind}:{id}")
            })
            .collect()
        };
        let mut all = ids("kubernetes_clusters", "kubernetes");
        all.extend(ids("droplets", "droplet"));
        all.extend(ids("load_balancers", "loadbalancer"));
        all.extend(ids("volumes", "volume"));
        all.extend([Self::STAGE_BACKUPS, Self::STAGE_IMAGES].map(|bucket| format!("do:space:{bucket}")));
        all
    }

    /// The load balancer of the ingress controller, and the ports that are open for it.
    fn balancer(&mut self, project: &str, vpc: &str) {
        let uid = id_of("Service", "ingress-nginx", "ingress-nginx-controller");
        let service = json!({
            "metadata": {
                "namespace": "ingress-nginx", "name": "ingress-nginx-controller", "uid": uid,
                "annotations": {
                    "service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL_NETWORK",
                },
            },
            "spec": {
                "type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": Self::STAGE_HEALTH_PORT,
                "ports": [
                    {"name": "http", "protocol": "TCP", "port": 80, "nodePort": 30_080},
                    {"name": "https", "protocol": "TCP", "port": 443, "nodePort": 30_443},
                ],
            },
        });
        let made = self.services(CLUSTER, std::slice::from_ref(&service));
        let Some(made) = made.first().map(|own| own.balancer.clone()) else {
            return;
        };
        if let Some(row) = self.row_mut("load_balancers", &made) {
            row["id"] = json!(BALANCER);
            row["ip"] = json!(Self::STAGE_BALANCER_IP);
            row["status"] = json!("active");
            row["created_at"] = json!("2026-03-16T12:20:37Z");
            row["project_id"] = json!(project);
            row["vpc_uuid"] = json!(vpc);
        }
        self.balancers
            .insert((CLUSTER.to_owned(), uid), BALANCER.to_owned());
        // Again, for the firewall's rule that names it.
        let mut service = service;
        service["metadata"]["annotations"]["kubernetes.digitalocean.com/load-balancer-id"] = json!(BALANCER);
        self.services(CLUSTER, &[service]);
    }

    fn volumes(&mut self) {
        for (position, (name, id, size)) in VOLUMES.iter().enumerate() {
            let droplet = WORKERS[position % WORKERS.len()].1;
            self.add(
                "volumes",
                json!({
                    "id": id, "name": name, "description": "", "size_gigabytes": size,
                    "created_at": "2026-03-16T12:12:43Z", "droplet_ids": [droplet],
                    "tags": [format!("k8s:{CLUSTER}")], "region": region("fra1"),
                    "filesystem_type": "", "filesystem_label": "",
                }),
            );
            if let Some(row) = self.row_mut("droplets", &droplet.to_string()) {
                crate::api::join(&mut row["volume_ids"], &[json!(id)]);
            }
        }
    }

    fn registry(&mut self) {
        self.add(
            "registries",
            json!({
                "name": "acme",
                "created_at": "2026-01-12T15:20:04Z",
                "region": "fra1",
                "storage_usage_bytes": 0,
                "storage_usage_bytes_updated_at": "2026-11-23T00:00:00Z",
                "subscription": {
                    "tier": tier("basic"),
                    "created_at": "2026-01-12T15:20:04Z", "updated_at": "2026-11-01T00:00:00Z",
                },
            }),
        );
        self.push_all();
        self.add(
            "registry_garbage_collections",
            json!({
                "uuid": id_of("GarbageCollection", "", "acme"), "registry_name": "acme", "status": "succeeded",
                "created_at": "2026-11-15T02:00:00Z", "updated_at": "2026-11-15T02:17:31Z",
                "blobs_deleted": 42, "freed_bytes": 667_894_123,
            }),
        );
        let usage = self.content.usage("acme");
        if let Some(row) = self.row_mut("registries", "acme") {
            row["storage_usage_bytes"] = json!(usage);
        }
    }

    /// Pushes what STAGE and DEV run, and what they ran before, into the registry `acme`.
    pub fn push_all(&mut self) {
        for (number, (repository, tags)) in REPOSITORIES.iter().enumerate() {
            for (age, tag) in tags.iter().enumerate() {
                let runs = age + 1 == tags.len();
                let pushed = format!("2026-{:02}-{:02}T09:1{age}:00Z", 9 + age, 3 + number);
                let image = Image {
                    tags: vec![(*tag).to_owned()],
                    layers: layers(repository, tag),
                    pushed: Some(pushed.clone()),
                    children: Vec::new(),
                };
                if runs && *repository == "web" {
                    self.push_index(repository, tag, &pushed);
                } else {
                    self.push("acme", repository, image);
                }
            }
        }
    }

    /// A multi-architecture image: two platforms and an attestation without tags, and the index that has one.
    fn push_index(&mut self, repository: &str, tag: &str, pushed: &str) {
        let children = ["amd64", "arm64"]
            .map(|platform| layers(repository, &format!("{tag}-{platform}")))
            .into_iter()
            .chain([vec![(format!("{repository}:{tag}/attestation"), 11_842)]])
            .map(|layers| {
                let image = Image {
                    layers,
                    pushed: Some(pushed.to_owned()),
                    ..Image::default()
                };
                self.push("acme", repository, image)
            })
            .collect();
        let index = Image {
            tags: vec![tag.to_owned()],
            pushed: Some(pushed.to_owned()),
            children,
            ..Image::default()
        };
        self.push("acme", repository, index);
    }
}

/// The layers of an image: a base that all share, one of its repository, one of its own.
fn layers(repository: &str, tag: &str) -> Vec<(String, u64)> {
    vec![
        ("debian-slim".to_owned(), 29_150_479),
        (format!("{repository}/runtime"), 88_402_113),
        (
            format!("{repository}:{tag}"),
            14_733_820 + tag.len() as u64 * 1_021,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_world_is_of_one_piece() {
        let world = World::stage();
        let balancer = world.row("load_balancers", BALANCER).unwrap();
        assert_eq!(balancer["name"], "a22583119f77f4e3da1db2a24cdbd9d7");
        let public = world
            .named("firewalls", &format!("k8s-public-access-{CLUSTER}"))
            .unwrap();
        assert_eq!(
            public["inbound_rules"][2],
            json!({"protocol": "tcp", "ports": "31789", "sources": {"load_balancer_uids": [BALANCER]}})
        );
        assert_eq!(world.rows("load_balancers").len(), 1);
        let index = world.digest_of("acme", "web", "3.17.4").unwrap();
        assert_eq!(world.content.children[&index].len(), 3);
        let untagged = world
            .rows("registry_manifests")
            .iter()
            .filter(|row| row["tags"].as_array().is_some_and(Vec::is_empty));
        assert_eq!(untagged.count(), 3, "the children of the index, and nothing else");
    }
}
