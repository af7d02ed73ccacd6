//! Digests, kept small: a registry of 25,000 manifests names a quarter of a million blobs.

use std::collections::HashMap;
use std::fmt;

/// A SHA-256 digest, as every manifest and blob of the registry has one. Printed as `sha256:…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::inventory::view) struct Digest([u8; 32]);

impl Digest {
    /// Reads `sha256:` and 64 hexadecimal digits; `None` for everything else.
    pub(in crate::inventory::view) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Digests by number, each once, with the size of what it names where some row has said it.
#[derive(Debug, Default)]
pub(super) struct Digests {
    numbers: HashMap<Digest, u32>,
    all: Vec<(Digest, Option<u64>)>,
}

impl Digests {
    /// The number of a digest.
    pub(super) fn number(&mut self, digest: Digest) -> u32 {
        *self.numbers.entry(digest).or_insert_with(|| {
            self.all.push((digest, None));
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// The number of a digest that was met before.
    pub(super) fn find(&self, digest: Digest) -> Option<u32> {
        self.numbers.get(&digest).copied()
    }

    /// The digest of this number.
    pub(super) fn digest(&self, number: u32) -> Option<Digest> {
        self.all.get(number as usize).map(|(digest, _)| *digest)
    }

    /// Learns how many bytes it is that a digest names.
    pub(super) fn set_size(&mut self, number: u32, size: u64) {
        if let Some((_, known)) = self.all.get_mut(number as usize) {
            *known = Some(size);
        }
    }

    /// How many bytes it is that the digest of this number names, where that is known.
    pub(super) fn size(&self, number: u32) -> Option<u64> {
        self.all.get(number as usize)?.1
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The bytes of everything that has a digest, each counted once.
    pub(super) fn bytes(&self) -> u64 {
        self.all.iter().filter_map(|(_, size)| *size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_and_printed_and_others_are_refused() {
        let text = format!("sha256:{}", "0f".repeat(32));
        let digest = Digest::read(&text).unwrap();
        assert_eq!(digest.to_string(), text);
        assert_eq!(
            Digest::read(&text.to_uppercase().replace("SHA", "sha")),
            Some(digest)
        );
        for other in ["", "sha256:", "sha512:00", &text[..70], &text.replace("0f", "0g")] {
            assert_eq!(Digest::read(other), None, "{other}");
        }
    }

    #[test]
    fn each_is_kept_once_and_its_size_is_the_last_told() {
        let digest = |byte: u8| Digest([byte; 32]);
        let mut digests = Digests::default();
        let (one, two) = (digests.number(digest(1)), digests.number(digest(2)));
        assert_eq!(digests.number(digest(1)), one);
        assert_ne!(one, two);
        digests.set_size(one, 5);
        digests.set_size(one, 7);
        assert_eq!((digests.bytes(), digests.size(two), digests.len()), (7, None, 2));
        assert_eq!(digests.find(digest(3)), None);
        assert_eq!(digests.digest(two), Some(digest(2)));
    }
}
