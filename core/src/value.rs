//! The one value type of the project: what YAML, JSON, snapshots and the API become, and what policies read.
//!
//! It is the policy engine's own type, so that nothing is converted between reading and evaluating.
//! Only this module, `policy` and `evaluate` know where it comes from.

pub mod patch;
pub(crate) mod texts;

pub use regorus::Value;
pub use regorus::value::Object;

use std::sync::Arc;

/// Members of an object that are looked through one by one.
const FEW: usize = 24;

/// Reads a Value as Rust data; every accessor answers `None` when the value is of another type or absent.
pub trait ValueExt {
    /// The member `key` of an object; `None` when absent or when this is not an object.
    fn field(&self, key: &str) -> Option<&Value>;
    /// The value at a path of object keys.
    fn at(&self, path: &[&str]) -> Option<&Value>;
    /// This as text.
    fn text(&self) -> Option<&str>;
    /// The text at a path of object keys.
    fn text_at(&self, path: &[&str]) -> Option<&str>;
    /// The elements of an array; empty when this is not an array.
    fn items(&self) -> &[Value];
    /// The elements of the array at a path; empty when absent.
    fn items_at(&self, path: &[&str]) -> &[Value];
    /// The members of an object in key order, text keys only; empty when this is not an object.
    fn members(&self) -> Box<dyn Iterator<Item = (&str, &Value)> + '_>;
    /// This as a whole number.
    fn int(&self) -> Option<i64>;
    /// True only for boolean `true`.
    fn is_true(&self) -> bool;
}

impl ValueExt for Value {
    fn field(&self, key: &str) -> Option<&Value> {
        match self {
            // A key to ask with has to be made. Few members are looked through sooner than that.
            Value::Object(object) if object.len() <= FEW => object
                .iter()
                .find(|(own, _)| own.text() == Some(key))
                .map(|(_, value)| value),
            Value::Object(object) => object.get(&Value::from(key)),
            _ => None,
        }
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.field(key))
    }

    fn text(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).and_then(ValueExt::text)
    }

    fn items(&self) -> &[Value] {
        match self {
            Value::Array(array) => array.as_slice(),
            _ => &[],
        }
    }

    fn items_at(&self, path: &[&str]) -> &[Value] {
        self.at(path).map_or(&[], ValueExt::items)
    }

    fn members(&self) -> Box<dyn Iterator<Item = (&str, &Value)> + '_> {
        match self {
            Value::Object(object) => Box::new(
                object
                    .iter_sorted()
                    .filter_map(|(key, value)| key.text().map(|key| (key, value))),
            ),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn int(&self) -> Option<i64> {
        self.as_i64().ok()
    }

    fn is_true(&self) -> bool {
        matches!(self, Value::Bool(true))
    }
}

/// An object from text keys; the way records for policies are built.
pub fn object<K: AsRef<str>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
    members
        .into_iter()
        .map(|(key, value)| (Value::from(key.as_ref()), value))
        .collect::<regorus::value::Object>()
        .into_value()
}

/// An object from keys and values.
pub fn object_of(members: impl IntoIterator<Item = (Value, Value)>) -> Value {
    members
        .into_iter()
        .collect::<regorus::value::Object>()
        .into_value()
}

/// The same object without the members that `keep` refuses; `None` when this is not an object. Values are shared.
pub fn retained(value: &Value, keep: impl Fn(&str) -> bool) -> Option<Value> {
    let Value::Object(members) = value else {
        return None;
    };
    let kept = members
        .iter_sorted()
        .filter(|(key, _)| key.text().is_none_or(&keep))
        .map(|(key, value)| (key.clone(), value.clone()));
    Some(kept.collect::<regorus::value::Object>().into_value())
}

/// An array of values.
pub fn array(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(items.into_iter().collect::<Vec<_>>())
}

/// Shared text as a value, without copying it.
pub fn shared_text(text: &Arc<str>) -> Value {
    Value::String(Arc::clone(text))
}

/// A text, or null when there is none.
pub fn text_or_null(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}
