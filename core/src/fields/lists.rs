//! How the items of lists correspond: by a merge key, as sets, or by their order.

use crate::path::{MERGE_KEYS, scalar_text};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// Lists in which the order means nothing.
const SETS: [&str; 24] = [
    "accessModes",
    "add",
    "addresses",
    "allowed_addresses",
    "apiGroups",
    "clusterResourceWhitelist",
    "drop",
    "externalIPs",
    "finalizers",
    "hosts",
    "loadBalancerSourceRanges",
    "namespaceResourceWhitelist",
    "nonResourceURLs",
    "policyTypes",
    "registries",
    "resourceNames",
    "resources",
    "scopes",
    "sourceNamespaces",
    "sourceRepos",
    "syncOptions",
    "tags",
    "values",
    "verbs",
];

/// Lists of keyed items in which the order means something all the same: what runs first, what may refer to what.
const IN_ORDER: [&str; 4] = ["containers", "env", "initContainers", "webhooks"];

/// Whether the order of a list means something although its items have keys.
pub(super) fn is_in_order(key: &str) -> bool {
    IN_ORDER.contains(&key)
}

/// Whether the order of these maps means nothing, although they have no key: rules and peers that are all tried, and whom a role
/// is given to.
pub(super) fn is_unordered(kind: &str, key: &str) -> bool {
    let of_kind: &[&str] = match kind {
        "NetworkPolicy" => &["egress", "from", "ingress", "ports", "to"],
        "ClusterRole" => &["clusterRoleSelectors", "rules"],
        "Role" => &["rules"],
        "ClusterRoleBinding" | "RoleBinding" => &["subjects"],
        _ => &[],
    };
    of_kind.contains(&key) || matches!(key, "matchExpressions" | "tolerations")
}

/// Whether the order of the list's items means nothing.
pub(super) fn is_set(key: &str) -> bool {
    SETS.contains(&key)
}

/// The member by which the items of all these lists are told apart: each item has it, and no two of one list share it.
pub(super) fn merge_key(lists: &[&Value]) -> Option<&'static str> {
    let tells_apart = |key: &&str| {
        lists.iter().all(|list| {
            let mut seen = BTreeSet::new();
            list.items()
                .iter()
                .all(|item| id(item, key).is_some_and(|id| seen.insert(id)))
        })
    };
    MERGE_KEYS.iter().find(|key| tells_apart(key)).copied()
}

/// The text by which an item is known.
pub(super) fn id(item: &Value, key: &str) -> Option<String> {
    match item.field(key)? {
        Value::Null | Value::Undefined | Value::Array(_) | Value::Object(_) => None,
        scalar => Some(scalar_text(scalar)),
    }
}

/// The item of this key's value, and where it stands.
pub(super) fn find<'v>(list: &'v Value, key: &str, wanted: &str) -> Option<(usize, &'v Value)> {
    let mut items = list.items().iter().enumerate();
    items.find(|(_, item)| id(item, key).as_deref() == Some(wanted))
}
