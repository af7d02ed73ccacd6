//! What somebody meant by an object: the part that its owner writes, without what the server and its controllers add.
//!
//! Two objects that mean the same are the same for preconditions and for undoing: a status that moved is no reason to stop.

use super::account;
use crate::inventory::reference::ACCOUNT_API;
use crate::inventory::snapshot::sha256;
use crate::value::patch::{Operation, difference, patched};
use crate::value::{Value, ValueExt, object_of};

/// Metadata that the server writes.
const OF_THE_SERVER: [&str; 6] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Annotations that controllers and clients keep for themselves.
const OF_CONTROLLERS: [&str; 2] = [
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// The object without its status and without what the server writes into its metadata. Empty labels and annotations are as
/// none. A row of the account that is marked as such is without what the API and DOKS change by themselves.
pub fn meaning(value: &Value) -> Value {
    if value.text_at(&["apiVersion"]) == Some(ACCOUNT_API) {
        return account::of_row(value);
    }
    without(value, |key, member| match key {
        "status" => None,
        "metadata" => Some(without(member, |key, member| match key {
            _ if OF_THE_SERVER.contains(&key) => None,
            "annotations" => filled(without(member, |key, member| {
                (!OF_CONTROLLERS.contains(&key)).then(|| member.clone())
            })),
            "labels" => filled(member.clone()),
            _ => Some(member.clone()),
        })),
        _ => Some(member.clone()),
    })
}

/// A digest of the meaning: of two objects that mean the same it is the same.
pub fn meaning_hash(value: &Value) -> String {
    let text = meaning(value).to_json_str().unwrap_or_default();
    sha256(text.as_bytes())
}

/// What makes one object mean what another means. Labels and annotations go one by one: among them are those that nobody meant.
pub fn inverse(after: &Value, before: &Value) -> Vec<Operation> {
    let (after, mut before) = (meaning(after), meaning(before));
    for list in ["annotations", "labels"] {
        let path = ["metadata", list];
        if after.at(&path).is_some() && before.at(&path).is_none() {
            let none = Operation::add(path.map(str::to_owned).to_vec(), Value::new_object());
            before = patched(&before, &[none]).unwrap_or(before);
        }
    }
    difference(&after, &before)
}

fn filled(value: Value) -> Option<Value> {
    let empty = value.members().next().is_none();
    (!empty).then_some(value)
}

fn without(value: &Value, keep: impl Fn(&str, &Value) -> Option<Value>) -> Value {
    if value.as_object().is_err() {
        return value.clone();
    }
    let kept = value
        .members()
        .filter_map(|(key, member)| Some((Value::from(key), keep(key, member)?)));
    object_of(kept)
}
