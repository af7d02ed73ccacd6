//! The snapshot format, version 1: what a capture of an environment looks like on disk.
//!
//! This is its pure half: names of files, the records in `format.json` and `manifest.json`, the rules for a line, and
//! what may be wrong with each. It works on bytes and knows no disk; `collect::snapshot` reads directories with it.
//! docs/snapshot.md describes the format for people.

mod line;
mod subject;

pub use line::{LineFault, Row, parse_line, write_file};
pub use subject::Subject;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The value of `format` in `format.json`.
pub const FORMAT: &str = "envcheck.dev/snapshot";
/// The major version written, and the newest that is read.
pub const VERSION: u64 = 1;
/// The first file of a capture: what this is, of what, and as of when.
pub const FORMAT_FILE: &str = "format.json";
/// The last file of a capture: what is in it. A capture without it was cut short.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The folder of Kubernetes objects.
pub const OBJECTS: &str = "objects";
/// The folder of the DigitalOcean account's collections.
pub const ACCOUNT: &str = "account";
/// The folder of the Spaces collections.
pub const SPACES: &str = "spaces";
/// How the files with one record per line end.
pub const EXTENSION: &str = ".ndjson";
/// How the core group, whose name is empty, is called in paths.
pub const CORE_GROUP: &str = "core";
/// The longest line that is read, in bytes; the API server accepts about 3 MB per object.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// `format.json`. Members that a later version 1 adds are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Format {
    /// Always [`FORMAT`].
    pub format: String,
    /// The major version.
    pub version: u64,
    /// When the capture began: the time as of which it is judged.
    #[serde(with = "timestamp")]
    pub captured_at: Timestamp,
    /// The environment's name, as in its spec.
    pub environment: String,
    /// The cluster that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// What wrote it.
    pub tool: Tool,
}

/// Which cluster a capture is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// The UID of Namespace kube-system: the identity that every cluster has.
    pub uid: String,
    /// The id at DigitalOcean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name at DigitalOcean, or the context's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The API server's version, as `v1.35.6`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it was not sure, while capturing, that this is the declared cluster; absent when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
}

/// The program that wrote a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// `manifest.json`: what was read, what cannot exist there, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The SHA-256 of `format.json`.
    pub format_sha256: String,
    /// The files, sorted by path. A kind that was read and has no objects is here with count 0.
    pub files: Vec<Entry>,
    /// Kinds whose API the cluster does not serve: nothing of them can exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_served: Vec<Subject>,
    /// What could not be read, wholly or in part.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// True when every kind that the cluster serves was asked for, not only what some policies need.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_kinds: bool,
    /// How long the reading took, in whole seconds after `capturedAt`: nothing in the capture is younger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_seconds: Option<u64>,
}

/// One file of a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its path from the capture's root, with `/`.
    pub path: String,
    /// How many records, which is how many lines.
    pub count: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// The version of the cluster's state at which a kind was listed, as its list says: opaque text. Several when the server
    /// could not keep one to the list's end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_versions: Vec<String>,
}

/// Something that was to be read and was not: it becomes "not evaluated", never "absent".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The kind or collection.
    pub subject: Subject,
    /// The only namespace concerned, when the rest was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// One word for machines: see [`reason`].
    pub reason: String,
    /// One sentence for people.
    pub detail: String,
}

/// The reasons in use; a reader accepts others, since version 1 may gain some.
pub mod reason {
    /// The credential may not read it.
    pub const FORBIDDEN: &str = "forbidden";
    /// The credential is unknown or has expired.
    pub const UNAUTHORIZED: &str = "unauthorized";
    /// The service answered with an error, or not at all.
    pub const UNAVAILABLE: &str = "unavailable";
    /// There was no complete answer in time.
    pub const TIMEOUT: &str = "timeout";
    /// The budget of calls was spent.
    pub const BUDGET: &str = "budget";
    /// Its file is listed and does not exist.
    pub const MISSING: &str = "missing";
    /// Its file cannot be read.
    pub const UNREADABLE: &str = "unreadable";
    /// Its file is not what the manifest says: nothing in it is trusted.
    pub const CORRUPT: &str = "corrupt";
    /// Its file is intact and has lines that are no objects of that kind.
    pub const INVALID: &str = "invalid";
    /// Its file is there and the manifest does not list it: nothing in it is trusted.
    pub const UNLISTED: &str = "unlisted";
}

/// What is wrong with one of a capture's own two files, said of that file ("is not JSON …").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFault {
    /// Not JSON, or a member is missing or of another type.
    #[error("is not as the format says: {0}")]
    Malformed(String),
    /// JSON of something else.
    #[error("says it is `{0}`, not `{FORMAT}`")]
    OtherFormat(String),
    /// Written by a later program.
    #[error("is snapshot format version {0}; this envcheck reads up to version {VERSION}")]
    Newer(u64),
    /// A version that never was.
    #[error("is snapshot format version {0}, which does not exist")]
    NoSuchVersion(u64),
    /// Neither a kind nor a collection.
    #[error("`{0}` is neither a kind (as apps/v1/Deployment) nor a collection (as digitalocean.vpcs)")]
    Subject(String),
    /// A path that leaves the capture or means nothing in it.
    #[error("lists `{0}`, which is no path of a snapshot")]
    Path(String),
    /// A path twice.
    #[error("lists `{0}` twice")]
    Twice(String),
    /// A digest that is none.
    #[error("has `{0}` where a SHA-256 in lower-case hexadecimal belongs")]
    Digest(String),
    /// Both read and impossible.
    #[error("lists {0} as read and as not served")]
    Contradiction(Subject),
    /// `format.json` is not the one that belongs to this manifest.
    #[error("belongs to another {FORMAT_FILE}: its SHA-256 is {found}, expected {expected}")]
    OtherCapture {
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
}

impl SnapshotFault {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OtherFormat(_) => "give the directory that `envcheck snapshot` wrote",
            Self::Newer(_) => "update envcheck, or capture again with this version",
            _ => {
                "the capture was changed or damaged after it was written; capture again with `envcheck snapshot`"
            }
        }
    }
}

impl Format {
    /// Reads `format.json`. The version is judged before anything else, since a later one may look quite different.
    pub fn parse(bytes: &[u8]) -> Result<Self, SnapshotFault> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u64,
        }
        let head: Head = from_json(bytes)?;
        if head.format != FORMAT {
            return Err(SnapshotFault::OtherFormat(head.format));
        }
        match head.version {
            VERSION => from_json(bytes),
            0 => Err(SnapshotFault::NoSuchVersion(0)),
            newer => Err(SnapshotFault::Newer(newer)),
        }
    }

    /// The bytes of `format.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }
}

impl Manifest {
    /// Reads and verifies `manifest.json`; `format` are the bytes of the `format.json` beside it.
    pub fn parse(bytes: &[u8], format: &[u8]) -> Result<Self, SnapshotFault> {
        let manifest: Self = from_json(bytes)?;
        manifest.verify()?;
        let found = sha256(format);
        if found != manifest.format_sha256 {
            return Err(SnapshotFault::OtherCapture {
                expected: manifest.format_sha256,
                found,
            });
        }
        Ok(manifest)
    }

    /// The bytes of `manifest.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }

    /// What was read completely: listed and without a gap.
    pub fn complete(&self) -> impl Iterator<Item = (Subject, &Entry)> {
        self.files.iter().filter_map(|entry| {
            let subject = Subject::from_path(&entry.path)?;
            (!self.gaps.iter().any(|gap| gap.subject == subject)).then_some((subject, entry))
        })
    }

    /// What contradicts the format in it: what a reader refuses, a writer must not write.
    pub fn verify(&self) -> Result<(), SnapshotFault> {
        let digests = self.files.iter().map(|entry| &entry.sha256);
        if let Some(bad) = std::iter::once(&self.format_sha256)
            .chain(digests)
            .find(|text| !is_sha256(text))
        {
            return Err(SnapshotFault::Digest(bad.clone()));
        }
        let mut seen = BTreeSet::new();
        for entry in &self.files {
            let subject =
                Subject::from_path(&entry.path).ok_or_else(|| SnapshotFault::Path(entry.path.clone()))?;
            if self.not_served.contains(&subject) {
                return Err(SnapshotFault::Contradiction(subject));
            }
            if !seen.insert(&entry.path) {
                return Err(SnapshotFault::Twice(entry.path.clone()));
            }
        }
        Ok(())
    }
}

/// A SHA-256 that is fed piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Checksum(Sha256);

impl Checksum {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest in lower-case hexadecimal.
    pub fn finish(self) -> String {
        self.0
            .finalize()
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut checksum = Checksum::default();
    checksum.update(bytes);
    checksum.finish()
}

fn from_json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, SnapshotFault> {
    serde_json::from_slice(bytes).map_err(|error| SnapshotFault::Malformed(error.to_string()))
}

fn to_json<T: Serialize>(record: &T) -> Vec<u8> {
    // These records have text keys only, so that serialising them cannot fail.
    let mut bytes = serde_json::to_vec_pretty(record).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

mod timestamp {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
