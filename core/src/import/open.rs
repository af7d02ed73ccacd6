//! NetworkPolicies that let in, or out, everybody by an empty rule: hardly anybody means it, so it is not declared, and told instead.

use super::firewalls::WORLD;
use crate::value::{Value, ValueExt, array, object};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Their names by namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    pub(super) ingress: BTreeMap<String, BTreeSet<String>>,
    pub(super) egress: BTreeMap<String, BTreeSet<String>>,
    /// Namespaces that admit all addresses of one family: `accepts` knows both alone.
    pub(super) of_one_family: BTreeSet<String>,
}

impl Open {
    /// Looks at an object; gives what of it may have been meant: a policy without its empty rules of ingress.
    pub fn learn<'v>(&mut self, value: &'v Value) -> Cow<'v, Value> {
        let metadata = |key: &str| value.text_at(&["metadata", key]).unwrap_or_default().to_owned();
        let version = value.text_at(&["apiVersion"]).unwrap_or_default();
        if value.text_at(&["kind"]) != Some("NetworkPolicy") || !version.starts_with("networking.k8s.io/") {
            return Cow::Borrowed(value);
        }
        for (direction, open) in [("egress", &mut self.egress), ("ingress", &mut self.ingress)] {
            if value.items_at(&["spec", direction]).iter().any(admits_all) {
                open.entry(metadata("namespace"))
                    .or_default()
                    .insert(metadata("name"));
            }
        }
        let mut rules = value.items_at(&["spec", "ingress"]).iter();
        if rules.any(|rule| is_of_one_family(rule.items_at(&["from"]))) {
            self.of_one_family.insert(metadata("namespace"));
        }
        let rules = value.items_at(&["spec", "ingress"]);
        if !rules.iter().any(admits_all) {
            return Cow::Borrowed(value);
        }
        let spec = value.at(&["spec"]).into_iter().flat_map(ValueExt::members);
        let meant = array(rules.iter().filter(|rule| !admits_all(rule)).cloned());
        let spec = spec.map(|(key, member)| {
            let member = if key == "ingress" {
                meant.clone()
            } else {
                member.clone()
            };
            (key, member)
        });
        let spec = object(spec);
        let whole = value.members().map(|(key, member)| {
            let member = if key == "spec" {
                spec.clone()
            } else {
                member.clone()
            };
            (key, member)
        });
        Cow::Owned(object(whole))
    }
}

/// Whether peers are the whole world by one family of addresses, and not by the other.
fn is_of_one_family(peers: &[Value]) -> bool {
    let has = |world: &str| {
        let mut peers = peers.iter();
        peers.any(|peer| peer.text_at(&["ipBlock", "cidr"]) == Some(world))
    };
    has(WORLD[0]) != has(WORLD[1])
}

/// Neither peers nor ports: everything, from outside the cluster as well.
fn admits_all(rule: &Value) -> bool {
    let says = |key: &str| !rule.items_at(&[key]).is_empty();
    !says("from") && !says("to") && !says("ports")
}
