//! Records of kinds of which policies read little.

use super::record::{Record, common, list_or_empty, map_or_empty, or_null};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, text_or_null};

/// The type of a Secret that holds a certificate and its key.
const TLS: &str = "kubernetes.io/tls";

/// A Namespace.
pub(super) fn namespace(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record.set("phase", or_null(value.at(&["status", "phase"])));
    record
}

/// A Node.
pub(super) fn node(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record
        .set("providerId", or_null(value.at(&["spec", "providerID"])))
        .set("addresses", list_or_empty(value.at(&["status", "addresses"])));
    record
}

/// A NetworkPolicy, with the types an API server would fill in: Ingress always, Egress when it has egress rules.
pub(super) fn network_policy(reference: &ResourceRef, value: &Value) -> Record {
    let declared = value
        .at(&["spec", "policyTypes"])
        .filter(|types| types.as_array().is_ok());
    let types = declared.cloned().unwrap_or_else(|| {
        let egress = !value.items_at(&["spec", "egress"]).is_empty();
        array(
            std::iter::once("Ingress")
                .chain(egress.then_some("Egress"))
                .map(Value::from),
        )
    });
    let mut record = common(reference, value);
    record
        .set("types", types)
        .set("podSelector", map_or_empty(value.at(&["spec", "podSelector"])));
    record
}

/// A PersistentVolumeClaim.
pub(super) fn claim(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record
        .set("volumeName", or_null(value.at(&["spec", "volumeName"])))
        .set("phase", or_null(value.at(&["status", "phase"])))
        .set(
            "storageClass",
            text_or_null(value.text_at(&["spec", "storageClassName"])),
        );
    record
}

/// A ConfigMap: key names only.
pub(super) fn config_map(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    record.set("keys", keys(value, &["data", "binaryData"]));
    record
}

/// A Secret: type and key names, never values, and what was told of these when they were made safe. The last-applied
/// annotation repeats the values and is dropped.
pub(super) fn secret(reference: &ResourceRef, value: &Value) -> Record {
    let mut record = common(reference, value);
    if let Some(field) = record.get_mut("annotations")
        && let Ok(annotations) = field.as_object_mut()
    {
        annotations.remove(&Value::from("kubectl.kubernetes.io/last-applied-configuration"));
    }
    let kind = value.text_at(&["type"]).unwrap_or("Opaque");
    let certificate = value
        .at(&["facts", "tls.crt", "certificate"])
        .filter(|certificate| kind == TLS && certificate.as_object().is_ok())
        .map_or(Value::Null, certificate);
    let having = |fact: &str| {
        let facts = value.field("facts").into_iter().flat_map(ValueExt::members);
        let having = facts.filter(|(_, facts)| facts.field(fact).is_some_and(ValueExt::is_true));
        array(having.map(|(key, _)| Value::from(key)))
    };
    record
        .set("type", Value::from(kind))
        .set("keys", keys(value, &["data", "stringData"]))
        .set("certificate", certificate)
        .set("published", having("published"))
        .set("empty", having("empty"));
    record
}

fn certificate(certificate: &Value) -> Value {
    let text = |name: &str| text_or_null(certificate.text_at(&[name]));
    object([
        ("hosts", list_or_empty(certificate.field("hosts"))),
        ("subject", text("subject")),
        ("issuer", text("issuer")),
        ("notBefore", text("notBefore")),
        ("notAfter", text("notAfter")),
    ])
}

fn keys(value: &Value, fields: &[&str]) -> Value {
    let mut names: Vec<&str> = fields
        .iter()
        .filter_map(|field| value.field(field))
        .flat_map(|map| map.members().map(|(key, _)| key))
        .collect();
    names.sort_unstable();
    names.dedup();
    array(names.into_iter().map(Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::identify;
    use rstest::rstest;

    fn record_of_secret(rest: &str) -> Record {
        let text = format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s","namespace":"a"}},"data":{{"tls.crt":"digest:x"}},{rest}}}"#
        );
        let value = Value::from_json_str(&text).unwrap();
        secret(&identify(&value).unwrap().0, &value)
    }

    #[rstest]
    #[case::whole(
        r#""type":"kubernetes.io/tls","facts":{"tls.crt":{"certificate":{"hosts":["a"],"subject":"CN=a","issuer":"CN=ca",
        "notBefore":"2026-01-01T00:00:00Z","notAfter":"2027-01-01T00:00:00Z","more":1}}}"#,
        r#"{"hosts":["a"],"subject":"CN=a","issuer":"CN=ca","notBefore":"2026-01-01T00:00:00Z","notAfter":"2027-01-01T00:00:00Z"}"#
    )]
    #[case::part(
        r#""type":"kubernetes.io/tls","facts":{"tls.crt":{"certificate":{"notAfter":"2027-01-01T00:00:00Z"}}}"#,
        r#"{"hosts":[],"subject":null,"issuer":null,"notBefore":null,"notAfter":"2027-01-01T00:00:00Z"}"#
    )]
    #[case::another_type(r#""type":"Opaque","facts":{"tls.crt":{"certificate":{}}}"#, "null")]
    #[case::nothing_told(r#""type":"kubernetes.io/tls""#, "null")]
    #[case::no_summary(
        r#""type":"kubernetes.io/tls","facts":{"tls.crt":{"certificate":"x"}}"#,
        "null"
    )]
    fn a_certificate_is_what_was_told_of_it(#[case] rest: &str, #[case] expected: &str) {
        let record = record_of_secret(rest);
        let expected = Value::from_json_str(expected).unwrap();
        assert_eq!(record.get("certificate"), Some(&expected));
        assert_eq!(record.get("published"), Some(&Value::new_array()));
    }

    #[test]
    fn published_passwords_are_named_by_key() {
        let record = record_of_secret(
            r#""facts":{"b-password":{"published":true},"a":{"published":true},"c":{"published":false},"d":{}}"#,
        );
        let expected = Value::from_json_str(r#"["a","b-password"]"#).unwrap();
        assert_eq!(record.get("published"), Some(&expected));
    }

    #[test]
    fn a_claim_says_its_class() {
        for (spec, class) in [
            (
                r#"{"storageClassName":"do-block-storage"}"#,
                r#""do-block-storage""#,
            ),
            ("{}", "null"),
        ] {
            let text = format!(
                r#"{{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{{"name":"c","namespace":"a"}},"spec":{spec}}}"#
            );
            let value = Value::from_json_str(&text).unwrap();
            let record = claim(&identify(&value).unwrap().0, &value);
            assert_eq!(
                record.get("storageClass"),
                Some(&Value::from_json_str(class).unwrap())
            );
        }
    }
}
