//! The documents that policies read under `data`.

use super::plan::Run;
use crate::inventory::Inventory;
use crate::policy::Policy;
use crate::value::{Value, ValueExt, object};
use jiff::{SignedDuration, SpanRelativeTo};

/// What every policy reads: the environment, its own parameters, the run's time.
pub(crate) fn common(run: &Run, policy: &Policy) -> Vec<(&'static str, Value)> {
    let mut documents = vec![
        ("now", Value::from(run.now.to_string())),
        ("parameters", parameters(run, policy)),
    ];
    if let Some(environment) = &run.environment {
        documents.push(("environment", environment.clone()));
    }
    documents
}

/// What environment policies read besides.
pub(crate) fn joined(
    inventory: &Inventory,
    network: &Value,
    uses_inventory: bool,
) -> Vec<(&'static str, Value)> {
    let mut documents = vec![
        ("view", inventory.view.document.clone()),
        ("network", network.clone()),
        ("digitalocean", inventory.document("digitalocean")),
        ("spaces", inventory.document("spaces")),
    ];
    if let (true, Some(whole)) = (uses_inventory, &inventory.whole) {
        documents.push(("inventory", whole.clone()));
    }
    documents
}

/// METADATA defaults, overlaid by the spec's, overlaid by the command line's. A duration's seconds stand beside it.
fn parameters(run: &Run, policy: &Policy) -> Value {
    let mut merged: std::collections::BTreeMap<String, Value> = policy
        .parameters
        .iter()
        .filter_map(|parameter| Some((parameter.name.clone(), parameter.default.clone()?)))
        .collect();
    let declared = run
        .environment
        .as_ref()
        .and_then(|spec| spec.at(&["policies", "parameters", &policy.id]));
    for (name, value) in declared.into_iter().flat_map(ValueExt::members) {
        merged.insert(name.to_owned(), value.clone());
    }
    for (key, value) in run.parameters.get(policy.id.as_ref()).into_iter().flatten() {
        merged.insert(key.clone(), value.clone());
    }
    let seconds: Vec<(String, Value)> = merged
        .iter()
        .filter_map(|(name, value)| Some((format!("{name}Seconds"), Value::from(seconds(value.text()?)?))))
        .collect();
    merged.extend(seconds);
    object(merged)
}

/// `26h`, `30d`, `10m` in seconds; days count 24 hours.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Some(duration.as_secs())
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_are_read_in_seconds() {
        assert_eq!(super::seconds("24h"), Some(86_400));
        assert_eq!(super::seconds("30d"), Some(2_592_000));
        assert_eq!(super::seconds("acme"), None);
    }
}
