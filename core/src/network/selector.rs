//! Label selectors, as Kubernetes reads them.

use crate::value::{Value, ValueExt};
use std::sync::Arc;

use super::labels::Labels;

/// The label that the API server puts on each Namespace.
pub(super) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// What one requirement asks of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// A label selector: all of its requirements must hold. Empty selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Selector(pub(super) Vec<(String, Operator)>);

impl Selector {
    /// The selector for one key and value.
    pub(super) fn equals(key: &str, value: &str) -> Self {
        Self(vec![(key.to_owned(), Operator::In(vec![value.to_owned()]))])
    }

    /// Reads a `LabelSelector`; null is empty. The error says what is malformed.
    pub(super) fn parse(value: &Value) -> Result<Self, String> {
        let mut requirements = Vec::new();
        match value {
            Value::Object(_) => {}
            Value::Null | Value::Undefined => return Ok(Self::default()),
            _ => return Err("a selector is not an object".to_owned()),
        }
        if let Some(labels) = present(value, "matchLabels") {
            for (key, label) in parse_labels(labels)?.iter() {
                requirements.push((key.to_owned(), Operator::In(vec![label.to_owned()])));
            }
        }
        if let Some(expressions) = present(value, "matchExpressions") {
            let Value::Array(_) = expressions else {
                return Err("matchExpressions is not a list".to_owned());
            };
            for expression in expressions.items() {
                requirements.push(parse_expression(expression)?);
            }
        }
        Ok(Self(requirements))
    }

    /// Whether these labels are selected.
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.0
            .iter()
            .all(|(key, operator)| operator.admits(labels.get(key)))
    }
}

impl Operator {
    fn admits(&self, value: Option<&str>) -> bool {
        let listed = |values: &[String], value: &str| values.iter().any(|own| own == value);
        match self {
            Self::In(values) => value.is_some_and(|value| listed(values, value)),
            Self::NotIn(values) => value.is_none_or(|value| !listed(values, value)),
            Self::Exists => value.is_some(),
            Self::DoesNotExist => value.is_none(),
        }
    }

    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::In(values) | Self::NotIn(values) => values,
            Self::Exists | Self::DoesNotExist => &[],
        }
    }
}

/// The member `key`, unless it is absent or null.
pub(super) fn present<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value
        .field(key)
        .filter(|field| !matches!(field, Value::Null | Value::Undefined))
}

/// Text-to-text members; the error names the first that is not.
pub(super) fn parse_labels(value: &Value) -> Result<Labels, String> {
    let Value::Object(_) = value else {
        return Err("labels are not an object".to_owned());
    };
    value
        .members()
        .map(|(key, label)| match label {
            Value::String(label) => Ok((key, Arc::clone(label))),
            _ => Err(format!("the value of label {key} is not text")),
        })
        .collect()
}

fn parse_expression(value: &Value) -> Result<(String, Operator), String> {
    let key = value.text_at(&["key"]).ok_or("a match expression has no key")?;
    let operator = value.text_at(&["operator"]).unwrap_or_default();
    let values = value
        .items_at(&["values"])
        .iter()
        .map(|item| item.text().map(ToOwned::to_owned))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| format!("the match expression of {key} has a value that is not text"))?;
    let operator = match (operator, values.is_empty()) {
        ("In", false) => Operator::In(values),
        ("NotIn", false) => Operator::NotIn(values),
        ("Exists", true) => Operator::Exists,
        ("DoesNotExist", true) => Operator::DoesNotExist,
        ("In" | "NotIn", true) => return Err(format!("{operator} of {key} lists no values")),
        ("Exists" | "DoesNotExist", false) => return Err(format!("{operator} of {key} lists values")),
        _ => return Err(format!("unknown operator {operator:?} of {key}")),
    };
    Ok((key.to_owned(), operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Selector, String> {
        Selector::parse(&Value::from_json_str(text).unwrap())
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().copied().collect()
    }

    #[test]
    fn operators_treat_absent_keys_as_kubernetes_does() {
        let selects = |text: &str, pairs: &[(&str, &str)]| {
            let text = format!(r#"{{"matchExpressions":[{text}]}}"#);
            parse(&text).unwrap().matches(&labels(pairs))
        };
        let one_of = r#"{"key":"a","operator":"In","values":["x","y"]}"#;
        assert!(selects(one_of, &[("a", "x")]) && !selects(one_of, &[]) && !selects(one_of, &[("a", "z")]));
        let none_of = r#"{"key":"a","operator":"NotIn","values":["x","y"]}"#;
        assert!(!selects(none_of, &[("a", "x")]) && selects(none_of, &[]) && selects(none_of, &[("a", "z")]));
        let exists = r#"{"key":"a","operator":"Exists"}"#;
        assert!(selects(exists, &[("a", "")]) && !selects(exists, &[("b", "x")]));
        let missing = r#"{"key":"a","operator":"DoesNotExist","values":[]}"#;
        assert!(!selects(missing, &[("a", "")]) && selects(missing, &[]));
        assert!(parse("{}").unwrap().matches(&labels(&[])) && parse("null").unwrap() == Selector::default());
    }

    #[test]
    fn malformed_selectors_say_why() {
        for (text, why) in [
            ("[]", "not an object"),
            (r#"{"matchLabels":{"a":1}}"#, "label a is not text"),
            (r#"{"matchLabels":["a"]}"#, "labels are not an object"),
            (r#"{"matchExpressions":[{"operator":"In"}]}"#, "no key"),
            (
                r#"{"matchExpressions":[{"key":"a","operator":"in","values":["x"]}]}"#,
                "unknown operator",
            ),
            (
                r#"{"matchExpressions":[{"key":"a","operator":"In","values":[]}]}"#,
                "lists no values",
            ),
            (
                r#"{"matchExpressions":[{"key":"a","operator":"Exists","values":["x"]}]}"#,
                "lists values",
            ),
            (
                r#"{"matchExpressions":[{"key":"a","operator":"In","values":[true]}]}"#,
                "not text",
            ),
            (r#"{"matchExpressions":{}}"#, "not a list"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
