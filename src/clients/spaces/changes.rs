//! What changes buckets. Each is sent once; nothing here removes an object, and so no bucket in which one is.

use super::buckets::lifecycle_rule;
use super::client::{Question, Spaces};
use super::configuration::{Acl, Grant, LifecycleRule};
use super::error::SpacesError;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types;
use std::collections::HashMap;

impl Spaces {
    /// Makes a bucket in this region, which its owner alone may read, or which everybody may list.
    pub async fn create(&self, bucket: &str, public: bool) -> Result<(), SpacesError> {
        let question = changing("CreateBucket", "the existence", bucket);
        let place = types::CreateBucketConfiguration::builder()
            .location_constraint(self.region().into())
            .build();
        let acl = if public {
            types::BucketCannedAcl::PublicRead
        } else {
            types::BucketCannedAcl::Private
        };
        let send = |client: &aws_sdk_s3::Client| {
            let creating = client.create_bucket().bucket(bucket).acl(acl.clone());
            creating.create_bucket_configuration(place.clone()).send()
        };
        let made = self.asked(&question, send).await;
        made.map(drop).map_err(|fault| fault.error)
    }

    /// Removes a bucket. Spaces refuses that as long as anything is in it.
    pub async fn delete_empty(&self, bucket: &str) -> Result<(), SpacesError> {
        let question = changing("DeleteBucket", "the removal", bucket);
        let send = |client: &aws_sdk_s3::Client| client.delete_bucket().bucket(bucket).send();
        match self.asked(&question, send).await.map_err(|fault| fault.error) {
            // It went meanwhile.
            Ok(_) | Err(SpacesError::NoSuchBucket(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes everything from everybody but the owner.
    pub async fn make_private(&self, bucket: &str) -> Result<(), SpacesError> {
        let question = changing("PutBucketAcl", "the ACL", bucket);
        let send = |client: &aws_sdk_s3::Client| {
            let acl = types::BucketCannedAcl::Private;
            client.put_bucket_acl().bucket(bucket).acl(acl).send()
        };
        let put = self.asked(&question, send).await;
        put.map(drop).map_err(|fault| fault.error)
    }

    /// Sets who may do what.
    pub async fn put_acl(&self, bucket: &str, acl: &Acl) -> Result<(), SpacesError> {
        let question = changing("PutBucketAcl", "the ACL", bucket);
        let grants: Result<Vec<types::Grant>, BuildError> = acl.grants.iter().map(grant).collect();
        let owner = types::Owner::builder().set_id(acl.owner.clone()).build();
        let policy = types::AccessControlPolicy::builder()
            .set_grants(Some(grants.map_err(|error| unwritable(&question, &error))?))
            .owner(owner)
            .build();
        let send = |client: &aws_sdk_s3::Client| {
            let putting = client.put_bucket_acl().bucket(bucket);
            putting.access_control_policy(policy.clone()).send()
        };
        let put = self.asked(&question, send).await;
        put.map(drop).map_err(|fault| fault.error)
    }

    /// Begins to keep versions, or stops.
    pub async fn put_versioning(&self, bucket: &str, enabled: bool) -> Result<(), SpacesError> {
        let question = changing("PutBucketVersioning", "the versioning", bucket);
        let status = if enabled {
            types::BucketVersioningStatus::Enabled
        } else {
            types::BucketVersioningStatus::Suspended
        };
        let versioning = types::VersioningConfiguration::builder().status(status).build();
        let send = |client: &aws_sdk_s3::Client| {
            let putting = client.put_bucket_versioning().bucket(bucket);
            putting.versioning_configuration(versioning.clone()).send()
        };
        let put = self.asked(&question, send).await;
        put.map(drop).map_err(|fault| fault.error)
    }

    /// Sets the lifecycle rules, where they still are those of `before`: a lifecycle is written as a whole. What a rule says
    /// beside what is told of it here stays.
    pub async fn put_lifecycle(
        &self,
        bucket: &str,
        before: &[LifecycleRule],
        after: &[LifecycleRule],
    ) -> Result<(), SpacesError> {
        let reading = Question {
            changes: false,
            ..changing("GetBucketLifecycleConfiguration", "the lifecycle rules", bucket)
        };
        let there = self.raw_lifecycle(&reading, bucket).await?;
        if there.iter().map(lifecycle_rule).ne(before.iter().cloned()) {
            return Err(SpacesError::Refused(format!(
                "somebody has just changed {reading}"
            )));
        }
        if after.is_empty() {
            let question = changing("DeleteBucketLifecycle", "the lifecycle rules", bucket);
            let send = |client: &aws_sdk_s3::Client| client.delete_bucket_lifecycle().bucket(bucket).send();
            let put = self.asked(&question, send).await;
            return put.map(drop).map_err(|fault| fault.error);
        }
        let question = changing("PutBucketLifecycleConfiguration", "the lifecycle rules", bucket);
        let mut known: HashMap<String, types::LifecycleRule> = there
            .into_iter()
            .filter_map(|rule| Some((rule.id()?.to_owned(), rule)))
            .collect();
        let rules: Result<Vec<types::LifecycleRule>, BuildError> = after
            .iter()
            .map(|rule| {
                let own = rule.id.as_ref().and_then(|id| known.remove(id));
                written(rule, own)
            })
            .collect();
        let lifecycle = types::BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules.map_err(|error| unwritable(&question, &error))?))
            .build()
            .map_err(|error| unwritable(&question, &error))?;
        let send = |client: &aws_sdk_s3::Client| {
            let putting = client.put_bucket_lifecycle_configuration().bucket(bucket);
            putting.lifecycle_configuration(lifecycle.clone()).send()
        };
        let put = self.asked(&question, send).await;
        put.map(drop).map_err(|fault| fault.error)
    }
}

fn changing<'a>(operation: &'static str, thing: &'static str, bucket: &'a str) -> Question<'a> {
    Question {
        operation,
        thing,
        bucket,
        full_access: true,
        changes: true,
    }
}

fn unwritable(question: &Question<'_>, error: &BuildError) -> SpacesError {
    SpacesError::Refused(format!("{question} cannot be written: {error}"))
}

fn grant(grant: &Grant) -> Result<types::Grant, BuildError> {
    let grantee = types::Grantee::builder()
        .r#type(grant.grantee.as_str().into())
        .set_id(grant.id.clone())
        .set_uri(grant.uri.clone())
        .build()?;
    Ok(types::Grant::builder()
        .grantee(grantee)
        .permission(grant.permission.as_str().into())
        .build())
}

/// A rule as the protocol has it. Of one that was there only what differs is set.
fn written(
    rule: &LifecycleRule,
    there: Option<types::LifecycleRule>,
) -> Result<types::LifecycleRule, BuildError> {
    let told = there.as_ref().map(lifecycle_rule);
    if let (Some(there), true) = (&there, told.as_ref() == Some(rule)) {
        return Ok(there.clone());
    }
    let mut made = match there {
        Some(there) => there,
        None => types::LifecycleRule::builder()
            .set_id(rule.id.clone())
            .status(types::ExpirationStatus::Enabled)
            .build()?,
    };
    made.status = rule.status.as_str().into();
    if told.is_none_or(|told| told.prefix != rule.prefix) {
        set_prefix(&mut made, &rule.prefix);
    }
    let marker = made
        .expiration()
        .and_then(types::LifecycleExpiration::expired_object_delete_marker);
    let expiration = types::LifecycleExpiration::builder()
        .set_days(rule.expiration_days)
        .set_date(
            rule.expiration_date
                .map(|date| DateTime::from_secs(date.as_second())),
        )
        .set_expired_object_delete_marker(marker)
        .build();
    let says = rule.expiration_days.is_some() || rule.expiration_date.is_some() || marker.is_some();
    made.expiration = says.then_some(expiration);
    let newer = made
        .noncurrent_version_expiration()
        .and_then(types::NoncurrentVersionExpiration::newer_noncurrent_versions);
    let versions = types::NoncurrentVersionExpiration::builder()
        .set_noncurrent_days(rule.noncurrent_days)
        .set_newer_noncurrent_versions(newer)
        .build();
    made.noncurrent_version_expiration = rule.noncurrent_days.map(|_| versions);
    made.abort_incomplete_multipart_upload = rule.abort_multipart_days.map(|days| {
        types::AbortIncompleteMultipartUpload::builder()
            .days_after_initiation(days)
            .build()
    });
    Ok(made)
}

/// The prefix in the place where the rule has it; a new one has it in its filter.
#[allow(
    deprecated,
    reason = "older rules have their prefix beside their filter, and only one of the two may be there"
)]
fn set_prefix(rule: &mut types::LifecycleRule, prefix: &str) {
    let prefix = Some(prefix.to_owned());
    if rule.prefix.is_some() {
        rule.prefix = prefix;
        return;
    }
    let mut filter = rule
        .filter
        .take()
        .unwrap_or_else(|| types::LifecycleRuleFilter::builder().build());
    match &mut filter.and {
        Some(several) => several.prefix = prefix,
        None => filter.prefix = prefix,
    }
    rule.filter = Some(filter);
}
