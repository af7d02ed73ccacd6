//! RFC 6902: patches of values, and the patch that leads from one value to another.

use super::{Value, ValueExt, array, object};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperationKind {
    /// Sets a member, or puts an item into a list.
    Add,
    /// Takes away what is there.
    Remove,
    /// Sets what is there already.
    Replace,
    /// Takes away from one place and adds at another.
    Move,
    /// Adds what stands at another place.
    Copy,
    /// Holds only where this is there.
    Test,
}

impl OperationKind {
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Add, "add"),
        (Self::Remove, "remove"),
        (Self::Replace, "replace"),
        (Self::Move, "move"),
        (Self::Copy, "copy"),
        (Self::Test, "test"),
    ];

    /// The word in patches.
    pub fn as_str(self) -> &'static str {
        let known = Self::NAMES.iter().find(|(kind, _)| *kind == self);
        known.map_or("", |(_, name)| name)
    }
}

/// One operation of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// Where: the members and indexes on the way, unescaped. Empty is the whole value.
    pub path: Vec<String>,
    /// From where, of `move` and `copy`.
    pub from: Option<Vec<String>>,
    /// What, of `add`, `replace` and `test`.
    pub value: Option<Value>,
}

impl Operation {
    fn new(kind: OperationKind, path: Vec<String>, value: Option<Value>) -> Self {
        Self {
            kind,
            path,
            from: None,
            value,
        }
    }

    /// Adds at a place.
    pub fn add(path: Vec<String>, value: Value) -> Self {
        Self::new(OperationKind::Add, path, Some(value))
    }

    /// Takes away what is at a place.
    pub fn remove(path: Vec<String>) -> Self {
        Self::new(OperationKind::Remove, path, None)
    }

    /// Holds only where this is there.
    pub fn test(path: Vec<String>, value: Value) -> Self {
        Self::new(OperationKind::Test, path, Some(value))
    }

    /// The places that it changes: none where it only looks, two where something moves.
    pub fn touched(&self) -> impl Iterator<Item = &[String]> + Clone {
        let changes = self.kind != OperationKind::Test;
        let from = self.from.as_deref();
        let from = from.filter(|_| self.kind == OperationKind::Move);
        std::iter::once(self.path.as_slice())
            .filter(move |_| changes)
            .chain(from)
    }

    /// Reads one as it is written in JSON.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let word = value.text_at(&["op"]).unwrap_or_default();
        let known = OperationKind::NAMES.iter().find(|(_, name)| *name == word);
        let (kind, _) = known.ok_or_else(|| format!("{word:?} is not an RFC 6902 operation"))?;
        let written = value.text_at(&["path"]).ok_or("a patch operation has no path")?;
        let path = segments(written)?;
        let from = value.text_at(&["from"]).map(segments).transpose()?;
        let given = value.field("value").cloned();
        match kind {
            OperationKind::Add | OperationKind::Replace | OperationKind::Test if given.is_none() => {
                return Err(format!("patch operation {word} at {written:?} has no value"));
            }
            OperationKind::Move | OperationKind::Copy if from.is_none() => {
                return Err(format!("patch operation {word} at {written:?} has no from"));
            }
            _ => {}
        }
        Ok(Self {
            kind: *kind,
            path,
            from,
            value: given,
        })
    }

    /// As it is written in JSON.
    pub fn to_value(&self) -> Value {
        let mut members = vec![
            ("op", Value::from(self.kind.as_str())),
            ("path", Value::from(pointer(&self.path))),
        ];
        members.extend(
            self.from
                .as_ref()
                .map(|from| ("from", Value::from(pointer(from)))),
        );
        members.extend(self.value.clone().map(|value| ("value", value)));
        object(members)
    }
}

/// Reads a whole patch.
pub fn operations(patch: &[Value]) -> Result<Vec<Operation>, String> {
    patch.iter().map(Operation::from_value).collect()
}

/// A patch as it is written in JSON.
pub fn to_value(operations: &[Operation]) -> Value {
    array(operations.iter().map(Operation::to_value))
}

fn segments(pointer: &str) -> Result<Vec<String>, String> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let rest = pointer
        .strip_prefix('/')
        .ok_or_else(|| format!("patch path {pointer:?} does not start with /"))?;
    Ok(rest
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect())
}

/// A path as RFC 6901 writes it.
pub fn pointer(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        text.push('/');
        text.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
    text
}

/// The value after all operations, in their order; nothing is done where one of them does not fit.
pub fn patched(value: &Value, operations: &[Operation]) -> Result<Value, String> {
    let mut value = value.clone();
    for operation in operations {
        apply(&mut value, operation)?;
    }
    Ok(value)
}

/// Does one operation. The error names places and no values, which may be secret.
pub fn apply(value: &mut Value, operation: &Operation) -> Result<(), String> {
    let path = &operation.path;
    let given = || {
        let value = operation.value.clone();
        value.ok_or_else(|| format!("the operation on {} brings no value", pointer(path)))
    };
    match operation.kind {
        OperationKind::Add => add(value, path, given()?),
        OperationKind::Remove => remove(value, path).map(|_| ()),
        OperationKind::Replace => {
            let given = given()?;
            let parent = path.split_last().map_or(&path[..], |(_, above)| above);
            if find(value, parent).is_none() {
                return Err(format!("the parent of {} does not exist", pointer(path)));
            }
            *find_mut(value, path).ok_or_else(|| missing(path))? = given;
            Ok(())
        }
        OperationKind::Test => match find(value, path) {
            None => Err(missing(path)),
            Some(found) if operation.value.as_ref() == Some(found) => Ok(()),
            Some(_) => Err(format!("the test of {} failed", pointer(path))),
        },
        OperationKind::Copy => {
            let from = operation.from.as_deref().unwrap_or_default();
            let copy = find(value, from).ok_or_else(|| missing(from))?.clone();
            add(value, path, copy)
        }
        OperationKind::Move => {
            let from = operation.from.as_deref().unwrap_or_default();
            if path.starts_with(from) && path.len() > from.len() {
                return Err(format!("{} cannot move into itself", pointer(from)));
            }
            let moved = remove(value, from)?;
            add(value, path, moved)
        }
    }
}

fn missing(path: &[String]) -> String {
    format!("{} does not exist", pointer(path))
}

fn no_place(path: &[String]) -> String {
    format!("there is no place for {}", pointer(path))
}

/// The value at a path.
pub fn find<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Array(items) => items.get(index(part)?),
        _ => value.field(part),
    })
}

/// The value at a path, to be changed.
pub fn find_mut<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Array(_) => value.as_array_mut().ok()?.get_mut(index(part)?),
        Value::Object(_) => value.as_object_mut().ok()?.get_mut(&Value::from(part.as_str())),
        _ => None,
    })
}

/// An array index as RFC 6901 writes it: digits without leading zeros.
pub fn index(part: &str) -> Option<usize> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = part == "0" || !part.starts_with('0');
    (digits && plain).then(|| part.parse().ok()).flatten()
}

/// What holds the place, and its last part.
fn parent<'v, 'p>(
    value: &'v mut Value,
    path: &'p [String],
) -> Result<Option<(&'v mut Value, &'p str)>, String> {
    let Some((last, above)) = path.split_last() else {
        return Ok(None);
    };
    let parent = find_mut(value, above);
    let parent = parent.ok_or_else(|| format!("the parent of {} does not exist", pointer(path)))?;
    Ok(Some((parent, last)))
}

fn add(value: &mut Value, path: &[String], given: Value) -> Result<(), String> {
    if path.is_empty() {
        *value = given;
        return Ok(());
    }
    let Some((parent, last)) = parent(value, path)? else {
        return Err(no_place(path));
    };
    match parent {
        Value::Array(_) => {
            let mut items = parent.items().to_vec();
            let at = if last == "-" {
                Some(items.len())
            } else {
                index(last)
            };
            let at = at.filter(|at| *at <= items.len()).ok_or_else(|| no_place(path))?;
            items.insert(at, given);
            *parent = array(items);
        }
        Value::Object(_) => {
            let members = parent.as_object_mut().map_err(|_| no_place(path))?;
            members.insert(Value::from(last), given);
        }
        _ => return Err(no_place(path)),
    }
    Ok(())
}

fn remove(value: &mut Value, path: &[String]) -> Result<Value, String> {
    let Some((parent, last)) = parent(value, path)? else {
        return Err("a whole document cannot be removed".to_owned());
    };
    match parent {
        Value::Array(_) => {
            let mut items = parent.items().to_vec();
            let at = index(last).filter(|at| *at < items.len());
            let removed = at.map(|at| items.remove(at)).ok_or_else(|| missing(path))?;
            *parent = array(items);
            Ok(removed)
        }
        Value::Object(_) => {
            let members = parent.as_object_mut().map_err(|_| missing(path))?;
            members.remove(&Value::from(last)).ok_or_else(|| missing(path))
        }
        _ => Err(missing(path)),
    }
}

/// The patch that makes the one value of the other. Lists that differ are replaced whole, but for those of as many members with the
/// same names: of what nobody changed, as the variables of a container whose image was, a patch says nothing.
pub fn difference(before: &Value, after: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    differ(before, after, &mut Vec::new(), &mut found);
    found
}

fn differ(before: &Value, after: &Value, path: &mut Vec<String>, found: &mut Vec<Operation>) {
    if before == after {
        return;
    }
    if let (Value::Array(one), Value::Array(other)) = (before, after)
        && one.len() == other.len()
        && one
            .iter()
            .zip(other.iter())
            .all(|(one, other)| is_same_member(one, other))
    {
        for (index, (one, other)) in one.iter().zip(other.iter()).enumerate() {
            path.push(index.to_string());
            differ(one, other, path, found);
            path.pop();
        }
        return;
    }
    let (Value::Object(_), Value::Object(_)) = (before, after) else {
        let set = if path.is_empty() {
            OperationKind::Add
        } else {
            OperationKind::Replace
        };
        found.push(Operation::new(set, path.clone(), Some(after.clone())));
        return;
    };
    for (key, value) in before.members() {
        path.push(key.to_owned());
        match after.field(key) {
            Some(other) => differ(value, other, path, found),
            None => found.push(Operation::new(OperationKind::Remove, path.clone(), None)),
        }
        path.pop();
    }
    for (key, value) in after.members().filter(|(key, _)| before.field(key).is_none()) {
        path.push(key.to_owned());
        found.push(Operation::add(path.clone(), value.clone()));
        path.pop();
    }
}

/// Whether two members of lists are the same thing, whatever they say of it.
fn is_same_member(one: &Value, other: &Value) -> bool {
    let both = one.as_object().is_ok() && other.as_object().is_ok();
    both && one.field("name").is_some() && one.field("name") == other.field("name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn after(before: &str, patch: &str) -> Result<Value, String> {
        patched(&value(before), &operations(value(patch).items())?)
    }

    #[test]
    fn operations_do_what_the_standard_says() {
        for (before, patch, wanted) in [
            (
                r#"{"a":1}"#,
                r#"[{"op":"add","path":"/b","value":2}]"#,
                r#"{"a":1,"b":2}"#,
            ),
            (
                r#"{"a":[1,3]}"#,
                r#"[{"op":"add","path":"/a/1","value":2}]"#,
                r#"{"a":[1,2,3]}"#,
            ),
            (
                r#"{"a":[1]}"#,
                r#"[{"op":"add","path":"/a/-","value":2}]"#,
                r#"{"a":[1,2]}"#,
            ),
            (
                r#"{"a":[1,2]}"#,
                r#"[{"op":"remove","path":"/a/0"}]"#,
                r#"{"a":[2]}"#,
            ),
            (
                r#"{"a":{"b/c~d":1}}"#,
                r#"[{"op":"replace","path":"/a/b~1c~0d","value":2}]"#,
                r#"{"a":{"b/c~d":2}}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"move","from":"/a","path":"/b"}]"#,
                r#"{"b":1}"#,
            ),
            (
                r#"{"a":[1]}"#,
                r#"[{"op":"copy","from":"/a/0","path":"/a/-"}]"#,
                r#"{"a":[1,1]}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"test","path":"/a","value":1},{"op":"replace","path":"","value":2}]"#,
                "2",
            ),
        ] {
            assert_eq!(after(before, patch).unwrap(), value(wanted), "{patch}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (before, patch) in [
            (r#"{"a":1}"#, r#"[{"op":"replace","path":"/b","value":2}]"#),
            (r#"{"a":1}"#, r#"[{"op":"remove","path":"/b"}]"#),
            (r#"{"a":1}"#, r#"[{"op":"add","path":"/b/c","value":2}]"#),
            (r#"{"a":[1]}"#, r#"[{"op":"add","path":"/a/2","value":2}]"#),
            (r#"{"a":[1]}"#, r#"[{"op":"remove","path":"/a/01"}]"#),
            (r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":2}]"#),
            (r#"{"a":{}}"#, r#"[{"op":"move","from":"/a","path":"/a/b"}]"#),
            (r#"{"a":1}"#, r#"[{"op":"add","path":"b","value":2}]"#),
            (r#"{"a":1}"#, r#"[{"op":"merge","path":"/b"}]"#),
        ] {
            assert!(after(before, patch).is_err(), "{patch}");
        }
    }

    #[test]
    fn a_difference_leads_there_and_back() {
        let texts = [
            "1",
            r#"{"a":1,"b":{"c":[1,2],"d/e":null}}"#,
            r#"{"b":{"c":[2],"d/e":{"f":1}},"g":true}"#,
            r#"{"a":{"b":1}}"#,
            "[]",
            r#"{"c":[{"name":"x","v":1},{"name":"y"}]}"#,
            r#"{"c":[{"name":"x","v":2},{"name":"y"}]}"#,
            r#"{"c":[{"name":"y"},{"name":"x","v":1}]}"#,
            r#"{"c":[{"name":"x"}]}"#,
        ];
        for one in texts {
            for other in texts {
                let (one, other) = (value(one), value(other));
                let patch = to_value(&difference(&one, &other));
                let read = operations(patch.items()).unwrap();
                assert_eq!(patched(&one, &read).unwrap(), other);
            }
        }
        let of = |v: u8| value(&format!(r#"{{"c":[{{"name":"x","v":{v},"password":"p"}}]}}"#));
        let patch = to_value(&difference(&of(1), &of(2)));
        assert_eq!(patch, value(r#"[{"op":"replace","path":"/c/0/v","value":2}]"#));
    }
}
