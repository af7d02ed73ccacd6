//! Which key of a chart's values makes a field what it should be. Templates are programs, so nobody can tell beforehand:
//! likely keys are listed, the likeliest first, and rendering decides.

use crate::value::patch::{self, Operation, OperationKind};
use crate::value::{Value, ValueExt, object};
use std::collections::BTreeMap;

/// A key of the values and what it would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The keys on the way.
    pub path: Vec<String>,
    /// What it would hold.
    pub value: Value,
}

/// A member that stands in for whatever the values name it: a text this short is in everything.
const SHORTEST: usize = 2;

/// The keys that could make of `before` what the operations make of it. `values` are all values of the chart, one over the
/// other. None for a patch of more than one change: it would take more than one key.
pub fn candidates(operations: &[Operation], before: &Value, values: &Value) -> Vec<Candidate> {
    let [operation] = operations else {
        return Vec::new();
    };
    let mut found: Vec<(u8, Candidate)> = Vec::new();
    let keys = words(&operation.path);
    let mut leaves = Vec::new();
    walk(values, &mut Vec::new(), &mut leaves);
    let old = patch::find(before, &operation.path);
    for (path, value) in leaves {
        let rank = rank(&path, &keys);
        for value in became(operation, old, before, value) {
            found.push((
                rank,
                Candidate {
                    path: path.clone(),
                    value,
                },
            ));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// What a value of the chart would have to be, if the field came from it.
fn became(operation: &Operation, old: Option<&Value>, before: &Value, value: &Value) -> Vec<Value> {
    let Some(new) = &operation.value else {
        // Taking away: what is the same, or holds it.
        return match (operation.kind, operation.path.last(), value) {
            (OperationKind::Remove, Some(last), Value::Object(_))
                if value.field(last).is_some() && value.field(last) == old =>
            {
                let kept = value.members().filter(|(key, _)| key != last);
                vec![object(kept.map(|(key, member)| (key, member.clone())))]
            }
            _ => Vec::new(),
        };
    };
    let mut results = Vec::new();
    match (old, value) {
        (Some(old), value) if old == value => results.push(new.clone()),
        (Some(Value::String(old)), Value::String(part)) => {
            if let Some(new) = new.text() {
                results.extend(replaced(old, new, part).map(Value::from));
            }
        }
        // Nothing yet: whatever is empty may be what fills it.
        (None, Value::Null) => results.push(new.clone()),
        (None, Value::String(text)) if text.is_empty() => results.push(new.clone()),
        _ => {}
    }
    // A mapping that lands where the member is to be added.
    if let (OperationKind::Add, Some((last, above)), Value::Object(_)) =
        (operation.kind, operation.path.split_last(), value)
    {
        let there = patch::find(before, above);
        let fits = value
            .members()
            .all(|(key, member)| there.and_then(|there| there.field(key)) == Some(member));
        if fits {
            let members = value.members().map(|(key, member)| (key, member.clone()));
            results.push(object(members.chain([(last.as_str(), new.clone())])));
            // Mappings of mappings, where the parent is to be added as well.
            if new.members().next().is_some() {
                let members = value.members().map(|(key, member)| (key, member.clone()));
                let more = new.members().map(|(key, member)| (key, member.clone()));
                results.push(object(members.chain(more)));
            }
        }
    }
    results
}

/// What a part of the old text has to become so that the whole becomes the new one; once for each place where it stands.
fn replaced<'t>(old: &str, new: &'t str, part: &str) -> Option<&'t str> {
    if part.len() < SHORTEST {
        return None;
    }
    old.match_indices(part).find_map(|(at, _)| {
        let (lead, rest) = (old.get(..at)?, old.get(at + part.len()..)?);
        let inner = new.strip_prefix(lead)?.strip_suffix(rest)?;
        (!inner.is_empty() && inner != part).then_some(inner)
    })
}

/// Everything in the values that could be one: scalars and mappings, with their keys. Lists are left: a key cannot name their
/// elements.
fn walk<'v>(value: &'v Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'v Value)>) {
    if !path.is_empty() {
        found.push((path.clone(), value));
    }
    for (key, member) in value.members() {
        path.push(key.to_owned());
        walk(member, path, found);
        path.pop();
    }
}

fn words(path: &[String]) -> Vec<String> {
    path.iter().map(|part| part.to_lowercase()).collect()
}

/// Fewer is likelier: keys that are called as the field is.
fn rank(path: &[String], field: &[String]) -> u8 {
    let last = path.last().map(|key| key.to_lowercase()).unwrap_or_default();
    let named = field
        .iter()
        .rev()
        .take(2)
        .any(|part| *part == last || last.ends_with(part.as_str()) && !part.is_empty());
    let near = path.iter().any(|key| field.contains(&key.to_lowercase()));
    match (named, near) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        _ => 3,
    }
}

/// The operation that sets a key in one file of values, making the mappings on the way.
pub fn set(file: &Value, candidate: &Candidate) -> Operation {
    let mut depth = 0;
    let mut here = file;
    while let Some(member) = candidate.path.get(depth).and_then(|key| here.field(key)) {
        if depth + 1 == candidate.path.len() || member.as_object().is_err() {
            break;
        }
        here = member;
        depth += 1;
    }
    let (above, below) = candidate.path.split_at((depth + 1).min(candidate.path.len()));
    let value = below.iter().rev().fold(candidate.value.clone(), |value, key| {
        object([(key.as_str(), value)])
    });
    Operation::add(above.to_vec(), value)
}

/// Values over values, as Helm lays them: mappings member by member, everything else whole.
pub fn laid_over(below: &Value, above: &Value) -> Value {
    if below.as_object().is_err() || above.as_object().is_err() {
        return above.clone();
    }
    let mut members: BTreeMap<&str, Value> =
        below.members().map(|(key, value)| (key, value.clone())).collect();
    for (key, value) in above.members() {
        let under = members.remove(key).unwrap_or(Value::Null);
        members.insert(key, laid_over(&under, value));
    }
    object(members)
}
