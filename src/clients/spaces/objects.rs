//! Listings of objects, page by page (ListObjectsV2). Uploads that were never completed and the marks of deleted objects are
//! no objects and not in them.

use super::client::{Question, Spaces};
use super::conditions::Tagged;
use super::error::SpacesError;
use super::fault::{Fault, cut};
use aws_sdk_s3::primitives::DateTime;
use jiff::Timestamp;

/// Which part of a bucket's objects to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Only keys that begin so.
    pub prefix: &'a str,
    /// Only keys after this one.
    pub after: Option<&'a str>,
    /// Where the page before ended.
    pub token: Option<&'a str>,
}

/// An object, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// When it was written last.
    pub modified: Timestamp,
}

/// A part of a listing, in the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects; at most 1,000.
    pub objects: Vec<Object>,
    /// With what to ask for the next page; none at the end.
    pub next: Option<String>,
}

impl Spaces {
    /// One page of a bucket's objects.
    pub async fn objects(&self, bucket: &str, ask: Ask<'_>) -> Result<Page, SpacesError> {
        let question = Question {
            operation: "ListObjectsV2",
            thing: "the objects",
            bucket,
            full_access: false,
            changes: false,
        };
        let send = |client: &aws_sdk_s3::Client| {
            client
                .list_objects_v2()
                .bucket(bucket)
                .prefix(ask.prefix)
                .set_start_after(ask.after.map(ToOwned::to_owned))
                .set_continuation_token(ask.token.map(ToOwned::to_owned))
                .send()
        };
        let answer = self.asked(&question, send).await.map_err(|fault| fault.error)?;
        let broken = || cut(self.who(), &question).error;
        let objects: Option<Vec<Object>> = answer
            .contents()
            .iter()
            .map(|object| {
                Some(Object {
                    key: object.key()?.to_owned(),
                    size: object.size().unwrap_or_default().try_into().ok()?,
                    modified: timestamp(object.last_modified()?)?,
                })
            })
            .collect();
        let next = match answer.is_truncated() {
            // The one sign that there is no more must be there.
            None => return Err(broken()),
            Some(false) => None,
            Some(true) => {
                let next = answer.next_continuation_token().filter(|own| !own.is_empty());
                // The same page again would have no end.
                let fresh = next.filter(|own| Some(*own) != ask.token);
                Some(fresh.ok_or_else(broken)?.to_owned())
            }
        };
        Ok(Page {
            objects: objects.ok_or_else(broken)?,
            next,
        })
    }
}

impl Spaces {
    /// Whether anything is in a bucket: an object, a former version of one, or the mark of one that was deleted.
    pub async fn holds_anything(&self, bucket: &str) -> Result<bool, SpacesError> {
        if !self.objects(bucket, Ask::default()).await?.objects.is_empty() {
            return Ok(true);
        }
        let question = Question {
            operation: "ListObjectVersions",
            thing: "the versions",
            bucket,
            full_access: false,
            changes: false,
        };
        let send = |client: &aws_sdk_s3::Client| {
            let listing = client.list_object_versions().bucket(bucket);
            listing.max_keys(1).send()
        };
        let answer = self.asked(&question, send).await.map_err(|fault| fault.error)?;
        Ok(!answer.versions().is_empty() || !answer.delete_markers().is_empty())
    }
}

/// What is read of one object: journals' lines are small.
const LARGEST: usize = 4 << 20;

impl Spaces {
    /// What an object holds.
    pub async fn object(&self, bucket: &str, key: &str) -> Result<Vec<u8>, SpacesError> {
        let read = self.read(bucket, key).await.map_err(|fault| fault.error)?;
        Ok(read.content)
    }

    /// What an object holds, and its ETag; `None` where there is none.
    pub async fn tagged(&self, bucket: &str, key: &str) -> Result<Option<Tagged>, SpacesError> {
        match self.read(bucket, key).await {
            Ok(read) => Ok(Some(read)),
            Err(fault) if fault.code == "NoSuchKey" => Ok(None),
            Err(fault) => Err(fault.error),
        }
    }

    async fn read(&self, bucket: &str, key: &str) -> Result<Tagged, Fault> {
        let question = Question {
            operation: "GetObject",
            thing: "an object",
            bucket,
            full_access: false,
            changes: false,
        };
        let send = |client: &aws_sdk_s3::Client| {
            let asked = client.get_object().bucket(bucket).key(key).send();
            async move {
                let answer = asked.await?;
                let tag = answer.e_tag().unwrap_or_default().to_owned();
                let body = answer.body.collect().await;
                Ok(body.map(|body| (body.into_bytes(), tag)))
            }
        };
        let answer = self
            .asked::<_, aws_sdk_s3::operation::get_object::GetObjectError, _>(&question, send)
            .await;
        match answer? {
            Ok((bytes, tag)) if bytes.len() <= LARGEST => Ok(Tagged {
                content: bytes.to_vec(),
                tag,
            }),
            _ => Err(cut(self.who(), &question)),
        }
    }

    /// Writes an object that nobody but its owner may read.
    pub async fn put_object(&self, bucket: &str, key: &str, content: Vec<u8>) -> Result<(), SpacesError> {
        let question = Question::of_writing(bucket);
        let send = |client: &aws_sdk_s3::Client| {
            let putting = client.put_object().bucket(bucket).key(key);
            putting
                .body(content.clone().into())
                .content_type("application/json")
                .send()
        };
        let put = self.asked(&question, send).await;
        put.map(drop).map_err(|fault| fault.error)
    }
}

/// A time of the library's as ours; `None` beyond the years that there are.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}
