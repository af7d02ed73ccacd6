//! The forms that a schema allows, sorted by what kind of value they describe.

use crate::spec::schema::WHOLE;
use crate::spec::wording::listed;
use serde_json::Value;

#[derive(Default)]
pub(super) struct Forms<'s> {
    /// Fixed words.
    pub(super) words: Vec<&'s str>,
    /// Maps with one member, whose key tells which: the key and the member's schema.
    pub(super) tags: Vec<(&'s str, &'s Value)>,
    /// Everything else, references resolved.
    others: Vec<&'s Value>,
    /// Whether this is where a secret is named.
    pub(super) secret: bool,
}

impl<'s> Forms<'s> {
    pub(super) fn of(schema: &'s Value) -> Self {
        let mut forms = Self::default();
        forms.collect(schema);
        forms
    }

    fn collect(&mut self, schema: &'s Value) {
        self.secret |= schema.get("x-secret").is_some();
        let schema = resolved(schema);
        self.secret |= schema.get("x-secret").is_some();
        let alternatives = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| schema.get(key).and_then(Value::as_array));
        if let Some(alternatives) = alternatives {
            for alternative in alternatives {
                match tag(alternative) {
                    Some(tag) => self.tags.push(tag),
                    None => self.collect(alternative),
                }
            }
            return;
        }
        match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
            (Some(Value::String(word)), _) => self.words.push(word),
            (_, Some(words)) => self.words.extend(words.iter().filter_map(Value::as_str)),
            // Null never arrives here: merging takes it out.
            _ if schema.get("type") == Some(&Value::from("null")) => {}
            _ => self.others.push(schema),
        }
    }

    /// Whether any value will do, as for parameters of policies.
    pub(super) fn anything(&self) -> bool {
        self.others.iter().any(|schema| types(schema).next().is_none())
    }

    /// The schema for values of one of these JSON types.
    pub(super) fn of_type(&self, names: &[&str]) -> Option<&'s Value> {
        self.others
            .iter()
            .find(|schema| types(schema).any(|own| names.contains(&own)))
            .copied()
    }

    /// What is expected, in words.
    pub(super) fn expected(&self) -> String {
        let mut expected: Vec<String> = Vec::new();
        if !self.words.is_empty() {
            expected.push(listed(self.words.iter().copied(), "or"));
        }
        if !self.tags.is_empty() {
            expected.push("a map".to_owned());
        }
        let names = self.others.iter().flat_map(|schema| types(schema));
        expected.extend(names.filter_map(|name| {
            let words = match name {
                "string" => "text",
                "integer" => "a whole number",
                "number" => "a number",
                "boolean" => "true or false",
                "array" => "a list",
                "object" => "a map",
                _ => return None,
            };
            Some(words.to_owned())
        }));
        expected.dedup();
        expected.join(" or ")
    }

    /// The same as a request: `write a map with …`.
    pub(super) fn request(&self) -> String {
        if !self.tags.is_empty() && self.words.is_empty() && self.others.is_empty() {
            let keys = listed(self.tags.iter().map(|(key, _)| *key), "or");
            return format!("write a map with one of {keys}");
        }
        let members = self
            .of_type(&["object"])
            .map(|schema| listed(required(schema), "and"));
        match (self.expected().as_str(), members.as_deref()) {
            ("a map", None | Some("")) => "write a map, as `{key: value}`".to_owned(),
            ("a map", Some(members)) => format!("write a map with {members}"),
            ("a list", _) => "write a list, in brackets or with hyphens".to_owned(),
            (expected, _) if self.words.len() > 1 => format!("write one of {expected}"),
            (expected, _) => format!("write {expected}"),
        }
    }
}

/// The schema behind a reference.
pub(in crate::spec) fn resolved(schema: &Value) -> &Value {
    schema
        .get("$ref")
        .and_then(|reference| WHOLE.pointer(reference.as_str()?.strip_prefix('#')?))
        .unwrap_or(schema)
}

/// The key and schema of an alternative that is a map with exactly one member.
fn tag(schema: &Value) -> Option<(&str, &Value)> {
    let properties = schema.get("properties")?.as_object()?;
    let (key, member) = properties.iter().next()?;
    let required = schema.get("required")?.as_array()?;
    (properties.len() == 1 && required.len() == 1).then_some((key.as_str(), member))
}

/// The JSON types that a schema names.
pub(in crate::spec) fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let names = match schema.get("type") {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => &[],
    };
    names.iter().filter_map(Value::as_str)
}

/// The members that a map must have.
pub(super) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    resolved(schema)
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
