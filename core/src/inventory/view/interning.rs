//! Equal parts of values, kept once: the objects of a cluster resemble one another.

use crate::value::texts::Texts;
use crate::value::{Object, Value, ValueExt, array, shared_text};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Longer texts are hardly ever repeated.
const LONGEST_TEXT: usize = 256;

/// Gives for each value an equal one whose parts are shared with all values given before.
#[derive(Debug, Default)]
pub(super) struct Shared {
    texts: Texts,
    /// By identity; of unlike values with the same one, the next free numbers are taken.
    values: HashMap<u64, Value>,
    names: HashSet<Arc<[&'static str]>>,
}

impl Shared {
    /// A field's name as a value.
    pub(super) fn key(&mut self, key: &str) -> Value {
        self.text(key)
    }

    /// An equal value.
    pub(super) fn value(&mut self, value: &Value) -> Value {
        let fresh = match value {
            Value::String(text) if text.len() <= LONGEST_TEXT => return self.text(text),
            Value::Array(items) => array(items.iter().map(|item| self.value(item))),
            Value::Object(_) => self.members(value),
            _ => return value.clone(),
        };
        let mut place = identity(&fresh);
        loop {
            match self.values.entry(place) {
                Entry::Occupied(known) if *known.get() == fresh => return known.get().clone(),
                Entry::Occupied(_) => place = place.wrapping_add(1),
                Entry::Vacant(free) => {
                    free.insert(fresh.clone());
                    return fresh;
                }
            }
        }
    }

    /// The same names of fields.
    pub(super) fn names(&mut self, names: &[&'static str]) -> Arc<[&'static str]> {
        if let Some(known) = self.names.get(names) {
            return Arc::clone(known);
        }
        let fresh: Arc<[&'static str]> = Arc::from(names);
        self.names.insert(Arc::clone(&fresh));
        fresh
    }

    /// An equal object with shared parts, itself not expected to be seen again.
    pub(super) fn members(&mut self, value: &Value) -> Value {
        let members = value.as_object().into_iter().flat_map(Object::iter);
        let shared: Vec<(Value, Value)> = members
            .map(|(key, value)| (self.value(key), self.value(value)))
            .collect();
        crate::value::object_of(shared)
    }

    fn text(&mut self, text: &str) -> Value {
        shared_text(&self.texts.share(text))
    }
}

/// Of a value whose parts are shared: equal ones have the same, as equal parts have the same place in memory.
fn identity(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Array(items) => items.iter().for_each(|item| part(item).hash(&mut hasher)),
        Value::Object(members) => members
            .iter_sorted()
            .for_each(|(key, value)| (part(key), part(value)).hash(&mut hasher)),
        _ => {}
    }
    hasher.finish()
}

fn part(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_ptr().addr(),
        Value::Array(items) => Arc::as_ptr(items).addr(),
        Value::Object(members) => Arc::as_ptr(members).addr(),
        Value::Bool(truth) => usize::from(*truth),
        other => other
            .int()
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(value: &Value) -> usize {
        part(value)
    }

    #[test]
    fn equal_parts_become_one_and_values_stay_equal() {
        let text = r#"{"a":{"x":[1,2.5,"t",null,true]},"b":{"x":[1,2.5,"t",null,true]},"c":{"x":[1,2.5,"t",null,false]}}"#;
        let value = Value::from_json_str(text).unwrap();
        let mut shared = Shared::default();
        let (first, second) = (shared.value(&value), shared.value(&value.clone()));
        assert_eq!(first, value);
        assert_eq!(place(&first), place(&second));
        let field = |key: &str| place(first.field(key).unwrap());
        assert_eq!(field("a"), field("b"));
        assert_ne!(field("a"), field("c"));
    }

    #[test]
    fn long_texts_and_unlike_kinds_are_left_as_they_are() {
        let long = Value::from("x".repeat(LONGEST_TEXT + 1).as_str());
        let mut shared = Shared::default();
        assert_eq!(shared.value(&long), long);
        for text in [
            "[]", "{}", "[1]", "[\"1\"]", "[-1]", "[null]", "[true]", "[1e300]",
        ] {
            let value = Value::from_json_str(text).unwrap();
            assert_eq!(shared.value(&value), value, "{text}");
        }
    }
}
