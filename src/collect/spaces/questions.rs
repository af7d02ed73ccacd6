//! What is asked for each row, and what becomes of the answer.

use super::newest::{Listing, Unknown, survey};
use super::{Collection, SpacesPlan, rows};
use crate::clients::spaces::{Ask, Bucket, Page, Spaces, SpacesError};
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::value::Value;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The function does not exist there.
const UNSUPPORTED: &str = "unsupported";
/// Pages that one backup may cost: 100,000 objects.
pub(super) const PAGES: usize = 100;

/// One row to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub collection: Collection,
    pub bucket: String,
    /// Of a backup.
    pub prefix: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The row.
    Read(Value),
    /// The row that says why not.
    Unread(Value),
    /// Why the rows of no collection can be read: reason and detail.
    Nothing(&'static str, String),
    /// The run is over.
    Interrupted,
}

impl Question {
    /// All of a collection, in the order in which the spec declares.
    pub(super) fn all(plan: &SpacesPlan, collection: Collection) -> Vec<Self> {
        let of_bucket = |bucket: &String| Self {
            collection,
            bucket: bucket.clone(),
            prefix: None,
        };
        let of_backup = |(bucket, prefix): &(String, String)| Self {
            collection,
            bucket: bucket.clone(),
            prefix: Some(prefix.clone()),
        };
        match collection {
            Collection::Backups => plan.backups.iter().map(of_backup).collect(),
            _ => plan.buckets.iter().map(of_bucket).collect(),
        }
    }

    /// Asks it. `listed` are the account's buckets, where they may be listed.
    pub(super) async fn ask(
        &self,
        spaces: &Spaces,
        listed: &BTreeMap<String, Bucket>,
        today: Date,
    ) -> Outcome {
        match self.row(spaces, listed, today).await {
            Ok(row) => Outcome::Read(row),
            Err(Unknown::Bound) => self.unread(
                reason::BUDGET,
                &format!(
                    "more than {} objects below {}/{} have no dates in their keys, or too many have the latest ones: the newest is not known",
                    PAGES * 1000,
                    self.bucket,
                    self.prefix.as_deref().unwrap_or_default()
                ),
            ),
            Err(Unknown::Failed(error)) => self.failed(&error),
        }
    }

    async fn row(
        &self,
        spaces: &Spaces,
        listed: &BTreeMap<String, Bucket>,
        today: Date,
    ) -> Result<Value, Unknown<SpacesError>> {
        let bucket = self.bucket.as_str();
        Ok(match self.collection {
            Collection::Buckets => rows::bucket(
                bucket,
                &spaces.head(bucket).await?,
                spaces.region(),
                listed.get(bucket),
            ),
            Collection::Acls => rows::acl(bucket, &spaces.acl(bucket).await?),
            Collection::Policies => {
                let policy = spaces.policy(bucket).await?;
                rows::policy(bucket, policy.as_deref())
                    .map_err(|words| Unknown::Failed(SpacesError::Broken(words)))?
            }
            Collection::Versionings => rows::versioning(bucket, spaces.versioning(bucket).await?.as_deref()),
            Collection::Lifecycles => rows::lifecycle(bucket, &spaces.lifecycle(bucket).await?),
            Collection::Cors => rows::cors(bucket, &spaces.cors(bucket).await?),
            Collection::Uploads => rows::uploads(bucket, &spaces.uploads(bucket).await?),
            Collection::Backups => {
                let prefix = self.prefix.as_deref().unwrap_or_default();
                let below = Below {
                    spaces,
                    bucket,
                    prefix,
                };
                rows::backup(bucket, prefix, &survey(&below, prefix, today, PAGES).await?)
            }
        })
    }

    fn failed(&self, error: &SpacesError) -> Outcome {
        let reason = match error {
            SpacesError::Cancelled => return Outcome::Interrupted,
            SpacesError::Unauthorized(words) => return Outcome::Nothing(reason::UNAUTHORIZED, words.clone()),
            SpacesError::OutOfReach(words) => return Outcome::Nothing(reason::UNAVAILABLE, words.clone()),
            SpacesError::Forbidden(_) => reason::FORBIDDEN,
            SpacesError::NoSuchBucket(_) => reason::MISSING,
            SpacesError::Unsupported(_) => UNSUPPORTED,
            SpacesError::TimedOut(_) => reason::TIMEOUT,
            SpacesError::Unavailable(_) | SpacesError::Broken(_) | SpacesError::Refused(_) => {
                reason::UNAVAILABLE
            }
        };
        self.unread(reason, &error.to_string())
    }

    fn unread(&self, reason: &str, detail: &str) -> Outcome {
        Outcome::Unread(rows::unread(&self.bucket, self.prefix.as_deref(), reason, detail))
    }
}

/// The objects of a bucket below a prefix.
struct Below<'a> {
    spaces: &'a Spaces,
    bucket: &'a str,
    prefix: &'a str,
}

impl Listing for Below<'_> {
    type Error = SpacesError;

    async fn page(&self, after: Option<&str>, token: Option<&str>) -> Result<Page, SpacesError> {
        let ask = Ask {
            prefix: self.prefix,
            after,
            token,
        };
        self.spaces.objects(self.bucket, ask).await
    }
}
