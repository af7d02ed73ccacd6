//! Buckets as they are declared, beside what Spaces tells of them: who may list them, whether versions are kept, and whether a
//! lifecycle removes anything before it may go.

use super::Account;
use super::rows::DeclaredRow;
use crate::inventory::reference::ACCOUNT_API;
use crate::provision::steps::of_account;
use crate::spec::{Bucket, BucketAccess, DigitalOcean};
use crate::value::{Value, ValueExt, object};

const ACLS: &str = "spaces.acls";
const VERSIONINGS: &str = "spaces.versionings";
const LIFECYCLES: &str = "spaces.lifecycles";

/// The collections that say what buckets are like.
pub const SETTINGS: [&str; 3] = [ACLS, VERSIONINGS, LIFECYCLES];
/// Everybody, in an access control list.
const EVERYBODY: [&str; 2] = ["/AllUsers", "/AuthenticatedUsers"];
const ENABLED: &str = "Enabled";
const A_DAY: i64 = 86_400;

pub(super) fn of_buckets(declared: &DigitalOcean, account: &Account, all: &mut Vec<DeclaredRow>) {
    for bucket in declared.spaces.iter().flat_map(|spaces| &spaces.buckets) {
        let name = bucket.name.as_str();
        let exists = row(account, "spaces.buckets", name).and_then(|row| row.field("exists"));
        let (settings, live) = sides(bucket, account);
        all.push(DeclaredRow {
            target: of_account("Bucket", name, None),
            declared: settings,
            live: (exists != Some(&Value::from(false))).then_some(live),
            by: &["spaces.buckets", ACLS, VERSIONINGS],
        });
    }
}

fn row<'a>(account: &'a Account, collection: &str, bucket: &str) -> Option<&'a Value> {
    let mut rows = account.rows.get(collection).map_or(&[][..], Vec::as_slice).iter();
    rows.find(|row| [row.text_at(&["bucket"]), row.text_at(&["name"])].contains(&Some(bucket)))
}

/// The same where it could be read.
fn read<'a>(account: &'a Account, collection: &str, bucket: &str) -> Option<&'a Value> {
    row(account, collection, bucket).filter(|row| row.field("unread").is_none())
}

/// What is declared of a bucket, and what of that it is. What was not read, nobody compares.
pub(super) fn sides(bucket: &Bucket, account: &Account) -> (Value, Value) {
    let name = bucket.name.as_str();
    let everybody = |grant: &Value| {
        let uri = grant.text_at(&["grantee", "uri"]).unwrap_or_default();
        EVERYBODY.iter().any(|end| uri.ends_with(end))
    };
    let word = |public: bool| Value::from(if public { "public" } else { "private" });
    let access = read(account, ACLS, name).map(|row| {
        let public = row.items_at(&["grants"]).iter().any(everybody);
        (
            "access",
            word(bucket.access == BucketAccess::Public),
            word(public),
        )
    });
    // Once switched on it can only be suspended, and a bucket that was never asked for it has none.
    let versioning = read(account, VERSIONINGS, name).map(|row| {
        let keeps = row.text_at(&["status"]) == Some(ENABLED);
        ("versioning", Value::from(bucket.versioning), Value::from(keeps))
    });
    let known = || access.iter().chain(&versioning);
    (
        object(known().map(|(key, wanted, _)| (*key, wanted.clone()))),
        object(known().map(|(key, _, is)| (*key, is.clone()))),
    )
}

/// What could not be read of a bucket, and why.
pub(super) fn unread(bucket: &Bucket, account: &Account) -> Vec<String> {
    let name = bucket.name.as_str();
    let asked = [
        (ACLS, "who may list it", true),
        (VERSIONINGS, "whether it keeps versions", true),
        (
            LIFECYCLES,
            "what its lifecycle removes",
            bucket.retention.is_some(),
        ),
    ];
    let asked = asked.iter().filter(|(.., wanted)| *wanted);
    asked
        .filter_map(|(collection, what, _)| match row(account, collection, name) {
            None => Some(format!("{what} was not asked")),
            Some(row) => {
                let why = row.field("unread")?;
                let why = why.text_at(&["detail"]).unwrap_or("Spaces does not say why");
                Some(format!("{what} is not known: {why}"))
            }
        })
        .collect()
}

/// The rules of a bucket's lifecycle that remove something before its retention is over, in words.
pub(super) fn hasty(bucket: &Bucket, account: &Account) -> Vec<String> {
    let Some(retention) = &bucket.retention else {
        return Vec::new();
    };
    let least = i64::try_from(*retention.meaning()).unwrap_or(i64::MAX);
    let rules =
        read(account, LIFECYCLES, bucket.name.as_str()).map_or(&[][..], |row| row.items_at(&["rules"]));
    let in_force = rules
        .iter()
        .filter(|rule| rule.text_at(&["status"]) == Some(ENABLED));
    let mut words = Vec::new();
    for rule in in_force {
        let name = rule.text_at(&["id"]).unwrap_or("without a name");
        let too_soon = |key: &str| {
            let days = rule.field(key).and_then(ValueExt::int)?;
            (days.saturating_mul(A_DAY) < least).then_some(days)
        };
        let mut tell = |what: String| {
            words.push(format!(
                "lifecycle rule {name} removes {what}, declared retention is {retention}"
            ));
        };
        if let Some(days) = too_soon("expiration_days") {
            tell(format!("objects after {days} days"));
        }
        if let Some(date) = rule.text_at(&["expiration_date"]) {
            tell(format!("all objects on {date}"));
        }
        if let Some(days) = too_soon("noncurrent_days").filter(|_| bucket.versioning) {
            tell(format!("former versions after {days} days"));
        }
    }
    words
}

/// The versioning of a bucket as a deed finds it, where it was never asked for: S3 forgets no bucket that ever kept versions.
pub(super) fn never_versioned(account: &Account, bucket: &str) -> Option<Value> {
    let row = read(account, VERSIONINGS, bucket)?;
    let never = row.text_at(&["status"]).is_none();
    never.then(|| {
        object([
            ("apiVersion", Value::from(ACCOUNT_API)),
            ("bucket", Value::from(bucket)),
            ("kind", Value::from("BucketVersioning")),
            ("name", Value::from(bucket)),
            ("status", Value::Null),
        ])
    })
}
