//! A run that removes things: each is looked for again, journalled, removed, and waited for until it is gone.

use super::guard::{self, Guard};
use super::plan::{ToDestroy, is_unguarded, of_declared_cluster, proofs};
use super::stock::{again, surveyed};
use super::verify;
use crate::apply::journal::{Journal, Lock};
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::guarded::locked;
use crate::pipeline::journals::{begun, run_name};
use crate::pipeline::repair;
use crate::pipeline::turn::Turn;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Conflict, Consent, Deed, Outcome, Removal, Removing, Run, Verified};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::{Stock, is_still, removal, state_of};
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;

/// Removes what a plan says, all of which the user has agreed to; what became of it, and what is left then. Nothing is removed
/// while something stands in the way.
pub fn destroy(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
) -> Result<(Run, Removing), Ended> {
    if let Some(first) = plan.conflicts.first() {
        return Err(Diagnostic::new(format!("nothing was removed: {}", first.why))
            .hint(first.hint.clone())
            .into());
    }
    let site = AccountHand::open(&wanted.spec, &wanted.target, &wanted.interrupt)?;
    let result = guarded(wanted, plan, ground, &site);
    site.end();
    result
}

/// Takes what keeps others away, removes, and looks what is left.
fn guarded(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    site: &AccountHand,
) -> Result<(Run, Removing), Ended> {
    let now = (ground.clock)();
    let name = run_name(now)?;
    let locking = locked(
        &ground.journals,
        wanted.spec.name(),
        &name,
        now,
        "nothing was removed",
    );
    let mut lock = site.wait(locking)?;
    let result = walked(wanted, plan, ground, (site, &mut lock, name));
    site.wait(lock.release());
    result
}

/// What is removed once nobody else changes anything.
fn walked(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    (site, lock, name): (&AccountHand, &mut Lock, String),
) -> Result<(Run, Removing), Ended> {
    let mut guard = held(wanted, plan, ground, &name)?;
    let begun = prepared(wanted, plan, ground, (site, guard.as_ref()), &name);
    let (proofs, stock, journal) = match begun {
        Ok(begun) => begun,
        Err(ended) => {
            if let Some(guard) = guard {
                guard.end(false);
            }
            return Err(ended);
        }
    };
    let steps: Vec<&Removal> = plan.steps.iter().collect();
    let consent = consent(&steps);
    let mut run = Run {
        name,
        journal: Some(journal.place()),
        steps: Vec::new(),
    };
    let mut walk = Walk {
        wanted,
        site,
        lock,
        journal,
        ground,
        stock,
        proofs,
        guard: guard.as_mut(),
        inside: removes_inside(plan),
        destroyed: false,
        turn: Turn {
            consent: &consent,
            interrupt: &wanted.interrupt,
            broken: BTreeSet::new(),
        },
    };
    for one in steps {
        let outcome = walk.step(one);
        walk.turn.ended(one, &outcome);
        run.steps.push((one.step.clone(), outcome));
    }
    // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
    let stopped = wanted.interrupt.is_cancelled().then(|| "interrupted".to_owned());
    let _ = site.wait(walk.journal.add(&Record::End { stopped }));
    let Walk {
        proofs, destroyed, ..
    } = walk;
    // Where something in it went, its cluster stays.
    let ended = destroyed && !removes_inside(plan);
    let entered = guard.as_ref().filter(|_| !ended);
    let left = verify::left((site, entered), wanted, &proofs, destroyed, ground);
    if let Some(guard) = guard {
        guard.end(ended);
    }
    let left = left.unwrap_or_else(|why| unseen(plan, &run, &why));
    Ok((run, left))
}

/// The account could not be asked what is left: nothing of it counts as gone but what this run saw go.
fn unseen(plan: &Removing, run: &Run, why: &Ended) -> Removing {
    let gone = |one: &Removal| {
        let mut ended = run.steps.iter();
        ended.any(|(step, outcome)| step.id == one.step.id && outcome.is_well())
    };
    Removing {
        steps: plan.steps.iter().filter(|one| !gone(one)).cloned().collect(),
        notes: Vec::new(),
        conflicts: vec![Conflict {
            target: ResourceRef::environment(&plan.environment),
            why: format!("what is left could not be looked at: {}", why.words()),
            hint: "run it again".to_owned(),
        }],
        ..plan.clone()
    }
}

/// Every step of the plan is agreed to, each by its name.
fn consent(steps: &[&Removal]) -> Consent {
    Consent {
        up_to: None,
        named: steps.iter().map(|one| one.step.id.clone()).collect(),
        accepted: Vec::new(),
        asked: true,
    }
}

/// The Lease of the declared cluster, where it goes and can be entered, or where something in it goes.
fn held(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    run: &str,
) -> Result<Option<Guard>, Ended> {
    let step = of_declared_cluster(wanted, plan).and_then(|at| plan.steps.get(at));
    let entered = match step {
        _ if removes_inside(plan) => guard::enter_to_remove(wanted, plan.steps.len())?,
        Some(_) => guard::enter(wanted)?,
        None => return Ok(None),
    };
    match entered {
        Ok(mut guard) => match guard.hold(wanted.spec.name(), run, (ground.clock)()) {
            Ok(()) => Ok(Some(guard)),
            Err(ended) => {
                guard.end(false);
                Err(ended)
            }
        },
        Err(_) if step.is_some_and(is_unguarded) => Ok(None),
        Err(why) => Err(Diagnostic::new(format!(
            "nothing was removed: the cluster could be entered a moment ago and cannot be any more: {why}"
        ))
        .hint("run it again: the new plan says what guards it")
        .into()),
    }
}

/// Whether something goes in a cluster that stays.
fn removes_inside(plan: &Removing) -> bool {
    plan.steps.iter().any(|one| one.step.deed.in_cluster())
}

/// What is known before the first step.
fn prepared(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    (site, guard): (&AccountHand, Option<&Guard>),
    name: &str,
) -> Result<(Proofs, Stock, Journal), Ended> {
    let (proofs, _) = proofs(wanted)?;
    // A cluster that goes need not be looked into, and one that stays is by the hand that has its Lease.
    let stock = surveyed(site, wanted, &proofs, guard)?;
    // Of the account alone there is none that could be another by now.
    let inside = guard.filter(|_| removes_inside(plan));
    let cluster = inside.map(|guard| guard.hand.cluster.clone());
    let head = Head {
        run: name.to_owned(),
        environment: wanted.spec.name().to_owned(),
        cluster: cluster.unwrap_or_default(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(plan.steps.len()),
    };
    let journal = site.wait(begun(&ground.journals, &head, "nothing was removed"))?;
    Ok((proofs, stock, journal))
}

pub(super) struct Walk<'a> {
    pub(super) wanted: &'a ToDestroy,
    pub(super) site: &'a AccountHand,
    pub(super) lock: &'a mut Lock,
    pub(super) journal: Journal,
    pub(super) ground: &'a repair::Ground<'a>,
    /// What is known of the account; what a step hangs on is read again when its turn comes.
    pub(super) stock: Stock,
    pub(super) proofs: Proofs,
    pub(super) guard: Option<&'a mut Guard>,
    /// Something in the cluster goes, and the cluster stays.
    pub(super) inside: bool,
    /// A cluster went.
    pub(super) destroyed: bool,
    pub(super) turn: Turn<'a>,
}

impl Walk<'_> {
    fn step(&mut self, one: &Removal) -> Outcome {
        if let Some(outcome) = self.turn.held_back(one) {
            return outcome;
        }
        (self.ground.tell)(&one.step);
        self.attempt(one)
            .unwrap_or_else(|why| Outcome::NotDone(why.words()))
    }

    /// Says to others that this run goes on.
    pub(super) fn goes_on(&mut self) -> Result<(), String> {
        // A cluster that is about to go answers no more; its Lease is renewed right before.
        if let Some(guard) = self.guard.as_mut().filter(|_| self.inside) {
            guard.renew((self.ground.clock)())?;
        }
        self.site.wait(self.lock.renew((self.ground.clock)()))
    }

    /// `Err` where nothing was changed.
    fn attempt(&mut self, one: &Removal) -> Result<Outcome, Ended> {
        let deed = match self.settled(one)? {
            Found::Goes(deed) => deed,
            Found::Gone => return Ok(Outcome::Done(Verified::WasGone)),
            Found::Stays(why) => return Ok(Outcome::NotDone(why)),
        };
        if let Err(why) = self.goes_on() {
            return Ok(Outcome::NotDone(why));
        }
        if deed.action == FixAction::ClusterDestroy
            && let Some(guard) = &mut self.guard
            && let Err(why) = guard.renew((self.ground.clock)())
        {
            return Ok(Outcome::NotDone(why));
        }
        let intent = Intent {
            step: one.step.id.clone(),
            summary: one.step.summary.clone(),
            deed: deed.clone(),
            before: None,
            after: None,
            undo: one.step.undo.clone(),
        };
        let record = Record::Intent(Box::new(intent));
        if let Err(error) = self.site.wait(self.journal.add(&record)) {
            return Ok(Outcome::NotDone(format!(
                "it cannot be kept what is done: {error}"
            )));
        }
        if deed.action == FixAction::ClusterDestroy {
            self.proofs.destroys(&deed);
        }
        Ok(self.asked(one, &deed))
    }

    /// What became of it since it was planned.
    pub(super) fn found(&mut self, one: &Removal) -> Result<Found, Ended> {
        let planned = &one.step.deed;
        let hands = (self.site, self.guard.as_deref());
        again(hands, self.wanted, &self.proofs, planned, &mut self.stock)?;
        let choice = &self.wanted.choice;
        let now = (self.ground.clock)();
        let fresh = removal(&self.wanted.spec, &self.stock, &self.proofs, choice, now);
        let same = |target: &ResourceRef| {
            target.kind == planned.target.kind
                && target.id == planned.target.id
                && target.name == planned.target.name
        };
        if let Some(conflict) = fresh.conflicts.first() {
            return Ok(Found::Stays(format!(
                "something stands in the way now: {}",
                conflict.why
            )));
        }
        let mut steps = fresh.steps.into_iter();
        if let Some(step) = steps.find(|step| same(&step.step.deed.target)) {
            let deed = step.step.deed;
            if step.adopted != one.adopted || !is_still(planned, &deed) {
                let why = "what hangs on it changed since it was planned: look at the plan again";
                return Ok(Found::Stays(why.to_owned()));
            }
            return Ok(Found::Goes(deed));
        }
        let mut staying = fresh.staying.into_iter();
        Ok(match staying.find(|stays| same(&stays.target)) {
            Some(stays) => Found::Stays(stays.why),
            None if state_of(&self.stock, planned).is_some() => Found::Stays(format!(
                "it is there, and nothing says any more that it was made for {}",
                self.wanted.spec.name()
            )),
            None => Found::Gone,
        })
    }

    pub(super) fn not_done(&mut self, one: &Removal, why: &str) -> Outcome {
        let record = Record::Failed {
            step: one.step.id.clone(),
            why: why.to_owned(),
        };
        let _ = self.site.wait(self.journal.add(&record));
        Outcome::NotDone(why.to_owned())
    }
}

/// What became of something since it was planned.
pub(super) enum Found {
    /// It is there, and goes.
    Goes(Deed),
    /// It is not there any more.
    Gone,
    /// It stays; why.
    Stays(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::plan::Step;
    use envcheck_core::policy::Risk;
    use envcheck_core::value::object;
    use jiff::Timestamp;

    #[test]
    fn what_a_run_saw_go_is_not_left_where_nobody_can_look() {
        let removal = |name: &str| {
            let deed = Deed {
                action: FixAction::VpcDelete,
                target: ResourceRef::kubernetes("digitalocean.com/v2", "VPC", None, name),
                data: object::<&str>([]),
            };
            Removal {
                step: Step::new(deed, Risk::Destructive, format!("delete VPC {name}")),
                after: Vec::new(),
                proof: String::new(),
                adopted: false,
                along: Vec::new(),
            }
        };
        let plan = Removing {
            environment: "dev".to_owned(),
            planned: Timestamp::UNIX_EPOCH,
            steps: vec![removal("gone"), removal("there"), removal("later")],
            staying: Vec::new(),
            conflicts: Vec::new(),
            notes: Vec::new(),
        };
        let ended = |at: usize, outcome: Outcome| (plan.steps[at].step.clone(), outcome);
        let run = Run {
            name: "run".to_owned(),
            journal: None,
            steps: vec![
                ended(0, Outcome::Done(Verified::Removed)),
                ended(1, Outcome::Unknown("no answer".to_owned())),
            ],
        };
        let left = unseen(&plan, &run, &Ended::Interrupted(Vec::new()));
        let names: Vec<&str> = left
            .steps
            .iter()
            .map(|one| one.step.deed.target.name.as_str())
            .collect();
        assert_eq!(names, ["there", "later"]);
        // Nobody may read it as an account in which nothing is left.
        assert!(!left.is_empty());
        assert_eq!(
            left.conflicts[0].why,
            "what is left could not be looked at: interrupted"
        );
    }
}
