//! The server's record of who wrote which field, walked along an object.
//!
//! Fields are told apart as the server does: members by name, items of keyed lists by their keys, of sets by their value, and what
//! is replaced as a whole by all of it. So it does not matter at which index an item stands.

use crate::path::{FieldPath, PathElement, scalar_text};
use crate::value::{Value, ValueExt};

/// The entry of a field that stands for its being there at all.
pub const BEING_THERE: &str = ".";

/// Who wrote something, as the server recorded it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// When, as the server writes times; empty where it does not say.
    pub time: String,
    /// `kubectl-edit`, `argocd-controller`.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// `status` or `scale`; empty for the object itself.
    pub subresource: String,
}

impl Writer {
    /// Of an entry of `metadata.managedFields`.
    pub fn of(entry: &Value) -> Self {
        let text = |key: &str| entry.text_at(&[key]).unwrap_or_default().to_owned();
        Self {
            time: text("time"),
            manager: text("manager"),
            operation: text("operation"),
            subresource: text("subresource"),
        }
    }
}

/// All who wrote something of an object, with their fields.
pub fn entries(live: &Value) -> impl Iterator<Item = (Writer, &Value)> {
    let entries = live.items_at(&["metadata", "managedFields"]).iter();
    entries.map(|entry| (Writer::of(entry), entry.field("fieldsV1").unwrap_or(&Value::Null)))
}

/// Who wrote this field of a live object, the last one first.
pub fn writers(live: &Value, path: &FieldPath) -> Vec<Writer> {
    let mut found: Vec<Writer> = entries(live)
        .filter(|(_, fields)| !matches!(fields, Value::Null) && holds(fields, live, &path.0))
        .map(|(writer, _)| writer)
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found
}

/// Whether fields of `value` hold what the path leads to.
fn holds(fields: &Value, value: &Value, path: &[PathElement]) -> bool {
    let Some((element, rest)) = path.split_first() else {
        return true;
    };
    // What is written as a whole is written with all that is in it, and that something is not.
    if fields.members().next().is_none() {
        return true;
    }
    let Some(next) = element.step(value) else {
        return false;
    };
    fields.members().any(|(step, below)| {
        stepped(value, step).is_some_and(|found| std::ptr::eq(found, next)) && holds(below, next, rest)
    })
}

/// Every field that these fields name and a live object has: its path, its JSON pointer, and its value. An item of a list that
/// somebody put there is one thing, unless somebody says something of it.
pub fn leaves(
    fields: &Value,
    live: &Value,
    is_said: &dyn Fn(&FieldPath) -> bool,
) -> Vec<(FieldPath, Vec<String>, Value)> {
    let mut found = Vec::new();
    let mut path = FieldPath::default();
    collect(fields, live, is_said, &mut path, &mut Vec::new(), &mut found);
    found
}

fn collect(
    fields: &Value,
    value: &Value,
    is_said: &dyn Fn(&FieldPath) -> bool,
    path: &mut FieldPath,
    pointer: &mut Vec<String>,
    found: &mut Vec<(FieldPath, Vec<String>, Value)>,
) {
    let below: Vec<_> = fields
        .members()
        .filter(|(step, _)| *step != BEING_THERE)
        .collect();
    let item = matches!(path.0.last(), Some(PathElement::Where { .. }));
    if below.is_empty() || item && fields.field(BEING_THERE).is_some() && !is_said(path) {
        if !path.0.is_empty() {
            found.push((path.clone(), pointer.clone(), value.clone()));
        }
        return;
    }
    for (step, below) in below {
        let (Some(next), Some((element, token))) = (stepped(value, step), element(value, step)) else {
            continue;
        };
        path.0.push(element);
        pointer.push(token);
        collect(below, next, is_said, path, pointer, found);
        path.0.pop();
        pointer.pop();
    }
}

/// A step as a step of a path, and as one of a JSON pointer.
fn element(value: &Value, step: &str) -> Option<(PathElement, String)> {
    let (kind, rest) = step.split_once(':')?;
    if kind == "f" {
        return Some((PathElement::Key(rest.to_owned()), rest.to_owned()));
    }
    let next = stepped(value, step)?;
    let index = value.items().iter().position(|item| std::ptr::eq(item, next))?;
    let keys = Value::from_json_str(rest).unwrap_or(Value::Null);
    let key = ["name", "containerPort", "port"]
        .into_iter()
        .find_map(|key| Some((key, keys.field(key)?)))
        .or_else(|| keys.members().next());
    let element = match key {
        Some((key, value)) if kind == "k" => PathElement::Where {
            key: key.to_owned(),
            value: scalar_text(value),
        },
        _ => PathElement::Index(index),
    };
    Some((element, index.to_string()))
}

/// What one step of `fieldsV1` leads to.
pub fn stepped<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    let (kind, rest) = step.split_once(':')?;
    match kind {
        "f" => value.field(rest),
        "k" => {
            let keys = Value::from_json_str(rest).ok()?;
            // What the item leaves out has its default, which the server writes into the key.
            let has = |item: &Value, (key, wanted): (&str, &Value)| {
                item.field(key).is_none_or(|own| own == wanted) && item.as_object().is_ok()
            };
            let mut items = value.items().iter();
            items.find(|item| keys.members().all(|key| has(item, key)))
        }
        "v" => {
            let wanted = Value::from_json_str(rest).ok()?;
            value.items().iter().find(|item| **item == wanted)
        }
        "i" => value.items().get(rest.parse::<usize>().ok()?),
        _ => None,
    }
}
