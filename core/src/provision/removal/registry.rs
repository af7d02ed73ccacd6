//! The registry: the whole team's, so it stays unless it is named, and then only when nobody else pulls from it.

use super::Part;
use super::Whose;
use super::draft::{Draft, Wish};
use crate::findings::FixAction;
use crate::plan::Along;
use crate::provision::account::bill::price_of_tier;
use crate::provision::steps::of_account;
use crate::spec::Label;
use crate::value::{Value, ValueExt};

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    let declared = part.declared.and_then(|declared| declared.registry.as_ref());
    let clusters = draft.ids_of(&[FixAction::ClusterDestroy]);
    for row in part.rows("registries") {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let own = declared.filter(|declared| declared.name.as_str() == name);
        let made = part.journalled("Registry", name, name);
        if own.is_none() && made.is_none() {
            continue;
        }
        let whose = made.unwrap_or(Whose::Adopted(None));
        let mut wish = Wish::new(
            FixAction::RegistryDelete,
            of_account("Registry", name, None),
            format!("delete registry {name} with all its images"),
            whose,
        );
        wish.keeps = Some("it holds images".to_owned());
        wish.held = others(part, name).or_else(|| {
            let owner = own?.owner.as_ref()?;
            (owner.as_str() != part.environment).then(|| format!("it belongs to {owner}"))
        });
        wish.held = wish.held.or_else(|| {
            let others: Vec<&str> = own?.shared_with.iter().map(Label::as_str).collect();
            (!others.is_empty()).then(|| format!("it is shared with {}", others.join(", ")))
        });
        let tier = row.text_at(&["subscription", "tier", "slug"]).unwrap_or_default();
        wish.along = vec![Along {
            what: format!("registry {name}, tier {tier}"),
            cents: price_of_tier(&part.stock.account, tier),
        }];
        wish.after.clone_from(&clusters);
        draft.put(part, wish);
    }
}

/// A cluster that stays and pulls from it.
fn others(part: &Part<'_>, registry: &str) -> Option<String> {
    let mut rows = part.rows("kubernetes_clusters").iter();
    let pulls = |row: &&Value| {
        let mut own = row.items_at(&["registries"]).iter();
        let stays = row.text_at(&["id"]).is_some_and(|id| !part.going.contains(id));
        stays && own.any(|own| own.text() == Some(registry))
    };
    let cluster = rows.find(pulls)?.text_at(&["name"]).unwrap_or_default();
    Some(format!("cluster {cluster} pulls from it"))
}
