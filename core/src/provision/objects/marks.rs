//! The labels by which an object is known as ours, and the small steps that objects are built with.

use crate::path::{FieldPath, PathElement};
use crate::value::{Value, ValueExt, object, retained};

/// The label that says for which environment envcheck made an object. Only what carries it is ever removed again
/// (product rule: adopting is not owning).
pub const ENVIRONMENT_LABEL: &str = "envcheck.dev/environment";
/// Kubernetes' recommended label for the tool that manages an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// What that label says.
pub const MANAGER: &str = "envcheck";

/// Puts the labels on an object itself; the Pods that it makes stay as they are.
pub(super) fn mark(value: &mut Value, environment: &str) {
    for (label, text) in [(ENVIRONMENT_LABEL, environment), (MANAGED_BY_LABEL, MANAGER)] {
        // Labels that are no mapping are refused where the text is read.
        let _ = put(value, &["metadata", "labels", label], Value::from(text));
    }
}

/// An object without them: by whom it was made is no part of what it should be.
pub fn without_marks(value: &Value) -> Value {
    let labels = value.at(&["metadata", "labels"]).cloned();
    let kept = labels
        .and_then(|labels| retained(&labels, |key| key != ENVIRONMENT_LABEL && key != MANAGED_BY_LABEL));
    let mut without = value.clone();
    if let Some(kept) = kept {
        // There are labels, so all that leads to them is a mapping.
        let _ = put(&mut without, &["metadata", "labels"], kept);
    }
    without
}

/// The object of this kind and name; `body` are the members beside `metadata`.
pub(super) fn made<const N: usize>(
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    body: [(&str, Value); N],
) -> Value {
    let named = std::iter::once(("name", Value::from(name)));
    let placed = namespace.map(|namespace| ("namespace", Value::from(namespace)));
    let metadata = object(named.chain(placed));
    let head = [
        ("apiVersion", Value::from(api_version)),
        ("kind", Value::from(kind)),
        ("metadata", metadata),
    ];
    object(head.into_iter().chain(body))
}

/// Sets what lies at a path of keys, with the mappings above it as needed. `Err` says how many keys lead to something that
/// is no mapping; nothing is changed then.
pub(super) fn put(value: &mut Value, path: &[&str], new: Value) -> Result<(), usize> {
    let Some((first, below)) = path.split_first() else {
        *value = new;
        return Ok(());
    };
    if matches!(value, Value::Null | Value::Undefined) {
        *value = object::<&str>([]);
    }
    let mut member = match value {
        Value::Object(_) => value.field(first).cloned().unwrap_or(Value::Null),
        _ => return Err(0),
    };
    put(&mut member, below, new).map_err(|depth| depth + 1)?;
    if let Ok(members) = value.as_object_mut() {
        members.insert(Value::from(*first), member);
    }
    Ok(())
}

/// A path of keys.
pub(super) fn path(keys: &[&str]) -> FieldPath {
    FieldPath(
        keys.iter()
            .map(|key| PathElement::Key((*key).to_owned()))
            .collect(),
    )
}
