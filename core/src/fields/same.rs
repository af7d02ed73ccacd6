//! Whether two values mean the same, though an API server writes them otherwise than a person does.

use super::quantity::quantity;
use crate::value::{Value, ValueExt};

/// Members whose values, or whose own values, are quantities.
const QUANTITIES: [&str; 17] = [
    "averageValue",
    "capacity",
    "default",
    "defaultRequest",
    "divisor",
    "hard",
    "limits",
    "max",
    "maxLimitRequestRatio",
    "min",
    "minResources",
    "overhead",
    "podFixed",
    "requests",
    "sizeLimit",
    "storage",
    "storageLimit",
];
/// Members that are a number or a text.
const NUMBER_OR_TEXT: [&str; 6] = [
    "maxSurge",
    "maxUnavailable",
    "minAvailable",
    "number",
    "port",
    "targetPort",
];
/// Members that the server leaves out when they are `false`, `0` or empty; of all others absence means something else.
const DROPPED: [&str; 19] = [
    "auto_scale",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "nodePort",
    "operator",
    "paused",
    "publishNotReadyAddresses",
    "readOnly",
    "skipCrds",
    "stdin",
    "stdinOnce",
    "tty",
    "unschedulable",
    "value",
    "weight",
];

/// What holds the peers of a NetworkPolicy's rule.
const PEERS: [&str; 2] = ["from", "to"];
/// Members of a peer of which an empty one selects everything, and none leaves it to the others.
const SELECTORS: [&str; 2] = ["namespaceSelector", "podSelector"];

/// Absent, or as good as: null, and what holds nothing but that.
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Undefined => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => value
            .members()
            .all(|(key, member)| (is_absent(member) || !SELECTORS.contains(&key)) && is_nothing(member)),
        _ => false,
    }
}

/// Whether an empty member of what is called `above` means something else than that there is none.
pub(super) fn is_said_empty(above: &str, key: &str) -> bool {
    PEERS.contains(&above) && SELECTORS.contains(&key)
}

/// Null, or not there.
pub fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Undefined)
}

/// Whether two values mean the same as this member of an object, which is itself the member `above` of one.
pub(super) fn same(above: &str, key: &str, one: &Value, other: &Value) -> bool {
    if is_said_empty(above, key) && is_absent(one) != is_absent(other) {
        return false;
    }
    if one == other || is_nothing(one) && is_nothing(other) {
        return true;
    }
    if is_nothing(one) || is_nothing(other) {
        let there = if is_nothing(one) { other } else { one };
        return DROPPED.contains(&key) && is_zero(there);
    }
    match (one, other) {
        (Value::Object(_), Value::Object(_)) => {
            let keys = one.members().chain(other.members()).map(|(key, _)| key);
            let of = |value: &Value, member: &str| value.field(member).cloned().unwrap_or(Value::Null);
            keys.into_iter()
                .all(|member| same(key, member, &of(one, member), &of(other, member)))
        }
        (Value::Array(_), Value::Array(_)) => {
            let (one, other) = (one.items(), other.items());
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same(above, key, one, other))
        }
        _ => same_scalar(above, key, one, other),
    }
}

fn same_scalar(above: &str, key: &str, one: &Value, other: &Value) -> bool {
    let texts = (plain(one), plain(other));
    let (Some(one_text), Some(other_text)) = texts else {
        return false;
    };
    if QUANTITIES.contains(&key) || QUANTITIES.contains(&above) {
        let amounts = (quantity(&one_text), quantity(&other_text));
        if let (Some(one), Some(other)) = amounts {
            return one == other;
        }
    }
    if NUMBER_OR_TEXT.contains(&key) {
        return one_text == other_text;
    }
    // 1 and 1.0 are one number.
    let numbers = |value: &Value| value.text().is_none().then(|| value.as_f64().ok()).flatten();
    match (numbers(one), numbers(other)) {
        (Some(one), Some(other)) => (one - other).abs() < f64::EPSILON,
        _ => false,
    }
}

/// A text or a number as it is written; `None` for everything else.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(_) => value.to_json_str().ok(),
        _ => None,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(on) => !on,
        Value::String(text) => text.is_empty(),
        Value::Number(_) => value.int() == Some(0),
        _ => false,
    }
}
