//! What a file of a snapshot holds: a kind of object, or a collection.

use super::{ACCOUNT, CORE_GROUP, EXTENSION, OBJECTS, SPACES, SnapshotFault};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Stands for the kinds of a group that nobody could name; no kind begins with a small letter.
const UNKNOWN: &str = "unknown";

/// What one file holds. As text it is what a policy's METADATA says under `kinds` and `needs`: `v1/Secret`,
/// `apps/v1/Deployment`, `digitalocean.load_balancers`, `spaces.buckets`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A kind of Kubernetes object.
    Kind {
        /// The API group, empty for the core group.
        group: String,
        /// The version, as `v1`.
        version: String,
        /// The kind, as `Deployment`.
        kind: String,
    },
    /// A collection of the DigitalOcean account, named as in the API's envelope (`load_balancers`).
    Account(String),
    /// A collection read from Spaces.
    Spaces(String),
}

impl Subject {
    /// The subject of a file, from its path inside a capture; `None` when the path is not one of the format's.
    /// The answer for `../`, absolute paths, back slashes, empty and hidden segments is therefore `None`.
    pub fn from_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_suffix(EXTENSION)?.split('/').collect();
        match parts[..] {
            [OBJECTS, group, version, kind] => Self::kind(
                if group == CORE_GROUP {
                    ""
                } else {
                    non_empty(group)?
                },
                version,
                kind,
            ),
            [ACCOUNT, name] if is_collection(name) => Some(Self::Account(name.to_owned())),
            [SPACES, name] if is_collection(name) => Some(Self::Spaces(name.to_owned())),
            _ => None,
        }
    }

    /// A kind, if its three names are ones that Kubernetes accepts.
    pub fn kind(group: &str, version: &str, kind: &str) -> Option<Self> {
        let valid = (group.is_empty() || (group != CORE_GROUP && is_dns_name(group)))
            && is_dns_label(version)
            && is_dns_label(&kind.to_ascii_lowercase());
        valid.then(|| Self::Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        })
    }

    /// All kinds of a group of which nobody could say what it holds; in gaps only.
    pub fn group(group: &str) -> Option<Self> {
        Self::kind(group, "v1", UNKNOWN)
    }

    /// The group, when this stands for all kinds of it.
    pub fn as_group(&self) -> Option<&str> {
        match self {
            Self::Kind { group, kind, .. } if kind == UNKNOWN => Some(group),
            _ => None,
        }
    }

    /// The kind of an object with these `apiVersion` and `kind`.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self::kind(group, version, kind)
    }

    /// The path of its file inside a capture.
    pub fn path(&self) -> String {
        match self {
            Self::Kind { group, version, kind } => {
                let group = non_empty(group).unwrap_or(CORE_GROUP);
                format!("{OBJECTS}/{group}/{version}/{kind}{EXTENSION}")
            }
            Self::Account(name) => format!("{ACCOUNT}/{name}{EXTENSION}"),
            Self::Spaces(name) => format!("{SPACES}/{name}{EXTENSION}"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { group, version, kind } if group.is_empty() => write!(f, "{version}/{kind}"),
            Self::Kind { group, version, kind } => write!(f, "{group}/{version}/{kind}"),
            Self::Account(name) => write!(f, "digitalocean.{name}"),
            Self::Spaces(name) => write!(f, "spaces.{name}"),
        }
    }
}

impl FromStr for Subject {
    type Err = SnapshotFault;

    fn from_str(text: &str) -> Result<Self, SnapshotFault> {
        let parts: Vec<&str> = text.split('/').collect();
        let subject = match parts[..] {
            [version, kind] => Self::kind("", version, kind),
            [group, version, kind] => non_empty(group).and_then(|group| Self::kind(group, version, kind)),
            [collection] => match collection.split_once('.') {
                Some(("digitalocean", name)) if is_collection(name) => Some(Self::Account(name.to_owned())),
                Some(("spaces", name)) if is_collection(name) => Some(Self::Spaces(name.to_owned())),
                _ => None,
            },
            _ => None,
        };
        subject.ok_or_else(|| SnapshotFault::Subject(text.to_owned()))
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_collection(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= 63 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(inner)
}
