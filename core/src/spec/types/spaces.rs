//! Spaces: buckets, keys and the backups that must arrive in them.

use super::SecretRef;
use crate::spec::scalar::{
    BucketName, Label, NamespacedName, ObjectName, Percent, Period, Region, Size, Words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Object storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spaces {
    /// The buckets' region; that of the account section when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The key with which buckets are audited. Reading ACLs, policies and lifecycle rules needs full access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auditor: Option<Auditor>,
    /// The buckets.
    #[serde(default)]
    pub buckets: Vec<Bucket>,
    /// The keys that use the buckets.
    #[serde(default)]
    pub keys: Vec<SpacesKey>,
    /// The backups that must arrive.
    #[serde(default)]
    pub backups: Vec<Backup>,
}

/// The two halves of a Spaces key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Auditor {
    /// Where the key's id is found.
    pub access_key_id: SecretRef,
    /// Where its secret is found.
    pub secret_access_key: SecretRef,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bucket {
    /// Its name, unique in the region.
    pub name: BucketName,
    /// What it is for.
    pub purpose: Purpose,
    /// Who may read it.
    #[serde(default)]
    pub access: BucketAccess,
    /// Whether overwritten and deleted objects are kept as versions.
    #[serde(default)]
    pub versioning: bool,
    /// How long objects must be kept; lifecycle rules may not remove them sooner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Period>,
}

/// What a bucket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum Purpose {
    DatabaseBackups,
    CollectedImages,
    Other,
}

/// Who may read a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum BucketAccess {
    #[default]
    Private,
    Public,
}

/// A key for buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpacesKey {
    /// Its name in the account.
    pub name: Words,
    /// What it may do.
    #[schemars(length(min = 1))]
    pub grants: Vec<Grant>,
    /// The Secret into which provisioning puts the key, which DigitalOcean shows only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_to: Option<SecretName>,
}

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The bucket. Full access is to all buckets and names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
    /// The permission.
    pub permission: GrantPermission,
}

/// A key's permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum GrantPermission {
    Read,
    ReadWrite,
    FullAccess,
}

/// A Secret in the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretName {
    /// Its namespace.
    pub namespace: Label,
    /// Its name.
    pub name: ObjectName,
}

/// A backup that must arrive, again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// The declared workload that is backed up, as back/keydb.
    pub of: NamespacedName,
    /// The declared bucket.
    pub bucket: BucketName,
    /// How its objects' keys begin.
    #[serde(default)]
    pub prefix: String,
    /// How old the newest one may be.
    pub max_age: Period,
    /// How small the newest one may be.
    #[serde(default = "one_byte")]
    pub min_size: Size,
    /// How much smaller than the one before it the newest one may be.
    #[serde(default = "half")]
    pub max_shrink: Percent,
}

fn one_byte() -> Size {
    Size::literal("1B", 1)
}

fn half() -> Percent {
    Percent::literal("50%", 5_000)
}
