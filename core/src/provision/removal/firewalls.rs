//! Firewalls that a journal proves to be made. They carry no mark: their tags say what they protect, not who made them. The two
//! that DOKS keeps for each cluster go with it by themselves.

use super::Part;
use super::draft::{Draft, Wish};
use crate::findings::FixAction;
use crate::provision::steps::of_account;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// How the names of firewalls begin that DOKS keeps.
const OF_DOKS: &str = "k8s-";

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let clusters = draft.ids_of(&[FixAction::ClusterDestroy]);
    for (row, id, whose) in part.own("firewalls", "Firewall") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        if name.starts_with(OF_DOKS) {
            continue;
        }
        let mut wish = Wish::new(
            FixAction::FirewallDelete,
            of_account("Firewall", name, Some(id)),
            format!("delete firewall {name}"),
            whose,
        );
        wish.held = others(part, draft, row);
        // As long as there are nodes they stay protected.
        wish.after.clone_from(&clusters);
        draft.put(part, wish);
    }
}

/// A Droplet that stays and that it protects.
fn others(part: &Part<'_>, draft: &Draft, row: &Value) -> Option<String> {
    let tags: BTreeSet<&str> = row
        .items_at(&["tags"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    let named: Vec<&Value> = row.items_at(&["droplet_ids"]).iter().collect();
    let mut protected = part.rows("droplets").iter().filter(|droplet| {
        let tagged = droplet.items_at(&["tags"]).iter();
        let tagged = tagged.filter_map(ValueExt::text).any(|tag| tags.contains(tag));
        tagged || droplet.field("id").is_some_and(|id| named.contains(&id))
    });
    let other = protected.find(|droplet| {
        let id = droplet.field("id").and_then(|id| id.to_json_str().ok());
        id.is_some_and(|id| !draft.gone.contains(&format!("do:droplet:{id}")))
    })?;
    Some(format!(
        "it protects Droplet {}, which stays",
        other.text_at(&["name"]).unwrap_or("without a name")
    ))
}
