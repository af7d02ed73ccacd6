//! Buckets. They are made in Spaces, which has an API and a key of its own. Two requests make one that keeps versions: where only
//! the first of them was done, the second is a step.

use super::bucket_rows::{hasty, never_versioned, sides, unread};
use super::{Account, Part};
use crate::findings::FixAction;
use crate::plan::{Deed, Difference};
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
    // A repair closes and keeps; it opens nothing, and stops keeping nothing.
    let differs = differs.map(|(path, is, wanted)| Difference {
        repaired: matches!(wanted.as_str(), "\"private\"" | "true"),
        words: format!("{path} is {is}, declared is {wanted}"),
    });
    let hasty = hasty(declared, part.account).into_iter();
    let differs = differs.chain(hasty.map(Difference::repaired)).collect();
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

#[cfg(test)]
mod tests {
    use super::super::{COLLECTIONS, account};
    use super::*;
    use crate::plan::{Provisioning, journal};
    use crate::provision::{Proofs, Provenance};
    use crate::value::ValueExt;
    use jiff::Timestamp;

    const SPEC: &str = r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean:
    region: fra1
    spaces: {buckets: [{name: acme, purpose: databaseBackups, versioning: true, retention: 30d}]}
";
    const PRIVATE: &str = r#"{"bucket": "acme", "owner": "o", "grants": []}"#;
    const NO_RULES: &str = r#"{"bucket": "acme", "rules": []}"#;

    /// A line of a journal in which a run was about to make the bucket, and how that ended.
    fn begun(versions: bool, ended: &str) -> String {
        format!(
            r#"{{"phase":"intent","step":"a","summary":"s","deed":{{"action":"bucket.create","target":{{"apiVersion":"digitalocean.com/v2","kind":"Bucket","name":"acme"}},"data":{{"versioning":{versions}}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}{ended}"#
        )
    }

    fn planned(versioning: &str, acl: &str, lifecycle: &str, journalled: Option<String>) -> Provisioning {
        let spec = crate::spec::load("main.yaml", &mut |_| Ok(SPEC.as_bytes().to_vec())).unwrap();
        let value = |text: &str| Value::from_json_str(text).unwrap();
        let mut seen = Account {
            rows: COLLECTIONS.map(|name| (name.to_owned(), Vec::new())).into(),
            buckets: [("acme".to_owned(), Ok(true))].into(),
            ..Account::default()
        };
        for (collection, row) in [
            ("spaces.acls", acl),
            ("spaces.lifecycles", lifecycle),
            ("spaces.versionings", versioning),
        ] {
            seen.put_bucket("acme", vec![(collection, value(row))]);
        }
        let mut proofs = Proofs::of("stage");
        if let Some(lines) = journalled {
            let head = r#"{"apiVersion":"envcheck.dev/journal/v1","run":"r1","environment":"stage","cluster":null,"started":"s","undoes":null,"steps":1}"#;
            proofs.add(&journal::read(&format!("{head}\n{lines}\n")).unwrap());
        }
        let provenance = Provenance {
            proofs,
            ..Provenance::default()
        };
        account(&spec, &seen, &provenance, Timestamp::UNIX_EPOCH)
    }

    fn versioning(status: &str) -> String {
        format!(r#"{{"bucket": "acme", "status": {status}}}"#)
    }

    fn differs(plan: &Provisioning) -> Vec<&str> {
        let all = plan.standing[0].differs.iter();
        all.map(|one| one.words.as_str()).collect()
    }

    #[test]
    fn versions_that_a_run_was_to_keep_and_that_were_never_switched_on_are_a_step() {
        let off = "versioning is false, declared is true";
        let done = r#"
{"phase":"done","step":"a","after":null,"uid":null}"#;
        let failed = r#"
{"phase":"failed","step":"a","why":"w"}"#;
        for (status, journalled, steps, told) in [
            ("null", Some(begun(true, "")), 1, &[][..]),
            ("null", Some(begun(true, done)), 1, &[]),
            // Nobody was to; it was not made by that; somebody suspended it.
            ("null", Some(begun(false, done)), 0, &[off]),
            ("null", Some(begun(true, failed)), 0, &[off]),
            ("null", None, 0, &[off]),
            (r#""Suspended""#, Some(begun(true, done)), 0, &[off]),
            (r#""Enabled""#, Some(begun(true, done)), 0, &[]),
        ] {
            let plan = planned(&versioning(status), PRIVATE, NO_RULES, journalled.clone());
            assert_eq!(plan.steps.len(), steps, "{status}, {journalled:?}: {plan:#?}");
            assert_eq!(differs(&plan), told, "{status}, {journalled:?}");
            for one in &plan.steps {
                assert_eq!(one.step.deed.data.text_at(&["status"]), Some("Enabled"));
                let row = to_complete(&one.step.deed, &Account::default());
                assert_eq!(row, None, "of a bucket that was not read nothing is known");
            }
        }
    }

    #[test]
    fn what_differs_is_told_and_what_was_not_read_is_no_difference() {
        let everybody = r#"{"bucket": "acme", "grants": [{"permission": "READ", "grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}"#;
        let hasty = r#"{"bucket": "acme", "rules": [
            {"id": "old", "status": "Enabled", "expiration_days": 14, "noncurrent_days": 7},
            {"id": "off", "status": "Disabled", "expiration_days": 1},
            {"id": "late", "status": "Enabled", "expiration_days": 30, "noncurrent_days": null}]}"#;
        let plan = planned(&versioning(r#""Enabled""#), everybody, hasty, None);
        assert_eq!(
            differs(&plan),
            [
                r#"access is "public", declared is "private""#,
                "lifecycle rule old removes objects after 14 days, declared retention is 30d",
                "lifecycle rule old removes former versions after 7 days, declared retention is 30d",
            ]
        );
        let unread = r#"{"bucket": "acme", "unread": {"reason": "forbidden", "detail": "the key may not"}}"#;
        let plan = planned(unread, unread, unread, Some(begun(true, "")));
        assert!(plan.steps.is_empty() && !plan.differs(), "{plan:#?}");
        for what in [
            "who may list it",
            "whether it keeps versions",
            "what its lifecycle removes",
        ] {
            let note = format!("{what} is not known: the key may not");
            assert!(
                plan.notes.iter().any(|own| own.ends_with(&note)),
                "{:?}",
                plan.notes
            );
        }
    }
}
