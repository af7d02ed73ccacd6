//! Deeds in the account. A row of a collection is to them what an object is to a deed in the cluster; who reads a single row
//! marks it with `apiVersion` and `kind`, by which its meaning is known.

use super::deed::{Deed, Undo};
use super::meaning::meaning;
use crate::findings::FixAction;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

/// Settings of a cluster that a step may change.
pub(super) const OF_CLUSTERS: [&str; 4] = [
    "auto_upgrade",
    "control_plane_firewall",
    "maintenance_policy",
    "surge_upgrade",
];
/// Settings of a node pool that a step may change. Where the pool is comes with them.
pub(super) const OF_POOLS: [&str; 7] = [
    CLUSTER,
    "auto_scale",
    "count",
    "labels",
    "max_nodes",
    "min_nodes",
    "taints",
];
/// The rules of a firewall each way, with the side on which their peers are.
const RULES: [(&str, &str); 2] = [("inbound_rules", "sources"), ("outbound_rules", "destinations")];
pub(super) const OF_FIREWALLS: [&str; 2] = ["inbound_rules", "outbound_rules"];
/// The parameter that names the cluster of a node pool.
const CLUSTER: &str = "cluster_id";
/// The kind under which manifests of a registry are referenced, so that they are no other step's target.
pub(super) const MANIFESTS: &str = "Manifests";

impl Deed {
    /// Whether it changes something in the account.
    pub fn in_account(&self) -> bool {
        matches!(
            self.action,
            FixAction::ClusterUpdate
                | FixAction::NodePoolUpdate
                | FixAction::RegistryCollectGarbage
                | FixAction::RegistryDeleteManifest
                | FixAction::FirewallAddRules
                | FixAction::FirewallRemoveRules
                | FixAction::LoadBalancerDelete
        )
    }

    /// Whether what it brings about can only be estimated: a registry tells its size hours later, so neither a copy nor the
    /// policies afterwards can show it.
    pub fn is_estimated(&self) -> bool {
        matches!(
            self.action,
            FixAction::RegistryCollectGarbage | FixAction::RegistryDeleteManifest
        )
    }

    /// The collection of the account with the row that it changes; none for what is estimated.
    pub fn collection(&self) -> Option<&'static str> {
        match self.action {
            FixAction::ClusterUpdate | FixAction::NodePoolUpdate => Some("digitalocean.kubernetes_clusters"),
            FixAction::FirewallAddRules | FixAction::FirewallRemoveRules => Some("digitalocean.firewalls"),
            FixAction::LoadBalancerDelete => Some("digitalocean.load_balancers"),
            _ => None,
        }
    }

    /// The cluster that it changes, or whose pool it changes.
    pub fn cluster(&self) -> Option<&str> {
        match self.action {
            FixAction::ClusterUpdate => self.target.id.as_deref(),
            FixAction::NodePoolUpdate => self.data.text_at(&[CLUSTER]),
            _ => None,
        }
    }

    /// The settings that it gives new values.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        let updates = matches!(self.action, FixAction::ClusterUpdate | FixAction::NodePoolUpdate);
        let members = updates.then(|| self.data.members());
        members.into_iter().flatten().filter(|(key, _)| *key != CLUSTER)
    }

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

    /// The manifests that it deletes.
    pub fn manifests(&self) -> &[Value] {
        match self.action {
            FixAction::RegistryDeleteManifest => self.data.items_at(&["manifests"]),
            _ => &[],
        }
    }

    /// Whether a row of its collection is the one that it changes, or holds it.
    pub(super) fn is_of(&self, row: &Value) -> bool {
        let id = row.text_at(&["id"]);
        let wanted = match self.action {
            FixAction::NodePoolUpdate => self.cluster(),
            _ => self.target.id.as_deref(),
        };
        id.is_some() && id == wanted
    }

    /// A row of its collection afterwards; `None` when it is gone.
    pub(super) fn done_in(&self, row: &Value) -> Result<Option<Value>, String> {
        if self.action != FixAction::NodePoolUpdate {
            return self.done_to(Some(row));
        }
        let mut found = false;
        let mut pools = Vec::new();
        for pool in row.items_at(&["node_pools"]) {
            if self.is_pool(pool) {
                found = true;
                pools.extend(self.done_to(Some(pool))?);
            } else {
                pools.push(pool.clone());
            }
        }
        if !found {
            return Err(format!("{} does not exist", self.target));
        }
        Ok(Some(set(row, [("node_pools", array(pools))])))
    }

    /// Whether a pool of its cluster is the one that it changes.
    pub fn is_pool(&self, pool: &Value) -> bool {
        match &self.target.id {
            Some(id) => pool.text_at(&["id"]) == Some(id),
            None => pool.text_at(&["name"]) == Some(&self.target.name),
        }
    }

    /// Whether a row that is not as it was before looks as if this had been done to it.
    pub fn seems_done(&self, now: Option<&Value>) -> bool {
        match (self.action, now) {
            (FixAction::LoadBalancerDelete, now) => now.is_none(),
            // Somebody asked for a collection since.
            (FixAction::RegistryCollectGarbage, now) => now.is_some(),
            (FixAction::RegistryDeleteManifest, Some(row)) => row.items_at(&["manifests"]).is_empty(),
            (FixAction::FirewallRemoveRules, Some(row)) => !self
                .rules()
                .iter()
                .any(|(list, rule)| list_of(row, list).contains(rule)),
            (_, Some(row)) => {
                let again = self.done_to(Some(row)).ok().flatten();
                again.is_some_and(|again| meaning(&again) == meaning(row))
            }
            (_, None) => false,
        }
    }
}

/// The row afterwards; `None` when it is gone.
pub(super) fn done_to(deed: &Deed, before: Option<&Value>) -> Result<Option<Value>, String> {
    let row = before.ok_or_else(|| format!("{} does not exist", deed.target))?;
    match deed.action {
        FixAction::ClusterUpdate => Ok(Some(set(row, deed.settings()))),
        FixAction::NodePoolUpdate => {
            let after = set(row, deed.settings());
            let scales = after.field("auto_scale").is_some_and(ValueExt::is_true);
            if scales && deed.data.field("count").is_some() {
                return Err(format!(
                    "{} scales by itself: how many nodes it has is its own affair",
                    deed.target
                ));
            }
            Ok(Some(after))
        }
        FixAction::FirewallAddRules => {
            let added = RULES.map(|(list, side)| {
                let there = list_of(row, list);
                let own = row.items_at(&[list]).iter().cloned();
                let new = deed.data.items_at(&[list]).iter();
                let new = new.flat_map(|rule| lacking(rule, side, &there));
                (list, array(own.chain(new)))
            });
            Ok(Some(set(row, added)))
        }
        FixAction::FirewallRemoveRules => {
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
            Ok(Some(set(row, left)))
        }
        FixAction::RegistryCollectGarbage => match row.text_at(&["active"]) {
            Some(_) => Err(format!(
                "a garbage collection of registry {} is under way",
                deed.target.name
            )),
            None => Ok(Some(set(row, [("active", Value::from("requested"))]))),
        },
        FixAction::RegistryDeleteManifest => {
            let there = row.items_at(&["manifests"]);
            let wanted = |one: &Value| deed.manifests().iter().any(|other| same_manifest(one, other));
            let found = there.iter().filter(|one| wanted(one)).count();
            if found < deed.manifests().len() {
                return Err(format!(
                    "{} of the {} manifests are not there any more",
                    deed.manifests().len() - found,
                    deed.manifests().len()
                ));
            }
            let left = there.iter().filter(|one| !wanted(one)).cloned();
            Ok(Some(set(row, [("manifests", array(left))])))
        }
        FixAction::LoadBalancerDelete => Ok(None),
        other => Err(format!("{} changes nothing in the account", other.as_str())),
    }
}

/// Whether two entries are one manifest.
pub fn same_manifest(one: &Value, other: &Value) -> bool {
    ["repository", "digest"]
        .iter()
        .all(|key| one.text_at(&[key]) == other.text_at(&[key]))
}

/// What undoes it: the former values of exactly what it changes.
pub(super) fn undo(deed: &Deed, before: Option<&Value>) -> Undo {
    let Some(row) = before else {
        return Undo::None("it changes nothing".to_owned());
    };
    let opposite = |action: FixAction, data: Value| {
        Undo::Deed(Box::new(Deed {
            action,
            target: deed.target.clone(),
            data,
        }))
    };
    match deed.action {
        FixAction::ClusterUpdate | FixAction::NodePoolUpdate => match former(deed, row) {
            Ok(data) => opposite(deed.action, data),
            Err(why) => Undo::None(why),
        },
        FixAction::FirewallAddRules => {
            let added = RULES.iter().filter_map(|(list, side)| {
                let there = list_of(row, list);
                let new = deed.data.items_at(&[*list]).iter();
                let new: Vec<Value> = new.flat_map(|rule| lacking(rule, side, &there)).collect();
                (!new.is_empty()).then(|| (*list, array(new)))
            });
            opposite(FixAction::FirewallRemoveRules, object(added))
        }
        FixAction::FirewallRemoveRules => opposite(FixAction::FirewallAddRules, deed.data.clone()),
        FixAction::RegistryCollectGarbage => Undo::None("what a collection frees is gone".to_owned()),
        FixAction::RegistryDeleteManifest => {
            Undo::None("a manifest that was deleted has to be pushed again".to_owned())
        }
        FixAction::LoadBalancerDelete => Undo::None(format!(
            "its address{} is lost: a new load balancer has another one",
            row.text_at(&["ip"])
                .map_or_else(String::new, |ip| format!(" {ip}"))
        )),
        other => Undo::None(format!("{} has no opposite", other.as_str())),
    }
}

fn former(deed: &Deed, row: &Value) -> Result<Value, String> {
    let mut data = Vec::new();
    if let Some(cluster) = deed.data.field(CLUSTER) {
        data.push((CLUSTER, cluster.clone()));
    }
    for (key, _) in deed.settings() {
        let value = row.field(key).filter(|value| **value != Value::Null);
        let value = match (key, value) {
            ("maintenance_policy", Some(policy)) => window(policy),
            (_, Some(value)) => value.clone(),
            ("control_plane_firewall", None) => {
                object([("enabled", Value::from(false)), ("allowed_addresses", array([]))])
            }
            ("labels", None) => Value::new_object(),
            ("taints", None) => array([]),
            (_, None) => return Err(format!("{key} had no value before, and none cannot be set")),
        };
        data.push((key, value));
    }
    // A pool that begins to scale by itself had a number of nodes before.
    let fixed = row.field("auto_scale") == Some(&Value::from(false));
    let scales = deed.data.field("auto_scale").is_some_and(ValueExt::is_true);
    if let (true, true, Some(count)) = (fixed, scales, row.field("count")) {
        data.push(("count", count.clone()));
    }
    Ok(object(data))
}

/// What somebody meant by a row: without what the API and DOKS change by themselves.
pub(super) fn of_row(row: &Value) -> Value {
    let kept: &[&str] = match row.text_at(&["kind"]).unwrap_or_default() {
        "Cluster" => &[
            "id",
            "name",
            "region",
            "auto_upgrade",
            "surge_upgrade",
            "maintenance_policy",
            "control_plane_firewall",
        ],
        "NodePool" => &[
            "id",
            "name",
            "size",
            "auto_scale",
            "count",
            "min_nodes",
            "max_nodes",
            "labels",
            "taints",
        ],
        "Firewall" => &["id", "name", "inbound_rules", "outbound_rules"],
        "LoadBalancer" => &["id", "name", "ip", "region", "type", "tags"],
        _ => return row.clone(),
    };
    let scales = row.field("auto_scale").is_some_and(ValueExt::is_true);
    let members = kept.iter().filter_map(|key| {
        let value = row.field(key)?;
        let value = match *key {
            "count" if scales => return None,
            "maintenance_policy" => window(value),
            "control_plane_firewall" => allow_list(value),
            "inbound_rules" | "outbound_rules" => array(list_of(row, key)),
            "labels" if *value == Value::Null => Value::new_object(),
            "taints" if *value == Value::Null => array([]),
            _ => value.clone(),
        };
        Some((*key, value))
    });
    object(members)
}

/// Day and hour, however they are written.
fn window(policy: &Value) -> Value {
    let (Some(day), Some(start)) = (policy.text_at(&["day"]), policy.text_at(&["start_time"])) else {
        return policy.clone();
    };
    object([
        ("day", Value::from(day.to_ascii_lowercase())),
        ("start_time", Value::from(format!("{start:0>5}"))),
    ])
}

/// None, and one that is off, are the same.
fn allow_list(setting: &Value) -> Value {
    if !setting.field("enabled").is_some_and(ValueExt::is_true) {
        return object([("enabled", Value::from(false))]);
    }
    let addresses: BTreeSet<String> = setting
        .items_at(&["allowed_addresses"])
        .iter()
        .filter_map(|one| one.text().map(address))
        .collect();
    object([
        ("enabled", Value::from(true)),
        ("allowed_addresses", array(addresses.into_iter().map(Value::from))),
    ])
}

/// An address as it is compared: a network of one address is that address.
pub fn address(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let whole = if text.contains(':') { "/128" } else { "/32" };
    text.strip_suffix(whole).map(ToOwned::to_owned).unwrap_or(text)
}

fn set<'k>(
    row: &Value,
    changes: impl IntoIterator<Item = (&'k str, impl std::borrow::Borrow<Value>)>,
) -> Value {
    let changes: Vec<(&str, Value)> = changes
        .into_iter()
        .map(|(key, value)| (key, value.borrow().clone()))
        .collect();
    let own = row
        .members()
        .filter(|(key, _)| !changes.iter().any(|(changed, _)| changed == key))
        .map(|(key, value)| (key, value.clone()));
    object(own.chain(changes.iter().map(|(key, value)| (*key, value.clone()))))
}

/// The rules of one of a firewall's lists, one for each peer: how the API groups them does not matter.
fn list_of(row: &Value, list: &str) -> BTreeSet<Value> {
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
