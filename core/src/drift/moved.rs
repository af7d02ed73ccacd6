//! Which side moved: by the third one where there are three, by what was applied last, or by who wrote the field.

use super::managers::{Whose, whose};
use super::sides::prepared;
use crate::fields::{Compared, Writer, same};
use crate::findings::drift::Moved;
use crate::inventory::ResourceRef;
use crate::inventory::reference::ACCOUNT_API;
use crate::path::PathElement;
use crate::value::Value;

/// What was applied last, at the field.
pub(super) fn base(applied: &Value, one: &Compared) -> Value {
    one.path
        .get(&prepared(applied))
        .cloned()
        .unwrap_or(Value::Undefined)
}

/// Which side moved. `base`: what was applied last, where that is known.
pub(super) fn moved(
    one: &Compared,
    base: Option<&Value>,
    writer: Option<&Writer>,
    live: &Value,
    target: &ResourceRef,
) -> Moved {
    let name = one.path.0.iter().rev().find_map(|element| match element {
        PathElement::Key(key) => Some(key.as_str()),
        _ => None,
    });
    let same = |one: &Value, other: &Value| same("", name.unwrap_or_default(), one, other);
    let (said, itself) = match (&one.declared, &one.committed) {
        (Some(declared), Some(committed)) => {
            return match (
                same(declared, committed),
                same(declared, &one.live),
                same(committed, &one.live),
            ) {
                (true, ..) => Moved::Live,
                (_, true, _) => Moved::Git,
                (_, _, true) => Moved::Declaration,
                _ => Moved::Several,
            };
        }
        (Some(said), None) => (said, Moved::Declaration),
        (None, Some(said)) => (said, Moved::Git),
        // Nobody said anything, and somebody wrote it.
        (None, None) => return Moved::Live,
    };
    // The account keeps no record of who changed what.
    if target.api_version == ACCOUNT_API {
        return Moved::Unknown;
    }
    if let Some(base) = base {
        return match (same(base, said), same(base, &one.live)) {
            (true, _) => Moved::Live,
            (_, true) => itself,
            _ => Moved::Several,
        };
    }
    match writer.map(|writer| whose(writer, live)) {
        Some(Whose::Deliverer) => itself,
        Some(Whose::Machinery | Whose::Stranger) => Moved::Live,
        None => Moved::Unknown,
    }
}
