//! Which facts a finished inventory shows, and how what is known of them becomes part of it.

use super::{Answers, OBSERVATIONS, Observation, Question};
use crate::inventory::Inventory;
use crate::value::{Value, ValueExt, array};
use std::collections::{BTreeMap, BTreeSet};

/// Of a LoadBalancer: it belongs to the declared cluster, or to none that exists, and no Service claims it.
pub const UNATTACHED: &str = "unattached";

/// The kinds that answers depend on.
pub const KINDS: [&str; 1] = [SERVICES];
/// The collections that answers depend on.
pub const COLLECTIONS: [&str; 4] = [
    "digitalocean.kubernetes_associated_resources",
    "digitalocean.kubernetes_cluster_lookups",
    "digitalocean.kubernetes_clusters",
    "digitalocean.load_balancers",
];
/// Those without which nothing is answered. Of clusters that could not be looked up the records tell.
const ASSUMED: [&str; 3] = [
    "digitalocean.kubernetes_associated_resources",
    "digitalocean.kubernetes_clusters",
    "digitalocean.load_balancers",
];

const SERVICES: &str = "v1/Service";
const LOAD_BALANCERS: &str = "load_balancers";
const KIND: &str = "LoadBalancer";

/// What an inventory answers. Unattached is only what no Service claims when all Services were read, and the declared cluster
/// is known, and known to be the one whose Services they are.
pub fn answers(inventory: &Inventory) -> Answers {
    let unattached = Question {
        kind: KIND.to_owned(),
        fact: UNATTACHED.to_owned(),
    };
    unattached_load_balancers(inventory)
        .map(|seen| (unattached, seen))
        .into_iter()
        .collect()
}

/// What two readings agree on, of which the second began when the first had ended: what changed while the first went on is no
/// fact. A question that the second could not answer is not answered.
pub fn confirmed(first: Answers, again: &Answers) -> Answers {
    first
        .into_iter()
        .filter_map(|(question, seen)| {
            let again = again.get(&question)?;
            let still = seen.into_iter().filter(|id| again.contains(id)).collect();
            Some((question, still))
        })
        .collect()
}

fn unattached_load_balancers(inventory: &Inventory) -> Option<BTreeSet<String>> {
    let complete = ASSUMED
        .iter()
        .all(|name| inventory.collection_gap(name).is_none())
        && inventory.kind_gaps(SERVICES).is_empty();
    let view = &inventory.view.document;
    let cluster_known = view.text_at(&["cluster", "id"]).is_some();
    if !complete || !cluster_known || !verified(view) {
        return None;
    }
    let mut seen = BTreeSet::new();
    for record in view.items_at(&[LOAD_BALANCERS]) {
        // A record that does not say is no proof of absence.
        let (id, of_cluster) = (record.text_at(&["id"])?, record.field("ofCluster")?);
        let Some(Value::Array(services)) = record.field("services") else {
            return None;
        };
        let ours = record.field("ours") == Some(&Value::from(true));
        let exists = record.field("clusterExists");
        // Whether its cluster exists could not be asked: that neither ends what was seen before nor goes on with it.
        let other = of_cluster.text() == Some("other");
        if !ours && other && services.is_empty() && exists == Some(&Value::Null) {
            return None;
        }
        let left = other && exists == Some(&Value::from(false));
        if (ours || left) && services.is_empty() {
            seen.insert(id.to_owned());
        }
    }
    Some(seen)
}

/// Whether it is known whose Services were read.
fn verified(view: &Value) -> bool {
    view.text_at(&["cluster", "unverified"]).is_none()
}

/// Whether some load balancer of the declared cluster has no Service, as far as what was read tells.
pub fn some_unclaimed(inventory: &Inventory) -> bool {
    let view = &inventory.view.document;
    let of_cluster = |record: &Value| record.text_at(&["ofCluster"]) == Some("declared");
    both_sides_read(inventory)
        && verified(view)
        && view
            .items_at(&[LOAD_BALANCERS])
            .iter()
            .any(|record| of_cluster(record) && unclaimed(record))
}

/// Says of each load balancer without a Service whether a second reading of both sides finds it so, too: `confirmed` is
/// `false` where it has one then, or is gone, and null where both sides could not be read again.
pub fn confirm(inventory: &mut Inventory, again: &Inventory) {
    let still: Option<BTreeSet<&str>> = both_sides_read(again).then(|| {
        let records = again.view.document.items_at(&[LOAD_BALANCERS]).iter();
        let still = records.filter(|record| unclaimed(record));
        still.filter_map(|record| record.text_at(&["id"])).collect()
    });
    let confirmed = |record: &Value| match (&still, record.text_at(&["id"])) {
        _ if !unclaimed(record) => Value::from(true),
        (Some(still), Some(id)) => Value::from(still.contains(id)),
        _ => Value::Null,
    };
    each(inventory, |record| vec![("confirmed", confirmed(record))]);
}

fn both_sides_read(inventory: &Inventory) -> bool {
    let account = ["digitalocean.load_balancers", "digitalocean.kubernetes_clusters"];
    account
        .iter()
        .all(|name| inventory.collection_gap(name).is_none())
        && inventory.kind_gaps(SERVICES).is_empty()
}

fn unclaimed(record: &Value) -> bool {
    matches!(record.field("services"), Some(Value::Array(services)) if services.is_empty())
}

/// Makes what is known of earlier runs part of an inventory: the rows of `digitalocean.observations`, and what `data.view` says
/// of them.
pub fn take_in(inventory: &mut Inventory, observations: &[Observation]) {
    let rows = observations.iter().map(Observation::row).collect();
    inventory.learn_collection(OBSERVATIONS, rows);
    annotate(inventory);
}

/// Adds to each load balancer of `data.view` what the rows of `digitalocean.observations` say of it: `unattachedSince` (or
/// null) and `unattachedRuns` (or 0).
pub(super) fn annotate(inventory: &mut Inventory) {
    let rows = inventory.collections.get(OBSERVATIONS);
    let known: BTreeMap<String, (Value, Value)> = rows
        .into_iter()
        .flatten()
        .filter(|row| row.text_at(&["kind"]) == Some(KIND) && row.text_at(&["fact"]) == Some(UNATTACHED))
        .filter_map(|row| {
            let told = |key: &str| row.field(key).cloned();
            let runs = told("runs").unwrap_or_else(|| Value::from(0_u64));
            let since = told("since").unwrap_or(Value::Null);
            Some((row.text_at(&["id"])?.to_owned(), (since, runs)))
        })
        .collect();
    each(inventory, |record| {
        let seen = record.text_at(&["id"]).and_then(|id| known.get(id));
        let (since, runs) = seen.cloned().unwrap_or((Value::Null, Value::from(0_u64)));
        vec![("unattachedSince", since), ("unattachedRuns", runs)]
    });
}

/// Sets members of each load balancer's record.
fn each(inventory: &mut Inventory, members: impl Fn(&Value) -> Vec<(&'static str, Value)>) {
    let records = inventory.view.document.items_at(&[LOAD_BALANCERS]);
    let changed = array(records.iter().map(|record| {
        let mut changed = record.clone();
        if let Ok(own) = changed.as_object_mut() {
            for (name, value) in members(record) {
                own.insert(Value::from(name), value);
            }
        }
        changed
    }));
    if let Ok(members) = inventory.view.document.as_object_mut() {
        members.insert(Value::from(LOAD_BALANCERS), changed);
    }
}
