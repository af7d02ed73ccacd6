//! Buckets. They are made in Spaces, which has an API and a key of its own. Two requests make one that keeps versions: where only
//! the first of them was done, the second is a step.

use super::bucket_rows::{hasty, never_versioned, sides, unread};
use super::{Account, Part};
use crate::findings::FixAction;
use crate::plan::Deed;
use crate::provision::differences::differing;
use crate::provision::steps::{Steps, of_account};
use crate::spec::{Bucket, BucketAccess};
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
                stands(part, declared, steps);
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

fn stands(part: &Part<'_>, declared: &Bucket, steps: &mut Steps) {
    let name = declared.name.as_str();
    let (settings, live) = sides(declared, part.account);
    // A run that was to make it with versions, and did half of that.
    let half = declared.versioning && part.provenance.proofs.with_versions(name);
    let rest = half.then(|| rest(part.account, name)).flatten();
    let differs = differing(&settings, &live).into_iter();
    let differs = differs.filter(|(path, ..)| rest.is_none() || path != "versioning");
    let differs = differs.map(|(path, is, wanted)| format!("{path} is {is}, declared is {wanted}"));
    let differs = differs.chain(hasty(declared, part.account)).collect();
    steps.stands(of_account("Bucket", name, None), false, differs);
    if let Some((deed, row)) = rest {
        let summary = format!("keep versions in bucket {name}, which a run was to make so and did not");
        steps.complete(deed, &row, summary);
    }
    steps.notes.extend(
        unread(declared, part.account)
            .iter()
            .map(|why| format!("of bucket {name} it is not known whether it is as declared: {why}")),
    );
}

/// What a deed that makes a bucket has left to do of a bucket that stands: the deed, and what it is done to.
pub fn left_of(deed: &Deed, account: &Account) -> Option<(Deed, Value)> {
    let name = deed.target.name.as_str();
    deed.keeps_versions().then(|| rest(account, name)).flatten()
}

fn rest(account: &Account, bucket: &str) -> Option<(Deed, Value)> {
    let row = never_versioned(account, bucket)?;
    let deed = Deed {
        action: FixAction::BucketVersioning,
        target: of_account("BucketVersioning", bucket, None),
        data: object([("status", Value::from("Enabled"))]),
    };
    Some((deed, row))
}

/// What a deed is done to, where it completes a bucket.
pub fn to_complete(deed: &Deed, account: &Account) -> Option<Value> {
    let completes = deed.action == FixAction::BucketVersioning;
    completes
        .then(|| never_versioned(account, &deed.target.name))
        .flatten()
}
