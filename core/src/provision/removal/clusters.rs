//! Clusters, with their load balancers; and their volumes, which hold data and stay unless each is named.

use super::draft::{Draft, Wish, may_go};
use super::{Part, Whose};
use crate::findings::FixAction;
use crate::plan::Along;
use crate::provision::account::bill::price;
use crate::provision::steps::of_account;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

/// Why volumes stay.
const DATA: &str = "it holds data";

/// The clusters that go, by id.
pub(super) fn going(part: &Part<'_>) -> BTreeSet<String> {
    part.own("kubernetes_clusters", "Cluster")
        .filter(|(_, _, whose)| may_go(whose, part.choice))
        .map(|(_, id, _)| id.to_owned())
        .collect()
}

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    for (row, id, whose) in part.own("kubernetes_clusters", "Cluster") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let goes = may_go(&whose, part.choice);
        let empty = object::<&str>([]);
        let mut told = part.rows("kubernetes_associated_resources").iter();
        let told = told.find(|told| told.text_at(&["cluster_id"]) == Some(id));
        if told.is_none() && goes && !is_going(row) {
            draft.conflicts.push(crate::plan::Conflict {
                target: of_account("Cluster", name, Some(id)),
                why: format!("what hangs on cluster {name} is not known"),
                hint: "nothing is removed on a partial view".to_owned(),
            });
        }
        let told = told.unwrap_or(&empty);
        let balancers = balancers(part, draft, told, goes);
        let mut wish = Wish::new(
            FixAction::ClusterDestroy,
            of_account("Cluster", name, Some(id)),
            words(name, row, balancers.len()),
            whose.clone(),
        );
        wish.data = object([
            ("load_balancers", array(balancers.iter().map(named))),
            (
                "volume_snapshots",
                array(told.items_at(&["volume_snapshots"]).iter().map(named)),
            ),
            ("volumes", array(told.items_at(&["volumes"]).iter().map(named))),
        ]);
        wish.along = bill(part, row, &balancers);
        if !part.is_declared("Cluster", row) {
            wish.keeps =
                Some("the spec declares another cluster, or none: this one's Lease is not held, and what was made in it is not seen".to_owned());
            // Nobody can say that nothing is left as long as nobody has looked.
            wish.remains = true;
        }
        wish.cautions = cautions(part, row);
        wish.urn = Some(format!("do:kubernetes:{id}"));
        let own = members(part, row, id, &balancers);
        if let Some(step) = draft.put(part, wish) {
            draft.gone.extend(own);
            for (list, action, kind) in [
                ("volumes", FixAction::VolumeDelete, "Volume"),
                ("volume_snapshots", FixAction::SnapshotDelete, "Snapshot"),
            ] {
                for one in told.items_at(&[list]) {
                    let whose = Whose::Ours(format!("it hangs on cluster {name}"));
                    volume(part, draft, one, (action, kind), whose, &step);
                }
            }
        }
    }
}

/// Whether it is being destroyed already.
pub(super) fn is_going(row: &Value) -> bool {
    let state = row.text_at(&["status", "state"]);
    matches!(state, Some("deleting" | "deleted"))
}

/// What of a cluster is a member of its network or in a project, beside itself: Droplets and load balancers.
fn members(part: &Part<'_>, row: &Value, id: &str, balancers: &[Value]) -> Vec<String> {
    let tag = format!("k8s:{id}");
    let tagged = |row: &&Value| {
        let mut tags = row.items_at(&["tags"]).iter();
        tags.any(|own| own.text() == Some(&tag)) && part.of_another_cluster(row).is_none()
    };
    let balancers = balancers
        .iter()
        .chain(part.rows("load_balancers").iter().filter(tagged));
    let balancers = balancers.filter_map(|one| Some(format!("do:loadbalancer:{}", one.text_at(&["id"])?)));
    let nodes = droplets(row).map(|droplet| format!("do:droplet:{droplet}"));
    let others = part.rows("droplets").iter().filter(tagged);
    let others =
        others.filter_map(|one| Some(format!("do:droplet:{}", one.field("id")?.to_json_str().ok()?)));
    nodes.chain(others).chain(balancers).collect()
}

/// A volume or a snapshot, which goes once its cluster is gone.
fn volume(
    part: &Part<'_>,
    draft: &mut Draft,
    one: &Value,
    (action, kind): (FixAction, &str),
    whose: Whose,
    cluster: &str,
) {
    let id = one.text_at(&["id"]).unwrap_or_default();
    let row = found(part, kind, id).unwrap_or(one);
    let mut wish = stored(row, id, action, kind, whose);
    if let Some(other) = part.of_another_cluster(row) {
        wish.held = Some(format!("it is of cluster {other} as well, which stays"));
    }
    wish.after = vec![cluster.to_owned()];
    draft.put(part, wish);
}

/// The row of a volume or a snapshot.
pub(super) fn found<'a>(part: &'a Part<'_>, kind: &str, id: &str) -> Option<&'a Value> {
    let collection = if kind == "Volume" { "volumes" } else { "snapshots" };
    let mut rows = part.rows(collection).iter();
    rows.find(|row| row.text_at(&["id"]) == Some(id))
}

/// The wish to remove a volume or a snapshot.
pub(super) fn stored(row: &Value, id: &str, action: FixAction, kind: &str, whose: Whose) -> Wish {
    let name = row.text_at(&["name"]).unwrap_or(id);
    let size = row
        .field("size_gigabytes")
        .and_then(|size| size.to_json_str().ok());
    let size = size.map_or_else(String::new, |size| format!(" ({size} GiB)"));
    let noun = if kind == "Volume" {
        "volume"
    } else {
        "snapshot of a volume"
    };
    let mut wish = Wish::new(
        action,
        of_account(kind, name, Some(id)),
        format!("delete {noun} {name}{size} and what is on it"),
        whose,
    );
    wish.keeps = Some(DATA.to_owned());
    wish.along = vec![Along {
        what: format!("{noun} {name}{size}"),
        cents: None,
    }];
    wish.urn = (kind == "Volume").then(|| format!("do:volume:{id}"));
    wish
}

/// The load balancers that go with a cluster: those that no cluster which stays uses too.
fn balancers(part: &Part<'_>, draft: &mut Draft, told: &Value, goes: bool) -> Vec<Value> {
    let mut own = Vec::new();
    for one in told.items_at(&["load_balancers"]) {
        let id = one.text_at(&["id"]).unwrap_or_default();
        let mut rows = part.rows("load_balancers").iter();
        let row = rows.find(|row| row.text_at(&["id"]) == Some(id));
        match row.and_then(|row| part.of_another_cluster(row)) {
            Some(other) if goes => draft.keep(
                of_account("LoadBalancer", one.text_at(&["name"]).unwrap_or(id), Some(id)),
                format!("it is of cluster {other} as well, which stays"),
                false,
                true,
            ),
            _ => own.push(row.unwrap_or(one).clone()),
        }
    }
    own
}

/// Its id and its name, and nothing that changes by itself.
pub(super) fn named(row: &Value) -> Value {
    let text = |key: &str| Value::from(row.text_at(&[key]).unwrap_or_default());
    object([("id", text("id")), ("name", text("name"))])
}

fn words(name: &str, row: &Value, balancers: usize) -> String {
    if is_going(row) {
        return format!("wait until cluster {name} is gone, which is being destroyed");
    }
    match balancers {
        0 => format!("destroy cluster {name}"),
        1 => format!("destroy cluster {name} with its load balancer"),
        number => format!("destroy cluster {name} with its {number} load balancers"),
    }
}

fn bill(part: &Part<'_>, row: &Value, balancers: &[Value]) -> Vec<Along> {
    let mut along = Vec::new();
    for pool in row.items_at(&["node_pools"]) {
        let text = |key: &str| pool.text_at(&[key]).unwrap_or_default();
        let count = pool.field("count").and_then(ValueExt::int);
        let count = count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        let noun = if count == 1 { "node" } else { "nodes" };
        along.push(Along {
            what: format!("{count} {noun} {} (pool {})", text("size"), text("name")),
            cents: price(&part.stock.account, text("size")).map(|cents| cents * count),
        });
    }
    if row.field("ha").is_some_and(ValueExt::is_true) {
        along.push(Along {
            what: "the highly available control plane".to_owned(),
            cents: None,
        });
    }
    along.extend(balancers.iter().map(balancer));
    along
}

/// A load balancer on the bill, with the address that goes with it.
pub(super) fn balancer(row: &Value) -> Along {
    let name = row.text_at(&["name"]).unwrap_or_default();
    let ip = row.text_at(&["ip"]).filter(|ip| !ip.is_empty());
    let ip = ip.map_or_else(String::new, |ip| format!(", whose address {ip} is lost"));
    Along {
        what: format!("load balancer {name}{ip}"),
        cents: None,
    }
}

fn cautions(part: &Part<'_>, row: &Value) -> Vec<String> {
    let mut cautions = vec![
        "everything in it goes: workloads, Secrets, and what no manifest and no backup holds".to_owned(),
    ];
    if !part.is_declared("Cluster", row) {
        cautions.push("the spec does not declare it any more".to_owned());
    }
    cautions
}

/// The Droplets of a cluster's pools.
fn droplets(row: &Value) -> impl Iterator<Item = &str> {
    let nodes = row.items_at(&["node_pools"]).iter();
    let nodes = nodes.flat_map(|pool| pool.items_at(&["nodes"]));
    nodes.filter_map(|node| node.text_at(&["droplet_id"]))
}
