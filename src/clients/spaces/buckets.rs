//! What is asked of buckets; the answers become the types of `configuration`.

use super::client::{Question, Spaces};
use super::configuration::{Acl, Bucket, CorsRule, Found, Grant, LifecycleRule, Upload, Uploads};
use super::error::SpacesError;
use super::fault::{Fault, cut};
use super::objects::timestamp;
use super::whole::is_whole;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::types;
use std::collections::BTreeMap;

/// Pages of buckets that are followed: an account has at most 100 buckets.
const PAGES: usize = 10;

impl Spaces {
    /// Whether there is a bucket of this name.
    pub async fn head(&self, bucket: &str) -> Result<Found, SpacesError> {
        let question = about("HeadBucket", "the existence", bucket, false);
        let answer = self
            .asked(&question, |client| client.head_bucket().bucket(bucket).send())
            .await;
        match answer.map_err(|fault| fault.error) {
            Ok(answer) => Ok(Found::There {
                region: answer.bucket_region().map(ToOwned::to_owned),
            }),
            Err(SpacesError::NoSuchBucket(_)) => Ok(Found::Absent),
            Err(SpacesError::Forbidden(_)) => Ok(Found::Hidden),
            Err(error) => Err(error),
        }
    }

    /// The buckets of the key's account, by name.
    pub async fn buckets(&self) -> Result<BTreeMap<String, Bucket>, SpacesError> {
        let question = about("ListBuckets", "the list of buckets", "", true);
        let mut found = BTreeMap::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let send = |client: &aws_sdk_s3::Client| {
                client.list_buckets().set_continuation_token(token.clone()).send()
            };
            let answer = self.asked(&question, send).await.map_err(|fault| fault.error)?;
            for bucket in answer.buckets() {
                if let Some(name) = bucket.name() {
                    let created = bucket.creation_date().and_then(timestamp);
                    found.insert(name.to_owned(), Bucket { created });
                }
            }
            token = answer.continuation_token().map(ToOwned::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(cut(self.who(), &question).error)
    }

    /// Who may do what with it.
    pub async fn acl(&self, bucket: &str) -> Result<Acl, SpacesError> {
        let question = about("GetBucketAcl", "the ACL", bucket, true);
        let answer = self
            .asked(&question, |client| client.get_bucket_acl().bucket(bucket).send())
            .await
            .map_err(|fault| fault.error)?;
        let grant = |grant: &types::Grant| {
            let grantee = grant.grantee()?;
            Some(Grant {
                permission: grant.permission()?.as_str().to_owned(),
                grantee: grantee.r#type().as_str().to_owned(),
                id: grantee.id().map(ToOwned::to_owned),
                uri: grantee.uri().map(ToOwned::to_owned),
            })
        };
        // A grant of which not all is understood must not be lost: it may be the public one.
        let grants: Option<Vec<Grant>> = answer.grants().iter().map(grant).collect();
        Ok(Acl {
            owner: answer.owner().and_then(|own| own.id()).map(ToOwned::to_owned),
            grants: grants.ok_or_else(|| cut(self.who(), &question).error)?,
        })
    }

    /// Its policy, a text in JSON; none when it has none.
    pub async fn policy(&self, bucket: &str) -> Result<Option<String>, SpacesError> {
        let question = about("GetBucketPolicy", "the policy", bucket, true);
        let answer = self
            .asked(&question, |client| {
                client.get_bucket_policy().bucket(bucket).send()
            })
            .await;
        let answer = present(answer, "NoSuchBucketPolicy")?;
        let policy = answer.and_then(|answer| answer.policy().map(ToOwned::to_owned));
        Ok(policy.filter(|own| !own.trim().is_empty()))
    }

    /// `Enabled` or `Suspended`; none where versions were never kept.
    pub async fn versioning(&self, bucket: &str) -> Result<Option<String>, SpacesError> {
        let question = about("GetBucketVersioning", "the versioning", bucket, false);
        let send = |client: &aws_sdk_s3::Client| {
            let asking = client.get_bucket_versioning().bucket(bucket).send();
            async move {
                match asking.await {
                    Ok(answer) => Ok(answer.status().map(|own| own.as_str().to_owned())),
                    Err(error) => match error.raw_response().and_then(named_otherwise) {
                        Some(document) => Ok(status_in(&document)),
                        None => Err(error),
                    },
                }
            }
        };
        self.asked(&question, send).await.map_err(|fault| fault.error)
    }

    /// Its lifecycle rules; empty when it has none.
    pub async fn lifecycle(&self, bucket: &str) -> Result<Vec<LifecycleRule>, SpacesError> {
        let question = about(
            "GetBucketLifecycleConfiguration",
            "the lifecycle rules",
            bucket,
            true,
        );
        let rules = self.raw_lifecycle(&question, bucket).await?;
        Ok(rules.iter().map(lifecycle_rule).collect())
    }

    /// The same with all that the protocol says of a rule.
    pub(super) async fn raw_lifecycle(
        &self,
        question: &Question<'_>,
        bucket: &str,
    ) -> Result<Vec<types::LifecycleRule>, SpacesError> {
        let answer = self
            .asked(question, |client| {
                client.get_bucket_lifecycle_configuration().bucket(bucket).send()
            })
            .await;
        let answer = present(answer, "NoSuchLifecycleConfiguration")?;
        Ok(answer.and_then(|answer| answer.rules).unwrap_or_default())
    }

    /// Its CORS rules; empty when it has none.
    pub async fn cors(&self, bucket: &str) -> Result<Vec<CorsRule>, SpacesError> {
        let question = about("GetBucketCors", "the CORS rules", bucket, true);
        let answer = self
            .asked(&question, |client| client.get_bucket_cors().bucket(bucket).send())
            .await;
        let answer = present(answer, "NoSuchCORSConfiguration")?;
        let rules = match &answer {
            Some(answer) => answer.cors_rules(),
            None => &[],
        };
        let rule = |rule: &types::CorsRule| CorsRule {
            allowed_origins: rule.allowed_origins().to_vec(),
            allowed_methods: rule.allowed_methods().to_vec(),
            allowed_headers: rule.allowed_headers().to_vec(),
            expose_headers: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds(),
        };
        Ok(rules.iter().map(rule).collect())
    }

    /// Uploads that were never completed: the first page.
    pub async fn uploads(&self, bucket: &str) -> Result<Uploads, SpacesError> {
        let question = about("ListMultipartUploads", "the incomplete uploads", bucket, false);
        let answer = self
            .asked(&question, |client| {
                client.list_multipart_uploads().bucket(bucket).send()
            })
            .await
            .map_err(|fault| fault.error)?;
        let broken = || cut(self.who(), &question).error;
        let upload = |upload: &types::MultipartUpload| {
            Some(Upload {
                key: upload.key()?.to_owned(),
                initiated: upload.initiated().and_then(timestamp),
            })
        };
        let uploads: Option<Vec<Upload>> = answer.uploads().iter().map(upload).collect();
        Ok(Uploads {
            uploads: uploads.ok_or_else(broken)?,
            truncated: answer.is_truncated().ok_or_else(broken)?,
        })
    }
}

fn about<'a>(
    operation: &'static str,
    thing: &'static str,
    bucket: &'a str,
    full_access: bool,
) -> Question<'a> {
    Question {
        operation,
        thing,
        bucket,
        full_access,
        changes: false,
    }
}

/// The answer, or none where Spaces says by this code that there is nothing to tell.
fn present<T>(answer: Result<T, Fault>, nothing: &str) -> Result<Option<T>, SpacesError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if fault.code == nothing => Ok(None),
        Err(fault) => Err(fault.error),
    }
}

/// The document about versioning that is called as moto calls it, which the library refuses.
fn named_otherwise(answer: &HttpResponse) -> Option<String> {
    let body = answer.body().bytes().filter(|body| is_whole(body))?;
    let (_, document) = std::str::from_utf8(body)
        .ok()?
        .split_once("<GetBucketVersioningResponse")?;
    answer.status().is_success().then(|| document.to_owned())
}

fn status_in(document: &str) -> Option<String> {
    let (_, rest) = document.split_once("<Status>")?;
    let (status, _) = rest.split_once("</Status>")?;
    Some(status.to_owned())
}

/// A rule as far as it is told; whether there is more of it.
pub(super) fn lifecycle_rule(rule: &types::LifecycleRule) -> LifecycleRule {
    let filter = rule.filter();
    // The prefix stands in one of three places, by the age of the rule and by what else it filters.
    #[allow(
        deprecated,
        reason = "older rules have their prefix here, and Spaces hands it back as it was put"
    )]
    let prefix = filter
        .and_then(|filter| filter.prefix())
        .or_else(|| filter.and_then(|filter| filter.and()?.prefix()))
        .or_else(|| rule.prefix());
    let expiration = rule.expiration();
    LifecycleRule {
        id: rule.id().map(ToOwned::to_owned),
        status: rule.status().as_str().to_owned(),
        prefix: prefix.unwrap_or_default().to_owned(),
        expiration_days: expiration.and_then(types::LifecycleExpiration::days),
        expiration_date: expiration.and_then(|own| own.date()).and_then(timestamp),
        noncurrent_days: rule
            .noncurrent_version_expiration()
            .and_then(types::NoncurrentVersionExpiration::noncurrent_days),
        abort_multipart_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(types::AbortIncompleteMultipartUpload::days_after_initiation),
        more: says_more(rule),
    }
}

fn says_more(rule: &types::LifecycleRule) -> bool {
    let narrower = rule.filter().is_some_and(|filter| {
        let sizes = filter.object_size_greater_than().is_some() || filter.object_size_less_than().is_some();
        filter.tag().is_some() || sizes || filter.and().is_some()
    });
    let marker = rule
        .expiration()
        .is_some_and(|expiration| expiration.expired_object_delete_marker() == Some(true));
    let versions = rule
        .noncurrent_version_expiration()
        .is_some_and(|versions| versions.newer_noncurrent_versions().is_some());
    let moves = !rule.transitions().is_empty() || !rule.noncurrent_version_transitions().is_empty();
    narrower || marker || versions || moves
}
