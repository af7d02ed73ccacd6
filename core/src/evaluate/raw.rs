//! What a policy's rule returned, read into the fields of a finding.

use crate::findings::Fix;
use crate::inventory::ResourceRef;
use crate::path::{FieldPath, scalar_text};
use crate::policy::Severity;
use crate::value::{Value, ValueExt};

/// One member of a `deny` set, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawFinding {
    pub message: String,
    pub resource: Option<ResourceRef>,
    pub path: Option<FieldPath>,
    pub key: Option<String>,
    pub severity: Option<Severity>,
    pub declared: Option<FieldPath>,
    pub fix: Option<Fix>,
}

/// Reads one member. `root` is the object that paths lead into. `Err` says what is wrong with it.
pub(crate) fn read_finding(item: &Value, root: &Value) -> Result<RawFinding, String> {
    if let Some(message) = item.text() {
        return Ok(RawFinding {
            message: message.to_owned(),
            resource: None,
            path: None,
            key: None,
            severity: None,
            declared: None,
            fix: None,
        });
    }
    if item.as_object().is_err() {
        return Err(format!(
            "a finding is {}, neither text nor an object",
            describe(item)
        ));
    }
    // conftest and Gatekeeper say `msg`.
    let message = item
        .text_at(&["message"])
        .or_else(|| item.text_at(&["msg"]))
        .unwrap_or("")
        .trim();
    if message.is_empty() {
        return Err("a finding has no message".to_owned());
    }
    let resource = match item.field("resource") {
        None | Some(Value::Null) => None,
        Some(value) => Some(
            ResourceRef::from_value(value)
                .ok_or_else(|| format!("the finding {message:?} names a resource without kind or name"))?,
        ),
    };
    let path = match item.field("path") {
        None | Some(Value::Null) => None,
        Some(Value::Array(raw)) => Some(FieldPath::resolve(raw.as_slice(), root)),
        Some(other) => {
            return Err(format!(
                "the path of {message:?} is {}, not an array",
                describe(other)
            ));
        }
    };
    let severity = match item.text_at(&["severity"]) {
        None => None,
        Some(text) => Some(text.parse::<Severity>()?),
    };
    let fix = match item.field("fix") {
        None | Some(Value::Null) => None,
        Some(data) => {
            Some(Fix::from_value(data).map_err(|error| format!("the fix of {message:?}: {error}"))?)
        }
    };
    Ok(RawFinding {
        message: message.to_owned(),
        resource,
        path: path.filter(|path| !path.0.is_empty()),
        key: item
            .field("key")
            .filter(|key| !matches!(key, Value::Null))
            .map(scalar_text),
        severity,
        declared: item.field("declared").and_then(|raw| match raw {
            Value::Array(raw) => Some(FieldPath::resolve(raw.as_slice(), &Value::Undefined)),
            _ => None,
        }),
        fix,
    })
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Set(_) => "a set",
        Value::Object(_) => "an object",
        Value::Undefined => "undefined",
    }
}

/// The members of what a rule returned: a set or an array (v0 policies collect into either); `true` alone is a finding
/// without words, `false` and undefined none.
pub(crate) fn members(result: &Value) -> Result<Vec<Value>, String> {
    Ok(match result {
        Value::Set(set) => set.iter_sorted().cloned().collect(),
        Value::Array(items) => items.as_slice().to_vec(),
        Value::Bool(false) | Value::Undefined => Vec::new(),
        Value::Bool(true) => vec![Value::from("the rule is true")],
        // A partial object rule, as conftest accepts it: its values.
        Value::Object(members) => members.iter_sorted().map(|(_, value)| value.clone()).collect(),
        text @ Value::String(_) => vec![text.clone()],
        other => {
            return Err(format!(
                "the rule returned {}, not a set of findings",
                describe(other)
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_objects_become_findings_and_the_rest_is_refused() {
        let read = |json: &str| read_finding(&Value::from_json_str(json).unwrap(), &Value::Undefined);
        assert_eq!(read("\"no\"").unwrap().message, "no");
        assert_eq!(read(r#"{"msg":"m","details":{}}"#).unwrap().message, "m");
        assert_eq!(
            read("3").unwrap_err(),
            "a finding is a number, neither text nor an object"
        );
        assert_eq!(read(r#"{"path":[]}"#).unwrap_err(), "a finding has no message");
        assert!(read(r#"{"message":"m","fix":{"action":"rm -rf","risk":"safe","summary":"s"}}"#).is_err());
        assert!(read(r#"{"message":"m","severity":"urgent"}"#).is_err());
    }
}
