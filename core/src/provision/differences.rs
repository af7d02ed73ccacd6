//! In which way something that stands is not as it is declared, in the words of a plan. How it is compared, `fields` knows.

use crate::fields::{Sides, compare, is_nothing};
use crate::value::Value;

/// Each field that differs: its path, what it is, and what is declared.
pub(super) fn differing(declared: &Value, live: &Value) -> Vec<(String, String, String)> {
    let sides = Sides {
        declared: Some(declared),
        committed: None,
        live,
    };
    let found = compare(sides).into_iter();
    found
        .map(|one| {
            let wanted = one.declared.as_ref().map_or_else(|| words(&Value::Null), words);
            (one.path.to_string(), words(&one.live), wanted)
        })
        .collect()
}

fn words(value: &Value) -> String {
    if is_nothing(value) {
        return "nothing".to_owned();
    }
    serde_json::to_string(value).unwrap_or_default()
}
