//! What goes wrong in account and Spaces, each with what makes it so, what mends it, and what an audit says. They are those
//! of the demo, made as people make them: through the API, with S3, with kubectl.

use super::team::Team;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::{Image, Spaces, World};
use serde_json::{Value, json};
use std::time::Duration;

/// One thing that goes wrong.
pub(super) struct Fault {
    pub(super) plant: fn(&Team, &Cluster),
    pub(super) mend: fn(&Team, &Cluster),
    /// `policy severity resource`, as the report has them.
    pub(super) findings: &'static [&'static str],
}

/// What is found only after a day, over several runs.
pub(super) const AGED: [&str; 1] = ["load-balancer-orphan medium stage-web-old[LoadBalancer]"];

const CLUSTER: &str = World::STAGE_CLUSTER;
const BALANCER: &str = "7c1e0d52-3f4b-4a86-b1c9-5d20e6f7a831";
const BACKUPS: &str = "acme-stage-backups";
const IMAGES: &str = "acme-stage-images";

/// All of them. Those whose Services DOKS has looked at come before those that it has not.
pub(super) const FAULTS: [Fault; 14] = [
    // A Service of type NodePort was left behind after an incident.
    Fault {
        plant: |team, cluster| {
            cluster
                .apply(&service("back", "keydb-debug", "keydb", 6379, "NodePort", None))
                .unwrap();
            team.doks(cluster);
        },
        mend: |_, cluster| delete(cluster, "back", "keydb-debug"),
        findings: &[
            "backend-closed-to-outside high back/keydb-debug[Service]",
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
        mend: |_, cluster| delete(cluster, "argocd", "argocd-server"),
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
            delete(cluster, "b2b", "b2b-web");
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
    // A firewall for a moment opens SSH to everybody.
    Fault {
        plant: |team, _| {
            let rule =
                json!({"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0", "::/0"]}});
            let body =
                json!({"name": "debug-ssh", "inbound_rules": [rule], "tags": [format!("k8s:{CLUSTER}")]});
            ask(team, "POST", "/v2/firewalls", &body);
        },
        mend: |team, _| {
            let id = id_of(team, "firewalls", "debug-ssh", "id");
            ask(team, "DELETE", &format!("/v2/firewalls/{id}"), &Value::Null);
        },
        findings: &[
            "firewall-open-to-world critical debug-ssh[Firewall]",
            "firewall-undeclared high debug-ssh[Firewall]",
        ],
    },
    // The control plane answers everybody, and does not upgrade itself.
    Fault {
        plant: |team, _| change_cluster(team, false, &["203.0.113.0/24", "0.0.0.0/0"]),
        mend: |team, _| change_cluster(team, true, &["203.0.113.0/24"]),
        findings: &[
            "cluster-as-declared medium stage[Cluster]",
            "control-plane-firewall high stage[Cluster]",
        ],
    },
    // The pool may grow further than declared.
    Fault {
        plant: |team, _| change_pool(team, 8),
        mend: |team, _| change_pool(team, 5),
        findings: &["node-pool-as-declared medium general[NodePool]"],
    },
    // A tag was pushed again while the old image runs.
    Fault {
        plant: |team, cluster| {
            let running = team
                .fake
                .with(|world| world.digest_of("acme", "b2b-web", "2.8.1"));
            runs(cluster, &running.unwrap());
            let image = Image {
                tags: vec!["2.8.1".to_owned()],
                layers: vec![("b2b-web:2.8.1, pushed again".to_owned(), 15 << 20)],
                ..Image::default()
            };
            team.fake.with(|world| world.push("acme", "b2b-web", image));
        },
        mend: |team, cluster| {
            let digest = team.fake.with(|world| {
                let rows = world.rows("registry_manifests").iter();
                let tagged =
                    rows.filter(|row| row["repository"] == "b2b-web" && row["tags"] == json!(["2.8.1"]));
                tagged
                    .map(|row| row["digest"].as_str().unwrap().to_owned())
                    .next()
                    .unwrap()
            });
            runs(cluster, digest.trim_start_matches("sha256:"));
        },
        findings: &["image-in-use high b2b/b2b-web[Deployment]"],
    },
    // Old builds without a tag fill the registry.
    Fault {
        plant: |team, _| {
            team.fake.with(|world| {
                for build in 1..=3_u64 {
                    let image = Image {
                        layers: vec![(format!("ii, build {build}"), 1_700 << 20)],
                        ..Image::default()
                    };
                    world.push("acme", "ii", image);
                }
                world.measure("acme");
            });
        },
        mend: |team, _| collect_garbage(team),
        findings: &[
            "registry-garbage low acme[Registry]",
            "registry-size high acme[Registry]",
        ],
    },
    // Everybody may list a bucket.
    Fault {
        plant: |team, _| Spaces::allow(&team.spaces, IMAGES, "public-read").unwrap(),
        mend: |team, _| Spaces::allow(&team.spaces, IMAGES, "private").unwrap(),
        findings: &["space-private critical acme-stage-images[Bucket]"],
    },
    // Today's backup is a fifth of yesterday's.
    Fault {
        plant: |team, _| Spaces::back_up(&team.spaces, 0, 1_800).unwrap(),
        mend: |team, _| Spaces::back_up(&team.spaces, 0, 9_000).unwrap(),
        findings: &["backup-fresh critical acme-stage-backups/keydb/[Backup]"],
    },
    // A rule removes backups too soon.
    Fault {
        plant: |team, _| Spaces::expire(&team.spaces, BACKUPS, 14).unwrap(),
        mend: |team, _| Spaces::expire(&team.spaces, BACKUPS, 45).unwrap(),
        findings: &["backup-retention high acme-stage-backups[Bucket]"],
    },
    // Versions are no longer kept.
    Fault {
        plant: |team, _| Spaces::version(&team.spaces, BACKUPS, "Suspended").unwrap(),
        mend: |team, _| Spaces::version(&team.spaces, BACKUPS, "Enabled").unwrap(),
        findings: &["space-lifecycle low acme-stage-backups[Bucket]"],
    },
    // Somebody's laptop has a key for everything.
    Fault {
        plant: |team, _| {
            let grants = json!([{"bucket": "", "permission": "fullaccess"}]);
            ask(
                team,
                "POST",
                "/v2/spaces/keys",
                &json!({"name": "laptop-anna", "grants": grants}),
            );
        },
        mend: |team, _| {
            let id = id_of(team, "spaces_keys", "laptop-anna", "access_key");
            ask(team, "DELETE", &format!("/v2/spaces/keys/{id}"), &Value::Null);
        },
        findings: &["space-key-scope medium laptop-anna[SpacesKey]"],
    },
];

fn ask(team: &Team, method: &str, path: &str, body: &Value) -> Value {
    team.fake.ask(method, path, body).unwrap()
}

fn id_of(team: &Team, collection: &str, name: &str, field: &str) -> String {
    team.fake.with(|world| {
        world.named(collection, name).unwrap()[field]
            .as_str()
            .unwrap()
            .to_owned()
    })
}

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

fn delete(cluster: &Cluster, namespace: &str, service: &str) {
    cluster
        .answer(&["delete", "service", service, "-n", namespace])
        .unwrap();
}

fn change_cluster(team: &Team, upgrades: bool, addresses: &[&str]) {
    let body = json!({
        "name": "stage", "auto_upgrade": upgrades, "surge_upgrade": true,
        "maintenance_policy": {"start_time": "03:00", "day": "sunday"},
        "control_plane_firewall": {"enabled": true, "allowed_addresses": addresses},
    });
    ask(team, "PUT", &format!("/v2/kubernetes/clusters/{CLUSTER}"), &body);
}

fn change_pool(team: &Team, largest: u64) {
    let pool = team.fake.with(|world| {
        let cluster = world.row("kubernetes_clusters", CLUSTER).unwrap();
        cluster["node_pools"][0]["id"].as_str().unwrap().to_owned()
    });
    let path = format!("/v2/kubernetes/clusters/{CLUSTER}/node_pools/{pool}");
    let body =
        json!({"name": "general", "count": 3, "auto_scale": true, "min_nodes": 2, "max_nodes": largest});
    ask(team, "PUT", &path, &body);
}

/// Says for the kubelet which manifest the Pods of `b2b/b2b-web` run.
fn runs(cluster: &Cluster, digest: &str) {
    let pods = cluster
        .answer(&["get", "pods", "-n", "b2b", "-l", "app=b2b-web", "-o", "name"])
        .unwrap();
    let image = "registry.digitalocean.com/acme/b2b-web";
    let status = json!({"status": {"phase": "Running", "containerStatuses": [{
        "name": "web", "image": format!("{image}:2.8.1"), "imageID": format!("{image}@{digest}"),
        "ready": true, "restartCount": 0, "state": {"running": {}},
    }]}});
    let status = status.to_string();
    for pod in pods.lines() {
        cluster
            .answer(&[
                "patch",
                pod,
                "-n",
                "b2b",
                "--subresource=status",
                "--type=merge",
                "-p",
                &status,
            ])
            .unwrap();
    }
}

/// Deletes what no tag names and nothing runs, and has the blobs collected.
fn collect_garbage(team: &Team) {
    let untagged = team.fake.with(|world| {
        let rows = world.rows("registry_manifests").iter();
        let old = rows.filter(|row| row["repository"] == "ii" && row["tags"] == json!([]));
        old.map(|row| row["digest"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    for digest in untagged {
        ask(
            team,
            "DELETE",
            &format!("/v2/registries/acme/repositories/ii/digests/{digest}"),
            &Value::Null,
        );
    }
    team.fake.with(|world| world.hurry(100.0));
    ask(
        team,
        "POST",
        "/v2/registries/acme/garbage-collection",
        &json!({"type": "unreferenced blobs only"}),
    );
    team.fake.advance(Duration::from_mins(1));
    team.fake.with(|world| world.measure("acme"));
}
