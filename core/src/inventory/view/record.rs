//! The fields that every record of the view has, whatever its kind.

use super::delivery::{doks_marks, manager};
use super::interning::Shared;
use crate::inventory::owner::OwnerReference;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, object_of, text_or_null};
use std::sync::Arc;

/// A record under construction.
#[derive(Debug, Clone, Default)]
pub struct Record {
    names: Names,
    values: Vec<Value>,
}

/// The names of a record's fields, in the order of its values. Finished records of one kind have the same.
#[derive(Debug, Clone)]
enum Names {
    Own(Vec<&'static str>),
    Shared(Arc<[&'static str]>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Names {
    fn all(&self) -> &[&'static str] {
        match self {
            Self::Own(names) => names,
            Self::Shared(names) => names,
        }
    }

    fn push(&mut self, name: &'static str) {
        if let Self::Shared(names) = self {
            *self = Self::Own(names.to_vec());
        }
        if let Self::Own(names) = self {
            names.push(name);
        }
    }
}

impl Record {
    /// Sets a field; the value it had is replaced.
    pub fn set(&mut self, key: &'static str, value: Value) -> &mut Self {
        if let Some(own) = self.get_mut(key) {
            *own = value;
        } else {
            self.names.push(key);
            self.values.push(value);
        }
        self
    }

    /// A field set before.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(self.position(key)?)
    }

    /// A field set before, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let position = self.position(key)?;
        self.values.get_mut(position)
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.names.all().iter().position(|name| *name == key)
    }

    /// The finished record.
    pub(super) fn into_object(self) -> Value {
        object(self.names.all().iter().zip(self.values))
    }

    /// The finished record, its fields' names shared with those of all others.
    pub(super) fn into_value(self, shared: &mut Shared) -> Value {
        let names = self.names.all().iter();
        object_of(names.map(|name| shared.key(name)).zip(self.values))
    }

    /// Keeps parts that other records have as well only once.
    pub(super) fn share(&mut self, shared: &mut Shared) {
        for (key, value) in self.names.all().iter().zip(&mut self.values) {
            match *key {
                "uid" | "created" | "id" => {}
                "ref" => *value = shared.members(value),
                _ => *value = shared.value(value),
            }
        }
        self.names = Names::Shared(shared.names(self.names.all()));
        self.values.shrink_to_fit();
    }
}

/// A map, or an empty one.
pub fn map_or_empty(value: Option<&Value>) -> Value {
    value
        .filter(|value| value.as_object().is_ok())
        .cloned()
        .unwrap_or_else(Value::new_object)
}

/// A list, or an empty one.
pub fn list_or_empty(value: Option<&Value>) -> Value {
    value
        .filter(|value| value.as_array().is_ok())
        .cloned()
        .unwrap_or_else(Value::new_array)
}

/// A value, or null.
pub fn or_null(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or(Value::Null)
}

/// These members of a map, each a text or null.
pub fn texts(value: &Value, names: &[&str]) -> Value {
    object(
        names
            .iter()
            .map(|name| (name, text_or_null(value.text_at(&[name])))),
    )
}

/// The record of an object with the common fields set.
pub fn common(reference: &ResourceRef, value: &Value) -> Record {
    let metadata = |key: &str| value.at(&["metadata", key]);
    let owner = OwnerReference::of(value);
    let mut managers: Vec<&str> = value
        .items_at(&["metadata", "managedFields"])
        .iter()
        .filter_map(|entry| entry.text_at(&["manager"]))
        .collect();
    managers.sort_unstable();
    managers.dedup();
    let mut record = Record::default();
    record
        .set("ref", reference.to_value())
        .set("namespace", text_or_null(reference.namespace.as_deref()))
        .set("name", Value::from(reference.name.as_str()))
        .set("labels", map_or_empty(metadata("labels")))
        .set("annotations", map_or_empty(metadata("annotations")))
        .set(
            "created",
            or_null(metadata("creationTimestamp").filter(|value| value.text().is_some())),
        )
        .set(
            "uid",
            or_null(metadata("uid").filter(|value| value.text().is_some())),
        )
        .set(
            "owner",
            owner.as_ref().map_or(Value::Null, |owner| {
                owner.resource(reference.namespace.as_deref()).to_value()
            }),
        )
        .set(
            "ownerUid",
            text_or_null(owner.as_ref().and_then(|owner| owner.uid.as_deref())),
        )
        .set(
            "managers",
            array(managers.iter().map(|manager| Value::from(*manager))),
        )
        .set("doks", doks_marks(value, &managers))
        .set("manager", manager(reference, value));
    record
}
