//! What a namespace may use: its ResourceQuota and its LimitRange.

use super::marks::made;
use super::{Making, Part};
use crate::spec::{Limits, Quantity, Spec};
use crate::value::{Value, array, object};
use std::collections::BTreeMap;

/// The name of both: one of each per namespace is declared.
const NAME: &str = "declared";

pub(super) fn make(spec: &Spec, making: &mut Making<'_>) {
    for namespace in &spec.environment.spec.namespaces {
        let place = Some(namespace.name.as_str());
        if let Some(hard) = namespace.quota.as_ref().filter(|hard| !hard.is_empty()) {
            let spec = object([("hard", amounts(hard))]);
            making.push(
                Part::Limits,
                made("v1", "ResourceQuota", place, NAME, [("spec", spec)]),
            );
        }
        if let Some(limits) = namespace.limits.as_ref().and_then(container) {
            let spec = object([("limits", array([limits]))]);
            making.push(
                Part::Limits,
                made("v1", "LimitRange", place, NAME, [("spec", spec)]),
            );
        }
    }
}

/// The item of a LimitRange for containers; `None` when nothing is limited.
fn container(limits: &Limits) -> Option<Value> {
    let said: Vec<_> = [
        ("default", &limits.default),
        ("defaultRequest", &limits.default_request),
        ("max", &limits.max),
        ("min", &limits.min),
    ]
    .into_iter()
    .filter(|(_, amounts)| !amounts.is_empty())
    .map(|(key, found)| (key, amounts(found)))
    .collect();
    let kind = ("type", Value::from("Container"));
    (!said.is_empty()).then(|| object(said.into_iter().chain([kind])))
}

/// Amounts as the API server writes them: texts, whole numbers too.
fn amounts(amounts: &BTreeMap<String, Quantity>) -> Value {
    object(amounts.iter().map(|(resource, amount)| {
        let text = match amount {
            Quantity::Number(number) => number.to_string(),
            Quantity::Text(text) => text.as_str().to_owned(),
        };
        (resource.as_str(), Value::from(text))
    }))
}
