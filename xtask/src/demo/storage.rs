//! What is stored: images in the registry, backups and images in Spaces.

use super::world::{CLUSTER_ID, World, uid};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::{Value, json};

/// The bucket of the databases' backups.
pub(super) const BACKUPS: &str = "acme-stage-backups";
/// The bucket of collected images.
pub(super) const IMAGES: &str = "acme-stage-images";

const MIB: u64 = 1 << 20;
/// Each application's image: repository, tag, MiB.
const RELEASED: [(&str, &str, u64); 4] = [
    ("b2b-web", "2.8.1", 690),
    ("ii", "1.42.0", 1_128),
    ("nginx-proxy-server", "1.9.0", 174),
    ("web", "3.17.4", 812),
];

/// Everything stored.
pub(super) fn build(world: &mut World) {
    registry(world);
    for key in keys() {
        world.add_account("spaces_keys", key);
    }
    spaces(world);
}

fn registry(world: &mut World) {
    for (repository, tag, mebibytes) in RELEASED {
        let manifest = manifest(repository, &digest(repository, tag), &[tag], mebibytes * MIB);
        world.add_account(
            "registry_repositories",
            json!({
                "registry_name": "acme", "name": repository, "tag_count": 1, "manifest_count": 1,
                "latest_manifest": manifest,
            }),
        );
        world.add_account("registry_manifests", manifest);
    }
    let shared = json!({
        "environment": "dev",
        "image": "registry.digitalocean.com/acme/ii:1.42.0",
        "digest": digest("ii", "1.42.0"),
        "workload": "back/ii[Deployment]",
    });
    world.add_account("registry_uses", shared);
    world.read_account("registry_garbage_collections");
}

/// The digest under which the Pods of the demo run an image.
pub(super) fn digest(repository: &str, tag: &str) -> String {
    let image = format!("registry.digitalocean.com/acme/{repository}:{tag}");
    format!("sha256:{}", sha256(image.as_bytes()))
}

/// An image of one layer.
pub(super) fn manifest(repository: &str, digest: &str, tags: &[&str], bytes: u64) -> Value {
    let layer = format!("sha256:{}", sha256(format!("layer of {digest}").as_bytes()));
    json!({
        "registry_name": "acme",
        "repository": repository,
        "digest": digest,
        "compressed_size_bytes": bytes,
        "size_bytes": bytes * 2,
        "updated_at": "2026-11-16T09:31:20Z",
        "tags": tags,
        "blobs": [{"digest": layer, "compressed_size_bytes": bytes}],
        "children": [],
    })
}

fn keys() -> [Value; 2] {
    [
        json!({
            "name": "auditor",
            "grants": [{"bucket": "", "permission": "fullaccess"}],
            "access_key": "DO00EXAMPLEAUDITOR00",
            "created_at": "2026-01-12T15:24:40Z",
            "auditor": true,
        }),
        json!({
            "name": "stage-backup",
            "grants": [{"bucket": BACKUPS, "permission": "readwrite"}],
            "access_key": "DO00EXAMPLEBACKUP000",
            "created_at": "2026-03-14T08:21:02Z",
        }),
    ]
}

/// What a bucket's owner may do, as every access list begins.
pub(super) fn owner_grant() -> Value {
    json!({"permission": "FULL_CONTROL", "grantee": {"type": "CanonicalUser", "id": "258992", "uri": null}})
}

fn spaces(world: &mut World) {
    for (bucket, created) in [
        (BACKUPS, "2026-03-14T08:12:00Z"),
        (IMAGES, "2026-03-14T08:12:10Z"),
    ] {
        world.add_spaces(
            "buckets",
            json!({"name": bucket, "region": "fra1", "exists": true, "created": created}),
        );
        world.add_spaces(
            "acls",
            json!({"bucket": bucket, "owner": "258992", "grants": [owner_grant()]}),
        );
        world.add_spaces("policies", json!({"bucket": bucket, "policy": null}));
        let (status, rules) = if bucket == BACKUPS {
            (json!("Enabled"), json!([expiry(45)]))
        } else {
            (Value::Null, json!([]))
        };
        world.add_spaces("versionings", json!({"bucket": bucket, "status": status}));
        world.add_spaces("lifecycles", json!({"bucket": bucket, "rules": rules}));
        world.add_spaces("cors", json!({"bucket": bucket, "rules": []}));
        world.add_spaces(
            "uploads",
            json!({"bucket": bucket, "uploads": [], "truncated": false}),
        );
    }
    let newest = [("23", "00"), ("22", "18"), ("22", "12"), ("22", "06")];
    world.add_spaces("backups", backups(&newest));
}

/// A rule after which backups go.
pub(super) fn expiry(days: u64) -> Value {
    json!({
        "id": "expire-backups", "status": "Enabled", "prefix": "keydb/", "expiration_days": days, "expiration_date": null,
        "noncurrent_days": 30, "abort_multipart_days": 7,
    })
}

/// The backups of KeyDB, four a day; the newest of November as day and hour.
pub(super) fn backups(newest: &[(&str, &str)]) -> Value {
    let listed: Vec<Value> = newest
        .iter()
        .zip(0_u64..)
        .map(|((day, hour), age)| {
            json!({
                "key": format!("keydb/2026-11-{day}T{hour}00.rdb.gz"),
                "size": 48_234_496 - age * 4_096,
                "modified": format!("2026-11-{day}T{hour}:00:41Z"),
            })
        })
        .collect();
    json!({
        "bucket": BACKUPS,
        "prefix": "keydb/",
        "newest": listed,
        "oldest": {"key": "keydb/2026-10-09T0000.rdb.gz", "size": 47_185_920, "modified": "2026-10-09T00:00:40Z"},
        "listed": 181,
        "complete": true,
    })
}

/// What else is known of the cluster: nothing else hangs on it, and no newer version waits.
pub(super) fn around_the_cluster(world: &mut World, balancer: &str, name: &str) {
    world.add_account(
        "kubernetes_associated_resources",
        json!({
            "cluster_id": CLUSTER_ID,
            "load_balancers": [{"id": balancer, "name": name}],
            "volumes": [{"id": uid("Volume", "back", "data-keydb-0"), "name": "pvc-data-keydb-0"}],
            "volume_snapshots": [],
        }),
    );
    for collection in [
        "cdn_endpoints",
        "kubernetes_cluster_lookups",
        "kubernetes_upgrades",
        "observations",
    ] {
        world.read_account(collection);
    }
}
