//! Whether what is declared of a namespace's network holds for every Pod that may come into it. Where it does not, `plan` would make
//! NetworkPolicies beside those that stand: who imports an environment has not asked for that, so the spec leaves them to whoever made
//! them, and the audit tells what is open or shut.

use super::seen::Seen;
use crate::inventory::Inventory;
use crate::network::newcomer;
use crate::spec;
use crate::value::{Value, ValueExt};
use crate::yaml::{Limits, decode, documents};

/// What is written of a namespace whose NetworkPolicies others keep.
pub(super) const EXISTING: &str = "existing";

/// A Pod in each namespace, as it may come.
pub fn newcomers_everywhere(inventory: &Inventory) -> Vec<Value> {
    let namespaces = inventory.view.document.items_at(&["namespaces"]).iter();
    namespaces
        .filter_map(|record| record.text_at(&["name"]))
        .map(newcomer)
        .collect()
}

/// Whether NetworkPolicies do what is written as `network` of a namespace, for every Pod; nothing where that cannot be told.
pub(super) fn is_enforced(seen: &Seen<'_>, namespace: &str, written: &str) -> Option<bool> {
    let source = decode("network", written.as_bytes()).ok()?;
    let limits = Limits::default();
    let document = documents(&source, &limits).next()?.ok()?;
    let declared = serde_json::to_value(&document.value).ok()?;
    let declared: spec::Network = serde_json::from_value(declared).ok()?;
    let wanted = [
        ("Ingress", declared.accepts.is_some()),
        ("Egress", declared.egress.is_some()),
    ];
    let mut wanted = wanted.iter().filter(|(_, wanted)| *wanted);
    Some(wanted.all(|(direction, _)| {
        seen.lasting
            .for_newcomers(namespace, &declared, direction)
            .is_some()
    }))
}
