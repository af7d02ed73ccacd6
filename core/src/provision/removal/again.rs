//! Single things of a survey, looked at again when their turn comes.

use super::urns::named;
use super::{Contents, Stock};
use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::{Value, ValueExt};

/// The row of what a deed removes; `None` when it is gone, and of buckets, which have none.
pub fn row_of<'a>(stock: &'a Stock, deed: &Deed) -> Option<&'a Value> {
    let collection = deed.collections().first()?.strip_prefix("digitalocean.")?;
    let key = match deed.action {
        FixAction::SpacesKeyDelete => "access_key",
        FixAction::RegistryDelete => "name",
        _ => "id",
    };
    let wanted = match deed.action {
        FixAction::RegistryDelete => Some(deed.target.name.as_str()),
        _ => deed.target.id.as_deref(),
    };
    let mut rows = stock.account.rows(collection).iter();
    rows.find(|row| wanted.is_some() && row.text_at(&[key]) == wanted)
}

/// The state of what a deed removes, as long as it is there.
pub fn state_of(stock: &Stock, deed: &Deed) -> Option<String> {
    if deed.action == FixAction::BucketDelete {
        return match stock.buckets.get(&deed.target.name) {
            Some(Ok(Contents::Absent)) => None,
            Some(Err(why)) => Some(format!("not to be asked for ({why})")),
            _ => Some("there".to_owned()),
        };
    }
    if deed.in_cluster() {
        return super::marked::state_of(stock, deed);
    }
    let state = row_of(stock, deed)?.text_at(&["status", "state"]);
    Some(state.unwrap_or("there").to_owned())
}

/// Whether a cluster is being destroyed already.
pub fn is_going(stock: &Stock, deed: &Deed) -> bool {
    row_of(stock, deed).is_some_and(super::clusters::is_going)
}

/// What is in the thing that a deed removes, or uses it, so that it cannot go yet: `used by general-1 (Droplet 1) and
/// 2 others`.
pub fn members(stock: &Stock, deed: &Deed) -> Option<String> {
    let id = deed.target.id.as_deref()?;
    let of = |collection: &str, key: &str| -> Vec<String> {
        let rows = stock.account.rows(collection).iter();
        let own = rows.filter(|row| row.text_at(&[key]) == Some(id));
        own.map(|row| row.text_at(&["urn"]).unwrap_or("something").to_owned())
            .collect()
    };
    let members = match deed.action {
        FixAction::VpcDelete => of("vpc_members", "vpc_id"),
        FixAction::ProjectDelete => of("project_resources", "project_id"),
        FixAction::VolumeDelete => {
            let droplets = row_of(stock, deed)?.items_at(&["droplet_ids"]).iter();
            let urn = |id: &Value| format!("do:droplet:{}", id.int().unwrap_or_default());
            droplets.map(urn).collect()
        }
        _ => Vec::new(),
    };
    let first = named(stock, members.first()?);
    Some(match members.len() {
        1 => format!("used by {first}"),
        2 => format!("used by {first} and another"),
        number => format!("used by {first} and {} others", number - 1),
    })
}

/// Whether a deed removes nothing that was not agreed to: no load balancer has come up since, nothing in a Namespace that cannot be
/// made anew, and nothing else that a firewall protects.
pub fn is_still(agreed: &Deed, now: &Deed) -> bool {
    ["load_balancers", "holds", "protects"].iter().all(|list| {
        let known = agreed.data.items_at(&[list]);
        let mut own = now.data.items_at(&[list]).iter();
        own.all(|one| known.iter().any(|known| known.field("id") == one.field("id")))
    })
}
