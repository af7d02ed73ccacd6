//! What an edit must come to: RFC 6902 on the value, with one liberty.

use crate::value::patch::{self, Operation, OperationKind, find_mut, pointer};
use crate::value::{Value, ValueExt};

/// The value after the operations, strictly by RFC 6902. The one liberty: a null parent counts as an empty object (as an empty
/// array for `-`), because `labels:` without a value is how YAML files leave a place for members. The error is a reason
/// without values.
pub fn reference(value: &Value, operations: &[Operation]) -> Result<Value, String> {
    let mut value = value.clone();
    for operation in operations {
        apply(&mut value, operation)?;
    }
    Ok(value)
}

/// Does one operation.
pub(super) fn apply(root: &mut Value, operation: &Operation) -> Result<(), String> {
    let Operation {
        kind, path, value, ..
    } = operation;
    if matches!(kind, OperationKind::Move | OperationKind::Copy) {
        return Err("what moves or copies is not done in files".to_owned());
    }
    if *kind == OperationKind::Remove && value.is_some() {
        return Err(format!("a removal of {} brings a value", pointer(path)));
    }
    if value.as_ref().is_some_and(|value| !sayable(value)) {
        return Err(format!("the value for {} is none that JSON knows", pointer(path)));
    }
    if let (OperationKind::Add, Some((last, above))) = (kind, path.split_last())
        && let Some(parent) = find_mut(root, above)
        && *parent == Value::Null
    {
        *parent = if last == "-" {
            Value::new_array()
        } else {
            Value::new_object()
        };
    }
    patch::apply(root, operation)
}

/// Whether JSON can say a value: no sets, nothing undefined, only text keys.
fn sayable(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => items.iter().all(sayable),
        Value::Object(members) => {
            let said = |(key, member): (&Value, &Value)| key.text().is_some() && sayable(member);
            members.iter().all(said)
        }
        Value::Set(_) | Value::Undefined => false,
    }
}
