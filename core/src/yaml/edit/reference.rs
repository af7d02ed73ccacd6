//! RFC 6902 on values: what an edit must come to.

use super::{Change, ChangeKind};
use crate::value::{Value, ValueExt, array};

/// The value after the operations, strictly by RFC 6902: `replace`, `remove` and `test` need an existing target, `add`
/// an existing parent. The one liberty: a null parent counts as an empty object (as an empty array for `-`), because
/// `labels:` without a value is how YAML files leave a place for members. The error is a reason without values.
pub fn reference(value: &Value, changes: &[Change]) -> Result<Value, String> {
    let mut value = value.clone();
    for change in changes {
        apply(&mut value, change)?;
    }
    Ok(value)
}

/// Does one operation.
pub(super) fn apply(root: &mut Value, change: &Change) -> Result<(), String> {
    let shown = || pointer(&change.path);
    let Some((last, above)) = change.path.split_last() else {
        return whole(root, change);
    };
    match change.kind {
        ChangeKind::Test => {
            let found = find(root, &change.path).ok_or_else(|| format!("{} does not exist", shown()))?;
            return equal(found, change);
        }
        ChangeKind::Remove if change.value.is_some() => {
            return Err(format!("a removal of {} brings a value", shown()));
        }
        _ => {}
    }
    let mut parent = root;
    for segment in above {
        parent = step(parent, segment).ok_or_else(|| format!("the parent of {} does not exist", shown()))?;
    }
    if change.kind == ChangeKind::Add && *parent == Value::Null {
        *parent = if last == "-" {
            Value::new_array()
        } else {
            Value::new_object()
        };
    }
    match change.kind {
        ChangeKind::Add => add(parent, last, given(change)?),
        ChangeKind::Replace => {
            let value = given(change)?;
            step(parent, last).map(|target| *target = value)
        }
        ChangeKind::Remove => remove(parent, last),
        ChangeKind::Test => Some(()),
    }
    .ok_or_else(|| match change.kind {
        ChangeKind::Add => format!("there is no place for {}", shown()),
        _ => format!("{} does not exist", shown()),
    })
}

/// An operation on the root.
fn whole(root: &mut Value, change: &Change) -> Result<(), String> {
    match change.kind {
        ChangeKind::Add | ChangeKind::Replace => *root = given(change)?,
        ChangeKind::Test => return equal(root, change),
        ChangeKind::Remove => return Err("a whole document cannot be removed".to_owned()),
    }
    Ok(())
}

fn given(change: &Change) -> Result<Value, String> {
    let value = change
        .value
        .clone()
        .ok_or_else(|| format!("the operation on {} brings no value", pointer(&change.path)))?;
    if sayable(&value) {
        Ok(value)
    } else {
        Err(format!(
            "the value for {} is none that JSON knows",
            pointer(&change.path)
        ))
    }
}

fn equal(found: &Value, change: &Change) -> Result<(), String> {
    if change.value.as_ref() == Some(found) {
        Ok(())
    } else {
        Err(format!("the test of {} failed", pointer(&change.path)))
    }
}

fn add(parent: &mut Value, segment: &str, value: Value) -> Option<()> {
    match parent {
        Value::Object(_) => {
            parent.as_object_mut().ok()?.insert(Value::from(segment), value);
        }
        Value::Array(_) => {
            let mut items = parent.items().to_vec();
            let at = if segment == "-" {
                items.len()
            } else {
                index(segment)?
            };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
            *parent = array(items);
        }
        _ => return None,
    }
    Some(())
}

fn remove(parent: &mut Value, segment: &str) -> Option<()> {
    match parent {
        Value::Object(_) => {
            let key = Value::from(segment);
            let members = parent.as_object_mut().ok()?;
            members.remove(&key).map(|_| ())
        }
        Value::Array(_) => {
            let mut items = parent.items().to_vec();
            let at = index(segment).filter(|at| *at < items.len())?;
            items.remove(at);
            *parent = array(items);
            Some(())
        }
        _ => None,
    }
}

fn step<'v>(value: &'v mut Value, segment: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(_) => value.as_object_mut().ok()?.get_mut(&Value::from(segment)),
        Value::Array(_) => value.as_array_mut().ok()?.get_mut(index(segment)?),
        _ => None,
    }
}

/// The value at a path of segments.
pub(super) fn find<'v>(root: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(root, |value, segment| match value {
        Value::Object(members) => members.get(&Value::from(segment.as_str())),
        Value::Array(items) => items.get(index(segment)?),
        _ => None,
    })
}

/// An array index as RFC 6901 writes it: digits without leading zeros.
pub(super) fn index(segment: &str) -> Option<usize> {
    let digits = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let plain = segment == "0" || !segment.starts_with('0');
    (digits && plain).then(|| segment.parse().ok()).flatten()
}

/// Whether JSON can say a value: no sets, nothing undefined, only text keys.
fn sayable(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => items.iter().all(sayable),
        Value::Object(members) => {
            let said = |(key, member): (&Value, &Value)| matches!(key, Value::String(_)) && sayable(member);
            members.iter().all(said)
        }
        Value::Set(_) | Value::Undefined => false,
    }
}

fn pointer(path: &[String]) -> String {
    let segments = path
        .iter()
        .map(|segment| segment.replace('~', "~0").replace('/', "~1"));
    segments.fold(String::new(), |pointer, segment| pointer + "/" + &segment)
}
