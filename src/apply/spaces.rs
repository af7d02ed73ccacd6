//! Changes of buckets. Each write is sent once, and whoever asked reads again what became of it.

use super::kubernetes::NotMade;
use crate::clients::spaces::{Acl, Grant, LifecycleRule, Spaces, SpacesError};
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Deed;
use envcheck_core::value::{Value, ValueExt};

impl From<SpacesError> for NotMade {
    fn from(error: SpacesError) -> Self {
        match error {
            SpacesError::Cancelled => Self::Cancelled,
            SpacesError::OutOfReach(_)
            | SpacesError::Unavailable(_)
            | SpacesError::TimedOut(_)
            | SpacesError::Broken(_) => Self::Unknown(error.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Does a deed to a bucket of which `live` tells.
pub async fn make(spaces: &Spaces, deed: &Deed, live: Option<&Value>) -> Result<(), NotMade> {
    if deed.action == FixAction::BucketDelete {
        return Ok(spaces.delete_empty(&deed.target.name).await?);
    }
    let after = deed.done_to(live).map_err(NotMade::Refused)?;
    let after = after.unwrap_or(Value::Null);
    let bucket = deed.target.name.as_str();
    match deed.action {
        FixAction::BucketCreate => create(spaces, deed).await,
        FixAction::BucketAcl if deed.data.text_at(&["acl"]) == Some("private") => {
            Ok(spaces.make_private(bucket).await?)
        }
        FixAction::BucketAcl => Ok(spaces.put_acl(bucket, &acl(&after)?).await?),
        FixAction::BucketVersioning => {
            let enabled = after.text_at(&["status"]) == Some("Enabled");
            Ok(spaces.put_versioning(bucket, enabled).await?)
        }
        FixAction::BucketLifecycle => {
            let (before, after) = (rules(live.unwrap_or(&Value::Null))?, rules(&after)?);
            Ok(spaces.put_lifecycle(bucket, &before, &after).await?)
        }
        other => Err(NotMade::Refused(format!(
            "{} changes nothing in Spaces",
            other.as_str()
        ))),
    }
}

/// Once the bucket is there, what stopped the rest no longer means that nothing was done.
async fn create(spaces: &Spaces, deed: &Deed) -> Result<(), NotMade> {
    let bucket = deed.target.name.as_str();
    spaces.create(bucket, deed.is_public()).await?;
    if !deed.keeps_versions() {
        return Ok(());
    }
    spaces
        .put_versioning(bucket, true)
        .await
        .map_err(|error| match error {
            SpacesError::Cancelled => NotMade::Cancelled,
            error => NotMade::Unknown(format!("bucket {bucket} was made and keeps no versions: {error}")),
        })
}

fn acl(row: &Value) -> Result<Acl, NotMade> {
    let text = |value: &Value, path: &[&str]| value.text_at(path).map(ToOwned::to_owned);
    let grant = |grant: &Value| {
        Some(Grant {
            permission: text(grant, &["permission"])?,
            grantee: text(grant, &["grantee", "type"])?,
            id: text(grant, &["grantee", "id"]),
            uri: text(grant, &["grantee", "uri"]),
        })
    };
    let grants: Option<Vec<Grant>> = row.items_at(&["grants"]).iter().map(grant).collect();
    Ok(Acl {
        owner: text(row, &["owner"]),
        grants: grants.ok_or_else(|| NotMade::Refused("a grant is none".to_owned()))?,
    })
}

fn rules(row: &Value) -> Result<Vec<LifecycleRule>, NotMade> {
    row.items_at(&["rules"]).iter().map(rule).collect()
}

fn rule(rule: &Value) -> Result<LifecycleRule, NotMade> {
    let text = |key: &str| rule.text_at(&[key]).map(ToOwned::to_owned);
    let number = |key: &str| {
        let number = rule.field(key).and_then(ValueExt::int);
        number.and_then(|number| i32::try_from(number).ok())
    };
    let date = text("expiration_date").map(|date| date.parse()).transpose();
    Ok(LifecycleRule {
        id: text("id"),
        status: text("status").unwrap_or_default(),
        prefix: text("prefix").unwrap_or_default(),
        expiration_days: number("expiration_days"),
        expiration_date: date.map_err(|_| NotMade::Refused("a day is none".to_owned()))?,
        noncurrent_days: number("noncurrent_days"),
        abort_multipart_days: number("abort_multipart_days"),
        more: rule.field("more").is_some_and(ValueExt::is_true),
    })
}
