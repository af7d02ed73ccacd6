//! What clusters that are gone have left: load balancers that nobody uses, volumes, snapshots. A tag names the cluster, and a
//! journal says that it was this environment's.

use super::clusters::stored;
use super::draft::{Draft, Wish};
use super::{Part, Whose};
use crate::findings::FixAction;
use crate::inventory::doks::is_own_firewall;
use crate::plan::Along;
use crate::provision::steps::of_account;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let clusters = part.rows("kubernetes_clusters");
    let there: BTreeSet<&str> = clusters.iter().filter_map(|row| row.text_at(&["id"])).collect();
    // The former cluster of this environment that a row is of.
    let former = |row: &Value| -> Option<String> {
        let id = row.text_at(&["id"]).unwrap_or_default();
        let tags = row.items_at(&["tags"]).iter();
        let mut tagged = tags.filter_map(|tag| tag.text()?.strip_prefix("k8s:"));
        tagged
            .find(|cluster| part.proofs.clusters().contains(*cluster))
            .or_else(|| part.proofs.left_by(id))
            .filter(|cluster| !there.contains(cluster))
            .map(ToOwned::to_owned)
    };
    for row in part.rows("droplets") {
        // DOKS takes them away by itself.
        if former(row).is_some()
            && let Some(id) = row.field("id").and_then(|id| id.to_json_str().ok())
        {
            draft.gone.insert(format!("do:droplet:{id}"));
        }
    }
    for row in part.rows("firewalls") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if former(row).is_some_and(|cluster| is_own_firewall(name, &cluster)) {
            draft.passes(of_account("Firewall", name, row.text_at(&["id"])));
        }
    }
    for row in part.rows("load_balancers") {
        if let Some(cluster) = former(row) {
            balancer(part, draft, row, &cluster);
        }
    }
    let mut volumes = BTreeSet::new();
    for row in part.rows("volumes") {
        let Some(cluster) = former(row) else { continue };
        let id = row.text_at(&["id"]).unwrap_or_default();
        volumes.insert(id);
        // A later cluster of this environment may use it by now.
        if draft.knows("Volume", id) {
            continue;
        }
        let whose = Whose::Ours(format!("left by cluster {cluster} of this environment"));
        let mut wish = stored(row, id, FixAction::VolumeDelete, "Volume", whose);
        wish.held = in_use(part, draft, row);
        draft.put(part, wish);
    }
    for row in part.rows("snapshots") {
        let of = row.text_at(&["resource_id"]).unwrap_or_default();
        let whose = match former(row) {
            Some(cluster) => format!("left by cluster {cluster} of this environment"),
            None if volumes.contains(of) => format!("taken of volume {of}"),
            None => continue,
        };
        let id = row.text_at(&["id"]).unwrap_or_default();
        if draft.knows("Snapshot", id) {
            continue;
        }
        let mut wish = stored(row, id, FixAction::SnapshotDelete, "Snapshot", Whose::Ours(whose));
        wish.held = part
            .of_another_cluster(row)
            .map(|other| format!("it is of cluster {other} as well, which stays"));
        draft.put(part, wish);
    }
}

fn balancer(part: &Part<'_>, draft: &mut Draft, row: &Value, cluster: &str) {
    let id = row.text_at(&["id"]).unwrap_or_default();
    let name = row.text_at(&["name"]).unwrap_or(id);
    let target = of_account("LoadBalancer", name, Some(id));
    if let Some(other) = part.of_another_cluster(row) {
        let why = format!("it is of cluster {other} as well, which stays");
        draft.keep(target, why, false, true);
        return;
    }
    let mut wish = Wish::new(
        FixAction::LoadBalancerDelete,
        target,
        format!("delete load balancer {name}, which a destroyed cluster has left"),
        Whose::Ours(format!("left by cluster {cluster} of this environment")),
    );
    wish.along = vec![Along {
        what: format!("load balancer {name}"),
        cents: None,
    }];
    wish.urn = Some(format!("do:loadbalancer:{id}"));
    draft.put(part, wish);
}

/// Load balancers of others that lie before nothing but what goes: they stay, and are billed.
pub(super) fn idle_balancers(part: &Part<'_>, draft: &mut Draft) {
    for row in part.rows("load_balancers") {
        let id = row.text_at(&["id"]).unwrap_or_default();
        let droplets = row.items_at(&["droplet_ids"]).iter();
        let mut droplets = droplets.filter_map(|id| id.to_json_str().ok()).peekable();
        let idle = droplets.peek().is_some()
            && droplets.all(|droplet| draft.gone.contains(&format!("do:droplet:{droplet}")));
        if !idle || draft.knows("LoadBalancer", id) || draft.gone.contains(&format!("do:loadbalancer:{id}")) {
            continue;
        }
        let target = of_account("LoadBalancer", row.text_at(&["name"]).unwrap_or(id), Some(id));
        let why =
            "all Droplets that it lies before go, and nothing proves that it was made for this environment";
        draft.keep(target, why, false, true);
    }
}

/// Who uses a volume by now.
fn in_use(part: &Part<'_>, draft: &Draft, row: &Value) -> Option<String> {
    if let Some(other) = part.of_another_cluster(row) {
        return Some(format!("it is of cluster {other} as well, which stays"));
    }
    let droplets = row.items_at(&["droplet_ids"]).iter();
    let mut droplets = droplets.filter_map(|id| id.to_json_str().ok());
    let other = droplets.find(|id| !draft.gone.contains(&format!("do:droplet:{id}")))?;
    Some(format!("it is attached to Droplet {other}"))
}
