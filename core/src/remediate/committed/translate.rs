//! A patch of the running object as a patch of the same object as it stands in Git: without the server's defaults, and with
//! lists in which others put nothing.

use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::patch::{self, Operation, OperationKind, pointer};
use crate::value::{Value, ValueExt, object};

/// Why a patch of the running object means nothing for the one in Git.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Differs {
    /// Git says already what is wanted.
    #[error("Git has it as it should be: the application has to be synced")]
    Synced,
    /// What is to be changed is not what Git says.
    #[error("what runs is not what Git says at {0}: the application has to be synced first")]
    Drifted(String),
    /// Something else puts it there.
    #[error("{0} does not stand in Git: something else adds it")]
    Added(String),
    /// There is no such place.
    #[error("{0}")]
    NoPlace(String),
}

/// What two states of an object are to one another: what a place that the second does not have says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What runs, and Git, from which it comes: something else has put there what Git does not have.
    ToGit,
    /// A manifest, and what is rendered of it: a patch has taken away what is not rendered.
    ToRendered,
}

/// Members by which elements of lists are told apart: containers, variables, ports and paths of Ingresses, in this order.
pub(super) const KEYS: [&str; 6] = ["name", "host", "containerPort", "port", "path", "mountPath"];

/// What a deed for the running object changes in the object as Git has it; or one for a manifest in what is rendered of it.
///
/// # Errors
///
/// Why there is nothing to be changed in Git.
pub fn changes(deed: &Deed, live: &Value, committed: &Value, way: Way) -> Result<Vec<Operation>, Differs> {
    match deed.action {
        FixAction::KubernetesPatch => {
            let operations = deed.operations().map_err(Differs::NoPlace)?;
            translate(&operations, live, committed, way)
        }
        FixAction::KubernetesLabel | FixAction::KubernetesAnnotate => {
            let after = deed.done_to(Some(committed)).map_err(Differs::NoPlace)?;
            let changes = patch::difference(committed, &after.unwrap_or(Value::Null));
            if changes.is_empty() {
                return Err(Differs::Synced);
            }
            Ok(changes)
        }
        _ => Err(Differs::NoPlace(
            "what goes from Git, only a person takes away".to_owned(),
        )),
    }
}

/// The same changes for the object as Git has it. `live` is what the patch was made for.
pub fn translate(
    operations: &[Operation],
    live: &Value,
    committed: &Value,
    way: Way,
) -> Result<Vec<Operation>, Differs> {
    let (mut live, mut now) = (live.clone(), committed.clone());
    let mut translated = Vec::new();
    for operation in operations {
        for own in one(operation, &live, &now, way)? {
            patch::apply(&mut now, &own).map_err(Differs::NoPlace)?;
            translated.push(own);
        }
        patch::apply(&mut live, operation).map_err(Differs::NoPlace)?;
    }
    if now == *committed {
        return Err(Differs::Synced);
    }
    Ok(translated)
}

fn one(operation: &Operation, live: &Value, committed: &Value, way: Way) -> Result<Vec<Operation>, Differs> {
    let place = || pointer(&operation.path);
    let (Some((last, above)), Some(value)) = (operation.path.split_last(), operation.value.as_ref()) else {
        return match (operation.kind, operation.path.split_last()) {
            (OperationKind::Remove, Some((last, above))) => removed(last, above, live, committed, way),
            _ => Err(Differs::NoPlace(format!("{} is changed as a whole", place()))),
        };
    };
    if operation.kind == OperationKind::Test {
        // What is tested of the running object is compared below, where it matters.
        return Ok(Vec::new());
    }
    let Found { path, missing } = found(above, live, committed)?;
    if !missing.is_empty() {
        // The server's defaults hold what Git leaves unsaid: it is said from here on.
        let mut nested = object([(last.as_str(), value.clone())]);
        let (first, rest) = missing.split_first().ok_or_else(|| Differs::NoPlace(place()))?;
        for key in rest.iter().rev() {
            nested = object([(key.as_str(), nested)]);
        }
        let at = path.into_iter().chain([first.clone()]).collect();
        return Ok(vec![Operation::add(at, nested)]);
    }
    let parent = patch::find(committed, &path).ok_or_else(|| Differs::NoPlace(place()))?;
    let lived = patch::find(live, above).ok_or_else(|| Differs::NoPlace(place()))?;
    if parent.as_array().is_ok() {
        return in_list(operation, last, value, path, parent, lived);
    }
    let at = |path: Vec<String>| path.into_iter().chain([last.clone()]).collect::<Vec<_>>();
    match (parent.field(last), lived.field(last)) {
        (Some(own), _) if own == value => Ok(Vec::new()),
        (Some(own), Some(there)) if !within(own, there) => Err(Differs::Drifted(place())),
        // Somebody took it away from what runs: Git still has it.
        (Some(_), None) => Err(Differs::Drifted(place())),
        (Some(_), Some(_)) => Ok(vec![Operation {
            kind: OperationKind::Replace,
            path: at(path),
            from: None,
            value: Some(value.clone()),
        }]),
        (None, _) => Ok(vec![Operation::add(at(path), value.clone())]),
    }
}

fn in_list(
    operation: &Operation,
    last: &str,
    value: &Value,
    mut path: Vec<String>,
    parent: &Value,
    lived: &Value,
) -> Result<Vec<Operation>, Differs> {
    let place = || pointer(&operation.path);
    if operation.kind == OperationKind::Add {
        if parent.items().contains(value) {
            return Ok(Vec::new());
        }
        // Where exactly does not matter to lists that differ: others may have put something in.
        let index = patch::index(last).filter(|_| lived.items().len() == parent.items().len());
        path.push(index.map_or_else(|| "-".to_owned(), |index| index.to_string()));
        return Ok(vec![Operation::add(path, value.clone())]);
    }
    let same_place = patch::index(last).filter(|_| lived.items().len() == parent.items().len());
    if same_place.and_then(|index| parent.items().get(index)) == Some(value) {
        return Ok(Vec::new());
    }
    let (index, there) = element(last, parent, lived).ok_or_else(|| Differs::Added(place()))?;
    let own = parent.items().get(index).ok_or_else(|| Differs::Added(place()))?;
    if own == value {
        return Ok(Vec::new());
    }
    if !within(own, there) {
        return Err(Differs::Drifted(place()));
    }
    path.push(index.to_string());
    Ok(vec![Operation {
        kind: OperationKind::Replace,
        path,
        from: None,
        value: Some(value.clone()),
    }])
}

fn removed(
    last: &str,
    above: &[String],
    live: &Value,
    committed: &Value,
    way: Way,
) -> Result<Vec<Operation>, Differs> {
    let place = || {
        let whole: Vec<String> = above.iter().cloned().chain([last.to_owned()]).collect();
        pointer(&whole)
    };
    let Found { mut path, missing } = found(above, live, committed)?;
    let not_there = || match way {
        Way::ToGit => Err(Differs::Added(place())),
        Way::ToRendered => Ok(Vec::new()),
    };
    if !missing.is_empty() {
        return not_there();
    }
    let parent = patch::find(committed, &path).ok_or_else(|| Differs::NoPlace(place()))?;
    let lived = patch::find(live, above).ok_or_else(|| Differs::NoPlace(place()))?;
    if parent.as_array().is_ok() {
        match element(last, parent, lived) {
            Some((index, _)) => path.push(index.to_string()),
            None if may_be_among(last, parent, lived) => return Err(Differs::Added(place())),
            None => return not_there(),
        }
    } else if parent.field(last).is_none() {
        return not_there();
    } else {
        path.push(last.to_owned());
    }
    let kind = OperationKind::Remove;
    Ok(vec![Operation {
        kind,
        path,
        from: None,
        value: None,
    }])
}

/// Whether an element of the running object that was not found in a list of Git could still be one of that list's.
fn may_be_among(part: &str, own: &Value, live: &Value) -> bool {
    let Some(there) = patch::index(part).and_then(|index| live.items().get(index)) else {
        return true;
    };
    own.items().iter().any(|item| {
        let mut named = KEYS
            .iter()
            .filter_map(|key| there.field(key).zip(item.field(key)));
        let same_name = named.next().is_some_and(|(there, own)| there == own);
        same_name || within(item, there) || within(there, item)
    })
}

/// Where a place of the running object is in Git.
struct Found {
    /// As far as it goes.
    path: Vec<String>,
    /// Members that Git does not have.
    missing: Vec<String>,
}

fn found(parts: &[String], live: &Value, committed: &Value) -> Result<Found, Differs> {
    let (mut there, mut own) = (live, Some(committed));
    let mut found = Found {
        path: Vec::new(),
        missing: Vec::new(),
    };
    for (depth, part) in parts.iter().enumerate() {
        let place = || pointer(parts.get(..=depth).unwrap_or(parts));
        let next = patch::find(there, std::slice::from_ref(part)).ok_or_else(|| Differs::NoPlace(place()))?;
        match own {
            Some(list) if list.as_array().is_ok() => {
                let (index, _) = element(part, list, there).ok_or_else(|| Differs::Added(place()))?;
                own = list.items().get(index);
                found.path.push(index.to_string());
            }
            Some(value) => match value.field(part) {
                Some(member) => {
                    own = Some(member);
                    found.path.push(part.clone());
                }
                None if there.as_array().is_ok() => return Err(Differs::Added(place())),
                None => {
                    own = None;
                    found.missing.push(part.clone());
                }
            },
            None if there.as_array().is_ok() => return Err(Differs::Added(place())),
            None => found.missing.push(part.clone()),
        }
        there = next;
    }
    Ok(found)
}

/// The element of the list in Git that is the one at this index of the running object's, and that one.
fn element<'l>(part: &str, own: &Value, live: &'l Value) -> Option<(usize, &'l Value)> {
    let index = patch::index(part)?;
    let there = live.items().get(index)?;
    for key in KEYS {
        let Some(name) = there.field(key) else { continue };
        let mut same = own
            .items()
            .iter()
            .enumerate()
            .filter(|(_, item)| item.field(key) == Some(name));
        return match (same.next(), same.next()) {
            (Some((found, _)), None) => Some((found, there)),
            // Told apart by more than this.
            (Some(_), Some(_)) => by_place(index, own, live, there),
            _ => None,
        };
    }
    by_place(index, own, live, there)
}

fn by_place<'l>(index: usize, own: &Value, live: &Value, there: &'l Value) -> Option<(usize, &'l Value)> {
    let alike = own.items().len() == live.items().len();
    let item = own.items().get(index)?;
    (alike && within(item, there)).then_some((index, there))
}

/// Whether everything that Git says is so in what runs, which may have more: defaults.
fn within(own: &Value, live: &Value) -> bool {
    match (own, live) {
        (Value::Object(_), Value::Object(_)) => own
            .members()
            .all(|(key, member)| live.field(key).is_some_and(|there| within(member, there))),
        (Value::Array(own), Value::Array(live)) => {
            own.len() == live.len() && own.iter().zip(live.iter()).all(|(own, live)| within(own, live))
        }
        _ => own == live,
    }
}

/// Whether rendering shows that the one object became what was wanted, and nothing else changed. Both are lists of objects in
/// the order in which they were rendered; `index` is the target's.
pub fn rendered_as(before: &[Value], after: &[Value], index: usize, wanted: &Value) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).enumerate().all(|(at, (before, after))| {
            if at == index {
                after == wanted
            } else {
                after == before
            }
        })
}
