//! The recorded answers of `sigs.k8s.io/yaml` v1.6.0 (what `kubectl` 1.36 decodes with) against ours.
//!
//! `oracle.jsonl` has one text per line with what Go made of it: `out` from `YAMLToJSON`, or `err`; `strict` when
//! `YAMLToJSONStrict` refuses it. Every text on which we differ stands in [`DIFFERENT`] with what we do.

use super::load;
use crate::value::{Value, ValueExt};

const DIFFERENT: [(&str, &str); 13] = [
    // Keys that stand twice: kubectl silently takes the last.
    (
        "a: 1\na: 2",
        "test.yaml:2:1: the key a stands twice in this mapping",
    ),
    (
        "1: a\n'1': b",
        "test.yaml:2:1: the key 1 stands twice in this mapping",
    ),
    (
        "&k key: 1\n*k : 2",
        "test.yaml:2:1: the key key stands twice in this mapping",
    ),
    (
        "{a: 1, a: 2}",
        "test.yaml:1:8: the key a stands twice in this mapping",
    ),
    // Numbers beyond 64 bits keep their digits; kubectl makes floats of them.
    ("a: -9223372036854775809", r#"{"a":-9223372036854775809}"#),
    (
        "a: 123456789012345678901234567890",
        r#"{"a":123456789012345678901234567890}"#,
    ),
    // go-yaml takes these characters for line breaks, so that a comment ends at one; nobody should write them.
    (
        "a: \u{85}",
        "test.yaml:1:4: the control character U+0085 is not allowed in YAML",
    ),
    // kubectl reads the first document and drops the rest in silence.
    ("[1,2]]", "test.yaml:1:6: this bracket closes nothing"),
    // YAML 1.2, which is harmless.
    ("%YAML 1.2\n---\na: y", r#"{"a":true}"#),
    ("a: \"\\u00e9\\/\"", r#"{"a":"é/"}"#),
    ("a: \"\\ud83d\\ude00\"", r#"{"a":"😀"}"#),
    ("-\ta", r#"["a"]"#),
    ("{a: !!str}", r#"{"a":""}"#),
];

#[test]
fn values_are_what_kubectl_reads() {
    for row in include_str!("oracle.jsonl").lines() {
        let row = Value::from_json_str(row).unwrap();
        let text = row.text_at(&["in"]).unwrap();
        let theirs = row.text_at(&["out"]);
        let ours = load(text);
        if let Some((_, expected)) = DIFFERENT.iter().find(|(different, _)| *different == text) {
            match ours {
                Ok(value) => {
                    let expected = super::load(expected).unwrap();
                    assert_eq!(value, expected, "{text:?}");
                    let theirs = theirs.map(|theirs| Value::from_json_str(theirs).unwrap());
                    assert_ne!(theirs, Some(value), "no longer different: {text:?}");
                }
                Err(error) => assert_eq!(error.one_line(), *expected, "{text:?}"),
            }
            continue;
        }
        match (ours, theirs) {
            (Ok(ours), Some(theirs)) => assert_eq!(ours, Value::from_json_str(theirs).unwrap(), "{text:?}"),
            (Ok(ours), None) => panic!("{text:?}: kubectl refuses, here {ours}"),
            (Err(error), Some(theirs)) => panic!("{text:?}: kubectl {theirs}, here {error}"),
            (Err(_), None) => {}
        }
    }
}
