//! The identity of a finding across runs and machines: never a line number, a UID or (for our own policies) the words.

use super::finding::Draft;
use crate::inventory::ResourceRef;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};

/// `v1:` and a SHA-256 over length-prefixed policy, environment, group, kind, namespace, name, path and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub(super) fn of(draft: &Draft, resource: &ResourceRef) -> Self {
        let path = draft.path.as_ref().map(ToString::to_string).unwrap_or_default();
        // Two foreign findings without a path on one object differ in nothing but their words.
        let key = match &draft.key {
            Some(key) => key.clone(),
            None if draft.foreign && path.is_empty() => draft.message.clone(),
            None => String::new(),
        };
        let mut hash = Sha256::new();
        for part in [
            draft.policy.as_ref(),
            draft.environment.as_deref().unwrap_or("-"),
            resource.group(),
            &resource.kind,
            resource.namespace.as_deref().unwrap_or(""),
            // Names of account objects repeat; their ids do not.
            resource.id.as_deref().unwrap_or(&resource.name),
            &path,
            &key,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut text = String::with_capacity(67);
        text.push_str("v1:");
        for byte in hash.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("v1:")?;
        let hex = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| Self(text.to_owned()))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
