//! What became of a step: its policies judge the environment once more, or the object itself says it.

use super::walk::Walk;
use crate::pipeline::audit_again;
use envcheck_core::findings::{Assessment, Finding, FixAction, Verdict};
use envcheck_core::plan::{DRIFT, Deed, Outcome, Repaired, Step, Verified};
use envcheck_core::remediate::{compare, is_put_back};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often is looked at findings of a workload whose Pods were replaced: they have half a minute to end.
const LOOKS_AT_PODS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_secs(8);

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
        let policies: BTreeSet<_> = step.policies().into_iter().collect();
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
            Ok(_) => Verified::NotFixed,
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
        if step.policies().iter().any(|policy| **policy == *DRIFT) {
            let outcome = self.is_as_declared(step);
            if step.sets_back() || !outcome.is_well() {
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

    fn judged(&self, step: &Step) -> Outcome {
        let assessment = match self.judged_again(step) {
            Ok(assessment) => assessment,
            Err(why) => return Outcome::Done(Verified::CouldNotVerify(why)),
        };
        let proof = compare(&step.repairs, std::iter::empty(), assessment.open());
        let anew = |one: &Repaired| {
            assessment.open().any(|finding| {
                let new = !self.known.contains(finding.fingerprint().as_str());
                new && one.policy == finding.policy && one.resource == *finding.resource()
            })
        };
        let there = |one: &&Repaired| proof.remaining.contains(one) || anew(one);
        let mut there = step.repairs.iter().filter(there).peekable();
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
        let blind = assessment.policies.iter().find(|policy| {
            matches!(policy.verdict, Verdict::Error | Verdict::NotEvaluated)
                || policy.not_evaluated > 0
                || policy.errors > 0
        });
        match blind {
            Some(policy) => Outcome::Done(Verified::CouldNotVerify(format!(
                "{} could not look at everything",
                policy.id
            ))),
            None => Outcome::Done(Verified::Fixed),
        }
    }
}
