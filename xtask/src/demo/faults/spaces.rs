//! What is wrong with buckets, backups and keys.

use super::{Expected, Fault};
use crate::demo::storage::{BACKUPS, IMAGES, backups, expiry, owner_grant};
use crate::demo::world::World;
use serde_json::json;

pub(super) const FAULTS: [Fault; 5] = [
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
