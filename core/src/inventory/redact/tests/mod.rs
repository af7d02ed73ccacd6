mod canaries;
mod facts;
mod properties;
mod structure;
mod texts;

use super::*;
use crate::value::ValueExt;

fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

/// The object after redaction.
fn redacted(json: &str) -> Value {
    let mut value = Value::from_json_str(json).unwrap();
    redactor().redact(&mut value);
    value
}

/// A text as an ordinary string member comes out.
fn text(text: &str) -> String {
    let mut value = crate::value::object([("kind", Value::from("X")), ("note", Value::from(text))]);
    redactor().redact(&mut value);
    value.text_at(&["note"]).unwrap().to_owned()
}

/// With every digest replaced by `*`.
fn blurred(text: &str) -> String {
    let mut blurred = text.to_owned();
    while let Some(at) = blurred.find(MASKED).or_else(|| blurred.find(DIGEST)) {
        let length = blurred[at..].find(':').unwrap() + 1 + HEX;
        blurred.replace_range(at..at + length, "*");
    }
    blurred
}

fn is_token(value: &Value, prefix: &str) -> bool {
    value.text().is_some_and(|text| {
        text.strip_prefix(prefix)
            .is_some_and(|hex| hex.len() == HEX && unhex(hex).is_some())
    })
}

#[test]
fn equal_values_have_equal_digests_under_one_key_only() {
    let one = redactor();
    assert_eq!(one.masked(b"a"), redactor().masked(b"a"));
    assert_ne!(one.masked(b"a"), one.masked(b"b"));
    assert_ne!(one.masked(b"a"), Redactor::new([8; 32]).masked(b"a"));
    assert_eq!(one.masked(b"a").len(), MASKED.len() + HEX);
}

#[test]
fn only_digests_of_ones_own_are_left() {
    let own = redactor().masked(b"x");
    assert!(redactor().is_own(&own));
    assert!(redactor().is_own(&own.replace(MASKED, DIGEST)));
    assert!(!Redactor::new([8; 32]).is_own(&own));
    for forged in [
        "digest:0123456789abcdef0123456789abcdef",
        "masked:0123456789abcdef0123456789abcdef",
        "digest:hunter2",
        "digest:",
        "masked:0123456789ABCDEF0123456789ABCDEF",
    ] {
        assert!(!redactor().is_own(forged), "{forged}");
        let json =
            format!(r#"{{"kind":"Secret","data":{{"a":"{forged}"}},"stringData":{{"b":"{forged}"}}}}"#);
        let secret = redacted(&json);
        for member in [&["data", "a"], &["stringData", "b"]] {
            let value = secret.at(member).unwrap();
            assert!(is_token(value, DIGEST), "{value}");
            assert_ne!(value.text(), Some(forged));
        }
    }
}

#[test]
fn a_redactor_does_not_tell_its_key() {
    assert_eq!(format!("{:?}", redactor()), "Redactor(key hidden)");
}

#[test]
fn references_are_told_from_values() {
    for reference in [
        "$(DB_PASSWORD)",
        "$(x)",
        "${TOKEN}",
        "$KEYDB_PASSWORD",
        "$PASSWORD",
    ] {
        assert!(is_reference(reference), "{reference}");
    }
    for value in [
        "",
        "$",
        "$()",
        "$(a b)",
        "$(1)",
        "$ECRET",
        "$ecret_1",
        "$2a$10",
        "$(A)b",
        "DB_PASSWORD",
        "$1_A",
    ] {
        assert!(!is_reference(value), "{value}");
    }
}
