//! One thing with its sides: what the spec or a manifest says of it, what Git renders, and what is there.

use crate::inventory::ResourceRef;
use crate::value::Value;

/// What a side says, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The object or row, credentials masked.
    pub value: Value,
    /// `the spec`, `deploy/web.yaml:12`, `application b2b`.
    pub place: String,
}

/// Where what the spec says stands.
pub const THE_SPEC: &str = "the spec";

impl Said {
    /// Whether the spec says it, which says of some objects a part only.
    pub(super) fn is_of_spec(&self) -> bool {
        self.place == THE_SPEC
    }

    /// Whether the spec says it, alone or with a manifest.
    pub fn is_spoken_by_spec(&self) -> bool {
        self.place.ends_with(THE_SPEC)
    }
}

/// What is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// This, credentials masked alike.
    There(Value),
    /// Nothing.
    Absent,
    /// Nobody knows, with the reason.
    Unread(String),
}

/// A thing with its sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// What.
    pub target: ResourceRef,
    /// What the spec or a manifest says of it.
    pub declared: Option<Said>,
    /// What Git renders of it.
    pub committed: Option<Said>,
    /// What is there.
    pub live: Found,
    /// The object that the last `kubectl apply` was given, credentials masked alike; `None` where there was none, or nobody looked.
    pub applied: Option<Value>,
}

impl Thing {
    /// Whether some side says all that is to be of it: a manifest, or Git.
    pub(super) fn is_whole(&self) -> bool {
        self.committed.is_some() || self.declared.as_ref().is_some_and(|said| !said.is_of_spec())
    }
}

/// By what the same thing is known on all sides: versions of an API show the same objects.
pub fn identity(target: &ResourceRef) -> (String, String, Option<String>, String) {
    (
        target.group().to_owned(),
        target.kind.clone(),
        target.namespace.clone(),
        target.name.clone(),
    )
}
