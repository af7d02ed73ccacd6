//! Which values of an object are credentials, by what a redactor makes of it.

use super::Redactor;
use crate::path::PathElement;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The scalars of an object that are credentials or hold one: all that a capture would not keep. What says nothing (nothing, a
/// truth value, an empty text) is not among them.
pub fn held(object: &Value) -> BTreeSet<Value> {
    let safe = Redactor::for_comparison().redacted(object);
    let mut found = BTreeSet::new();
    differences(object, &safe, &mut |_, secret| scalars(secret, &mut found));
    found
}

fn scalars(value: &Value, found: &mut BTreeSet<Value>) {
    match value {
        Value::Object(_) => value.members().for_each(|(_, member)| scalars(member, found)),
        Value::Array(_) => value.items().iter().for_each(|item| scalars(item, found)),
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if text.is_empty() => {}
        other => drop(found.insert(other.clone())),
    }
}

/// Tells each place at which one value differs from another, as deep as they can be told apart, and what the one has there.
pub(crate) fn differences(one: &Value, other: &Value, tell: &mut dyn FnMut(&[PathElement], &Value)) {
    fn walk(
        one: &Value,
        other: &Value,
        path: &mut Vec<PathElement>,
        tell: &mut dyn FnMut(&[PathElement], &Value),
    ) {
        if let (Ok(ours), Ok(theirs)) = (one.as_array(), other.as_array())
            && ours.len() == theirs.len()
        {
            for (at, (ours, theirs)) in ours.iter().zip(theirs.iter()).enumerate() {
                path.push(PathElement::Index(at));
                walk(ours, theirs, path, tell);
                path.pop();
            }
        } else if one.as_object().is_ok() && other.as_object().is_ok() {
            for (key, ours) in one.members() {
                path.push(PathElement::Key(key.to_owned()));
                walk(ours, other.field(key).unwrap_or(&Value::Undefined), path, tell);
                path.pop();
            }
        } else if one != other {
            tell(path, one);
        }
    }
    walk(one, other, &mut Vec::new(), tell);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of;

    #[test]
    fn what_a_capture_would_not_keep_is_held() {
        let of =
            |text: &str| -> Vec<String> { held(&value_of(text)).iter().map(ToString::to_string).collect() };
        assert_eq!(
            of(
                "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: b\n    env:\n    - {name: DB_PASSWORD, value: hunter2}\n    \
                - {name: URL, value: 'https://u:p@h/x'}\n    - {name: API_TOKEN, value: ''}\n"
            ),
            ["\"https://u:p@h/x\"", "\"hunter2\""]
        );
        assert_eq!(
            of("apiVersion: v1\nkind: Secret\ndata: {a: aHVudGVyMg==}\n"),
            ["\"aHVudGVyMg==\""]
        );
        assert!(of("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n").is_empty());
    }
}
