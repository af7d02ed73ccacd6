//! Objects that are written only under a condition, by which two that write at once are told apart. Spaces knows both conditions,
//! but wants the ETag of If-Match without the quotes that it gives it with; other servers want them, and some know no conditions.

use super::client::{Question, Spaces};
use super::error::SpacesError;

/// When an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When<'a> {
    /// There is none of that key.
    Absent,
    /// It still is the one that has this ETag.
    Same(&'a str),
    /// In any case.
    Always,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    Yes,
    /// It was not: the condition does not hold.
    No,
    /// The server knows no such condition, and wrote nothing.
    Unknown,
}

/// An object with what it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// What it holds.
    pub content: Vec<u8>,
    /// Its ETag, as the server wrote it.
    pub tag: String,
}

impl Spaces {
    /// Writes an object under a condition. An attempt that nobody answered is made again, so also who is told `No` may have written
    /// it: what it holds then says who did.
    pub async fn put_when(
        &self,
        bucket: &str,
        key: &str,
        content: &[u8],
        when: When<'_>,
    ) -> Result<Written, SpacesError> {
        let tag = match when {
            When::Same(tag) => Some(tag),
            _ => None,
        };
        let none = (when == When::Absent).then_some("*");
        let bare = tag.map(|tag| tag.trim_matches('"'));
        match self.put_if(bucket, key, content, (none, bare)).await? {
            Written::No if tag != bare => self.put_if(bucket, key, content, (none, tag)).await,
            written => Ok(written),
        }
    }

    async fn put_if(
        &self,
        bucket: &str,
        key: &str,
        content: &[u8],
        (none, same): (Option<&str>, Option<&str>),
    ) -> Result<Written, SpacesError> {
        let question = Question::of_writing(bucket);
        let send = |client: &aws_sdk_s3::Client| {
            client
                .put_object()
                .bucket(bucket)
                .key(key)
                .set_if_none_match(none.map(ToOwned::to_owned))
                .set_if_match(same.map(ToOwned::to_owned))
                .body(content.to_vec().into())
                .content_type("application/json")
                .send()
        };
        match self.asked(&question, send).await {
            Ok(_) => Ok(Written::Yes),
            // The second one: somebody else is writing it at this moment.
            Err(fault)
                if ["PreconditionFailed", "ConditionalRequestConflict"].contains(&fault.code.as_str()) =>
            {
                Ok(Written::No)
            }
            // It went meanwhile.
            Err(fault) if same.is_some() && fault.code == "NoSuchKey" => Ok(Written::No),
            Err(fault) => match fault.error {
                SpacesError::Unsupported(_) if none.is_some() || same.is_some() => Ok(Written::Unknown),
                error => Err(error),
            },
        }
    }
}
