//! Answers of Spaces as the rows that policies read: docs/account.md has their contract.

use super::newest::Survey;
use crate::clients::spaces::{Acl, Bucket, CorsRule, Found, LifecycleRule, Object, Uploads};
use envcheck_core::value::{Value, array, object};
use jiff::Timestamp;

/// What could not be read of a bucket, or of one prefix in it.
pub(super) fn unread(bucket: &str, prefix: Option<&str>, reason: &str, detail: &str) -> Value {
    let why = object([("reason", Value::from(reason)), ("detail", Value::from(detail))]);
    let place = prefix.map(|prefix| ("prefix", Value::from(prefix)));
    object(
        [("bucket", Value::from(bucket)), ("unread", why)]
            .into_iter()
            .chain(place),
    )
}

/// A row of `buckets`. `region` is that whose endpoint was asked.
pub(super) fn bucket(name: &str, found: &Found, region: &str, listed: Option<&Bucket>) -> Value {
    let (exists, own) = match found {
        Found::There { region } => (Value::from(true), region.as_deref()),
        Found::Absent => (Value::from(false), None),
        Found::Hidden => (Value::Null, None),
    };
    // Other servers than DigitalOcean's name regions of their own here, whatever endpoint was asked.
    let region = own.filter(|own| is_slug(own)).unwrap_or(region);
    object([
        ("name", Value::from(name)),
        ("region", Value::from(region)),
        ("exists", exists),
        ("created", time(listed.and_then(|listed| listed.created))),
    ])
}

/// Whether this is how DigitalOcean calls regions, as `fra1`.
fn is_slug(region: &str) -> bool {
    let bytes = region.as_bytes();
    bytes.len() == 4 && bytes[..3].iter().all(u8::is_ascii_lowercase) && bytes[3].is_ascii_digit()
}

pub(super) fn acl(bucket: &str, acl: &Acl) -> Value {
    let grants = acl.grants.iter().map(|grant| {
        let grantee = object([
            ("type", Value::from(grant.grantee.as_str())),
            ("id", text(grant.id.as_deref())),
            ("uri", text(grant.uri.as_deref())),
        ]);
        object([
            ("permission", Value::from(grant.permission.as_str())),
            ("grantee", grantee),
        ])
    });
    object([
        ("bucket", Value::from(bucket)),
        ("owner", text(acl.owner.as_deref())),
        ("grants", array(grants)),
    ])
}

/// A row of `policies`; what is wrong when the policy is no document.
pub(super) fn policy(bucket: &str, policy: Option<&str>) -> Result<Value, String> {
    let document = match policy {
        None => Value::Null,
        Some(text) => {
            Value::from_json_str(text).map_err(|_| format!("the policy of {bucket} is not JSON"))?
        }
    };
    Ok(object([("bucket", Value::from(bucket)), ("policy", document)]))
}

pub(super) fn versioning(bucket: &str, status: Option<&str>) -> Value {
    object([("bucket", Value::from(bucket)), ("status", text(status))])
}

pub(super) fn lifecycle(bucket: &str, rules: &[LifecycleRule]) -> Value {
    let rules = rules.iter().map(|rule| {
        object([
            ("id", text(rule.id.as_deref())),
            ("status", Value::from(rule.status.as_str())),
            ("prefix", Value::from(rule.prefix.as_str())),
            ("expiration_days", number(rule.expiration_days)),
            ("expiration_date", time(rule.expiration_date)),
            ("noncurrent_days", number(rule.noncurrent_days)),
            ("abort_multipart_days", number(rule.abort_multipart_days)),
        ])
    });
    object([("bucket", Value::from(bucket)), ("rules", array(rules))])
}

pub(super) fn cors(bucket: &str, rules: &[CorsRule]) -> Value {
    let rules = rules.iter().map(|rule| {
        object([
            ("allowed_origins", texts(&rule.allowed_origins)),
            ("allowed_methods", texts(&rule.allowed_methods)),
            ("allowed_headers", texts(&rule.allowed_headers)),
            ("expose_headers", texts(&rule.expose_headers)),
            ("max_age_seconds", number(rule.max_age_seconds)),
        ])
    });
    object([("bucket", Value::from(bucket)), ("rules", array(rules))])
}

pub(super) fn uploads(bucket: &str, uploads: &Uploads) -> Value {
    let begun = uploads.uploads.iter().map(|upload| {
        object([
            ("key", Value::from(upload.key.as_str())),
            ("initiated", time(upload.initiated)),
        ])
    });
    object([
        ("bucket", Value::from(bucket)),
        ("uploads", array(begun)),
        ("truncated", Value::from(uploads.truncated)),
    ])
}

pub(super) fn backup(bucket: &str, prefix: &str, survey: &Survey) -> Value {
    let stored = |stored: &Object| {
        object([
            ("key", Value::from(stored.key.as_str())),
            ("size", Value::from(stored.size)),
            ("modified", time(Some(stored.modified))),
        ])
    };
    object([
        ("bucket", Value::from(bucket)),
        ("prefix", Value::from(prefix)),
        ("newest", array(survey.newest.iter().map(stored))),
        ("oldest", survey.oldest.as_ref().map_or(Value::Null, stored)),
        ("listed", Value::from(survey.listed as u64)),
        ("complete", Value::from(survey.complete)),
    ])
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

fn texts(texts: &[String]) -> Value {
    array(texts.iter().map(|text| Value::from(text.as_str())))
}

fn number(number: Option<i32>) -> Value {
    number.map_or(Value::Null, |number| Value::from(i64::from(number)))
}

fn time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |time| Value::from(time.to_string()))
}
