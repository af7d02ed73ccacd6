//! What a document tells of, and therefore what has to be read for it.

use crate::inventory::KeptRows;
use crate::inventory::view::Section;
use crate::network;
use crate::value::{Value, ValueExt};

/// The lists of the view that it shows.
const LISTS: [&str; 4] = ["services", "ingresses", "namespaces", "workloads"];
/// The lists of a cluster whose traffic comes in through the Gateway API.
const GATEWAY_LISTS: [&str; 2] = ["gateways", "http_routes"];

/// The kinds, as METADATA writes them.
pub fn kinds(spec: &Value) -> Vec<&'static str> {
    let gateway: &[&str] = if uses_gateway(spec) { &GATEWAY_LISTS } else { &[] };
    let lists = LISTS.iter().chain(gateway);
    let shown = lists.flat_map(|list| Section::kinds(list).unwrap_or_default().iter().copied());
    let mut kinds: Vec<&str> = shown.chain(network::reads()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The collections of the account and of Spaces. `figures`: also those that tell nothing but what changes by itself.
pub fn collections(spec: &Value, figures: bool) -> Vec<&'static str> {
    let declared = |path: &[&str]| spec.at(path).is_some_and(|value| *value != Value::Null);
    if !declared(&["digitalocean"]) {
        return Vec::new();
    }
    let mut collections = vec!["digitalocean.account", "digitalocean.load_balancers"];
    if declared(&["digitalocean", "cluster"]) {
        collections.push("digitalocean.kubernetes_clusters");
    }
    if declared(&["digitalocean", "vpc"]) {
        collections.push("digitalocean.vpcs");
    }
    if declared(&["digitalocean", "registry"]) {
        collections.extend(["digitalocean.registries", "digitalocean.registry_repositories"]);
    }
    if declared(&["digitalocean", "spaces"]) {
        collections.extend([
            "digitalocean.spaces_keys",
            "spaces.buckets",
            "spaces.lifecycles",
            "spaces.versionings",
        ]);
        if figures {
            collections.push("spaces.backups");
        }
    }
    collections
}

/// What of it is kept row by row and list by list.
pub fn kept(spec: &Value, figures: bool) -> KeptRows {
    let lists = LISTS.iter().chain(&GATEWAY_LISTS);
    let lists = lists.map(|list| format!("view.{list}"));
    let rows = collections(spec, figures).into_iter().map(ToOwned::to_owned);
    KeptRows::Of(lists.chain(rows).collect())
}

/// Whether traffic comes in through the Gateway API.
pub(super) fn uses_gateway(spec: &Value) -> bool {
    spec.text_at(&["ingress", "controller"]) == Some("gateway")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_is_not_asked_for() {
        let spec = |text: &str| Value::from_json_str(text).unwrap();
        let nothing = spec("{}");
        assert!(collections(&nothing, true).is_empty());
        assert!(!kinds(&nothing).contains(&"gateway.networking.k8s.io/v1/Gateway"));
        let gateway =
            spec(r#"{"ingress": {"controller": "gateway"}, "digitalocean": {"spaces": {}, "vpc": null}}"#);
        assert!(kinds(&gateway).contains(&"gateway.networking.k8s.io/v1/Gateway"));
        assert!(!collections(&gateway, false).contains(&"spaces.backups"));
        assert!(collections(&gateway, true).contains(&"spaces.backups"));
        assert!(!collections(&gateway, true).contains(&"digitalocean.vpcs"));
    }

    #[test]
    fn the_contents_of_secrets_and_config_maps_are_not_asked_for() {
        let kinds = kinds(&Value::new_object());
        assert!(!kinds.contains(&"v1/Secret") && !kinds.contains(&"v1/ConfigMap"));
        assert!(kinds.contains(&"v1/Service") && kinds.contains(&"networking.k8s.io/v1/NetworkPolicy"));
    }
}
