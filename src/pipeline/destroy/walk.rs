//! A run that removes things: each is looked for again, journalled, removed, and waited for until it is gone.

use super::guard::{self, Guard};
use super::plan::{ToDestroy, is_unguarded, of_declared_cluster, proofs};
use super::stock::{again, still, surveyed};
use super::verify;
use crate::apply::journal::{Journal, Lock};
use crate::apply::kubernetes::NotMade;
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::guarded::locked;
use crate::pipeline::journals::{begun, run_name};
use crate::pipeline::pauses::{Pauses, Wait};
use crate::pipeline::repair;
use crate::pipeline::turn::Turn;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Consent, Deed, Outcome, PlannedCluster, Removal, Removing, Run, Verified};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::{Stock, is_going, is_still, members, removal, row_of, state_of};
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a cluster may take to go, and a network to be left by what was in it.
const UNTIL_IT_IS_GONE: Duration = Duration::from_mins(30);
/// How long the API may refuse to let go of something that is empty by its own lists.
const UNTIL_IT_IS_LET_GO: Duration = Duration::from_mins(10);
/// The longest time between two looks at something that goes.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often is looked for what nobody answered about.
const LOOKS: u32 = 5;

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
    let begun = prepared(wanted, plan, ground, site, &name);
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
    let _ = site.wait(walk.journal.add(&Record::End { stopped: None }));
    let Walk {
        proofs, destroyed, ..
    } = walk;
    if let Some(guard) = guard {
        guard.end(destroyed);
    }
    let left = verify::left(site, wanted, &proofs, destroyed, ground);
    Ok((run, left.unwrap_or_else(|why| unseen(plan, &why))))
}

/// The account could not be asked what is left: nothing of it counts as gone.
fn unseen(plan: &Removing, why: &Ended) -> Removing {
    Removing {
        notes: vec![format!("what is left could not be looked at: {}", why.words())],
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

/// The Lease of the declared cluster, where it goes and can be entered.
fn held(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    run: &str,
) -> Result<Option<Guard>, Ended> {
    let step = of_declared_cluster(wanted, plan).and_then(|at| plan.steps.get(at));
    let Some(step) = step else {
        return Ok(None);
    };
    match guard::enter(wanted)? {
        Ok(mut guard) => match guard.hold(wanted.spec.name(), run, (ground.clock)()) {
            Ok(()) => Ok(Some(guard)),
            Err(ended) => {
                guard.end(false);
                Err(ended)
            }
        },
        Err(_) if is_unguarded(step) => Ok(None),
        Err(why) => Err(Diagnostic::new(format!(
            "nothing was removed: the cluster could be entered a moment ago and cannot be any more: {why}"
        ))
        .hint("run it again: the new plan says what guards it")
        .into()),
    }
}

/// What is known before the first step.
fn prepared(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    site: &AccountHand,
    name: &str,
) -> Result<(Proofs, Stock, Journal), Ended> {
    let (proofs, _) = proofs(wanted)?;
    let stock = surveyed(site, wanted, &proofs)?;
    let head = Head {
        run: name.to_owned(),
        environment: wanted.spec.name().to_owned(),
        cluster: PlannedCluster::default(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(plan.steps.len()),
    };
    let journal = site.wait(begun(&ground.journals, &head, "nothing was removed"))?;
    Ok((proofs, stock, journal))
}

struct Walk<'a> {
    wanted: &'a ToDestroy,
    site: &'a AccountHand,
    lock: &'a mut Lock,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    /// What is known of the account; what a step hangs on is read again when its turn comes.
    stock: Stock,
    proofs: Proofs,
    guard: Option<&'a mut Guard>,
    /// A cluster went.
    destroyed: bool,
    turn: Turn<'a>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, one: &Removal) -> Outcome {
        if let Some(outcome) = self.turn.held_back(one) {
            return outcome;
        }
        (self.ground.tell)(&one.step);
        self.attempt(one)
            .unwrap_or_else(|why| Outcome::NotDone(why.words()))
    }

    /// Says to others that this run goes on.
    fn goes_on(&mut self) -> Result<(), String> {
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

    /// Asks for its removal, and once more as long as the API has not heard that what was in it has left.
    fn asked(&mut self, one: &Removal, deed: &Deed) -> Outcome {
        let mut wait = self.wait_for(deed, UNTIL_IT_IS_LET_GO);
        let mut said = String::new();
        loop {
            let used = members(&self.stock, deed);
            let state = if let Some(used) = used {
                used
            } else {
                match self.send(deed) {
                    Ok(()) => {
                        drop(wait);
                        return self.gone(one, deed);
                    }
                    Err(NotMade::NotYet(why)) => said = format!(" ({why})"),
                    Err(NotMade::Refused(why)) => return self.not_done(one, &why),
                    Err(NotMade::Cancelled) => return self.unheard(one, deed, "interrupted"),
                    Err(NotMade::Unknown(why)) => return self.unheard(one, deed, &why),
                }
                "empty, and not let go of by the API".to_owned()
            };
            match wait.next(&state) {
                Ok(pause) => self.site.pause(pause, &self.wanted.interrupt),
                Err(late) => {
                    let why = format!("{late}{said}: a later run goes on from there");
                    return self.not_done(one, &why);
                }
            }
            if self.wanted.interrupt.is_cancelled() {
                return self.not_done(one, "interrupted");
            }
            if let Err(why) = self.goes_on() {
                return self.not_done(one, &why);
            }
            match self.found(one) {
                Ok(Found::Goes(_)) => {}
                Ok(Found::Gone) => return self.gone(one, deed),
                Ok(Found::Stays(why)) => return self.not_done(one, &why),
                Err(ended) => return self.not_done(one, &ended.words()),
            }
        }
    }

    /// Looks again whether it still is what was agreed to, and waits until what was in it has left.
    fn settled(&mut self, one: &Removal) -> Result<Found, Ended> {
        let mut wait = self.wait_for(&one.step.deed, UNTIL_IT_IS_GONE);
        loop {
            // Whoever else has the lock by now is told of at the next step.
            let _ = self.goes_on();
            let deed = match self.found(one)? {
                Found::Goes(deed) => deed,
                other => return Ok(other),
            };
            let Some(used) = members(&self.stock, &deed) else {
                return Ok(Found::Goes(deed));
            };
            if self.wanted.interrupt.is_cancelled() {
                return Ok(Found::Stays("interrupted".to_owned()));
            }
            match wait.next(&used) {
                Ok(pause) => self.site.pause(pause, &self.wanted.interrupt),
                Err(late) => {
                    return Ok(Found::Stays(format!("{late}: a later run goes on from there")));
                }
            }
        }
    }

    /// What became of it since it was planned.
    fn found(&mut self, one: &Removal) -> Result<Found, Ended> {
        let planned = &one.step.deed;
        again(self.site, self.wanted, &self.proofs, planned, &mut self.stock)?;
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

    fn send(&self, deed: &Deed) -> Result<(), NotMade> {
        if deed.action == FixAction::ClusterDestroy && is_going(&self.stock, deed) {
            // Somebody has asked for it already; it is only waited for.
            return Ok(());
        }
        self.site.send(deed, row_of(&self.stock, deed))
    }

    /// Waits until it is gone.
    fn gone(&mut self, one: &Removal, deed: &Deed) -> Outcome {
        let patience = match deed.action {
            FixAction::ClusterDestroy => UNTIL_IT_IS_GONE,
            _ => Duration::from_mins(2),
        };
        let mut wait = self.wait_for(deed, patience);
        let outcome = loop {
            let _ = self.goes_on();
            let state = match self.still(deed) {
                Ok(None) => break Outcome::Done(Verified::Removed),
                Ok(Some(state)) => state,
                Err(why) => format!("not to be asked for ({why})"),
            };
            if self.wanted.interrupt.is_cancelled() {
                break Outcome::Unknown(format!("interrupted while {} was {state}", deed.target));
            }
            match wait.next(&state) {
                Ok(pause) => self.site.pause(pause, &self.wanted.interrupt),
                Err(late) => {
                    break Outcome::Unknown(format!("{late}: a later run goes on from there"));
                }
            }
        };
        drop(wait);
        if !outcome.is_well() {
            return outcome;
        }
        self.destroyed |= deed.action == FixAction::ClusterDestroy;
        let record = Record::Done {
            step: one.step.id.clone(),
            after: None,
            uid: deed.target.id.clone(),
        };
        match self.site.wait(self.journal.add(&record)) {
            Ok(()) => outcome,
            Err(error) => Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal could not be written: {error}"
            ))),
        }
    }

    /// Waits until a thing has gone, or what is in it.
    fn wait_for(&self, deed: &Deed, limit: Duration) -> Wait<'a> {
        Wait::begin(
            deed.target.to_string(),
            (limit, LONGEST_PAUSE),
            self.ground.clock,
            self.ground.watching,
        )
    }

    /// Its state, as long as it is there.
    fn still(&mut self, deed: &Deed) -> Result<Option<String>, String> {
        let looked = still(self.site, deed, &mut self.stock);
        looked.map_err(|why| why.words())?;
        Ok(state_of(&self.stock, deed))
    }

    fn not_done(&mut self, one: &Removal, why: &str) -> Outcome {
        let record = Record::Failed {
            step: one.step.id.clone(),
            why: why.to_owned(),
        };
        let _ = self.site.wait(self.journal.add(&record));
        Outcome::NotDone(why.to_owned())
    }

    /// No answer came: whether it was done, the account says. It is not asked for a second time.
    fn unheard(&mut self, one: &Removal, deed: &Deed, why: &str) -> Outcome {
        let mut pauses = Pauses::up_to(LONGEST_PAUSE);
        for _ in 0..LOOKS {
            let state = self.still(deed);
            let going = deed.action == FixAction::ClusterDestroy && is_going(&self.stock, deed);
            if going || matches!(state, Ok(None)) {
                return self.gone(one, deed);
            }
            self.site.pause(pauses.longer(), &self.wanted.interrupt);
        }
        Outcome::Unknown(format!("{why}; it is still there: the next run tries it again"))
    }
}

/// What became of something since it was planned.
enum Found {
    /// It is there, and goes.
    Goes(Deed),
    /// It is not there any more.
    Gone,
    /// It stays; why.
    Stays(String),
}
