//! The faults planted into the demo, each with the findings it produces. README.md of the demo is written from this list.

use super::account::REGISTRY;
use super::kube::{Author, doks_labels, service_account};
use super::network::{ingress, network_policy, port, service};
use super::storage::{BACKUPS, IMAGES, backups, expiry, owner_grant};
use super::workload::{Workload, container, daemon_set, deployment, pod_spec};
use super::world::{Account, CLUSTER_ID, World, uid};
use envcheck_test_fakes::Image;
use serde_json::json;

/// One thing that went wrong in the environment.
pub(super) struct Fault {
    /// How people would tell it.
    pub(super) what: &'static str,
    /// What it does to the clean world.
    pub(super) apply: fn(&mut World) -> Result<(), String>,
    /// What an audit must say about it.
    pub(super) findings: &'static [Expected],
}

/// A finding that an audit of the demo must have.
pub(super) struct Expected {
    pub(super) policy: &'static str,
    pub(super) severity: &'static str,
    pub(super) resource: &'static str,
    pub(super) says: &'static str,
}

/// The load balancer that no Service claims.
const ORPHAN_ID: &str = "f0a3c6d8-52b7-4e19-8c4d-90e1b2a7d653";
/// The id of a load balancer that was deleted.
const DELETED_ID: &str = "3b9e7f14-8d26-4c5a-9f03-6ae2c1d84b70";
const DEBUG_NODE_PORT: u16 = 30_379;

/// All of them, in the order in which the README tells them.
pub(super) const FAULTS: [Fault; 23] = [
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
        what: "someone installed the dashboard `headlamp` into kube-system",
        apply: dashboard_in_kube_system,
        findings: &[
            Expected {
                policy: "no-apps-in-system-namespaces",
                severity: "critical",
                resource: "kube-system/headlamp (Deployment)",
                says: "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager",
            },
            Expected {
                policy: "no-apps-in-system-namespaces",
                severity: "critical",
                resource: "kube-system/headlamp (Service)",
                says: "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager",
            },
        ],
    },
    Fault {
        what: "DaemonSet `kube-system/node-log-shipper` wears the labels of DOKS, but was applied with kubectl",
        apply: labelled_impostor,
        findings: &[Expected {
            policy: "no-apps-in-system-namespaces",
            severity: "medium",
            resource: "kube-system/node-log-shipper (DaemonSet)",
            says: "looks like a DOKS component, but is not proven: it has DOKS's labels, c3 does not manage it",
        }],
    },
    Fault {
        what: "DaemonSet `kube-system/doks-node-doctor` has labels and field manager of DOKS, and no list knows it",
        apply: unknown_component,
        findings: &[Expected {
            policy: "no-apps-in-system-namespaces",
            severity: "low",
            resource: "kube-system/doks-node-doctor (DaemonSet)",
            says: "new DOKS component?",
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
        findings: &[Expected {
            policy: "exposure-undeclared",
            severity: "critical",
            resource: "prometheus/grafana (Ingress)",
            says: "host grafana.stage.example.com is not declared under ingress.hosts",
        }],
    },
    Fault {
        what: "the registry grew beyond what its tier includes",
        apply: full_registry,
        findings: &[Expected {
            policy: "registry-size",
            severity: "high",
            resource: "acme (Registry)",
            says: "5.21 of 5.00 GiB (104 %), figure 3 h old",
        }],
    },
    Fault {
        what: "firewall `debug-ssh` was attached to the nodes and opens SSH to everybody",
        apply: debug_firewall,
        findings: &[
            Expected {
                policy: "firewall-open-to-world",
                severity: "critical",
                resource: "debug-ssh (Firewall)",
                says: "opens tcp 22 of the nodes to the world, by tag k8s:8d2c5b1e",
            },
            Expected {
                policy: "firewall-undeclared",
                severity: "high",
                resource: "debug-ssh (Firewall)",
                says: "reaches the nodes by tag k8s:8d2c5b1e and is not declared: it admits tcp 22 from 0.0.0.0/0 and ::/0",
            },
        ],
    },
    Fault {
        what: "the control plane accepts every address since somebody worked from a hotel",
        apply: open_control_plane,
        findings: &[Expected {
            policy: "control-plane-firewall",
            severity: "high",
            resource: "stage (Cluster)",
            says: "the API server answers 0.0.0.0/0 (the whole Internet), which no entry declares",
        }],
    },
    Fault {
        what: "pool `general` may grow to 8 nodes; 5 are declared",
        apply: larger_pool,
        findings: &[Expected {
            policy: "node-pool-as-declared",
            severity: "medium",
            resource: "general (NodePool)",
            says: "it scales between 2 and 8 nodes, between 2 and 5 nodes are declared",
        }],
    },
    Fault {
        what: "automatic upgrades of the cluster were switched off",
        apply: no_upgrades,
        findings: &[Expected {
            policy: "cluster-as-declared",
            severity: "medium",
            resource: "stage (Cluster)",
            says: "auto upgrade is off, on is declared",
        }],
    },
    Fault {
        what: "tag `web:3.17.4` was pushed again while the old image runs",
        apply: moved_tag,
        findings: &[Expected {
            policy: "image-in-use",
            severity: "high",
            resource: "front-web/web (Deployment)",
            says: "the tag of registry.digitalocean.com/acme/web:3.17.4 has moved",
        }],
    },
    Fault {
        what: "three old builds of `ii` lie in the registry without a tag",
        apply: untagged_images,
        findings: &[Expected {
            policy: "registry-garbage",
            severity: "low",
            resource: "acme (Registry)",
            says: "1.77 of 5.00 GiB are held by 3 manifests that nothing uses, 3 of them untagged",
        }],
    },
    Fault {
        what: "everybody may list the bucket `acme-stage-images`",
        apply: readable_images,
        findings: &[Expected {
            policy: "space-private",
            severity: "critical",
            resource: "acme-stage-images (Bucket)",
            says: "its ACL lets everybody list its objects",
        }],
    },
    Fault {
        what: "backups of KeyDB stopped arriving on 20 November",
        apply: backups_stopped,
        findings: &[Expected {
            policy: "backup-fresh",
            severity: "critical",
            resource: "acme-stage-backups/keydb/ (Backup)",
            says: "the newest backup of back/keydb is 2 days old, more than 26h",
        }],
    },
    Fault {
        what: "a lifecycle rule removes backups after 14 days; 30 are declared",
        apply: short_retention,
        findings: &[Expected {
            policy: "backup-retention",
            severity: "high",
            resource: "acme-stage-backups (Bucket)",
            says: "lifecycle rule expire-backups expires objects after 14 days, declared is 30d",
        }],
    },
    Fault {
        what: "versioning of the bucket `acme-stage-backups` was suspended",
        apply: no_versions,
        findings: &[Expected {
            policy: "space-lifecycle",
            severity: "low",
            resource: "acme-stage-backups (Bucket)",
            says: "versioning is declared and is suspended",
        }],
    },
    Fault {
        what: "Anna's laptop has a Spaces key that opens every bucket",
        apply: stray_key,
        findings: &[Expected {
            policy: "space-key-scope",
            severity: "medium",
            resource: "laptop-anna (SpacesKey)",
            says: "is not declared and has full access to every bucket",
        }],
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

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn dashboard_in_kube_system(world: &mut World) -> Result<(), String> {
    let (ns, by) = ("kube-system", Author::Kubectl);
    let image = "ghcr.io/headlamp-k8s/headlamp:v0.38.0";
    let containers = [container(
        "headlamp",
        image,
        &[("http", 4466)],
        &json!({"args": ["-in-cluster"]}),
    )];
    let account = json!({"serviceAccountName": "headlamp", "automountServiceAccountToken": true});
    let headlamp = Workload {
        namespace: ns,
        name: "headlamp",
        author: by,
        labels: json!({}),
        selector: json!({"app.kubernetes.io/instance": "headlamp", "app.kubernetes.io/name": "headlamp"}),
        pod: pod_spec(&containers, &account),
    };
    deployment(world, 1, &headlamp);
    let labels = json!({"metadata": {"labels": headlamp.selector}});
    service(
        world,
        ns,
        "headlamp",
        by,
        &headlamp.selector,
        &[port("http", 80, "http")],
        &labels,
    );
    service_account(world, ns, "headlamp", by);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn labelled_impostor(world: &mut World) -> Result<(), String> {
    let containers = [container(
        "shipper",
        "docker.io/fluent/fluent-bit:4.1.1",
        &[],
        &json!({}),
    )];
    let shipper = Workload {
        namespace: "kube-system",
        name: "node-log-shipper",
        author: Author::Kubectl,
        labels: doks_labels("node-log-shipper"),
        selector: json!({"k8s-app": "node-log-shipper"}),
        pod: pod_spec(&containers, &json!({})),
    };
    daemon_set(world, &shipper);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn unknown_component(world: &mut World) -> Result<(), String> {
    let image = "docker.io/digitalocean/doks-node-doctor:0.1.0";
    let doctor = Workload {
        namespace: "kube-system",
        name: "doks-node-doctor",
        author: Author::Doks("doks-node-doctor"),
        labels: doks_labels("doks-node-doctor"),
        selector: json!({"k8s-app": "doks-node-doctor"}),
        pod: pod_spec(&[container("doctor", image, &[], &json!({}))], &json!({})),
    };
    daemon_set(world, &doctor);
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

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn full_registry(world: &mut World) -> Result<(), String> {
    // With the other images more than the 5 GiB that tier Basic includes.
    for candidate in 1..=4 {
        let tag = format!("1.43.0-rc.{candidate}");
        let pushed = format!("2026-11-1{candidate}T15:20:00Z");
        push(world, "ii", &tag, 540, &pushed);
    }
    Ok(())
}

/// Pushes an image with a layer of so many MiB; without a tag when that is empty.
fn push(world: &mut World, repository: &str, tag: &str, mebibytes: u64, pushed: &str) {
    let image = Image {
        tags: Some(tag.to_owned())
            .filter(|tag| !tag.is_empty())
            .into_iter()
            .collect(),
        layers: vec![(format!("{repository}:{tag}, {pushed}"), mebibytes << 20)],
        pushed: Some(pushed.to_owned()),
        ..Image::default()
    };
    world.account.push(REGISTRY, repository, image);
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn debug_firewall(world: &mut World) -> Result<(), String> {
    world.account.add(
        "firewalls",
        json!({
            "id": uid("Firewall", "", "debug-ssh"),
            "name": "debug-ssh",
            "status": "succeeded",
            "inbound_rules": [
                {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0", "::/0"]}},
            ],
            "outbound_rules": [],
            "created_at": "2026-10-02T16:40:12Z",
            "droplet_ids": [],
            "tags": [format!("k8s:{CLUSTER_ID}")],
            "pending_changes": [],
        }),
    );
    Ok(())
}

fn open_control_plane(world: &mut World) -> Result<(), String> {
    let cluster = world.named("kubernetes_clusters", "stage")?;
    if let Some(allowed) = cluster["control_plane_firewall"]["allowed_addresses"].as_array_mut() {
        allowed.push(json!("0.0.0.0/0"));
    }
    Ok(())
}

fn larger_pool(world: &mut World) -> Result<(), String> {
    world.named("kubernetes_clusters", "stage")?["node_pools"][0]["max_nodes"] = json!(8);
    Ok(())
}

fn no_upgrades(world: &mut World) -> Result<(), String> {
    world.named("kubernetes_clusters", "stage")?["auto_upgrade"] = json!(false);
    Ok(())
}

/// The tag was pushed again: what runs has no name any more.
#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn moved_tag(world: &mut World) -> Result<(), String> {
    push(world, "web", "3.17.4", 815, "2026-11-20T16:42:10Z");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn untagged_images(world: &mut World) -> Result<(), String> {
    for day in ["04", "11", "18"] {
        push(world, "ii", "", 604, &format!("2026-08-{day}T10:05:00Z"));
    }
    Ok(())
}

fn readable_images(world: &mut World) -> Result<(), String> {
    let everybody = json!({
        "permission": "READ",
        "grantee": {"type": "Group", "id": null, "uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
    });
    world.bucket("acls", IMAGES)?["grants"] = json!([owner_grant(), everybody]);
    Ok(())
}

fn backups_stopped(world: &mut World) -> Result<(), String> {
    *world.bucket("backups", BACKUPS)? = backups(&[("20", "18"), ("20", "12"), ("20", "06")]);
    Ok(())
}

fn short_retention(world: &mut World) -> Result<(), String> {
    world.bucket("lifecycles", BACKUPS)?["rules"] = json!([expiry(14)]);
    Ok(())
}

fn no_versions(world: &mut World) -> Result<(), String> {
    world.bucket("versionings", BACKUPS)?["status"] = json!("Suspended");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn stray_key(world: &mut World) -> Result<(), String> {
    world.account.add(
        "spaces_keys",
        json!({
            "name": "laptop-anna",
            "grants": [{"bucket": "", "permission": "fullaccess"}],
            "access_key": "DO00EXAMPLELAPTOP000",
            "created_at": "2026-08-02T09:00:00Z",
        }),
    );
    Ok(())
}
