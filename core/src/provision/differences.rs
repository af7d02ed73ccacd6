//! In which way something that stands is not as it is declared, in the words of a plan. How it is compared, `fields` knows.

use crate::fields::{Compared, Sides, agrees, compare, is_absent, noted, writers};
use crate::path::FieldPath;
use crate::plan::MANAGER;
use crate::value::{Value, ValueExt};

/// Each field that differs: its path, what it is, and what is declared.
pub(super) fn differing(declared: &Value, live: &Value) -> Vec<(String, String, String)> {
    compared(declared, live).iter().map(said).collect()
}

/// Each field that differs.
pub(super) fn compared(declared: &Value, live: &Value) -> Vec<Compared> {
    let sides = Sides {
        declared: Some(declared),
        committed: None,
        live,
    };
    compare(sides)
}

/// Its path, what it is, and what is declared.
pub(super) fn said(one: &Compared) -> (String, String, String) {
    let wanted = one.declared.as_ref().map_or_else(|| words(&Value::Null), words);
    (one.path.to_string(), words(&one.live), wanted)
}

/// Who applied a field of a live object otherwise than it is declared, in words: no repair takes that over.
pub(super) fn applied_by(live: &Value, path: &FieldPath, declared: Option<&Value>) -> Option<String> {
    let mut who: Vec<String> = writers(live, path)
        .into_iter()
        .filter(|one| one.operation == "Apply" && one.manager != MANAGER)
        .map(|one| one.manager)
        .collect();
    who.sort();
    who.dedup();
    if !who.is_empty() {
        return Some(who.join(" and "));
    }
    let (applied, who) = noted(live)?;
    // An empty one may be all that somebody meant, as a selector of everything.
    let said = path.get(&applied).filter(|said| !is_absent(said))?;
    let kind = live.text_at(&["kind"]).unwrap_or_default();
    (!agrees(kind, path, declared.unwrap_or(&Value::Undefined), said)).then(|| {
        if who.is_empty() {
            "somebody".to_owned()
        } else {
            who.join(" and ")
        }
    })
}

fn words(value: &Value) -> String {
    if is_absent(value) {
        return "nothing".to_owned();
    }
    serde_json::to_string(value).unwrap_or_default()
}
