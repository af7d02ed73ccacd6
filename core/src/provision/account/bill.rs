//! What the environment costs each month, by the account's own price lists.

use super::registry::slug;
use super::{Account, Part};
use crate::plan::Bill;
use crate::provision::steps::Steps;
use crate::value::{Value, ValueExt};

/// Spaces, the control plane and load balancers have prices, and none of the API's lists tells them.
pub(super) fn draw_up(part: &Part<'_>, steps: &mut Steps) {
    let region = part.declared.region.as_str();
    if let Some(cluster) = &part.declared.cluster {
        let name = cluster.name.as_str();
        let id = part.account.id(region, "Cluster", name);
        let row = part
            .account
            .rows("kubernetes_clusters")
            .iter()
            .find(|row| id.is_some() && row.text_at(&["id"]) == id.as_deref());
        let pools = row.map_or(&[][..], |row| row.items_at(&["node_pools"]));
        let named = |row: &Value, name: &str| row.text_at(&["name"]) == Some(name);
        for pool in &cluster.node_pools {
            let is = pools.iter().find(|row| named(row, pool.name.as_str()));
            let count = is.and_then(count).unwrap_or(u64::from(pool.count));
            let size = is.and_then(|row| row.text_at(&["size"]));
            let size = size.unwrap_or(pool.size.as_str());
            let line = nodes(part.account, count, size, pool.name.as_str());
            steps.bill.push(Bill {
                new: is.is_none(),
                ..line
            });
        }
        // What stands is billed, whatever is declared.
        let declared = |row: &&Value| {
            let mut pools = cluster.node_pools.iter();
            pools.any(|pool| named(row, pool.name.as_str()))
        };
        for row in pools.iter().filter(|row| !declared(row)) {
            let text = |key: &str| row.text_at(&[key]).unwrap_or_default();
            let line = nodes(
                part.account,
                count(row).unwrap_or_default(),
                text("size"),
                text("name"),
            );
            steps.bill.push(Bill {
                what: format!("{}, not declared", line.what),
                ..line
            });
        }
        let is = row.and_then(|row| row.field("ha")).map(ValueExt::is_true);
        if is.unwrap_or(cluster.high_availability) {
            steps.bill.push(Bill {
                what: format!("the highly available control plane of cluster {name}"),
                cents: None,
                new: id.is_none(),
                shared: false,
            });
        }
    }
    if let Some(registry) = &part.declared.registry {
        let name = registry.name.as_str();
        let stands = part.account.named("registries", name).next();
        let declared = slug(registry.tier);
        let tier = stands.and_then(|row| row.text_at(&["subscription", "tier", "slug"]));
        let tier = tier.unwrap_or(declared);
        let owner = registry
            .owner
            .as_ref()
            .map_or(part.environment, |owner| owner.as_str());
        let what = format!("registry {name}, tier {tier}");
        let line = Bill {
            what,
            cents: price_of_tier(part.account, tier),
            new: stands.is_none(),
            shared: !registry.shared_with.is_empty(),
        };
        steps.bill.push(if stands.is_some() && owner != part.environment {
            // Once, however many share it.
            Bill {
                what: format!("{}, counted in {owner}", line.what),
                cents: Some(0),
                ..line
            }
        } else {
            line
        });
    }
}

/// How many nodes a pool of the account has.
fn count(row: &Value) -> Option<u64> {
    u64::try_from(row.field("count")?.int()?).ok()
}

/// What a pool costs that stands.
fn nodes(account: &Account, count: u64, size: &str, pool: &str) -> Bill {
    let noun = if count == 1 { "node" } else { "nodes" };
    Bill {
        what: format!("{count} {noun} {size} (pool {pool})"),
        cents: price(account, size).map(|cents| cents * count),
        new: false,
        shared: false,
    }
}

/// What a registry's tier costs each month, in cents.
pub(in crate::provision) fn price_of_tier(account: &Account, tier: &str) -> Option<u64> {
    let options = account.rows("registry_options").iter();
    let mut tiers = options.flat_map(|row| row.items_at(&["subscription_tiers"]));
    let row = tiers.find(|row| row.text_at(&["slug"]) == Some(tier))?;
    u64::try_from(row.field("monthly_price_in_cents")?.int()?).ok()
}

/// What a Droplet of a size costs each month, in cents.
pub(in crate::provision) fn price(account: &Account, size: &str) -> Option<u64> {
    let mut rows = account.rows("sizes").iter();
    let row = rows.find(|row| row.text_at(&["slug"]) == Some(size))?;
    cents(row.field("price_monthly")?)
}

/// Dollars, as the API writes them, in cents.
fn cents(dollars: &Value) -> Option<u64> {
    let text = dollars.to_json_str().ok()?;
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{part:0<2}");
    let cents: u64 = part.get(..2)?.parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_counted_in_cents() {
        for (written, cents) in [
            ("48", Some(4_800)),
            ("48.0", Some(4_800)),
            ("4.5", Some(450)),
            ("0.025", Some(2)),
            ("\"x\"", None),
        ] {
            assert_eq!(
                super::cents(&Value::from_json_str(written).unwrap()),
                cents,
                "{written}"
            );
        }
    }
}
