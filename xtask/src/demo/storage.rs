//! What is stored in Spaces, row by row (`account` says why), and what dev's cluster runs of the registry.

use super::world::{Account, World};
use envcheck_core::inventory::snapshot::sha256;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The bucket of the databases' backups.
pub(super) const BACKUPS: &str = Account::STAGE_BACKUPS;
/// The bucket of collected images.
pub(super) const IMAGES: &str = Account::STAGE_IMAGES;

/// Everything stored that the account does not have, and what the environment `dev` runs of the registry.
pub(super) fn build(world: &mut World) {
    spaces(world);
    let shared = json!({
        "environment": "dev",
        "image": "registry.digitalocean.com/acme/ii:1.42.0",
        "digest": digest("ii", "1.42.0"),
        "workload": "back/ii[Deployment]",
    });
    world.add_beside("registry_uses", shared);
    world.read_beside("observations");
}

/// The digest under which the Pods of the demo run an image.
pub(super) fn digest(repository: &str, tag: &str) -> String {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    let account = ACCOUNT.get_or_init(Account::stage_and_dev);
    // What the registry does not have came from somewhere else.
    account.digest_of("acme", repository, tag).unwrap_or_else(|| {
        let image = format!("registry.digitalocean.com/acme/{repository}:{tag}");
        format!("sha256:{}", sha256(image.as_bytes()))
    })
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
