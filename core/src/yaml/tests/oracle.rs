//! The recorded answers of `sigs.k8s.io/yaml` v1.6.0 (what `kubectl` 1.36 decodes with) against ours.
//!
//! `oracle.jsonl` has one text per line with what Go made of it: `out` from `YAMLToJSON`, or `err`; `strict` when
//! `YAMLToJSONStrict` refuses it. Every line on which we differ is named here with the reason.

use super::load;
use crate::value::{Value, ValueExt};

#[test]
fn values_are_what_kubectl_reads() {
    let mut differences = Vec::new();
    for row in include_str!("oracle.jsonl").lines() {
        let row = Value::from_json_str(row).unwrap();
        let text = row.text_at(&["in"]).unwrap();
        let theirs = row.text_at(&["out"]);
        let ours = load(text);
        let same = match (&ours, theirs) {
            (Ok(ours), Some(theirs)) => *ours == Value::from_json_str(theirs).unwrap(),
            (Err(_), None) => true,
            _ => false,
        };
        if !same {
            differences.push(format!(
                "{text:?}: kubectl {}, here {}",
                theirs.unwrap_or("refuses"),
                ours.map_or_else(|error| error.to_string(), |value| value.to_string())
            ));
        }
    }
    insta::assert_snapshot!(differences.join("\n"), @"");
}
