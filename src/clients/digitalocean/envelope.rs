//! The envelope of an answer: which member holds what was asked for, where the list goes on, and how long it is.

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;

/// What the envelope of one page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The link to the next page, as it was sent.
    pub next: Option<String>,
    /// How many rows the whole list has.
    pub total: Option<u64>,
    /// Rows of this page.
    pub rows: u64,
    /// The same for pages with the same rows.
    pub fingerprint: u64,
}

/// Why an answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Malformed {
    /// It ends early.
    Cut,
    /// It is no JSON, or not what was asked for. What is wrong may repeat the answer's own words.
    Other(String),
}

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() {
            Self::Cut
        } else {
            Self::Other(error.to_string())
        }
    }
}

#[derive(serde::Deserialize)]
struct Links {
    #[serde(default)]
    pages: Option<PageLinks>,
}

#[derive(serde::Deserialize)]
struct PageLinks {
    #[serde(default)]
    next: Option<String>,
}

#[derive(serde::Deserialize)]
struct Meta {
    #[serde(default)]
    total: Option<u64>,
}

/// Reads the envelope of a page whose rows are below `root`.
pub(super) fn envelope(bytes: &[u8], root: &str) -> Result<Envelope, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let found = reader.deserialize_map(EnvelopeVisitor { root })?;
    reader.end()?;
    Ok(found)
}

/// Whether an answer is one JSON value from its beginning to its end.
pub(super) fn complete(bytes: &[u8]) -> Result<(), Malformed> {
    serde_json::from_slice::<IgnoredAny>(bytes)?;
    Ok(())
}

/// Reads what is below `root`, or the whole answer.
pub(super) fn content<T: DeserializeOwned>(bytes: &[u8], root: Option<&str>) -> Result<T, Malformed> {
    let Some(root) = root else {
        return Ok(serde_json::from_slice(bytes)?);
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let found = Member {
        root,
        content: PhantomData,
    }
    .deserialize(&mut reader)?;
    Ok(found)
}

struct EnvelopeVisitor<'a> {
    root: &'a str,
}

impl<'de> Visitor<'de> for EnvelopeVisitor<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.root)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut found = Envelope::default();
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "links" => {
                    let links = map.next_value::<Option<Links>>()?;
                    let next = links.and_then(|links| links.pages?.next);
                    found.next = next.filter(|next| !next.is_empty());
                }
                "meta" => found.total = map.next_value::<Option<Meta>>()?.and_then(|meta| meta.total),
                own if own == self.root => {
                    let raw: &RawValue = map.next_value()?;
                    listed = true;
                    found.rows = serde_json::from_str::<Count>(raw.get())
                        .map_err(de::Error::custom)?
                        .0;
                    let mut hasher = DefaultHasher::new();
                    raw.get().hash(&mut hasher);
                    found.fingerprint = hasher.finish();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if listed {
            Ok(found)
        } else {
            Err(de::Error::custom(format!("it has no `{}`", self.root)))
        }
    }
}

/// How many elements a list has; an absent list, which some services write as null, has none.
struct Count(u64);

impl<'de> serde::Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(0))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_any(Elements)
    }
}

struct Member<'a, T> {
    root: &'a str,
    content: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Member<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Member<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.root)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.root {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| de::Error::custom(format!("it has no `{}`", self.root)))
    }
}
