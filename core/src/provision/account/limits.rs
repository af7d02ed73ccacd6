//! What the account may have. A request beyond that is refused when half of an environment stands; so it is told beforehand, as far as
//! it is certain.

use super::Part;
use crate::findings::FixAction;
use crate::provision::steps::{Steps, of_account};
use crate::value::{Value, ValueExt};

/// Nodes are Droplets. Others of the account's Droplets are not counted: their number would only be greater.
pub(super) fn judge(part: &Part<'_>, steps: &mut Steps) {
    let limit = part.account.rows("account").first();
    let limit = limit.and_then(|row| number(row, "droplet_limit"));
    let Some(limit) = limit else { return };
    let made = steps.makings.iter().map(|making| &making.step.deed);
    let new: u64 = made
        .map(|deed| match deed.action {
            FixAction::ClusterCreate => nodes(&deed.data),
            FixAction::NodePoolCreate => number(&deed.data, "count").unwrap_or_default(),
            _ => 0,
        })
        .sum();
    let stand: u64 = part.account.rows("kubernetes_clusters").iter().map(nodes).sum();
    if new == 0 || stand + new <= limit {
        return;
    }
    let beside = match stand {
        0 => String::new(),
        stand => format!(" beside the {stand} nodes of its clusters"),
    };
    let noun = if new == 1 { "node" } else { "nodes" };
    steps.conflicts(
        of_account("Account", "droplet_limit", None),
        format!("the account may have {limit} Droplets at one time, too few for {new} {noun} more{beside}"),
        "ask DigitalOcean for a higher limit (the control panel has a form for that), or declare fewer nodes",
    );
}

/// How many nodes a cluster has, or is to have.
fn nodes(cluster: &Value) -> u64 {
    let pools = cluster.items_at(&["node_pools"]).iter();
    pools.filter_map(|pool| number(pool, "count")).sum()
}

fn number(row: &Value, key: &str) -> Option<u64> {
    row.field(key)?
        .int()
        .and_then(|number| u64::try_from(number).ok())
}
