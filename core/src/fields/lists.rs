//! How the items of lists correspond: by a merge key, as sets, or by their order.

use crate::path::{MERGE_KEYS, scalar_text};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// Lists in which the order means nothing.
const SETS: [&str; 31] = [
    "accessModes",
    "add",
    "addresses",
    "allowed_addresses",
    "apiGroups",
    "apiVersions",
    "clusterResourceWhitelist",
    "drop",
    "except",
    "externalIPs",
    "finalizers",
    "hosts",
    "loadBalancerSourceRanges",
    "matchLabelKeys",
    "mismatchLabelKeys",
    "namespaceResourceWhitelist",
    "namespaces",
    "nonResourceURLs",
    "operations",
    "policyTypes",
    "registries",
    "resourceNames",
    "resources",
    "scopes",
    "sourceNamespaces",
    "sourceRepos",
    "supplementalGroups",
    "syncOptions",
    "tags",
    "values",
    "verbs",
];

/// By what items of lists of a Pod are told apart, beside the keys that all lists have in common.
const OF_PODS: [(&str, &str); 4] = [
    ("hostAliases", "ip"),
    ("readinessGates", "conditionType"),
    ("topologySpreadConstraints", "topologyKey"),
    ("volumeDevices", "devicePath"),
];

/// By what the items of this list of a kind are told apart where those keys do not.
fn own_key(kind: &str, list: &str) -> Option<&'static str> {
    match (kind, list) {
        ("Ingress", "paths") => Some("path"),
        ("Ingress", "tls") => Some("secretName"),
        ("LimitRange", "limits") => Some("type"),
        _ => OF_PODS.iter().find(|(of, _)| *of == list).map(|(_, key)| *key),
    }
}

/// Lists of keyed items in which the order means something all the same: what runs first, what may refer to what.
const IN_ORDER: [&str; 4] = ["containers", "env", "initContainers", "webhooks"];

/// Whether the order of a list means something although its items have keys.
pub(super) fn is_in_order(key: &str) -> bool {
    IN_ORDER.contains(&key)
}

/// Whether the order of these maps means nothing, although no one key tells them apart: rules, peers and terms that are all tried,
/// whom a role is given to, and, of an Ingress, what the longest path decides.
pub(super) fn is_unordered(kind: &str, key: &str) -> bool {
    let of_kind: &[&str] = match kind {
        "NetworkPolicy" => &["egress", "from", "ingress", "to"],
        "ClusterRole" => &["clusterRoleSelectors", "rules"],
        "Role" | "Ingress" | "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => &["rules"],
        "ClusterRoleBinding" | "RoleBinding" => &["subjects"],
        "AppProject" => &["destinations"],
        "Application" => &["ignoreDifferences"],
        "EndpointSlice" => &["endpoints"],
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" => &["parentRefs"],
        "HorizontalPodAutoscaler" => &["metrics", "policies"],
        _ => &[],
    };
    of_kind.contains(&key) || EVERYWHERE.contains(&key) || own_key(kind, key).is_some()
}

/// Such lists of any kind.
const EVERYWHERE: [&str; 9] = [
    "matchExpressions",
    "matchFields",
    "nodeSelectorTerms",
    "ports",
    "preferredDuringSchedulingIgnoredDuringExecution",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "taints",
    "tolerations",
    "volumeClaimTemplates",
];

/// By which members an item of such a list is known on another side when it does not say the same there: those that come first
/// are tried first. An item without the first member of them is not known by them.
pub(super) fn known_by(key: &str) -> &'static [&'static [&'static str]] {
    match key {
        "rules" => &[&["host"]],
        "paths" => &[&["path", "pathType"], &["path"]],
        "tls" => &[&["secretName"], &["hosts"]],
        "ports" => &[
            &["containerPort", "protocol"],
            &["port", "protocol"],
            &["containerPort"],
            &["port"],
        ],
        "topologySpreadConstraints" => &[&["topologyKey", "whenUnsatisfiable"], &["topologyKey"]],
        "tolerations" | "taints" => &[&["key", "effect"], &["key"]],
        "matchExpressions" | "matchFields" => &[&["key", "operator"], &["key"]],
        "subjects" => &[&["name", "namespace", "kind"]],
        "parentRefs" => &[&["name", "namespace", "sectionName"], &["name"]],
        "destinations" => &[&["namespace", "server"], &["namespace"]],
        "metrics" | "policies" => &[&["type"]],
        "volumeClaimTemplates" => &[&["metadata"]],
        _ => &[],
    }
}

/// Whether the order of the list's items means nothing.
pub(super) fn is_set(key: &str) -> bool {
    SETS.contains(&key)
}

/// The member by which the items of all these lists are told apart: each item has it, and no two of one list share it.
pub(super) fn merge_key(kind: &str, name: &str, lists: &[&Value]) -> Option<&'static str> {
    let tells_apart = |key: &&str| {
        lists.iter().all(|list| {
            let mut seen = BTreeSet::new();
            list.items()
                .iter()
                .all(|item| id(item, key).is_some_and(|id| seen.insert(id)))
        })
    };
    let mut all = MERGE_KEYS.into_iter().chain(own_key(kind, name));
    all.find(tells_apart)
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
