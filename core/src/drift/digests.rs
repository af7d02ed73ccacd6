//! Credentials stand masked in all that is compared. Digests under one key tell whether two are the same; under two keys they tell
//! nothing. Nobody is shown either.

use crate::inventory::redact::{DIGEST, MASKED};
use crate::value::{Value, ValueExt, array, object};

/// Hexadecimal characters of a digest.
const HEX: usize = 32;
/// What is shown of a credential.
pub(super) const HIDDEN: &str = "(secret)";

/// The text with all its digests replaced; `None` when it has none.
fn replaced(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut any = false;
    while let Some(at) = [DIGEST, MASKED]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| (at, mark.len())))
        .min()
    {
        let (start, length) = at;
        let after = start + length;
        let hex = rest.as_bytes().get(after..after + HEX);
        if hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
            out.push_str(&rest[..start]);
            out.push_str(HIDDEN);
            rest = &rest[after + HEX..];
            any = true;
        } else {
            out.push_str(&rest[..after]);
            rest = &rest[after..];
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

/// Puts one and the same word in the place of every digest; how many texts had one.
pub fn veil(value: &mut Value) -> usize {
    let (veiled, count) = without(value);
    if count > 0 {
        *value = veiled;
    }
    count
}

/// What may be shown.
pub(super) fn hidden(value: &Value) -> Value {
    without(value).0
}

fn without(value: &Value) -> (Value, usize) {
    match value {
        Value::String(text) => match replaced(text) {
            Some(text) => (Value::from(text.as_str()), 1),
            None => (value.clone(), 0),
        },
        Value::Array(_) => {
            let (items, counts): (Vec<_>, Vec<_>) = value.items().iter().map(without).unzip();
            (array(items), counts.into_iter().sum())
        }
        Value::Object(_) => {
            let mut count = 0;
            let members: Vec<(String, Value)> = value
                .members()
                .map(|(key, member)| {
                    let (member, own) = without(member);
                    count += own;
                    (key.to_owned(), member)
                })
                .collect();
            (object(members), count)
        }
        _ => (value.clone(), 0),
    }
}
