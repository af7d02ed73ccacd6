//! The documents that policies read under `data`.

use super::plan::Run;
use crate::inventory::Inventory;
use crate::policy::{Policy, seconds};
use crate::value::{Value, ValueExt, object};

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
    complete: bool,
    uses_inventory: bool,
) -> Vec<(&'static str, Value)> {
    let mut view = inventory.view.document.clone();
    if let Ok(members) = view.as_object_mut() {
        members.insert(Value::from("complete"), Value::from(complete));
    }
    let mut documents = vec![
        ("view", view),
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
