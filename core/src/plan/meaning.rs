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

/// Lists in the metadata that somebody writes, one by one.
const MARKS: [&str; 2] = ["annotations", "labels"];

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

/// What makes one object mean what another means. Labels and annotations go one by one where any are there: among them are those that
/// nobody meant.
pub fn inverse(after: &Value, before: &Value) -> Vec<Operation> {
    let there = |list: &str| {
        let marks = after.at(&["metadata", list]);
        marks.is_some_and(|marks| marks.members().next().is_some())
    };
    one_by_one(after, before, there)
}

/// Whether an inverse says the same of what is shown of two objects: no value of it is another there.
pub fn inverse_is_shown(after: &Value, before: &Value, shown_after: &Value, shown_before: &Value) -> bool {
    // What is left out of what is shown may be all that was in a list.
    one_by_one(after, before, |_| true) == one_by_one(shown_after, shown_before, |_| true)
}

fn one_by_one(after: &Value, before: &Value, there: impl Fn(&str) -> bool) -> Vec<Operation> {
    let (mut after, mut before) = (meaning(after), meaning(before));
    for list in MARKS.into_iter().filter(|list| there(list)) {
        let path = ["metadata", list];
        for side in [&mut after, &mut before] {
            if side.at(&path).is_none() {
                let none = Operation::add(path.map(str::to_owned).to_vec(), Value::new_object());
                *side = patched(side, &[none]).unwrap_or_else(|_| side.clone());
            }
        }
    }
    difference(&after, &before)
}

/// An object without the lists of labels and annotations that a change has emptied: the server keeps no empty ones, and nobody
/// writes them.
pub(crate) fn without_emptied(before: &Value, mut after: Value) -> Value {
    for list in emptied(before, &after) {
        let remove = Operation::remove(["metadata", list].map(str::to_owned).to_vec());
        after = patched(&after, &[remove]).unwrap_or(after);
    }
    after
}

/// The lists of labels and annotations that were not empty before and are afterwards.
pub(crate) fn emptied(before: &Value, after: &Value) -> Vec<&'static str> {
    let members = |object: &Value, list: &str| {
        let marks = object.at(&["metadata", list])?;
        marks.as_object().is_ok().then(|| marks.members().count())
    };
    let mut lists = MARKS.to_vec();
    lists.retain(|list| members(before, list) > Some(0) && members(after, list) == Some(0));
    lists
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
