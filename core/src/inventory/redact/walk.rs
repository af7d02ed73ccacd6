//! Where credentials stand in a resource. Reading decides what changes, and only what changes is written: most objects
//! are left as they were parsed, in their compact form.

use super::change::{Change, apply, items, members};
use super::name::is_credential;
use super::program::{self, Password, Program};
use super::shape::{Shape, is_flag};
use super::{Redactor, base64, facts, text};
use crate::inventory::reference::WAIVER_ANNOTATION;
use crate::value::{Value, ValueExt, retained};

/// Annotations that repeat a whole object, Secrets included.
const REPEATING: [&str; 5] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "objectset.rio.cattle.io/applied",
    "banzaicloud.com/last-applied",
    "kapp.k14s.io/original",
    "kopf.zalando.org/last-handled-configuration",
];
/// How gzip begins in base64, and that in base64 again, as Helm stores its releases: packed, they hide everything.
const PACKED: [&str; 2] = ["H4sI", "SDRzS"];
/// Members whose keys are labels or resources: named freely, and joins need their values.
const LABELS: [&str; 6] = [
    "labels",
    "matchLabels",
    "selector",
    "nodeSelector",
    "hard",
    "used",
];
/// Members that say where a credential stands, not what it is.
const REFERRING: [&str; 7] = [
    "name",
    "namespace",
    "key",
    "kind",
    "apiVersion",
    "path",
    "optional",
];

/// Redacts a whole object.
pub(super) fn top(redactor: &Redactor, object: &mut Value) {
    let walk = Walk { redactor };
    // Of values that are gone afterwards.
    let facts = may_be_secret(object).then(|| facts::of(redactor, object));
    if let Some(change) = walk.object(object) {
        apply(object, change);
    }
    if let Some(facts) = facts {
        facts::keep(object, facts);
    }
}

/// What does not say its kind may be a Secret.
fn may_be_secret(object: &Value) -> bool {
    matches!(object.text_at(&["kind"]), Some("Secret") | None)
}

struct Walk<'a> {
    redactor: &'a Redactor,
}

impl Walk<'_> {
    /// A whole resource.
    fn object(&self, object: &Value) -> Option<Change> {
        let kind = object.text_at(&["kind"]);
        let is_crd = kind == Some("CustomResourceDefinition");
        let shape = Shape::of(object);
        let secret = may_be_secret(object);
        members(object, |key, value| match key {
            "metadata" => self.metadata(value),
            "spec" if is_crd => self.without_schemas(value),
            "facts" if secret => None,
            "items" if kind == Some("SecretList") => items(value, |item| self.map(item, true)),
            _ => self.member(&shape, key, value, secret),
        })
    }

    /// A resource's own metadata: its identity stays as it is.
    fn metadata(&self, metadata: &Value) -> Option<Change> {
        members(metadata, |key, value| match key {
            "annotations" => self.annotations(value),
            "labels" => self.plain(value),
            "managedFields" => managed_fields(value),
            _ => None,
        })
    }

    fn value(&self, value: &Value) -> Option<Change> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(_) => self.list(value, None),
            Value::Object(_) => self.map(value, false),
            _ => None,
        }
    }

    fn map(&self, map: &Value, secret: bool) -> Option<Change> {
        let shape = Shape::of(map);
        let secret = secret || shape.kind == Some("Secret");
        members(map, |key, value| self.member(&shape, key, value, secret))
    }

    fn member(&self, shape: &Shape<'_>, key: &str, value: &Value, secret: bool) -> Option<Change> {
        match key {
            "kind" | "apiVersion" => None,
            "data" if secret => self.secret(value, true),
            "stringData" => self.secret(value, false),
            "binaryData" => self.every(value),
            "data" if shape.kind == Some("ConfigMap") && shape.helm => self.every(value),
            "annotations" if matches!(value, Value::Object(_)) => self.annotations(value),
            "managedFields" => managed_fields(value),
            "value" | "values" | "default" | "string" if shape.credential => self.credential(value),
            _ if LABELS.contains(&key) => self.plain(value),
            _ if is_credential(key) && key.ends_with('s') => self.credentials(value),
            _ if is_credential(key) => self.credential(value),
            "command" | "args" => match value {
                Value::Array(_) => self.list(value, shape.program.as_ref()),
                _ => self.value(value),
            },
            _ => self.value(value),
        }
    }

    /// Annotations: those that repeat objects go, those named after a credential are masked. What merely *names* a
    /// Secret, as an Ingress does for its proxy, stays.
    fn annotations(&self, annotations: &Value) -> Option<Change> {
        let judged = |key: &str, value: &Value| {
            let refers = key.ends_with("secret") || key.ends_with("secrets");
            // A policy may be called after what it guards.
            let waives = key.starts_with(WAIVER_ANNOTATION);
            if is_credential(key) && !refers && !waives {
                self.credential(value)
            } else {
                self.value(value)
            }
        };
        if annotations.members().any(|(key, _)| REPEATING.contains(&key)) {
            let mut rest = retained(annotations, |key| !REPEATING.contains(&key))?;
            if let Some(change) = members(&rest, judged) {
                apply(&mut rest, change);
            }
            return Some(Change::Set(rest));
        }
        members(annotations, judged)
    }

    /// A list; a flag that announces a credential makes one of the next item. Flags of one letter do so to the program that the
    /// list runs, or whose arguments it holds.
    fn list(&self, list: &Value, program: Option<&Program>) -> Option<Change> {
        let words = list.items().iter().filter_map(ValueExt::text);
        let own = program::of(&words);
        let program = program.or(own.as_ref());
        // Rules of a user of Redis, word for word: `--user default on >PASSWORD`.
        let is_user = |word: &str| matches!(word, "--user" | "user") || word.eq_ignore_ascii_case("setuser");
        let rules = words.clone().any(is_user);
        let mut announced = None;
        let mut by_place = false;
        items(list, |item| {
            let word = item.text();
            let by_word = program
                .zip(word)
                .is_some_and(|(program, word)| program.announces(word));
            if by_place && word.is_some_and(|word| !word.starts_with('-')) {
                by_place = false;
                // `username=…` speaks for itself.
                return match word {
                    Some(word) if !word.contains('=') => self.credential(item),
                    _ => self.value(item),
                };
            }
            by_place |= by_word;
            let said = program
                .zip(word)
                .and_then(|(program, word)| program.password(word));
            let change = match (word, announced) {
                (Some(word), Some(behind)) if !(is_flag(word) && self.text(word).is_none()) => {
                    self.credential_behind(item, word, behind)
                }
                (Some(word), _) => match said {
                    None if rules && word.len() > 1 && word.starts_with(['>', '<']) => {
                        self.credential_from(word, 1)
                    }
                    Some(Password::Here(at)) => self.credential_from(word, at),
                    _ => self.value(item),
                },
                _ => self.value(item),
            };
            announced = match said {
                Some(Password::Next(behind)) => Some(behind),
                _ if word.is_some_and(|word| is_flag(word) && is_credential(word)) => Some(None),
                _ => None,
            };
            change
        })
    }

    /// An item that is a credential, or holds one behind a letter.
    fn credential_behind(&self, item: &Value, word: &str, letter: Option<char>) -> Option<Change> {
        match letter {
            None => self.credential(item),
            Some(letter) => match word.find(letter) {
                Some(at) => self.credential_from(word, at + 1),
                None => self.value(item),
            },
        }
    }

    /// A word whose end is a credential.
    fn credential_from(&self, word: &str, at: usize) -> Option<Change> {
        let (stays, goes) = word.split_at(at);
        (!self.redactor.may_stay(goes)).then(|| {
            Change::Set(Value::from(format!(
                "{stays}{}",
                self.redactor.masked(goes.as_bytes())
            )))
        })
    }

    /// Something named as a credential. Members of a map are judged by their own names, but for what says its value.
    fn credential(&self, value: &Value) -> Option<Change> {
        match value {
            Value::String(text) => {
                (!self.redactor.may_stay(text)).then(|| Change::Set(self.masked(text.as_bytes())))
            }
            Value::Number(_) => {
                let digits = value.to_json_str().unwrap_or_default();
                Some(Change::Set(self.masked(digits.as_bytes())))
            }
            Value::Array(_) => items(value, |item| self.credential(item)),
            Value::Object(_) => {
                let shape = Shape {
                    credential: true,
                    ..Shape::of(value)
                };
                let secret = shape.kind == Some("Secret");
                members(value, |key, member| self.member(&shape, key, member, secret))
            }
            _ => None,
        }
    }

    /// Several credentials by names of their own, as `passwords: {alice: …}`; what refers to one elsewhere stays.
    fn credentials(&self, value: &Value) -> Option<Change> {
        match value {
            Value::Object(_) => members(value, |key, member| match member {
                _ if REFERRING.contains(&key) => self.value(member),
                Value::String(_) | Value::Number(_) => self.credential(member),
                _ => self.value(member),
            }),
            _ => self.credential(value),
        }
    }

    /// The values of a Secret; those in `data` are told by what they decode to, so that `data` and `stringData` agree.
    fn secret(&self, values: &Value, encoded: bool) -> Option<Change> {
        match values {
            Value::String(text) if text.is_empty() || self.redactor.is_own(text) => None,
            Value::String(text) => {
                let decoded = if encoded { base64::decode(text) } else { None };
                let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
                Some(Change::Set(self.redactor.digest(bytes)))
            }
            Value::Object(_) => members(values, |_, value| self.secret(value, encoded)),
            Value::Array(_) => items(values, |value| self.secret(value, encoded)),
            Value::Null | Value::Undefined => None,
            _ => {
                let json = values.to_json_str().unwrap_or_default();
                Some(Change::Set(self.redactor.digest(json.as_bytes())))
            }
        }
    }

    /// Masks every text below: opaque bytes that nobody reads as they are.
    fn every(&self, value: &Value) -> Option<Change> {
        match value {
            Value::String(text) => (!text.is_empty() && !self.redactor.is_own(text))
                .then(|| Change::Set(self.masked(text.as_bytes()))),
            Value::Object(_) => members(value, |_, member| self.every(member)),
            Value::Array(_) => items(value, |item| self.every(item)),
            _ => None,
        }
    }

    /// What is keyed by names that mean nothing here: only texts that are credentials by themselves are masked.
    fn plain(&self, value: &Value) -> Option<Change> {
        match value {
            Value::String(text) => self.text(text),
            Value::Object(_) => members(value, |_, member| self.plain(member)),
            Value::Array(_) => items(value, |item| self.plain(item)),
            _ => None,
        }
    }

    fn text(&self, text: &str) -> Option<Change> {
        if PACKED.iter().any(|start| text.starts_with(start)) {
            return Some(Change::Set(self.masked(text.as_bytes())));
        }
        text::redacted(self.redactor, text).map(|text| Change::Set(Value::from(text)))
    }

    /// A CustomResourceDefinition's schemas are large and say nothing of the environment.
    fn without_schemas(&self, spec: &Value) -> Option<Change> {
        let mut spec = retained(spec, |key| key != "validation")?;
        let change = members(&spec, |key, value| match key {
            "versions" => items(value, |version| {
                retained(version, |key| key != "schema").map(Change::Set)
            }),
            _ => self.value(value),
        });
        if let Some(change) = change {
            apply(&mut spec, change);
        }
        Some(Change::Set(spec))
    }

    fn masked(&self, bytes: &[u8]) -> Value {
        Value::from(self.redactor.masked(bytes))
    }
}

/// Who manages an object stays; which fields, under keys that repeat the whole object, does not.
fn managed_fields(list: &Value) -> Option<Change> {
    items(list, |entry| {
        entry.field("fieldsV1")?;
        retained(entry, |key| key != "fieldsV1").map(Change::Set)
    })
}
