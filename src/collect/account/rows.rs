//! Rows with what the answer does not say, and the units that carry them.

use envcheck_core::inventory::{Gap, GapSubject, Loaded, Origin};
use envcheck_core::value::{Value, ValueExt, object};

/// A collection as policies name it: `digitalocean.load_balancers`.
pub(super) fn full(collection: &str) -> String {
    format!("digitalocean.{collection}")
}

/// A row with members that it lacks. What the API itself says is not replaced.
pub(super) fn with(row: &Value, added: &[(&str, Value)]) -> Value {
    let own = row.members().map(|(key, value)| (key, value.clone()));
    let lacking = added.iter().filter(|(key, _)| row.field(key).is_none());
    object(own.chain(lacking.map(|(key, value)| (*key, value.clone()))))
}

/// What one page of a collection holds.
pub(super) fn page(collection: &str, rows: Vec<Value>, last: bool) -> Loaded {
    let name = full(collection);
    Loaded {
        collections: rows
            .into_iter()
            .map(|row| (name.clone(), row, Origin::Live))
            .collect(),
        read_collections: last.then_some(name).into_iter().collect(),
        ..Loaded::default()
    }
}

/// A collection that was not read to its end.
pub(super) fn gap(collection: &str, reason: &str, detail: String) -> Loaded {
    Loaded {
        gaps: vec![Gap {
            subject: GapSubject::Collection(full(collection)),
            reason: reason.to_owned(),
            detail,
        }],
        ..Loaded::default()
    }
}
