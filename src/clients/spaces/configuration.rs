//! What buckets are set to, as our own types: the library's have a place for everything that S3 ever had.

use jiff::Timestamp;

/// What HeadBucket tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    There {
        /// Its region, where the answer names one.
        region: Option<String>,
    },
    /// There is none of this name.
    Absent,
    /// The key may not even know.
    Hidden,
}

/// A bucket of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// When it was made, where that is told.
    pub created: Option<Timestamp>,
}

/// Who may do what with a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// The owner's id.
    pub owner: Option<String>,
    /// In the order of the answer.
    pub grants: Vec<Grant>,
}

/// One permission of an ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// As `READ`.
    pub permission: String,
    /// As `CanonicalUser` or `Group`.
    pub grantee: String,
    /// The id of a user.
    pub id: Option<String>,
    /// The address of a group, as `http://acs.amazonaws.com/groups/global/AllUsers`.
    pub uri: Option<String>,
}

/// When objects are removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its id.
    pub id: Option<String>,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// For objects whose keys begin so; empty for all.
    pub prefix: String,
    /// Days after they were written.
    pub expiration_days: Option<i32>,
    /// On this day.
    pub expiration_date: Option<Timestamp>,
    /// Days after they were replaced or deleted.
    pub noncurrent_days: Option<i32>,
    /// Days after an upload was begun and not completed.
    pub abort_multipart_days: Option<i32>,
    /// It says more than this: it may hold for some objects below the prefix only, or do something else.
    pub more: bool,
}

/// What pages of other origins may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words are those of CORS")]
pub struct CorsRule {
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    pub allowed_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub max_age_seconds: Option<i32>,
}

/// Uploads in parts that were begun and neither completed nor given up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uploads {
    /// At most 1,000.
    pub uploads: Vec<Upload>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The key that its object will have.
    pub key: String,
    /// When it was begun.
    pub initiated: Option<Timestamp>,
}
