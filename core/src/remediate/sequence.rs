//! In which order the NetworkPolicies of a namespace are changed: told by what each does to who may talk to whom, not by names. What
//! is open before and afterwards is open in between as well (safety.md §4).

use crate::network::{Connection, Network};
use std::collections::BTreeSet;

/// More steps than these in one namespace are not tried out in each order: each is judged alone.
const MOST: usize = 8;

/// In which order steps are done, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// The order.
    pub order: Vec<usize>,
    /// By number: those without which it would close what is to stay open.
    pub after: Vec<BTreeSet<usize>>,
}

/// The order of `number` steps on the NetworkPolicies of one namespace. `before` is the network as it is, and `network` makes it as
/// it is after some of them. Those of one target, as `target` tells, keep their order, and so do all of which it does not matter.
pub fn sequence(
    number: usize,
    before: &Network,
    network: &dyn Fn(&[usize]) -> Network,
    target: &dyn Fn(usize) -> usize,
    asked: &dyn Fn(&str) -> bool,
) -> Sequence {
    let all: Vec<usize> = (0..number).collect();
    if number < 2 {
        return Sequence {
            order: all,
            after: vec![BTreeSet::new(); number],
        };
    }
    let trial = Trial {
        before,
        end: network(&all),
        network,
        asked,
    };
    if number > MOST {
        return trial.each_alone(number, target);
    }
    let order = trial.order(number, target);
    let mut after = vec![BTreeSet::new(); number];
    for (place, one) in order.iter().enumerate() {
        let earlier = order.iter().take(place).copied();
        let earlier: Vec<usize> = earlier.filter(|other| target(*other) != target(*one)).collect();
        if let Some(rests) = after.get_mut(*one) {
            *rests = trial.rests_on(*one, &earlier, order.get(..=place).unwrap_or_default());
        }
    }
    Sequence { order, after }
}

/// What is known of all orders.
struct Trial<'a> {
    before: &'a Network,
    end: Network,
    network: &'a dyn Fn(&[usize]) -> Network,
    asked: &'a dyn Fn(&str) -> bool,
}

impl Trial<'_> {
    /// What this state closes though it is open before and afterwards, in words.
    fn lost(&self, state: &Network) -> BTreeSet<String> {
        words(&self.before.shared_beyond(&self.end, state, self.asked))
    }

    /// First what closes nothing, then what closes only what stays closed, and then the rest.
    fn order(&self, number: usize, target: &dyn Fn(usize) -> usize) -> Vec<usize> {
        let mut done: Vec<usize> = Vec::new();
        let mut now: Option<Network> = None;
        while done.len() < number {
            let current = now.as_ref().unwrap_or(self.before);
            let lost = self.lost(current);
            let open = |one: &usize| {
                let earlier = (0..*one).filter(|other| target(*other) == target(*one));
                !done.contains(one) && earlier.into_iter().all(|other| done.contains(&other))
            };
            let mut best: Option<(u8, usize, Network)> = None;
            for one in (0..number).filter(open) {
                let state = (self.network)(&[&done[..], &[one]].concat());
                let rank = if current.beyond(&state, self.asked).is_empty() {
                    0
                } else if self.lost(&state).is_subset(&lost) {
                    1
                } else {
                    2
                };
                if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                    best = Some((rank, one, state));
                }
                if rank == 0 {
                    break;
                }
            }
            let Some((_, one, state)) = best else { break };
            done.push(one);
            now = Some(state);
        }
        done
    }

    /// Those of `earlier` without which this one would close more of what was open. `done`: it, and all before it.
    fn rests_on(&self, one: usize, earlier: &[usize], done: &[usize]) -> BTreeSet<usize> {
        if earlier.is_empty() {
            return BTreeSet::new();
        }
        let with = (self.network)(done);
        let matter = |missing: &[usize]| {
            let rest: Vec<usize> = done
                .iter()
                .copied()
                .filter(|other| !missing.contains(other))
                .collect();
            let bare: Vec<usize> = rest.iter().copied().filter(|other| *other != one).collect();
            let (bare, state) = ((self.network)(&bare), (self.network)(&rest));
            !bare.shared_beyond(&with, &state, self.asked).is_empty()
        };
        let single: BTreeSet<usize> = earlier
            .iter()
            .copied()
            .filter(|other| matter(&[*other]))
            .collect();
        let others: Vec<usize> = earlier
            .iter()
            .copied()
            .filter(|other| !single.contains(other))
            .collect();
        // Several may keep one thing open.
        if others.len() > 1 && matter(&others) {
            return earlier.iter().copied().collect();
        }
        single
    }

    /// The same from what each does alone: what closes something comes last, and rests on all that closes nothing.
    fn each_alone(&self, number: usize, target: &dyn Fn(usize) -> usize) -> Sequence {
        let closes = |one: &usize| {
            let state = (self.network)(&[*one]);
            !self.before.beyond(&state, self.asked).is_empty()
        };
        let closing: BTreeSet<usize> = (0..number).filter(closes).collect();
        // What is done to one target stays together.
        let last =
            |one: &usize| (0..number).any(|other| target(other) == target(*one) && closing.contains(&other));
        let harmful = |one: &usize| {
            let state = (self.network)(&[*one]);
            last(one) && !self.lost(&state).is_empty()
        };
        let (mut order, rest): (Vec<usize>, Vec<usize>) = (0..number).partition(|one| !last(one));
        let openers: BTreeSet<usize> = order.iter().copied().collect();
        let (worst, rest): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(harmful);
        let before_worst: BTreeSet<usize> = openers.iter().chain(&rest).copied().collect();
        let mut after = vec![BTreeSet::new(); number];
        for one in &worst {
            if let Some(rests) = after.get_mut(*one) {
                let others = before_worst.iter().copied();
                *rests = others.filter(|other| target(*other) != target(*one)).collect();
            }
        }
        order.extend(rest);
        order.extend(worst);
        Sequence { order, after }
    }
}

fn words(connections: &[Connection<'_>]) -> BTreeSet<String> {
    let words = connections.iter();
    words
        .map(|one| format!("{} {} {}", one.src, one.dst, one.ports))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::scenarios::network as read;

    const PODS: &str = "
{kind: Pod, metadata: {name: web, namespace: b2b, labels: {app: web}}}
---
{kind: Pod, metadata: {name: ii, namespace: back, labels: {app: ii}}}
---
{kind: Pod, metadata: {name: dns, namespace: kube-system, labels: {k8s-app: kube-dns}}}
";

    /// The order of changes to policies of b2b, each from what it says to what it shall say; `-` is none.
    fn ordered(policies: &[(&str, &str)]) -> (Vec<usize>, Vec<Vec<usize>>) {
        let state = |done: &[usize]| {
            let said = policies.iter().enumerate().filter_map(|(number, (before, after))| {
                let spec = if done.contains(&number) { after } else { before };
                (*spec != "-").then(|| {
                    format!(
                        "\n---\n{{kind: NetworkPolicy, metadata: {{name: p{number}, namespace: b2b}}, spec: {{{spec}}}}}"
                    )
                })
            });
            let text: Vec<String> = std::iter::once(PODS.to_owned()).chain(said).collect();
            read(&text.concat())
        };
        let found = sequence(policies.len(), &state(&[]), &state, &|one| one, &|_| true);
        let after = found.after.into_iter().map(|rests| rests.into_iter().collect());
        (found.order, after.collect())
    }

    const ALL: &str = "podSelector: {}";
    const NONE_IN: &str = "podSelector: {}, policyTypes: [Ingress]";
    const NONE: &str = "podSelector: {}, policyTypes: [Ingress, Egress]";
    const OUT: &str = "policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: back}}}]}]";

    #[test]
    fn what_keeps_a_way_open_comes_before_what_closes_it_whatever_they_are_called() {
        // As the spec makes them: both close when they are done alone, and only one order closes nothing that stays open.
        let deny = (NONE_IN, NONE);
        let other = format!("podSelector: {{matchLabels: {{app: zz}}}}, {OUT}");
        let reach = format!("{ALL}, {OUT}");
        let reach = (other.as_str(), reach.as_str());
        assert_eq!(ordered(&[deny, reach]), (vec![1, 0], vec![vec![1], vec![]]));
        assert_eq!(ordered(&[reach, deny]), (vec![0, 1], vec![vec![], vec![0]]));
        // And the way back.
        let back = |(before, after)| (after, before);
        assert_eq!(
            ordered(&[back(reach), back(deny)]),
            (vec![1, 0], vec![vec![1], vec![]])
        );
        // One that is made, and one that goes.
        let made = (("-", NONE), ("-", reach.1));
        assert_eq!(ordered(&[made.0, made.1]), (vec![1, 0], vec![vec![1], vec![]]));
    }

    #[test]
    fn what_has_nothing_to_do_with_one_another_keeps_its_order_and_rests_on_nothing() {
        let out = format!("{ALL}, {OUT}");
        let closes_in = ("-", NONE_IN);
        let closes_out = ("-", out.as_str());
        assert_eq!(
            ordered(&[closes_in, closes_out]),
            (vec![0, 1], vec![vec![], vec![]])
        );
        assert_eq!(ordered(&[closes_in]), (vec![0], vec![vec![]]));
        // What opens comes first all the same.
        let opens = ("podSelector: {}, policyTypes: [Egress]", "-");
        assert_eq!(ordered(&[closes_in, opens]), (vec![1, 0], vec![vec![], vec![]]));
    }

    #[test]
    fn where_several_keep_one_way_open_what_closes_rests_on_them() {
        let out = format!("{ALL}, {OUT}");
        let keeps = ("-", out.as_str());
        let (order, after) = ordered(&[("-", NONE), keeps, keeps]);
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(after[0], [1, 2]);
    }

    #[test]
    fn of_very_many_each_is_judged_alone() {
        let out = format!("{ALL}, {OUT}");
        let mut policies = vec![("-", NONE)];
        policies.extend(vec![("-", out.as_str()); MOST]);
        let (order, after) = ordered(&policies);
        let keep: Vec<usize> = (1..=MOST).collect();
        assert_eq!(order, [&keep[..], &[0]].concat());
        assert_eq!(after[0], keep);
        assert!(after[1].is_empty());
    }
}
