//! Rules of firewalls, however the API groups them.

use super::clusters::address;
use super::set;
use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

/// The rules of a firewall each way, with the side on which their peers are.
const RULES: [(&str, &str); 2] = [("inbound_rules", "sources"), ("outbound_rules", "destinations")];
/// What of a firewall a step may change.
pub(in crate::plan) const OF_FIREWALLS: [&str; 2] = ["inbound_rules", "outbound_rules"];

impl Deed {
    /// The rules that it adds or removes, one for each peer, with the list in which they are.
    pub fn rules(&self) -> Vec<(&'static str, Value)> {
        let of_rules = matches!(
            self.action,
            FixAction::FirewallAddRules | FixAction::FirewallRemoveRules
        );
        let lists = RULES.iter().filter(|_| of_rules);
        let rules = lists.flat_map(|(list, side)| {
            let rules = atoms(self.data.items_at(&[*list]), side);
            rules.into_iter().map(move |rule| (*list, rule))
        });
        rules.collect()
    }
}

/// A firewall with these rules, too.
pub(super) fn added(deed: &Deed, row: &Value) -> Value {
    let added = RULES.map(|(list, side)| {
        let there = list_of(row, list);
        let own = row.items_at(&[list]).iter().cloned();
        let new = deed.data.items_at(&[list]).iter();
        let new = new.flat_map(|rule| lacking(rule, side, &there));
        (list, array(own.chain(new)))
    });
    set(row, added)
}

/// A firewall without these rules, all of which it has.
pub(super) fn removed(deed: &Deed, row: &Value) -> Result<Value, String> {
    let mut left = Vec::new();
    for (list, side) in RULES {
        let removed = atoms(deed.data.items_at(&[list]), side);
        if !removed.is_subset(&list_of(row, list)) {
            return Err(format!("{} has not all the rules that are removed", deed.target));
        }
        let rules = row.items_at(&[list]).iter();
        let rules = rules.flat_map(|rule| without(rule, side, &removed));
        left.push((list, array(rules)));
    }
    Ok(set(row, left))
}

/// Those of the rules that are added which a firewall has not.
pub(super) fn new_of(deed: &Deed, row: &Value) -> Value {
    object(RULES.iter().filter_map(|(list, side)| {
        let there = list_of(row, list);
        let new = deed.data.items_at(&[*list]).iter();
        let new: Vec<Value> = new.flat_map(|rule| lacking(rule, side, &there)).collect();
        (!new.is_empty()).then(|| (*list, array(new)))
    }))
}

/// Whether a firewall has none of the rules that a deed names.
pub(super) fn has_none(deed: &Deed, row: &Value) -> bool {
    !deed
        .rules()
        .iter()
        .any(|(list, rule)| list_of(row, list).contains(rule))
}

/// The rules of one of a firewall's lists, one for each peer: how the API groups them does not matter.
pub fn list_of(row: &Value, list: &str) -> BTreeSet<Value> {
    let side = RULES
        .iter()
        .find(|(own, _)| *own == list)
        .map_or("", |(_, side)| *side);
    atoms(row.items_at(&[list]), side)
}

fn atoms<'r>(rules: impl IntoIterator<Item = &'r Value>, side: &str) -> BTreeSet<Value> {
    rules
        .into_iter()
        .flat_map(|rule| parts(rule, side))
        .map(|(normal, _)| normal)
        .collect()
}

/// A rule in parts, one for each peer: to be compared, and as the API takes it.
fn parts(rule: &Value, side: &str) -> Vec<(Value, Value)> {
    let protocol = rule.text_at(&["protocol"]).unwrap_or_default();
    let ports = match rule.text_at(&["ports"]).unwrap_or_default() {
        _ if protocol == "icmp" => Value::Null,
        "" | "0" | "all" | "1-65535" => Value::from("0"),
        ports => Value::from(ports),
    };
    let part = |kind: &str, peer: &Value| {
        let compared = match peer.text() {
            Some(text) if kind == "addresses" => Value::from(address(text)),
            _ => peer.clone(),
        };
        let normal = object([
            ("protocol", Value::from(protocol)),
            ("ports", ports.clone()),
            (side, object([(kind, array([compared]))])),
        ]);
        let own = set(rule, [(side, object([(kind, array([peer.clone()]))]))]);
        (normal, own)
    };
    let peers = rule.field(side).into_iter().flat_map(ValueExt::members);
    peers
        .flat_map(|(kind, peers)| peers.items().iter().map(move |peer| (kind, peer)))
        .map(|(kind, peer)| part(kind, peer))
        .collect()
}

/// As much of a rule as is not there: all of it as it is, or some peers of it.
fn lacking(rule: &Value, side: &str, there: &BTreeSet<Value>) -> Vec<Value> {
    less(rule, side, |part| there.contains(part))
}

/// As much of a rule as stays when others are removed.
fn without(rule: &Value, side: &str, removed: &BTreeSet<Value>) -> Vec<Value> {
    less(rule, side, |part| removed.contains(part))
}

fn less(rule: &Value, side: &str, drop: impl Fn(&Value) -> bool) -> Vec<Value> {
    let parts = parts(rule, side);
    let number = parts.len();
    let left: Vec<Value> = parts
        .into_iter()
        .filter(|(normal, _)| !drop(normal))
        .map(|(_, own)| own)
        .collect();
    // Of one without peers nothing can go.
    if left.len() == number {
        vec![rule.clone()]
    } else {
        left
    }
}

/// The rules to be removed as the API has them: it removes whole rules, and these may be grouped in another way.
pub fn rules_as_they_are(deed: &Deed, row: &Value) -> Value {
    object(RULES.iter().filter_map(|(list, side)| {
        let removed = atoms(deed.data.items_at(&[*list]), side);
        let mut covered = BTreeSet::new();
        let mut whole: Vec<Value> = Vec::new();
        for rule in row.items_at(&[*list]) {
            let own = atoms([rule], side);
            if !own.is_empty() && own.is_subset(&removed) {
                covered.extend(own);
                whole.push(rule.clone());
            }
        }
        let rest = deed.data.items_at(&[*list]).iter();
        whole.extend(rest.flat_map(|rule| without(rule, side, &covered)));
        (!whole.is_empty()).then(|| (*list, array(whole)))
    }))
}
