use super::*;
use rstest::rstest;

const CERTIFICATE: &str = include_str!("../certificate/shop.pem");

/// A TLS Secret with a good certificate, in `stringData` or encoded.
fn tls(more: &str) -> String {
    let certificate = CERTIFICATE.replace('\n', "\\n");
    format!(
        r#"{{"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/tls","stringData":{{"tls.crt":"{certificate}","tls.key":"k"}}{more}}}"#
    )
}

fn hosts(secret: &Value) -> Option<&str> {
    let hosts = secret.items_at(&["facts", "tls.crt", "certificate", "hosts"]);
    hosts.first().and_then(ValueExt::text)
}

#[test]
fn a_certificate_is_summed_up_before_it_becomes_a_digest() {
    let secret = redacted(&tls(""));
    assert_eq!(hosts(&secret), Some("shop.example.com"));
    assert!(is_token(secret.at(&["stringData", "tls.crt"]).unwrap(), DIGEST));
    assert!(!secret.to_json_str().unwrap().contains("BEGIN"));
    assert_eq!(secret.at(&["facts", "tls.key"]), None);
}

#[test]
fn facts_that_somebody_wrote_are_not_believed() {
    for forged in [
        r#","facts":{"tls.crt":{"certificate":{"hosts":["forged"]}},"other":{"note":"hunter2"}}"#,
        r#","facts":"hunter2""#,
        r#","facts":{"tls.crt":{"published":true}}"#,
    ] {
        assert_eq!(redacted(&tls(forged)), redacted(&tls("")), "{forged}");
    }
    let opaque = r#"{"kind":"Secret","data":{"a":"digest:0123456789abcdef0123456789abcdef"},"facts":{"a":{"published":true}}}"#;
    assert_eq!(redacted(opaque).field("facts"), None);
    let without_values = r#"{"kind":"Secret","facts":{"a":{"published":true}}}"#;
    assert_eq!(redacted(without_values).field("facts"), None);
}

#[test]
fn facts_survive_a_second_time_and_change_with_the_value() {
    let mut secret = redacted(&tls(""));
    let once = secret.clone();
    redactor().redact(&mut secret);
    assert_eq!(secret, once);
    // A new value beside an old digest: what was told of the old one goes.
    let values = secret.as_object_mut().unwrap();
    let new = Value::from_json_str(r#"{"tls.crt":"no certificate"}"#).unwrap();
    values.insert(Value::from("data"), once.field("stringData").unwrap().clone());
    values.insert(Value::from("stringData"), new);
    redactor().redact(&mut secret);
    assert_eq!(secret.field("facts"), None);
}

#[rstest]
#[case::chart(r#""data":{"admin-password":"cHJvbS1vcGVyYXRvcg=="}"#, &["admin-password"])]
#[case::with_a_line_feed(r#""data":{"PASSWORD":"YWRtaW4K"}"#, &["PASSWORD"])]
#[case::plain(r#""stringData":{"dbPassword":"postgres","rootPassword":"xK3-unlike"}"#, &["dbPassword"])]
#[case::a_user_is_no_password(r#""stringData":{"admin-user":"admin","username":"root"}"#, &[])]
#[case::a_string_decides(r#""data":{"password":"YWRtaW4="},"stringData":{"password":"xK3-unlike"}"#, &[])]
#[case::empty(r#""data":{"password":""}"#, &[])]
fn published_passwords_are_told(#[case] values: &str, #[case] keys: &[&str]) {
    let secret = redacted(&format!(r#"{{"kind":"Secret",{values}}}"#));
    let facts = secret.field("facts").into_iter().flat_map(ValueExt::members);
    let told: Vec<&str> = facts
        .filter(|(_, facts)| facts.field("published").is_some_and(ValueExt::is_true))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(told, keys);
}

#[rstest]
#[case::another_type(&tls("").replace("kubernetes.io/tls", "Opaque"))]
#[case::unreadable(r#"{"kind":"Secret","type":"kubernetes.io/tls","data":{"tls.crt":"AAAA"}}"#)]
#[case::no_text(r#"{"kind":"Secret","type":"kubernetes.io/tls","data":{"tls.crt":7}}"#)]
#[case::another_kind(&tls("").replace(r#""kind":"Secret""#, r#""kind":"Widget""#))]
fn nothing_is_told_of_what_is_no_certificate(#[case] json: &str) {
    assert_eq!(redacted(json).field("facts"), None);
}
