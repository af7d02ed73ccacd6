//! What is left once a run has ended: the account is surveyed anew, and what DOKS still takes away by itself is waited for.

use super::going::LONGEST_PAUSE;
use super::guard::Guard;
use super::plan::ToDestroy;
use super::stock::{lists, surveyed};
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::pauses::Wait;
use crate::pipeline::repair::Ground;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Removing;
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::{Stock, removal};
use envcheck_core::value::ValueExt;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long what goes by itself is waited for.
const UNTIL_IT_IS_GONE: Duration = Duration::from_mins(15);

/// The lists with what goes by itself.
const PASSING: [&str; 2] = ["digitalocean.firewalls", "digitalocean.load_balancers"];

/// What is left, and the load balancers that there are. `destroyed`: a cluster went in this run, whose load balancers and firewalls follow
/// it.
pub(super) fn left(
    (site, entered): (&AccountHand, Option<&Guard>),
    wanted: &ToDestroy,
    proofs: &Proofs,
    destroyed: bool,
    ground: &Ground<'_>,
) -> Result<(Removing, BTreeSet<String>), Ended> {
    let mut wait = Wait::begin(
        "what DOKS takes away by itself".to_owned(),
        (UNTIL_IT_IS_GONE, LONGEST_PAUSE),
        ground.clock,
        ground.watching,
    );
    let mut stock = surveyed(site, wanted, proofs, entered)?;
    loop {
        let left = removal(&wanted.spec, &stock, proofs, &wanted.choice, (ground.clock)());
        let passing = left.staying.iter().any(|one| one.passing)
            || destroyed
                && left
                    .steps
                    .iter()
                    .any(|one| one.step.deed.action == FixAction::LoadBalancerDelete);
        if !passing || wanted.interrupt.is_cancelled() {
            return Ok((left, balancers(&stock)));
        }
        // Past its time, what is left is what is told.
        let Ok(pause) = wait.next("still there") else {
            return Ok((left, balancers(&stock)));
        };
        site.pause(pause, &wanted.interrupt);
        lists(site, &mut stock, &PASSING)?;
    }
}

/// Their ids.
fn balancers(stock: &Stock) -> BTreeSet<String> {
    let rows = stock.account.rows("load_balancers").iter();
    let ids = rows.filter_map(|row| row.text_at(&["id"]));
    ids.map(ToOwned::to_owned).collect()
}
