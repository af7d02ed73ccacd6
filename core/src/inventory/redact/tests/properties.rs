use super::*;
use proptest::prelude::*;

/// Pieces that the scanner looks at, so that random texts reach its corners.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("password".to_owned()),
        Just("token: ".to_owned()),
        Just("name: API_KEY\n".to_owned()),
        Just("value: ".to_owned()),
        Just("kind".to_owned()),
        Just("https://".to_owned()),
        Just("@host/".to_owned()),
        Just("--token ".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("-----END PRIVATE KEY-----".to_owned()),
        Just("ghp_0123456789abcdefghijkl".to_owned()),
        Just("eyJhbGciOiJ.eyJzdWIiOiI.x".to_owned()),
        Just("$6$0123456789abcdefghij".to_owned()),
        Just("<password>".to_owned()),
        Just("</".to_owned()),
        Just("digest:".to_owned()),
        Just("masked:0123456789abcdef0123456789abcdef".to_owned()),
        Just("requirepass ".to_owned()),
        Just("\n  ".to_owned()),
        Just("\n- ".to_owned()),
        Just("Bearer ".to_owned()),
        Just("$(X)".to_owned()),
        "[:=|>{}\\[\\]\"'`\\\\ \n,;&-]{1,3}",
        "[a-zé]{1,4}",
    ]
}

fn anything() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn redacting_twice_is_redacting_once(value in anything(), name in "[A-Za-z_]{1,10}|PASSWORD|token") {
        let mut object = crate::value::object([
            ("kind", Value::from("ConfigMap")),
            ("data", crate::value::object([(name.as_str(), Value::from(value.as_str()))])),
            ("args", crate::value::array([Value::from("--token"), Value::from(value.as_str()), Value::from(name.as_str())])),
            ("stringData", crate::value::object([(name.as_str(), Value::from(value.as_str()))])),
            ("env", crate::value::object([("name", Value::from(name.as_str())), ("value", Value::from(value.as_str()))])),
        ]);
        redactor().redact(&mut object);
        let once = object.clone();
        redactor().redact(&mut object);
        prop_assert_eq!(object, once);
    }

    /// Whatever surrounds it, a value under a credential's name is gone.
    #[test]
    fn an_assigned_credential_is_gone(before in anything(), after in anything()) {
        let canary = "c4n4ryZq7";
        let said = text(&format!("{before}\npassword: {canary}\n{after}"));
        prop_assert!(!said.contains(canary), "{}", said);
    }

    #[test]
    fn values_of_secrets_are_gone_whatever_they_are(value in "\\PC{1,40}") {
        let mut object = crate::value::object([
            ("kind", Value::from("Secret")),
            ("data", crate::value::object([("a", Value::from(value.as_str()))])),
        ]);
        redactor().redact(&mut object);
        prop_assert!(is_token(object.at(&["data", "a"]).unwrap(), DIGEST));
    }

    /// Nothing that stood in `facts` is left, and what stands there then is left by a second time.
    #[test]
    fn facts_are_the_redactors_own(
        value in prop_oneof![Just("admin".to_owned()), Just(include_str!("../certificate/shop.pem").to_owned()), anything()],
        key in "password|tls.crt|[a-z]{1,3}",
        tls in any::<bool>(),
        forged in anything(),
    ) {
        let kind = if tls { "kubernetes.io/tls" } else { "Opaque" };
        let secret = |facts: Option<Value>| {
            let values = crate::value::object([(key.as_str(), Value::from(value.as_str()))]);
            let mut members = vec![("kind", Value::from("Secret")), ("type", Value::from(kind)), ("stringData", values)];
            members.extend(facts.map(|facts| ("facts", facts)));
            let mut secret = crate::value::object(members);
            redactor().redact(&mut secret);
            secret
        };
        let forgery = crate::value::object([(key.as_str(), Value::from(forged.as_str())), ("x", Value::from(true))]);
        let mut once = secret(None);
        prop_assert_eq!(&secret(Some(forgery)), &once);
        let before = once.clone();
        redactor().redact(&mut once);
        prop_assert_eq!(once, before);
    }
}
