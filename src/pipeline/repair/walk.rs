//! A run under way: each step is looked at again, tried, journalled, done, and verified.

use super::arranged::{rests_on, rests_on_what_did_not_hold};
use super::carry_out::Ground;
use super::hand::Hand;
use super::plan::Repairing;
use super::reachability;
use super::rollout;
use super::site::Site;
use crate::apply::journal::Journal;
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::{Lease, lost};
use crate::pipeline::pauses::Wait;
use envcheck_core::findings::{Finding, FixAction};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::network::Told;
use envcheck_core::plan::journal::{Intent, Record};
use envcheck_core::plan::{Consent, Deed, MANAGER, Outcome, Repaired, Step, Verified, hazard, meaning_hash};
use envcheck_core::remediate::{admitted, healed, in_reach, of_network, undo, untouchable};
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long to wait before looking once more.
const PAUSE: Duration = Duration::from_secs(2);
/// How often is looked again whether something changes after all.
const LOOKS: u32 = 3;

/// A run under way.
pub(super) struct Walk<'a> {
    /// The run's.
    pub(super) name: String,
    pub(super) repairing: &'a Repairing,
    /// What each target has to mean when a step on it begins: as it was when it was planned, then as this run left it.
    pub(super) expected: BTreeMap<ResourceRef, Option<String>>,
    pub(super) hand: &'a Hand,
    /// Renewed before each write, and while Pods come up.
    pub(super) lease: Lease,
    pub(super) journal: Journal,
    pub(super) redactor: Redactor,
    /// Targets of steps that went wrong: what rests on them is not begun.
    pub(super) broken: Vec<Broken>,
    /// Why nothing more is begun.
    pub(super) stopped: Option<String>,
    /// The findings of which the plan knows, by fingerprint.
    pub(super) known: BTreeSet<String>,
    /// Of those that the plan's steps are for, the ones that its proof says stay.
    pub(super) staying: &'a [Repaired],
    /// The connections that the plan says it closes.
    pub(super) shown: Told,
    /// The plan's steps.
    pub(super) steps: &'a [Step],
    /// The ids of those that were done.
    pub(super) done: BTreeSet<String>,
    /// Of these, what others may rest on: it was not found to lack what it should bring about.
    pub(super) firm: BTreeSet<String>,
    /// What those still do whose turn comes later.
    pub(super) later: Vec<Deed>,
    /// What was found before the first of them, where something is set back.
    pub(super) before: Vec<Finding>,
    pub(super) taking_back: bool,
    /// Pods have to come up after the step that is under way.
    pub(super) rolls: bool,
    /// Some step has replaced Pods.
    pub(super) rolled: bool,
    /// The newest collection of garbage before one was asked for.
    pub(super) collected_before: Option<String>,
    pub(super) ground: &'a Ground<'a>,
}

impl Walk<'_> {
    pub(super) fn step(&mut self, step: &Step, consent: &Consent) -> Outcome {
        let target = &step.deed.target;
        if !self.expected.contains_key(target) {
            self.expected.insert(target.clone(), step.before.clone());
        }
        if let Err(why) = consent.covers(step) {
            // On what was not made rests more than on what stays as it was; and what an earlier step did is taken back only
            // after what came later.
            if step.before.is_none() || self.taking_back {
                self.broken.push(Broken::of(&step.deed));
            }
            return Outcome::Skipped(why);
        }
        if self.repairing.judging.interrupt.is_cancelled() {
            let why = "interrupted".to_owned();
            self.stopped.get_or_insert_with(|| why.clone());
            return Outcome::Skipped(why);
        }
        if let Some(why) = &self.stopped {
            return Outcome::Skipped(format!("the run was stopped: {why}"));
        }
        if let Some(broken) = self
            .broken
            .iter()
            .find(|broken| broken.bears(&step.deed.target))
            .map(|broken| &broken.target)
        {
            return Outcome::Skipped(format!("it rests on {broken}, of which a step was not done"));
        }
        if let Some(missing) = step.after.iter().find(|id| !self.firm.contains(*id)) {
            return Outcome::Skipped(if self.done.contains(missing) {
                rests_on_what_did_not_hold(missing)
            } else {
                rests_on(missing)
            });
        }
        (self.ground.tell)(step);
        let outcome = match self.may_collect(step, consent.named.contains(&step.id)) {
            Ok(()) => self.attempt(step),
            Err(why) => Outcome::NotDone(why),
        };
        // What could not be verified is done, and so is what the plan never said would be enough.
        let done = matches!(
            outcome,
            Outcome::Done(Verified::CouldNotVerify(_) | Verified::Stays)
        );
        if outcome.is_well() || done {
            self.firm.insert(step.id.clone());
        } else {
            self.broken.push(Broken::of(&step.deed));
        }
        if matches!(outcome, Outcome::Done(_)) {
            self.done.insert(step.id.clone());
        }
        outcome
    }

    fn attempt(&mut self, step: &Step) -> Outcome {
        if let Err(why) = self.renew() {
            return Outcome::NotDone(why);
        }
        let deed = &step.deed;
        let site = match Site::of(self.hand, deed) {
            Ok(site) => site,
            Err(why) => return Outcome::NotDone(why),
        };
        let live = match site.read(deed) {
            Ok(live) => live,
            Err(why) => return Outcome::NotDone(why),
        };
        let now = live.as_ref().map(meaning_hash);
        self.rolls = rollout::follows(deed, live.as_ref());
        self.collected_before = live
            .as_ref()
            .filter(|_| deed.action == FixAction::RegistryCollectGarbage)
            .and_then(|live| live.text_at(&["newest"]))
            .map(ToOwned::to_owned);
        if self.expected.get(&deed.target) != Some(&now) {
            return Outcome::NotDone(changed(step, live.as_ref()));
        }
        let agreed = self.is_as_agreed(step, &site, live.as_ref());
        if let Err(why) = agreed.and_then(|()| self.still_allowed(deed, live.as_ref())) {
            return Outcome::NotDone(why);
        }
        if let Err(why) = self.would_last(step, live.as_ref()) {
            return Outcome::NotDone(why);
        }
        let tried = match site.try_out(deed, live.as_ref()) {
            Ok(tried) => tried,
            Err(why) => return Outcome::NotDone(why),
        };
        if let Err(why) = self.still_wanted(step) {
            return Outcome::NotDone(why);
        }
        let after = tried.object.as_ref().map(meaning_hash);
        let intent = Intent {
            step: step.id.clone(),
            summary: step.summary.clone(),
            deed: step.deed.clone(),
            before: now.clone(),
            after: after.clone(),
            undo: undo(&step.deed, live.as_ref(), tried.object.as_ref(), &self.redactor),
        };
        // Looking again took its time.
        if let Err(why) = self.renew() {
            return Outcome::NotDone(why);
        }
        if let Err(error) = self
            .hand
            .wait(self.journal.add(&Record::Intent(Box::new(intent))))
        {
            return Outcome::NotDone(format!("its undo cannot be kept: {error}"));
        }
        let outcome = match site.make(deed, live.as_ref()) {
            Ok(object) => self.made(step, object.as_ref()),
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => self.not_made(step, &why),
            Err(NotMade::Cancelled) => {
                self.classify(step, &site, now.as_deref(), after.as_deref(), "interrupted")
            }
            Err(NotMade::Unknown(why)) => self.classify(step, &site, now.as_deref(), after.as_deref(), &why),
        };
        if matches!(outcome, Outcome::Done(_)) {
            self.expected.insert(deed.target.clone(), after);
        }
        outcome
    }

    /// That the spec allows it, and that it endangers no more than the step said: a plan's file does not judge that.
    fn is_as_agreed(&self, step: &Step, site: &Site<'_>, live: Option<&Value>) -> Result<(), String> {
        if self.taking_back {
            return Ok(());
        }
        site.allows(&step.deed)?;
        let hazard = hazard(&step.deed, live);
        if hazard > step.risk {
            return Err(format!(
                "it is {}, and was planned as {}: make a new plan",
                hazard.as_str(),
                step.risk.as_str()
            ));
        }
        Ok(())
    }

    /// What was no reason against it when it was planned may be one by now: who applied what is no part of what an object
    /// means, the spec may declare another address, and a plan's file says nothing of either.
    fn still_allowed(&self, deed: &Deed, live: Option<&Value>) -> Result<(), String> {
        if let Some(why) = live.and_then(|live| untouchable(deed, live, self.taking_back)) {
            return Err(why);
        }
        let access = self.hand.access();
        if self.taking_back {
            // To where it was before, whatever is declared; but not out of reach.
            admitted(deed, live, &access).map(drop)
        } else {
            in_reach(deed, live, &access)
        }
    }

    /// That nobody takes it back at once, and that it neither opens what nobody declared, nor cuts the API server off, nor closes what
    /// nobody was shown: applications, webhooks, policies and Pods may have come since it was planned.
    fn would_last(&self, step: &Step, live: Option<&Value>) -> Result<(), String> {
        let deed = &step.deed;
        if !deed.in_cluster() {
            return Ok(());
        }
        if let Some(live) = live {
            let applications = self.hand.applications();
            let applications = applications.map_err(|why| format!("who delivers it is not known: {why}"))?;
            if let Some(why) = healed(&deed.target, live, &applications) {
                return Err(why);
            }
        }
        if !of_network(deed) {
            return Ok(());
        }
        if self.taking_back {
            // To where it was before, whatever is declared; but the API server goes on reaching what it calls.
            return reachability::still_reached(self.repairing, &self.hand.callers(), step);
        }
        let callers = self.hand.callers();
        reachability::still_allowed(self.repairing, callers, (step, &self.later), &self.shown)
    }

    /// Says that this run still goes on.
    pub(super) fn renew(&mut self) -> Result<(), String> {
        let renewed = self.hand.wait(self.lease.renew((self.ground.clock)()));
        renewed.map_err(|error| {
            if matches!(error, NotMade::Refused(_)) {
                // It stays lost.
                self.stopped.get_or_insert_with(|| "its Lease was lost".to_owned());
            }
            let rest = if self.taking_back {
                "once the other run has ended, the same rollback takes back the rest".to_owned()
            } else {
                format!(
                    "envcheck rollback {} takes that back, and a new plan does the rest once the other run has ended",
                    self.name
                )
            };
            lost(&error, &rest)
        })
    }

    /// A workload whose template was changed has to come up with it.
    fn rolled_out(&mut self, step: &Step) -> Result<(), String> {
        if !self.rolls {
            return Ok(());
        }
        self.rolled = true;
        let mut wait = Wait::begin(
            step.deed.target.to_string(),
            (rollout::PATIENCE, PAUSE),
            self.ground.clock,
            self.ground.watching,
        );
        loop {
            let object = self.hand.wait(self.hand.objects.read(&step.deed.target))?;
            let object = object.ok_or_else(|| format!("{} is gone", step.deed.target))?;
            if rollout::has_ended(&object) {
                return Ok(());
            }
            let pause = wait.next(&rollout::state(&object));
            let pause = pause.map_err(|late| format!("{late}: it did not come up"))?;
            self.renew()?;
            self.hand.pause(pause);
        }
    }

    /// No answer came: whether it was done, the object says.
    fn classify(
        &mut self,
        step: &Step,
        site: &Site<'_>,
        before: Option<&str>,
        after: Option<&str>,
        why: &str,
    ) -> Outcome {
        let mut looked = site.read(&step.deed);
        // What nobody answered may still be under way.
        for _ in 0..LOOKS {
            let as_before = |live: &Option<Value>| live.as_ref().map(meaning_hash).as_deref() == before;
            if !looked.as_ref().is_ok_and(as_before) {
                break;
            }
            self.hand.pause(PAUSE);
            looked = site.read(&step.deed);
        }
        match looked {
            Ok(live) => {
                let now = live.as_ref().map(meaning_hash);
                let in_account = step.deed.in_account();
                if now.as_deref() == after {
                    self.made(step, live.as_ref())
                } else if now.as_deref() == before {
                    self.not_made(step, why)
                } else if in_account && step.deed.seems_done(live.as_ref()) {
                    self.made(step, live.as_ref())
                } else {
                    Outcome::Unknown(format!(
                        "{why}; {} is neither as it was nor as it should be",
                        step.deed.target
                    ))
                }
            }
            Err(again) => Outcome::Unknown(format!("{why}; and afterwards: {again}")),
        }
    }

    fn not_made(&mut self, step: &Step, why: &str) -> Outcome {
        let record = Record::Failed {
            step: step.id.clone(),
            why: why.to_owned(),
        };
        match self.hand.wait(self.journal.add(&record)) {
            Ok(()) => Outcome::NotDone(why.to_owned()),
            Err(error) => Outcome::NotDone(format!("{why}; and the journal does not know of it: {error}")),
        }
    }

    fn made(&mut self, step: &Step, object: Option<&Value>) -> Outcome {
        let record = Record::Done {
            step: step.id.clone(),
            after: object.map(meaning_hash),
            uid: object
                .filter(|_| step.deed.action == FixAction::KubernetesCreate)
                .and_then(|object| object.text_at(&["metadata", "uid"]))
                .map(ToOwned::to_owned),
        };
        let unkept = self.hand.wait(self.journal.add(&record)).err();
        if let Err(why) = self.rolled_out(step) {
            // What does not come up must not be followed by more of it.
            self.stopped = Some(why.clone());
            return Outcome::Done(Verified::CouldNotVerify(why));
        }
        if let Some(error) = unkept {
            return Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal does not know that it was done: {error}"
            )));
        }
        self.verified(step)
    }
}

/// What a step that was not done was about.
pub(super) struct Broken {
    target: ResourceRef,
    /// Nothing can be in the Namespace that it was to create.
    creates: bool,
}

impl Broken {
    fn of(deed: &Deed) -> Self {
        Self {
            target: deed.target.clone(),
            creates: deed.action == FixAction::KubernetesCreate,
        }
    }

    /// Whether a step on `target` rests on it: on the same thing, or on something in a Namespace that is not there.
    fn bears(&self, target: &ResourceRef) -> bool {
        let within = target.namespace.as_deref() == Some(self.target.name.as_str());
        *target == self.target || self.creates && self.target.kind == "Namespace" && within
    }
}

fn changed(step: &Step, live: Option<&Value>) -> String {
    let target = &step.deed.target;
    match (live, &step.before) {
        (None, _) => format!("{target} does not exist any more"),
        (Some(_), None) => format!("{target} exists by now"),
        (Some(live), Some(_)) => {
            match last_writer(live) {
                Some(by) => format!("{target} was changed by {by} since it was planned"),
                // Who it was, the account does not say: it may have been another part of the same plan.
                None => format!("{target} was changed since it was planned: make a new plan"),
            }
        }
    }
}

/// Who wrote last to an object, as far as the server has kept that; within the same second, somebody else rather than this program.
pub(super) fn last_writer(live: &Value) -> Option<&str> {
    let entries = live.items_at(&["metadata", "managedFields"]).iter();
    let text = |entry: &Value, key: &str| entry.text_at(&[key]).unwrap_or_default().to_owned();
    let of_the_object = entries.filter(|entry| text(entry, "subresource").is_empty());
    let last = of_the_object.max_by_key(|entry| (text(entry, "time"), text(entry, "manager") != MANAGER))?;
    last.text_at(&["manager"])
}
