//! What other managers applied, and a step would take over: the server's record of who set which field, held against what the
//! step changes.
//!
//! Only server-side apply is a reason to leave it. Who applies a field says that it is to have this value, and says so again the next time;
//! what somebody once wrote otherwise is nobody's wish. Fields are told apart as the server does: members by name, items of
//! keyed lists by their keys, of sets by their value, and what is replaced as a whole by all of it. So it does not matter by
//! which operations a patch goes about it, nor at which index an item stands.

use crate::fields::managed::{BEING_THERE, stepped};
use crate::plan::{Deed, MANAGER};
use crate::value::{Value, ValueExt};

/// Maps that belong to several managers, member by member, even where one of them applied an empty one.
const SHARED: [&[&str]; 2] = [&["f:metadata", "f:annotations"], &["f:metadata", "f:labels"]];

/// Who applied something that the deed changes in this object, and what: `None` when nobody did. What a deed creates or deletes
/// is no field of somebody's.
pub(super) fn taken_over(deed: &Deed, live: &Value) -> Option<String> {
    let after = deed.done_to(Some(live)).ok().flatten()?;
    let entries = live.items_at(&["metadata", "managedFields"]).iter();
    let applied = entries.filter(|entry| {
        entry.text_at(&["operation"]) == Some("Apply") && entry.text_at(&["manager"]) != Some(MANAGER)
    });
    let fields = applied.filter_map(|entry| {
        let fields = entry
            .field("fieldsV1")
            .filter(|fields| fields.members().next().is_some())?;
        let field = changed(fields, Some(live), Some(&after), &mut Vec::new())?;
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

/// What must be known of labels and annotations that are set where somebody wrote another value without applying it.
pub(super) fn cautions(deed: &Deed, live: &Value) -> Vec<String> {
    let overwritten = deed.overwritten(live);
    let told = overwritten.iter().filter_map(|(key, writers)| {
        let mut names: Vec<&str> = writers.iter().map(|one| one.manager.as_str()).collect();
        names.retain(|name| *name != MANAGER);
        names.dedup();
        (!names.is_empty())
            .then(|| format!("{} wrote another {key}, and may do so again", names.join(" and ")))
    });
    told.collect()
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
