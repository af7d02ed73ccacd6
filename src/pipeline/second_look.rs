//! What is said to be left over is looked at a second time, from both sides, before anybody is told: a Service or its load
//! balancer may have come or gone between the two moments at which they were read.

use super::ended::Ended;
use super::live::Live;
use envcheck_core::inventory::observation::{
    Answers, COLLECTIONS, KINDS, OBSERVATIONS, answers, confirm, confirmed, some_unclaimed,
};
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Declared, Inventory};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// What a finished inventory answers, as far as a second reading agrees. Where that cannot be had, what earlier runs saw is
/// not to be relied on, and the inventory says so.
pub(super) fn look(
    inventory: &mut Inventory,
    live: &Live,
    declared: Declared,
    interrupt: &CancellationToken,
) -> Result<Answers, Ended> {
    let first = answers(inventory);
    if first.values().all(BTreeSet::is_empty) && !some_unclaimed(inventory) {
        return Ok(first);
    }
    let again = live.again(&KINDS, &COLLECTIONS, declared)?;
    if interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    let second = answers(&again);
    confirm(inventory, &again);
    if first.keys().any(|question| !second.contains_key(question)) {
        let why = unread(&again);
        let detail = format!(
            "whether load balancers are still without a Service could not be read a second time: {why}"
        );
        inventory.lose_collection(OBSERVATIONS, reason::UNAVAILABLE, detail);
    }
    Ok(confirmed(first, &second))
}

fn unread(inventory: &Inventory) -> String {
    let kinds = KINDS.iter().flat_map(|kind| inventory.kind_gaps(kind));
    let collections = COLLECTIONS
        .iter()
        .filter_map(|name| inventory.collection_gap(name));
    let first = kinds.chain(collections).next();
    first.map_or_else(
        || "the account has changed meanwhile".to_owned(),
        |gap| gap.detail,
    )
}
