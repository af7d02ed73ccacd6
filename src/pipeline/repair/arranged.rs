//! The order of steps on NetworkPolicies, and which of them rest on others: worked out on the copy, from what each does.

use crate::pipeline::connections::Seen;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, Step};
use envcheck_core::remediate::{Sequence, is_of_another_api, sequence};
use std::collections::{BTreeMap, BTreeSet};

/// Whether there is anything to be put in order: a NetworkPolicy that changes may need another one that does not.
pub(super) fn matters(steps: &[Step]) -> bool {
    steps.iter().any(|step| home(&step.deed.target).is_some())
}

/// Whether several of them are in one namespace.
pub(super) fn several(steps: &[Step]) -> bool {
    let mut homes = BTreeSet::new();
    let mut all = steps.iter().filter_map(|step| home(&step.deed.target));
    all.any(|namespace| !homes.insert(namespace))
}

/// The namespace whose NetworkPolicy this is.
fn home(target: &ResourceRef) -> Option<&str> {
    let policy = target.kind == "NetworkPolicy" && !is_of_another_api(target);
    target.namespace.as_deref().filter(|_| policy)
}

/// Puts the steps on NetworkPolicies of each namespace in order, in the places that they have, and tells each on which others it
/// rests. Those that rest on what is `wished` and no step come back by their ids, each with the reason.
pub(super) fn arrange(seen: &Seen<'_>, steps: &mut [Step], wished: &[Deed]) -> BTreeMap<String, String> {
    let mut unkept = BTreeMap::new();
    let homes: BTreeSet<String> = steps
        .iter()
        .filter_map(|step| home(&step.deed.target).map(ToOwned::to_owned))
        .collect();
    for namespace in homes {
        let is_there = |target: &ResourceRef| home(target) == Some(namespace.as_str());
        let places: Vec<usize> = (0..steps.len())
            .filter(|place| steps.get(*place).is_some_and(|step| is_there(&step.deed.target)))
            .collect();
        let own: Vec<Step> = places
            .iter()
            .filter_map(|place| steps.get(*place).cloned())
            .collect();
        let mut missing: Vec<&Deed> = Vec::new();
        for deed in wished.iter().filter(|deed| is_there(&deed.target)) {
            if !own.iter().any(|step| step.deed == *deed) && !missing.contains(&deed) {
                missing.push(deed);
            }
        }
        let deeds: Vec<&Deed> = own.iter().map(|step| &step.deed).chain(missing).collect();
        let chosen = |some: &[usize]| -> Vec<&Deed> {
            some.iter()
                .filter_map(|number| deeds.get(*number).copied())
                .collect()
        };
        let target = |number: usize| {
            let of = deeds.get(number).map(|deed| &deed.target);
            deeds
                .iter()
                .position(|deed| Some(&deed.target) == of)
                .unwrap_or(number)
        };
        let Sequence { order, after } = sequence(
            deeds.len(),
            &seen.before,
            &|some| seen.after(&chosen(some)).network,
            &target,
            &|name| name == namespace,
        );
        let sorted = order.into_iter().filter(|number| *number < own.len());
        for (place, number) in places.iter().zip(sorted) {
            let Some((step, place)) = own.get(number).zip(steps.get_mut(*place)) else {
                continue;
            };
            *place = step.clone();
            let rests: Vec<usize> = after.get(number).into_iter().flatten().copied().collect();
            let others = rests.iter().filter_map(|other| own.get(*other));
            place.after = others.map(|other| other.id.clone()).collect();
            let mut missing = rests.iter().filter(|other| **other >= own.len());
            if let Some(other) = missing.next().and_then(|other| deeds.get(*other)) {
                unkept.insert(place.id.clone(), keeps_open(&other.target));
            }
        }
    }
    unkept
}

/// The steps that rest on others which are not among them, by their ids, each with the reason.
pub(super) fn unkept(steps: &[Step]) -> BTreeMap<String, String> {
    let ids: BTreeSet<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    let missing = |step: &Step| {
        let missing = step.after.iter().find(|id| !ids.contains(id.as_str()))?;
        Some((step.id.clone(), rests_on(missing)))
    };
    steps.iter().filter_map(missing).collect()
}

/// Why a step is not done without another one.
pub(super) fn rests_on(id: &str) -> String {
    format!("it rests on step {id}, which is not done: it would close what that one keeps open")
}

/// Why a step is not done after one that was done in vain.
pub(super) fn rests_on_what_did_not_hold(id: &str) -> String {
    format!(
        "it rests on step {id}, which did not bring about what it should: it would close what that one keeps open"
    )
}

fn keeps_open(target: &ResourceRef) -> String {
    format!(
        "it rests on {target} as that should be, which is not changed here: it would close what that one keeps open"
    )
}
