//! Buckets. They are made in Spaces, which has an API and a key of its own.

use super::Part;
use crate::findings::FixAction;
use crate::provision::steps::{Steps, of_account};
use crate::spec::BucketAccess;
use crate::value::{Value, object};

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    let Some(spaces) = &part.declared.spaces else {
        return;
    };
    let region = spaces.region.as_ref().unwrap_or(&part.declared.region).as_str();
    for declared in &spaces.buckets {
        let name = declared.name.as_str();
        let target = of_account("Bucket", name, None);
        let unasked = Err("Spaces was not asked".to_owned());
        match part.account.buckets.get(name).unwrap_or(&unasked) {
            Ok(true) => {
                steps.stands(target, false, Vec::new());
                continue;
            }
            Ok(false) => {}
            Err(why) => {
                steps.conflicts(
                    target,
                    format!("whether bucket {name} exists is not known: {why}"),
                    "name a Spaces key with full access under digitalocean.spaces.auditor",
                );
                continue;
            }
        }
        let access = match declared.access {
            BucketAccess::Private => "private",
            BucketAccess::Public => "public",
        };
        let words = if declared.versioning {
            ", with versions"
        } else {
            ""
        };
        steps.make(
            FixAction::BucketCreate,
            target,
            object([
                ("access", Value::from(access)),
                ("region", Value::from(region)),
                ("versioning", Value::from(declared.versioning)),
            ]),
            &format!("create bucket {name} in {region}, {access}{words}"),
            &[],
        );
    }
}
