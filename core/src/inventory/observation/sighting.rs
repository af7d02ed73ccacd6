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
pub const COLLECTIONS: [&str; 3] = [
    "digitalocean.kubernetes_cluster_lookups",
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
    let account = ["digitalocean.load_balancers", "digitalocean.kubernetes_clusters"];
    let complete = account
        .iter()
        .all(|name| inventory.collection_gap(name).is_none())
        && inventory.kind_gaps(SERVICES).is_empty();
    let view = &inventory.view.document;
    let cluster_known = view.text_at(&["cluster", "id"]).is_some();
    let verified = view.text_at(&["cluster", "unverified"]).is_none();
    if !complete || !cluster_known || !verified {
        return None;
    }
    let mut seen = BTreeSet::new();
    for record in view.items_at(&[LOAD_BALANCERS]) {
        // A record that does not say is no proof of absence.
        let (id, of_cluster) = (record.text_at(&["id"])?, record.field("ofCluster")?);
        let Some(Value::Array(services)) = record.field("services") else {
            return None;
        };
        let exists = record.field("clusterExists");
        // Whether its cluster exists could not be asked: that neither ends what was seen before nor goes on with it.
        if of_cluster.text() == Some("other") && services.is_empty() && exists == Some(&Value::Null) {
            return None;
        }
        let left = exists == Some(&Value::from(false));
        let ours = match of_cluster.text() {
            Some("declared") => true,
            // Without a tag, but with Droplets that are all Nodes of the cluster.
            Some("none") => all_nodes(record, view),
            _ => left,
        };
        if ours && services.is_empty() {
            seen.insert(id.to_owned());
        }
    }
    Some(seen)
}

fn all_nodes(record: &Value, view: &Value) -> bool {
    let (droplets, nodes) = (
        record.items_at(&["dropletIds"]),
        view.items_at(&["cluster", "dropletIds"]),
    );
    !droplets.is_empty() && droplets.iter().all(|id| nodes.contains(id))
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
    let known: BTreeMap<&str, &Value> = rows
        .into_iter()
        .flatten()
        .filter(|row| row.text_at(&["kind"]) == Some(KIND) && row.text_at(&["fact"]) == Some(UNATTACHED))
        .filter_map(|row| Some((row.text_at(&["id"])?, row)))
        .collect();
    let records = inventory.view.document.items_at(&[LOAD_BALANCERS]);
    let annotated = array(records.iter().map(|record| {
        let row = record.text_at(&["id"]).and_then(|id| known.get(id));
        let told = |key: &str| row.and_then(|row| row.field(key)).cloned();
        let mut record = record.clone();
        if let Ok(members) = record.as_object_mut() {
            let since = told("since").unwrap_or(Value::Null);
            members.insert(Value::from("unattachedSince"), since);
            let runs = told("runs").unwrap_or_else(|| Value::from(0_u64));
            members.insert(Value::from("unattachedRuns"), runs);
        }
        record
    }));
    if let Ok(members) = inventory.view.document.as_object_mut() {
        members.insert(Value::from(LOAD_BALANCERS), annotated);
    }
}
