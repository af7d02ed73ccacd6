//! Which items of two lists correspond, where their order means nothing and they have no key: those that say the same, else those
//! that are known by the same members.

use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Among more items than this that do not say the same, no better pairs are sought than by their order.
const MOST: usize = 200;

/// For each place of `live`, where `side`, of the same length, has the item that corresponds: the same one, else one that agrees, so
/// that as many as possible do, else one that is known by the same members; what is left over corresponds in its order.
pub(super) fn paired(
    side: &[Value],
    live: &[Value],
    agrees: &dyn Fn(&Value, &Value) -> bool,
    known_by: &[&[&str]],
) -> Vec<usize> {
    let mut found: Vec<Option<usize>> = equal(side, live);
    let mut taken = vec![false; side.len()];
    for at in found.iter().flatten() {
        taken[*at] = true;
    }
    let rest: Vec<usize> = (0..live.len()).filter(|place| found[*place].is_none()).collect();
    let free: Vec<usize> = (0..side.len()).filter(|at| !taken[*at]).collect();
    if rest.len() <= MOST {
        let matching = Matching::of(side, live, &rest, &free, agrees);
        for (at, place) in matching {
            found[place] = Some(at);
            taken[at] = true;
        }
    }
    for members in known_by {
        for place in 0..live.len() {
            let Some(known) = known(&live[place], members).filter(|_| found[place].is_none()) else {
                continue;
            };
            let mut own = free.iter().copied().filter(|at| !taken[*at]);
            if let Some(at) = own.find(|at| self::known(&side[*at], members).as_ref() == Some(&known)) {
                found[place] = Some(at);
                taken[at] = true;
            }
        }
    }
    let mut left = free.into_iter().filter(|at| !taken[*at]);
    found
        .iter()
        .map(|at| at.or_else(|| left.next()).unwrap_or_default())
        .collect()
}

/// What an item says of itself by these members; `None` where it has not the first of them.
fn known<'v>(item: &'v Value, members: &[&str]) -> Option<Vec<Option<&'v Value>>> {
    item.field(members.first()?)?;
    Some(members.iter().map(|member| item.field(member)).collect())
}

/// Those that are the same, in the same place where that can be.
fn equal(side: &[Value], live: &[Value]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = live
        .iter()
        .zip(side)
        .enumerate()
        .map(|(place, (one, other))| (one == other).then_some(place))
        .collect();
    let mut others: BTreeMap<&Value, Vec<usize>> = BTreeMap::new();
    for (at, item) in side.iter().enumerate().rev() {
        if found.get(at).is_none_or(Option::is_none) {
            others.entry(item).or_default().push(at);
        }
    }
    for (place, item) in live.iter().enumerate() {
        if found[place].is_none() {
            found[place] = others.get_mut(item).and_then(Vec::pop);
        }
    }
    found
}

/// A largest matching of those that agree, found by augmenting paths.
struct Matching {
    /// For each place, what agrees with it.
    candidates: BTreeMap<usize, Vec<usize>>,
    owner: BTreeMap<usize, usize>,
}

impl Matching {
    /// What is matched with which place.
    fn of(
        side: &[Value],
        live: &[Value],
        rest: &[usize],
        free: &[usize],
        agrees: &dyn Fn(&Value, &Value) -> bool,
    ) -> BTreeMap<usize, usize> {
        let candidates = rest.iter().map(|place| {
            let mut own: Vec<usize> = free
                .iter()
                .copied()
                .filter(|at| agrees(&side[*at], &live[*place]))
                .collect();
            own.sort_by_key(|at| at != place);
            (*place, own)
        });
        let mut matching = Self {
            candidates: candidates.collect(),
            owner: BTreeMap::new(),
        };
        for place in rest {
            matching.improve(*place, &mut vec![false; side.len()]);
        }
        matching.owner
    }

    fn improve(&mut self, place: usize, seen: &mut [bool]) -> bool {
        for at in self.candidates.get(&place).cloned().unwrap_or_default() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let owner = self.owner.get(&at).copied();
            if owner.is_none_or(|owner| self.improve(owner, seen)) {
                self.owner.insert(at, place);
                return true;
            }
        }
        false
    }
}
