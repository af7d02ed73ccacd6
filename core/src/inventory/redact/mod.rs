//! Makes a captured object safe to keep: credentials become digests, bulk that repeats them is dropped.
//!
//! A [`Redactor`] is applied to each object right after it was parsed, before anything else sees it: policies, reports
//! and captures then agree by construction, and none of them can tell what it never had. It knows structure (`walk`),
//! names that announce a credential (`name`), texts that are one (`pattern`) and texts that assign one (`text`).
//! In doubt it masks: equal values have equal digests, so that comparing them still works. docs/snapshot.md says what
//! is masked.

mod base64;
mod certificate;
mod change;
mod facts;
mod held;
mod name;
mod pattern;
mod program;
mod published;
mod shape;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use held::differences;
pub use held::held;
pub(crate) use name::is_credential;

use crate::value::{Value, ValueExt as _};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt::{self, Write as _};

/// What stands before the digest of a Secret's value.
pub const DIGEST: &str = "digest:";
/// What stands before the digest of a credential found elsewhere.
pub const MASKED: &str = "masked:";

/// Bytes of the digest proper; 96 bits keep two values of one capture apart.
const PROPER: usize = 12;
/// Bytes of the proof that a digest is this redactor's own work and not a value that looks like one.
const PROOF: usize = 4;
/// Hexadecimal characters after the prefix.
const HEX: usize = (PROPER + PROOF) * 2;

/// Replaces credentials by digests under a key that is drawn for one run and never stored: within the run equal values
/// have equal digests, and nothing can be learnt from a digest afterwards.
#[derive(Clone)]
pub struct Redactor {
    mac: Hmac<Sha256>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(key hidden)")
    }
}

impl Redactor {
    /// With `key`: 32 random bytes, drawn anew for each run.
    pub fn new(key: [u8; 32]) -> Self {
        // HMAC pads keys shorter than a block with zeros; padding here makes a length that cannot be wrong.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&key);
        Self {
            mac: <Hmac<Sha256> as hmac::Mac>::new(&block.into()),
        }
    }

    /// Under a key that everybody knows: what it masks is compared, or left out, and never kept.
    pub fn for_comparison() -> Self {
        Self::new([0; 32])
    }

    /// The object, made safe.
    pub fn redacted(&self, object: &Value) -> Value {
        let mut safe = object.clone();
        self.redact(&mut safe);
        safe
    }

    /// Makes `object` safe, in place. It should carry its `apiVersion` and `kind`; without a `kind` it is treated as a
    /// Secret. Doing it twice is the same as doing it once.
    pub fn redact(&self, object: &mut Value) {
        walk::top(self, object);
    }

    /// The same, and the record of who wrote which field stays as it is: it names fields, and not what is in them.
    pub fn redact_recorded(&self, object: &mut Value) {
        let record = object.at(&["metadata", "managedFields"]).cloned();
        self.redact(object);
        if let (Some(record), Ok(members)) = (record, object.as_object_mut())
            && let Some(metadata) = members.get_mut(&Value::from("metadata"))
            && let Ok(metadata) = metadata.as_object_mut()
        {
            metadata.insert(Value::from("managedFields"), record);
        }
    }

    /// The digest of a Secret's value, for `data` given the decoded bytes.
    fn digest(&self, bytes: &[u8]) -> Value {
        Value::from(self.token(DIGEST, bytes))
    }

    /// The digest of a credential found elsewhere.
    fn masked(&self, bytes: &[u8]) -> String {
        self.token(MASKED, bytes)
    }

    fn token(&self, prefix: &str, bytes: &[u8]) -> String {
        let proper = self.hash(b'v', bytes);
        let proof = self.hash(b'p', &proper[..PROPER]);
        let mut token = String::with_capacity(prefix.len() + HEX);
        token.push_str(prefix);
        for byte in proper[..PROPER].iter().chain(&proof[..PROOF]) {
            // Writing to a String cannot fail.
            let _ = write!(token, "{byte:02x}");
        }
        token
    }

    /// Whether `text` is exactly a digest that this redactor made. A value that merely looks like one lacks the proof,
    /// so that nobody can hide a credential by its shape.
    fn is_own(&self, text: &str) -> bool {
        let Some(hex) = text.strip_prefix(DIGEST).or_else(|| text.strip_prefix(MASKED)) else {
            return false;
        };
        let Some(bytes) = unhex(hex) else { return false };
        let (proper, proof) = bytes.split_at(PROPER);
        self.hash(b'p', proper)[..PROOF] == *proof
    }

    /// The purpose goes into the hash, so that a proof is never some value's digest.
    fn hash(&self, purpose: u8, bytes: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(&[purpose]);
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// Whether a credential's value may stay: it is empty, a switch, a reference to another variable, or masked already.
    fn may_stay(&self, text: &str) -> bool {
        text.is_empty() || is_switch(text) || is_reference(text) || self.is_own(text)
    }
}

/// A text of somebody else's, an error or a warning, as it may be shown and kept: what looks like a credential is left out.
pub fn hidden(text: &str) -> String {
    let Some(safe) = text::redacted(&Redactor::for_comparison(), text) else {
        return text.to_owned();
    };
    let mut shown = String::with_capacity(safe.len());
    let mut rest = safe.as_str();
    while let Some(at) = rest.find(MASKED) {
        shown.push_str(&rest[..at]);
        shown.push('…');
        rest = rest.get(at + MASKED.len() + HEX..).unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

/// The bytes of a digest in lower-case hexadecimal; `None` for anything else.
fn unhex(hex: &str) -> Option<[u8; PROPER + PROOF]> {
    let hex = hex.as_bytes();
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; PROPER + PROOF];
    if hex.len() != HEX {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

/// Words that switch something and are nobody's password: policies want to know `ALLOW_EMPTY_PASSWORD=yes`.
fn is_switch(text: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "null", "none", "~"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// `$(NAME)`, which the kubelet replaces by another variable's value, and `${NAME}`; of a shell's `$NAME` only what is
/// surely one: capitals with an underscore, or with a credential's name.
fn is_reference(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else {
        return false;
    };
    let within = |open, close| rest.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let starts = |name: &str| name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if let Some(name) = within('(', ')').or_else(|| within('{', '}')) {
        return starts(name)
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    }
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    starts(rest) && rest.bytes().all(capital) && (rest.contains('_') || name::is_credential(rest))
}
