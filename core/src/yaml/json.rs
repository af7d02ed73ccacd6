//! JSON read directly, where a document is nothing else: several times as fast as through YAML.
//!
//! Whatever is unusual (a syntax error, a key that stands twice, deep nesting) is left to the YAML loader, of which JSON
//! is a subset and whose errors have places.

use super::Limits;
use super::check::beyond_the_parser;
use super::scalar::{Scalar, resolve};
use crate::value::Value;
use crate::value::texts::Texts;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The member under which serde_json hands over a number too long for 64 bits.
const LONG_NUMBER: &str = "$serde_json::private::Number";

/// The value of a text that is one JSON object or array; `None` when it is anything else.
pub(super) fn load(text: &str, limits: &Limits) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) || beyond_the_parser(text) {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut keys = Texts::default();
    let seed = Reader {
        keys: &mut keys,
        depth: limits.nesting,
    };
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

struct Reader<'k> {
    keys: &'k mut Texts,
    depth: usize,
}

impl Reader<'_> {
    fn inside<E: Error>(&mut self) -> Result<Reader<'_>, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Reader {
                keys: self.keys,
                depth,
            }),
            None => Err(E::custom("too deep")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::from(bool))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        // Perhaps a whole number whose last digits are lost here; the YAML loader sees them.
        if number.abs() >= 9e18 {
            return Err(E::custom("too large"));
        }
        Scalar::Float(number)
            .value()
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        let inside = self.inside()?;
        while let Some(item) = list.next_element_seed(Reader {
            keys: &mut *inside.keys,
            depth: inside.depth,
        })? {
            items.push(item);
        }
        Ok(Value::from(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Vec::new();
        while let Some(key) = map.next_key_seed(Key(&mut *inside.keys))? {
            if members.is_empty() && &*key == LONG_NUMBER {
                let digits: String = map.next_value()?;
                return long_number(&digits).ok_or_else(|| A::Error::custom("not a number"));
            }
            let value = map.next_value_seed(Reader {
                keys: &mut *inside.keys,
                depth: inside.depth,
            })?;
            members.push((Value::String(key), value));
        }
        let count = members.len();
        let object: BTreeMap<Value, Value> = members.into_iter().collect();
        if object.len() < count {
            return Err(A::Error::custom("a key stands twice"));
        }
        Ok(Value::from(object))
    }
}

/// A number as written, with the meaning that the same text has in YAML.
fn long_number(digits: &str) -> Option<Value> {
    match resolve(digits) {
        Scalar::Text(_) => None,
        number => number.value(),
    }
}

struct Key<'k>(&'k mut Texts);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Arc<str>, E> {
        Ok(self.0.share(key))
    }
}
