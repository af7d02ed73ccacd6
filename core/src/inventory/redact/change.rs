//! What becomes of a value. Deciding is apart from doing, so that what needs no change is never touched.

use crate::value::{Value, ValueExt};

/// What becomes of a value.
pub(super) enum Change {
    /// Another value stands in its place.
    Set(Value),
    /// Some members of a map change.
    Members(Vec<(Value, Change)>),
    /// Some items of a list change.
    Items(Vec<(usize, Change)>),
}

/// Carries a change out, in place.
pub(super) fn apply(value: &mut Value, change: Change) {
    match change {
        Change::Set(new) => *value = new,
        Change::Members(changes) => {
            let Ok(members) = value.as_object_mut() else {
                return;
            };
            for (key, change) in changes {
                if let Some(member) = members.get_mut(&key) {
                    apply(member, change);
                }
            }
        }
        Change::Items(changes) => {
            let Ok(items) = value.as_array_mut() else { return };
            for (index, change) in changes {
                if let Some(item) = items.get_mut(index) {
                    apply(item, change);
                }
            }
        }
    }
}

/// What `judge` changes of a map's members; `None` when nothing does, or this is no map.
pub(super) fn members(map: &Value, mut judge: impl FnMut(&str, &Value) -> Option<Change>) -> Option<Change> {
    let Value::Object(object) = map else { return None };
    let changes: Vec<_> = object
        .iter_sorted()
        .filter_map(|(key, value)| Some((key.clone(), judge(key.text().unwrap_or_default(), value)?)))
        .collect();
    (!changes.is_empty()).then_some(Change::Members(changes))
}

/// What `judge` changes of a list's items; `None` when nothing does, or this is no list.
pub(super) fn items(list: &Value, mut judge: impl FnMut(&Value) -> Option<Change>) -> Option<Change> {
    let changes: Vec<_> = list
        .items()
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, judge(item)?)))
        .collect();
    (!changes.is_empty()).then_some(Change::Items(changes))
}
