//! What looks like a credential, and whether a change touches it: neither Secrets nor what stands for one elsewhere is
//! rewritten by a remediation.

use super::deed::Deed;
use crate::inventory::ResourceRef;
use crate::inventory::redact::{Redactor, is_credential};
use crate::value::patch::{self, Operation, OperationKind, index};
use crate::value::{Value, ValueExt, array, object};

/// Why a change that touches a credential is none.
pub const NEVER_A_CREDENTIAL: &str = "no remediation rewrites what looks like a credential";

/// Whether a deed changes, adds or takes away in this object what looks like a credential, by whatever operations: variables of
/// such names with all that they say, variables that come from Secrets, and every text that holds one.
pub fn rewrites_credential(deed: &Deed, live: &Value) -> bool {
    let after = deed.done_to(Some(live)).ok().flatten();
    copies_credential(deed, live) || after.is_some_and(|after| credentials(live) != credentials(&after))
}

/// Whether it copies what looks like one to where nothing says so any more.
fn copies_credential(deed: &Deed, live: &Value) -> bool {
    let changes = deed.operations().unwrap_or_default();
    let mut sources = changes
        .iter()
        .filter_map(|change| change.from.as_deref())
        .peekable();
    if sources.peek().is_none() {
        return false;
    }
    let safe = Redactor::for_comparison().redacted(live);
    sources.any(|from| patch::find(live, from) != patch::find(&safe, from))
}

/// Whether an operation brings a credential along, as far as it can be told without the object.
pub(super) fn brought(target: &ResourceRef, change: &Operation) -> bool {
    if change.kind == OperationKind::Test {
        return false;
    }
    let in_variables = change.path.iter().any(|part| part == "env");
    let named = |value: &Value| value.text_at(&["name"]).is_some_and(is_credential);
    let value = change.value.as_ref();
    let given = value.is_some_and(|value| named(value) || value.items().iter().any(named));
    // Which variable an index means, the patch alone does not say.
    let by_index = in_variables && change.path.last().is_some_and(|last| last == "value");
    let whole = value.map(|value| placed(&change.path, value));
    in_variables && (given || by_index) || whole.is_some_and(|whole| holds(target, &whole))
}

/// Whether an object, or a part of one, holds a credential.
pub(super) fn holds(target: &ResourceRef, part: &Value) -> bool {
    let mut named = part.clone();
    if let Ok(members) = named.as_object_mut() {
        let texts = [("apiVersion", &target.api_version), ("kind", &target.kind)];
        for (key, text) in texts {
            members.insert(Value::from(key), Value::from(text.as_str()));
        }
    }
    Redactor::for_comparison().redacted(&named) != named
}

/// A value with all that is above it on a path.
fn placed(path: &[String], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |below, part| {
        if part == "-" || index(part).is_some() {
            array([below])
        } else {
            object([(part.as_str(), below)])
        }
    })
}

/// All that looks like one, in an order of its own: where items stand in lists does not matter.
fn credentials(object: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    masked(
        object,
        &Redactor::for_comparison().redacted(object),
        "",
        &mut found,
    );
    variables(object, "", &mut found);
    found.sort();
    found
}

/// Texts and numbers that are masked, and annotations that repeat whole objects.
fn masked(plain: &Value, safe: &Value, name: &str, found: &mut Vec<(String, Value)>) {
    match (plain, safe) {
        (Value::Object(_), Value::Object(_)) => {
            for (key, member) in plain.members().filter(|(key, _)| *key != "managedFields") {
                match safe.field(key) {
                    Some(safe) => masked(member, safe, key, found),
                    None if name == "annotations" => found.push((key.to_owned(), member.clone())),
                    None => {}
                }
            }
        }
        (Value::Array(_), Value::Array(_)) => {
            for (plain, safe) in plain.items().iter().zip(safe.items()) {
                masked(plain, safe, name, found);
            }
        }
        _ if plain != safe => found.push((name.to_owned(), plain.clone())),
        _ => {}
    }
}

/// Variables of containers that are named like one, and the Secrets that all variables are taken from.
fn variables(value: &Value, container: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(_) => {
            let container = value.text_at(&["name"]).unwrap_or(container);
            let named = value.items_at(&["env"]).iter();
            let named = named.filter(|one| one.text_at(&["name"]).is_some_and(is_credential));
            let from = value.items_at(&["envFrom"]).iter();
            let from = from.filter(|one| one.field("secretRef").is_some());
            found.extend(named.chain(from).map(|one| (container.to_owned(), one.clone())));
            for (_, member) in value.members() {
                variables(member, container, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| variables(item, container, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;

    #[test]
    fn a_copy_of_a_credential_is_one() {
        let value = |json: &str| Value::from_json_str(json).unwrap();
        let live = value(
            r#"{"kind": "Pod", "metadata": {"name": "p", "annotations": {"a": "b"}}, "spec": {"containers": [
                {"name": "c", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]}}"#,
        );
        let copied = |from: &str| {
            let deed = Deed {
                action: FixAction::KubernetesPatch,
                target: ResourceRef::kubernetes("v1", "Pod", Some("n"), "p"),
                data: value(&format!(
                    r#"[{{"op": "copy", "from": "{from}", "path": "/metadata/annotations/note"}}]"#
                )),
            };
            rewrites_credential(&deed, &live)
        };
        assert!(copied("/spec/containers/0/env/0/value"));
        assert!(copied("/spec/containers/0"));
        assert!(!copied("/metadata/annotations/a"));
    }
}
