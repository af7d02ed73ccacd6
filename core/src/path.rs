//! Paths into objects: what a finding points at, before anyone needs a line number.
//!
//! Elements of lists are named by their merge key (`containers[name=web]`), not by their index, so that a path means
//! the same field after an element was inserted before it.

use crate::value::{Value, ValueExt};
use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathElement {
    /// A member of an object.
    Key(String),
    /// The list element whose member `key` has the text form `value`.
    Where {
        /// The merge key, as `name`.
        key: String,
        /// Its value as text, as `web` or `8080`.
        value: String,
    },
    /// The list element at an index from 0, for lists without a merge key.
    Index(usize),
}

/// A path from the root of an object to a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<PathElement>);

/// The members by which Kubernetes merges lists of objects, in the order in which they are tried.
pub(crate) const MERGE_KEYS: [&str; 6] = ["name", "containerPort", "port", "mountPath", "host", "id"];

impl FieldPath {
    /// The path that a policy gave as an array of texts and numbers. Text steps into lists may be an index, a
    /// `key=value` selection, or a merge key's value; indexes become merge keys wherever the element of `root` has one
    /// that no sibling shares.
    pub fn resolve(raw: &[Value], root: &Value) -> Self {
        let mut elements = Vec::with_capacity(raw.len());
        let mut here = Some(root);
        for step in raw {
            let element = match (here, step) {
                (Some(list @ Value::Array(_)), step) => list_element(list, step),
                (_, step) => match (step.int(), step.text()) {
                    (Some(index), None) => PathElement::Index(usize::try_from(index).unwrap_or(0)),
                    // Without the object at hand: keys of objects hold no `=`, so this selects from a list.
                    (_, Some(text)) if here.is_none() || matches!(here, Some(Value::Undefined)) => {
                        selection(text).unwrap_or_else(|| PathElement::Key(text.to_owned()))
                    }
                    _ => PathElement::Key(scalar_text(step)),
                },
            };
            here = here.and_then(|value| element.step(value));
            elements.push(element);
        }
        Self(elements)
    }

    /// The value at this path.
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(root, |value, element| element.step(value))
    }
}

impl PathElement {
    /// The value one step below `value`.
    pub fn step<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            PathElement::Key(key) => value.field(key),
            PathElement::Index(index) => value.items().get(*index),
            PathElement::Where { key, value: wanted } => value
                .items()
                .iter()
                .find(|item| item.field(key).is_some_and(|found| scalar_text(found) == *wanted)),
        }
    }
}

/// `key=value` selects the list element whose `key` is `value`.
fn selection(text: &str) -> Option<PathElement> {
    let (key, value) = text.split_once('=')?;
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| PathElement::Where {
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

fn list_element(list: &Value, step: &Value) -> PathElement {
    let items = list.items();
    let index = match (step.int(), step.text()) {
        (Some(index), _) => usize::try_from(index).ok(),
        (None, Some(text)) => match selection(text) {
            Some(selection) => return selection,
            None => text.parse().ok().or_else(|| {
                items
                    .iter()
                    .position(|item| MERGE_KEYS.iter().any(|key| item.text_at(&[key]) == Some(text)))
            }),
        },
        _ => None,
    };
    let Some(index) = index else {
        return PathElement::Key(scalar_text(step));
    };
    for key in MERGE_KEYS {
        let Some(own) = items.get(index).and_then(|item| item.field(key)) else {
            continue;
        };
        let own = scalar_text(own);
        let unique = items
            .iter()
            .filter(|item| item.field(key).is_some_and(|other| scalar_text(other) == own))
            .count()
            == 1;
        if unique {
            return PathElement::Where {
                key: key.to_owned(),
                value: own,
            };
        }
    }
    PathElement::Index(index)
}

/// A scalar as people write it: text without quotes, everything else as JSON.
pub fn scalar_text(value: &Value) -> String {
    value.text().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, element) in self.0.iter().enumerate() {
            match element {
                PathElement::Key(key) if plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                PathElement::Key(key) => write!(f, "[\"{}\"]", key.escape_debug())?,
                PathElement::Where { key, value } => write!(f, "[{key}={value}]")?,
                PathElement::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        Value::from_json_str(
            r#"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80}]},{"name":"b","args":["x"]}]},
                "metadata":{"annotations":{"a.b/c":"1"}}}"#,
        )
        .unwrap()
    }

    fn resolved(raw: &str) -> String {
        let raw = Value::from_json_str(raw).unwrap();
        FieldPath::resolve(raw.items(), &pod()).to_string()
    }

    #[test]
    fn list_elements_are_named_by_merge_key() {
        assert_eq!(
            resolved(r#"["spec","containers",1,"args",0]"#),
            "spec.containers[name=b].args[0]"
        );
        assert_eq!(
            resolved(r#"["spec","containers","1","image"]"#),
            "spec.containers[name=b].image"
        );
        assert_eq!(
            resolved(r#"["spec","containers","name=a","ports",0]"#),
            "spec.containers[name=a].ports[containerPort=80]"
        );
        assert_eq!(
            resolved(r#"["metadata","annotations","a.b/c"]"#),
            "metadata.annotations[\"a.b/c\"]"
        );
    }

    #[test]
    fn a_path_finds_its_value() {
        let raw = Value::from_json_str(r#"["spec","containers",0,"ports",0,"containerPort"]"#).unwrap();
        let path = FieldPath::resolve(raw.items(), &pod());
        assert_eq!(path.get(&pod()), Some(&Value::from(80u64)));
    }
}
