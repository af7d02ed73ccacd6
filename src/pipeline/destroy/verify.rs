//! What is left once a run has ended: the account is surveyed anew, and what DOKS still takes away by itself is waited for.

use super::plan::ToDestroy;
use super::stock::{lists, surveyed};
use super::walk::LONGEST_PAUSE;
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::pauses::Pauses;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Removing;
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::removal;
use jiff::Timestamp;
use std::time::Duration;

/// How long what goes by itself is waited for.
const UNTIL_IT_IS_GONE: Duration = Duration::from_mins(15);

/// The lists with what goes by itself.
const PASSING: [&str; 2] = ["digitalocean.firewalls", "digitalocean.load_balancers"];

/// What is left. `destroyed`: a cluster went in this run, whose load balancers and firewalls follow it.
pub(super) fn left(
    site: &AccountHand,
    wanted: &ToDestroy,
    proofs: &Proofs,
    destroyed: bool,
    clock: &dyn Fn() -> Timestamp,
) -> Result<Removing, Ended> {
    let start = clock();
    let mut pauses = Pauses::up_to(LONGEST_PAUSE);
    let mut stock = surveyed(site, wanted, proofs)?;
    loop {
        let left = removal(&wanted.spec, &stock, proofs, &wanted.choice, clock());
        let passing = left.staying.iter().any(|one| one.passing)
            || destroyed
                && left
                    .steps
                    .iter()
                    .any(|one| one.step.deed.action == FixAction::LoadBalancerDelete);
        let waited = clock().duration_since(start);
        let over = waited > UNTIL_IT_IS_GONE.try_into().unwrap_or_default();
        if !passing || over || wanted.interrupt.is_cancelled() {
            return Ok(left);
        }
        site.pause(pauses.longer(), &wanted.interrupt);
        lists(site, &mut stock, &PASSING)?;
    }
}
