//! What is wrong with cluster, firewalls and registry as the account has them.

use super::{Expected, Fault};
use crate::demo::account::REGISTRY;
use crate::demo::world::{CLUSTER_ID, World, uid};
use envcheck_test_fakes::Image;
use serde_json::json;

pub(super) const FAULTS: [Fault; 7] = [
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
];

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
