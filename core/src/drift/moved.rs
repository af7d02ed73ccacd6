//! Which side moved: by the third one where there are three, by what was applied last, or by who wrote the field.

use super::managers::{Whose, whose};
use crate::fields::{Compared, Writer, agrees, corresponding};
use crate::findings::drift::Moved;
use crate::inventory::ResourceRef;
use crate::inventory::reference::ACCOUNT_API;
use crate::value::Value;

/// What was applied last, at the field; `None` where that cannot be told.
pub(super) fn base(applied: &Value, one: &Compared, live: &Value, target: &ResourceRef) -> Option<Value> {
    let base = corresponding(&target.kind, &one.path, live, applied)?;
    Some(base.into_owned())
}

/// Which side moved. `base`: what was applied last, where that is known.
pub(super) fn moved(
    one: &Compared,
    base: Option<&Value>,
    writer: Option<&Writer>,
    live: &Value,
    target: &ResourceRef,
) -> Moved {
    let is = |said: &Value, other: &Value| agrees(&target.kind, &one.path, said, other);
    // What is written by hand is written by the same people; what is live was completed by the server.
    let same = |one: &Value, other: &Value| is(one, other) && is(other, one);
    let (said, itself) = match (&one.declared, &one.committed) {
        (Some(declared), Some(committed)) => {
            return match (
                same(declared, committed),
                is(declared, &one.live),
                is(committed, &one.live),
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
        return match (same(base, said), is(base, &one.live)) {
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
