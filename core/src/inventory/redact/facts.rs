//! What policies have to know of a Secret's values, told while these are at hand and kept beside their digests: the summary
//! of a certificate, that a value is empty, and whether a password is one that everybody knows. Nothing in it is secret.

use super::name::is_credential;
use super::published::is_published;
use super::{Redactor, base64, certificate};
use crate::value::{Value, ValueExt, object};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The member of a Secret that holds them, by key.
const MEMBER: &str = "facts";

/// The facts of a Secret, as its values are before they become digests. Of a digest that this redactor made they were told
/// when it was made; whatever else stands there was written by somebody else, and is not believed.
pub(super) fn of(redactor: &Redactor, secret: &Value) -> Option<Value> {
    let tls = secret.text_at(&["type"]) == Some("kubernetes.io/tls");
    let mut all: BTreeMap<&str, Value> = BTreeMap::new();
    // What stands in both is taken from `stringData`, as the API server does.
    for (values, encoded) in [("data", true), ("stringData", false)] {
        for (key, value) in secret.field(values).into_iter().flat_map(ValueExt::members) {
            let Some(text) = value.text() else { continue };
            let facts = if redactor.is_own(text) {
                secret.at(&[MEMBER, key]).cloned()
            } else {
                told(key, &decoded(text, encoded), tls)
            };
            match facts {
                Some(facts) => all.insert(key, facts),
                None => all.remove(key),
            };
        }
    }
    (!all.is_empty()).then(|| object(all))
}

/// Puts them into a Secret; what stood there goes.
pub(super) fn keep(secret: &mut Value, facts: Option<Value>) {
    if secret.field(MEMBER) == facts.as_ref() {
        return;
    }
    if let Ok(members) = secret.as_object_mut() {
        match facts {
            Some(facts) => members.insert(Value::from(MEMBER), facts),
            None => members.remove(&Value::from(MEMBER)),
        };
    }
}

fn decoded(text: &str, encoded: bool) -> Cow<'_, [u8]> {
    let bytes = if encoded { base64::decode(text) } else { None };
    bytes.map_or(Cow::Borrowed(text.as_bytes()), Cow::Owned)
}

fn told(key: &str, bytes: &[u8], tls: bool) -> Option<Value> {
    if bytes.is_empty() {
        return Some(object([("empty", Value::from(true))]));
    }
    if tls && key == "tls.crt" {
        let certificate = certificate::summary(bytes)?;
        return Some(object([("certificate", certificate)]));
    }
    (is_credential(key) && is_published(bytes)).then(|| object([("published", Value::from(true))]))
}
