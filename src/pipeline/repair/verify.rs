//! What became of a step: its policies judge the environment once more, or the object itself says it.

use super::rehearsal::found_after;
use super::walk::{Walk, last_writer};
use crate::pipeline::audit_again;
use envcheck_core::findings::{Assessment, Finding, FixAction};
use envcheck_core::plan::{DRIFT, Deed, LeftAlone, MANAGER, Outcome, Repaired, Step, Verified};
use envcheck_core::remediate::{compare, is_put_back};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often is looked at findings of a workload whose Pods were replaced: they have half a minute to end.
const LOOKS_AT_PODS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_secs(8);
/// After so long is looked whether what was set back has lasted: whoever keeps it otherwise acts within moments.
const LASTS: Duration = Duration::from_secs(2);

impl Walk<'_> {
    /// What is deleted from the registry for good is judged once more: since it was planned somebody may have begun to use it.
    pub(super) fn still_wanted(&self, step: &Step) -> Result<(), String> {
        if step.deed.action != FixAction::RegistryDeleteManifest || self.taking_back {
            return Ok(());
        }
        let assessment = self.judged_again(step)?;
        let same = |finding: &Finding| {
            let fix = finding.fix.as_ref();
            let deed = fix.and_then(|fix| Deed::of(fix, finding.resource()).ok());
            deed.as_ref() == Some(&step.deed)
        };
        if assessment.findings.iter().any(same) {
            Ok(())
        } else {
            Err("its policy would no longer delete exactly these: make a new plan".to_owned())
        }
    }

    fn judged_again(&self, step: &Step) -> Result<Assessment, String> {
        self.judged_by(&step.policies().into_iter().collect())
    }

    fn judged_by(&self, policies: &BTreeSet<Arc<str>>) -> Result<Assessment, String> {
        let judging = self.repairing.judged_by(|policy| policies.contains(&policy.id));
        if judging.selected.is_empty() {
            return Err("its policy is not at hand".to_owned());
        }
        audit_again(judging, &self.repairing.target).map_err(|ended| ended.words())
    }

    /// What was put back is looked at once more.
    fn is_as_declared(&self, step: &Step) -> Outcome {
        let deed = &step.deed;
        let looked = self.hand.wait(self.hand.objects.read(&deed.target));
        Outcome::Done(match looked {
            Ok(Some(live)) if is_put_back(deed, &live) => Verified::Fixed,
            // What the server itself makes of it is ours by its records.
            Ok(Some(live)) if last_writer(&live) == Some(MANAGER) => Verified::NotFixed,
            Ok(Some(live)) => Verified::Failed(format!(
                "{} was changed again by {}",
                deed.target,
                last_writer(&live).unwrap_or("somebody")
            )),
            Ok(None) => Verified::Failed(format!("{} is gone", deed.target)),
            Err(why) => Verified::CouldNotVerify(why),
        })
    }

    /// Its policies judge the environment once more.
    pub(super) fn verified(&mut self, step: &Step) -> Outcome {
        if self.taking_back {
            return Outcome::Done(Verified::TakenBack);
        }
        if step.deed.action == FixAction::RegistryCollectGarbage {
            return self.collected(step);
        }
        if step.deed.is_estimated() {
            let late = "the registry tells its size later";
            return Outcome::Done(Verified::CouldNotVerify(late.to_owned()));
        }
        if step.is_of_drift() {
            let mut outcome = self.is_as_declared(step);
            if outcome.is_well() {
                outcome = self.brings_nothing_new(step, &self.later);
                outcome = self.unless_reverted(step, outcome);
            }
            if !outcome.is_well() || !step.repairs.iter().any(|one| self.is_due(step, one)) {
                return outcome;
            }
        }
        // Pods that were replaced take a while to be gone.
        let looks = if self.rolls { LOOKS_AT_PODS } else { 1 };
        for look in 1.. {
            let outcome = self.judged(step);
            if look >= looks || !outcome.is_not_fixed() || self.repairing.judging.interrupt.is_cancelled() {
                return outcome;
            }
            if let Err(why) = self.renew() {
                return Outcome::Done(Verified::CouldNotVerify(why));
            }
            self.hand
                .pause_unless(BETWEEN_LOOKS, &self.repairing.judging.interrupt);
        }
        Outcome::Done(Verified::NotFixed)
    }

    /// Whether a finding has to be gone after this step: what drifted is told by the object, and what several steps cure together is
    /// gone after the last of them, where the others were done.
    fn is_due(&self, step: &Step, one: &Repaired) -> bool {
        let others = self.steps.iter().filter(|other| other.id != step.id);
        let mut shared = others.filter(|other| other.repairs.contains(one));
        *one.policy != *DRIFT && shared.all(|other| self.done.contains(&other.id))
    }

    /// That what was set back brings about nothing new, once what is left of the run is done as well.
    fn brings_nothing_new(&self, step: &Step, later: &[Deed]) -> Outcome {
        let after = match found_after(self.repairing, &step.deed, later) {
            Ok(Some(after)) => after,
            Ok(None) => return Outcome::Done(Verified::Fixed),
            Err(ended) => {
                let why = format!(
                    "whether it brings about something new is not known: {}",
                    ended.words()
                );
                return Outcome::Done(Verified::CouldNotVerify(why));
            }
        };
        if let Some(blind) = after.policies.iter().find(|policy| policy.errors > 0) {
            let why = format!("{} could not look at everything", blind.id);
            return Outcome::Done(Verified::CouldNotVerify(why));
        }
        let appeared = compare(&[], self.before.iter(), after.open()).appeared;
        let Some(first) = appeared.first() else {
            return Outcome::Done(Verified::Fixed);
        };
        let said = appeared.iter().all(|one| step.causes.contains(one));
        let more = match appeared.len() {
            1 => String::new(),
            number => format!(" and {} more", number - 1),
        };
        Outcome::Done(Verified::Failed(format!(
            "it is as declared, and brought about {} {}: {}{more}{}",
            first.policy,
            first.resource,
            first.message,
            if said { ", as the plan said" } else { "" }
        )))
    }

    /// What came of a step, unless somebody has changed the object again: policies take their time.
    fn unless_reverted(&self, step: &Step, outcome: Outcome) -> Outcome {
        let again = self.is_as_declared(step);
        if again.is_well() { outcome } else { again }
    }

    /// What was set back is looked at once more when all is done: whether it lasted, and, where steps that were expected were not
    /// done after all, whether it brings about something new without them.
    pub(super) fn look_back(&self, run: &mut [(Step, Outcome)]) {
        if self.taking_back || self.repairing.judging.interrupt.is_cancelled() {
            return;
        }
        let is_back = |step: &Step, outcome: &Outcome| {
            step.is_of_drift() && matches!(outcome, Outcome::Done(Verified::Fixed))
        };
        if !run.iter().any(|(step, outcome)| is_back(step, outcome)) {
            return;
        }
        self.hand.pause_unless(LASTS, &self.repairing.judging.interrupt);
        let done = |outcome: &Outcome| matches!(outcome, Outcome::Done(_));
        let last = run.iter().rposition(|(_, outcome)| !done(outcome));
        for (number, (step, outcome)) in run.iter_mut().enumerate() {
            if !is_back(step, outcome) {
                continue;
            }
            if last.is_some_and(|last| number < last) {
                *outcome = self.brings_nothing_new(step, &[]);
            }
            *outcome = self.unless_reverted(step, outcome.clone());
        }
    }

    /// Of what no step is for and should have gone with them, what is still there, and what is not known to be gone.
    pub(super) fn remaining_of(&mut self, besides: &[Repaired]) -> Vec<LeftAlone> {
        if besides.is_empty() || self.taking_back || self.done.is_empty() {
            return Vec::new();
        }
        let looks = if self.rolled { LOOKS_AT_PODS } else { 1 };
        let mut remaining = Vec::new();
        for look in 1..=looks {
            if look > 1 {
                self.hand
                    .pause_unless(BETWEEN_LOOKS, &self.repairing.judging.interrupt);
            }
            remaining = self.still_there(besides);
            if remaining.is_empty() || self.repairing.judging.interrupt.is_cancelled() {
                break;
            }
            if self.renew().is_err() {
                break;
            }
        }
        remaining
    }

    fn still_there(&self, besides: &[Repaired]) -> Vec<LeftAlone> {
        let left = |one: &Repaired, why: &str| LeftAlone {
            finding: one.clone(),
            why: why.to_owned(),
        };
        let assessment = match self.judged_by(&besides.iter().map(|one| Arc::clone(&one.policy)).collect()) {
            Ok(assessment) => assessment,
            Err(why) => {
                let why = format!("whether it went with the steps is not known: {why}");
                return besides.iter().map(|one| left(one, &why)).collect();
            }
        };
        let there = compare(besides, std::iter::empty(), assessment.open()).remaining;
        let blind = |one: &&Repaired| {
            let mut blind = assessment.policies.iter().filter(|policy| policy.is_blind());
            !there.contains(one) && blind.any(|policy| policy.id == one.policy)
        };
        let unseen = besides.iter().filter(blind).map(|one| {
            let why = format!(
                "whether it went with the steps is not known: {} could not look at everything",
                one.policy
            );
            left(one, &why)
        });
        let there = there
            .iter()
            .map(|one| left(one, "it should have gone with the steps, and is still there"));
        there.chain(unseen).collect()
    }

    fn judged(&self, step: &Step) -> Outcome {
        let assessment = match self.judged_again(step) {
            Ok(assessment) => assessment,
            Err(why) => return Outcome::Done(Verified::CouldNotVerify(why)),
        };
        let due = step.repairs.iter().filter(|one| self.is_due(step, one));
        let due: Vec<Repaired> = due.cloned().collect();
        let proof = compare(&due, std::iter::empty(), assessment.open());
        let anew = |one: &Repaired| {
            assessment.open().any(|finding| {
                let new = !self.known.contains(finding.fingerprint().as_str());
                new && one.policy == finding.policy && one.resource == *finding.resource()
            })
        };
        let there = |one: &&Repaired| proof.remaining.contains(one) || anew(one);
        let mut there = due.iter().filter(there).peekable();
        if there.peek().is_some() {
            let same = |one: &Repaired, stays: &Repaired| {
                stays.policy == one.policy && stays.resource == one.resource
            };
            let said = |one: &Repaired| self.staying.iter().any(|stays| same(one, stays));
            return Outcome::Done(if there.all(said) {
                Verified::Stays
            } else {
                Verified::NotFixed
            });
        }
        match assessment.policies.iter().find(|policy| policy.is_blind()) {
            Some(policy) => Outcome::Done(Verified::CouldNotVerify(format!(
                "{} could not look at everything",
                policy.id
            ))),
            None => Outcome::Done(Verified::Fixed),
        }
    }
}
