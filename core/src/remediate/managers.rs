//! What other managers applied, and a step would take over: the server's record of who set which field, held against what the
//! step changes.
//!
//! Only applying is a reason to leave it, by the server or by `kubectl apply` of a file. Who applies a field says that it is to have this
//! value, and says so again the next time; what somebody once wrote otherwise is nobody's wish. Fields are told apart as the server does: members by name, items of
//! keyed lists by their keys, of sets by their value, and what is replaced as a whole by all of it. So it does not matter by
//! which operations a patch goes about it, nor at which index an item stands.

use super::in_file::in_file;
use crate::fields::managed::{BEING_THERE, Writer, entries, stepped, writers};
use crate::path::{FieldPath, PathElement};
use crate::plan::{Deed, MANAGER};
use crate::value::patch;
use crate::value::{Value, ValueExt};

/// Maps that belong to several managers, member by member, even where one of them applied an empty one.
const SHARED: [&[&str]; 2] = [&["f:metadata", "f:annotations"], &["f:metadata", "f:labels"]];

/// Who applied something that the deed changes in this object, and what: `None` when nobody did. What a deed creates or deletes
/// is no field of somebody's.
pub(super) fn taken_over(deed: &Deed, live: &Value) -> Option<String> {
    let after = changed_by(deed, live)?;
    let all: Vec<String> = on_the_server(live, &after)
        .into_iter()
        .chain(in_file(live, &after))
        .collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The object as the deed says it: that a list of marks goes once nothing is in it is nobody's doing.
fn changed_by(deed: &Deed, live: &Value) -> Option<Value> {
    let operations = deed.operations().ok()?;
    if operations.is_empty() {
        return deed.done_to(Some(live)).ok().flatten();
    }
    patch::patched(live, &operations).ok()
}

/// The same of server-side apply alone.
pub(super) fn applied_on_the_server(deed: &Deed, live: &Value) -> Option<String> {
    on_the_server(live, &changed_by(deed, live)?)
}

fn on_the_server(live: &Value, after: &Value) -> Option<String> {
    let entries = live.items_at(&["metadata", "managedFields"]).iter();
    let applied = entries.filter(|entry| {
        entry.text_at(&["operation"]) == Some("Apply") && entry.text_at(&["manager"]) != Some(MANAGER)
    });
    let fields = applied.filter_map(|entry| {
        let fields = entry
            .field("fieldsV1")
            .filter(|fields| fields.members().next().is_some())?;
        let field = changed(fields, Some(live), Some(after), &mut Vec::new())?;
        Some((field, entry.text_at(&["manager"]).unwrap_or("another manager")))
    });
    // Several may have applied one field: it is changed with all of them.
    let mut by_field: Vec<(String, Vec<&str>)> = Vec::new();
    for (field, manager) in fields {
        match by_field.iter_mut().find(|(other, _)| *other == field) {
            Some((_, managers)) if managers.contains(&manager) => {}
            Some((_, managers)) => managers.push(manager),
            None => by_field.push((field, vec![manager])),
        }
    }
    // The server keeps them by time, which is the same for those of one second.
    for (_, managers) in &mut by_field {
        managers.sort_unstable();
    }
    let told: Vec<String> = by_field
        .iter()
        .map(|(field, managers)| format!("{} applied {field}", managers.join(" and ")))
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "{} (server-side apply), which is not taken over: change it there",
            told.join(", ")
        )
    })
}

/// What must be known where somebody wrote another value without applying it: of labels and annotations that are set, and of all
/// that is set back to what is declared.
pub(super) fn cautions(deed: &Deed, live: &Value, sets_back: bool) -> Vec<String> {
    let mut overwritten = deed.overwritten(live);
    if sets_back {
        overwritten.extend(written(deed, live));
    }
    let unrecorded = entries(live).next().is_none();
    let told = overwritten.into_iter().filter_map(|(field, writers)| {
        let others = writers.iter().filter(|one| one.manager != MANAGER);
        let mut names: Vec<String> = others
            .map(|one| format!("{} ({})", one.manager, one.operation))
            .collect();
        names.dedup();
        if unrecorded {
            let unknown = "somebody wrote another";
            return Some(format!(
                "{unknown} {field}; the server has no record of who writes to this object"
            ));
        }
        (!names.is_empty()).then(|| {
            format!(
                "{} wrote another {field}, and may do so again",
                names.join(" and ")
            )
        })
    });
    told.collect()
}

/// What a patch changes or takes away, and who wrote it as it is. Of what is gone nothing is recorded.
fn written(deed: &Deed, live: &Value) -> Vec<(String, Vec<Writer>)> {
    let operations = deed.operations().unwrap_or_default();
    let changed = operations.iter().filter_map(|one| {
        let now = patch::find(live, &one.path)?;
        (one.value.as_ref() != Some(now)).then(|| {
            let keys = one.path.iter().cloned().map(PathElement::Key).collect();
            let path = FieldPath(keys);
            (path.to_string(), writers(live, &path))
        })
    });
    changed.collect()
}

/// The first of these fields, in words, that is not the same before and after.
fn changed(
    fields: &Value,
    before: Option<&Value>,
    after: Option<&Value>,
    path: &mut Vec<String>,
) -> Option<String> {
    if fields.members().next().is_none() {
        let shared = SHARED.iter().any(|shared| path == shared);
        let same = if shared {
            before.is_some() == after.is_some()
        } else {
            before == after
        };
        return (!same).then(|| words(path));
    }
    fields.members().find_map(|(step, below)| {
        if step == BEING_THERE {
            return (before.is_some() != after.is_some()).then(|| words(path));
        }
        let (before, after) = (
            before.and_then(|value| stepped(value, step)),
            after.and_then(|value| stepped(value, step)),
        );
        path.push(step.to_owned());
        let found = changed(below, before, after, path);
        path.pop();
        found
    })
}

/// `spec.template.spec.containers[name=web].image`.
fn words(path: &[String]) -> String {
    let step = |(number, step): (usize, &String)| match step.split_once(':') {
        Some(("f", name)) if name.contains(['.', '/']) => format!("[{name}]"),
        Some(("f", name)) if number == 0 => name.to_owned(),
        Some(("f", name)) => format!(".{name}"),
        Some(("k", keys)) => {
            let keys = Value::from_json_str(keys).unwrap_or(Value::Null);
            let each = keys.members().map(|(key, value)| {
                let value = value.text().map_or_else(|| value.to_string(), ToOwned::to_owned);
                format!("{key}={value}")
            });
            format!("[{}]", each.collect::<Vec<_>>().join(","))
        }
        Some((_, value)) => format!("[{value}]"),
        None => String::new(),
    };
    if path.is_empty() {
        return "all of it".to_owned();
    }
    path.iter().enumerate().map(step).collect::<Vec<_>>().concat()
}
