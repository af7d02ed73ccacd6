//! One thing that goes: looked for again, journalled, and removed.

use super::guard::Guard;
use super::plan::ToDestroy;
use super::stock::again;
use crate::apply::journal::{Journal, Lock};
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::Ground;
use crate::pipeline::turn::Turn;
use crate::pipeline::walking::Walking;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Intent, Record};
use envcheck_core::plan::{Deed, Outcome, Removal, Verified};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::{Stock, is_still, removal, state_of};

/// A run under way.
pub(super) struct Walk<'a> {
    pub(super) wanted: &'a ToDestroy,
    pub(super) site: &'a AccountHand,
    pub(super) lock: &'a mut Lock,
    pub(super) journal: Journal,
    pub(super) ground: &'a Ground<'a>,
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

impl<'a> Walking<'a, Removal> for Walk<'a> {
    fn turn(&mut self) -> &mut Turn<'a> {
        &mut self.turn
    }

    fn ground(&self) -> &'a Ground<'a> {
        self.ground
    }

    fn keep(&mut self, record: &Record) -> Result<(), String> {
        self.site.wait(self.journal.add(record))
    }

    fn place(&self) -> String {
        self.journal.place()
    }

    fn attempt(&mut self, one: &Removal) -> Result<Outcome, String> {
        self.looked_for(one).map_err(|why| why.words())
    }
}

impl Walk<'_> {
    /// Says to others that this run goes on.
    pub(super) fn goes_on(&mut self) -> Result<(), String> {
        // A cluster that is about to go answers no more; its Lease is renewed right before.
        if let Some(guard) = self.guard.as_mut().filter(|_| self.inside) {
            guard.renew((self.ground.clock)())?;
        }
        self.site.wait(self.lock.renew((self.ground.clock)()))
    }

    /// `Err` where nothing was changed.
    fn looked_for(&mut self, one: &Removal) -> Result<Outcome, Ended> {
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
        if let Err(why) = self.begins(intent) {
            return Ok(Outcome::NotDone(why));
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
        // In a cluster that stays, what stands in the way of another step is told when its own turn comes. Of the account it says that not
        // all is known.
        let of_another = |target: &ResourceRef| {
            let mut steps = fresh.steps.iter().map(|one| &one.step.deed);
            !same(target) && steps.any(|other| other.in_cluster() && other.target == *target)
        };
        let mut conflicts = fresh.conflicts.iter();
        if let Some(conflict) = conflicts.find(|one| !of_another(&one.target)) {
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
