//! Firewalls that a journal proves to be made. They carry no mark: their tags say what they protect, not who made them. The two
//! that DOKS keeps for each cluster go with it by themselves.

use super::Part;
use super::draft::{Draft, Wish};
use crate::findings::FixAction;
use crate::inventory::doks::is_own_firewall;
use crate::provision::steps::of_account;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let clusters = draft.ids_of(&[FixAction::ClusterDestroy]);
    for (row, id, whose) in part.own("firewalls", "Firewall") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if tags(row).any(|tag| is_own_firewall(name, tag.strip_prefix("k8s:").unwrap_or_default())) {
            continue;
        }
        let mut wish = Wish::new(
            FixAction::FirewallDelete,
            of_account("Firewall", name, Some(id)),
            format!("delete firewall {name}"),
            whose,
        );
        let protects = protects(part, draft, row);
        if let Some(whom) = words(&protects) {
            wish.keeps = Some(format!("it protects {whom}"));
            // It was made for this environment and is there: that it stays has to be seen to.
            wish.remains = true;
            wish.cautions = vec![format!(
                "from then on it does not protect {whom}: what no other firewall holds off gets there"
            )];
        }
        wish.data = object([("protects", array(protects))]);
        // As long as there are nodes they stay protected.
        wish.after.clone_from(&clusters);
        draft.put(part, wish);
    }
}

fn tags(row: &Value) -> impl Iterator<Item = &str> {
    row.items_at(&["tags"]).iter().filter_map(ValueExt::text)
}

/// What it protects and stays: clusters, whose nodes come and go, and Droplets that are of none; each with its kind, id and name.
fn protects(part: &Part<'_>, draft: &Draft, row: &Value) -> Vec<Value> {
    let own: BTreeSet<&str> = tags(row).collect();
    let named: Vec<&Value> = row.items_at(&["droplet_ids"]).iter().collect();
    let droplets = part.rows("droplets").iter().filter(|droplet| {
        let tagged = tags(droplet).any(|tag| own.contains(tag));
        tagged || droplet.field("id").is_some_and(|id| named.contains(&id))
    });
    // A cluster may be without a node at the moment, as while a pool is replaced.
    let mut clusters: BTreeSet<&str> = part.of_another_cluster(row).into_iter().collect();
    let mut alone = Vec::new();
    for droplet in droplets {
        let id = droplet.field("id").and_then(|id| id.to_json_str().ok());
        let id = id.unwrap_or_default();
        match part.of_another_cluster(droplet) {
            _ if draft.gone.contains(&format!("do:droplet:{id}")) => {}
            Some(cluster) => {
                clusters.insert(cluster);
            }
            None => alone.push(protected("Droplet", &id, name_of(droplet))),
        }
    }
    let clusters = clusters.into_iter().map(|id| {
        let mut rows = part.rows("kubernetes_clusters").iter();
        let row = rows.find(|row| row.text_at(&["id"]) == Some(id));
        protected("Cluster", id, row.map_or(id, name_of))
    });
    clusters.chain(alone).collect()
}

fn name_of(row: &Value) -> &str {
    row.text_at(&["name"]).unwrap_or("without a name")
}

fn protected(kind: &str, id: &str, name: &str) -> Value {
    object([("id", id), ("kind", kind), ("name", name)].map(|(key, text)| (key, Value::from(text))))
}

/// Who has it and stays; `None` where nobody does.
fn words(protects: &[Value]) -> Option<String> {
    let first = protects.first()?;
    let name = name_of(first);
    let first = match first.text_at(&["kind"]) {
        Some("Cluster") => format!("the nodes of cluster {name}"),
        _ => format!("Droplet {name}"),
    };
    Some(match protects.len() {
        1 => format!("{first}, which stays"),
        2 => format!("{first} and another, which stay"),
        number => format!("{first} and {} others, which stay", number - 1),
    })
}
