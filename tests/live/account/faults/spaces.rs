//! What goes wrong in Spaces.

use super::{Fault, ask, id_of};
use envcheck_test_fakes::Spaces;
use serde_json::{Value, json};

const BACKUPS: &str = "acme-stage-backups";
const IMAGES: &str = "acme-stage-images";

pub(super) const FAULTS: [Fault; 5] = [
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
