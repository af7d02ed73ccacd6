//! A collection of a registry's garbage: when it may begin, and what came of it.

use super::hand::Hand;
use super::walk::Walk;
use crate::pipeline::pauses::Wait;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::{LeftAlone, Outcome, Step, Verified, collection_ended};
use envcheck_core::spec::{Spec, Window};
use envcheck_core::value::ValueExt;
use jiff::Timestamp;
use std::time::Duration;

/// How long a collection may take. A quarter of an hour it only waits, until nobody who was let in to push can push any more.
pub(super) const PATIENCE: Duration = Duration::from_mins(40);
/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Says of the steps that collect garbage when they may begin.
pub(super) fn windowed(steps: &mut [Step], spec: &Spec) {
    let Some(window) = window(Some(spec)) else {
        return;
    };
    for step in steps {
        if step.deed.action == FixAction::RegistryCollectGarbage {
            step.cautions.push(format!(
                "it is begun in the window of repairs only ({window}), unless it is named"
            ));
        }
    }
}

/// Leaves alone what cannot begin yet, and says why: while a collection goes on, or somebody may still push, none is asked for.
pub(super) fn waiting(hand: &Hand, steps: &mut Vec<Step>, left: &mut Vec<LeftAlone>, now: Timestamp) {
    steps.retain(|step| {
        if step.deed.action != FixAction::RegistryCollectGarbage {
            return true;
        }
        let rows = hand.rows.as_ref().map_err(Clone::clone);
        match rows.and_then(|rows| hand.wait(rows.may_be_collected(&step.deed, now))) {
            Ok(()) => true,
            Err(why) => {
                left.extend(step.repairs.iter().map(|finding| LeftAlone {
                    finding: finding.clone(),
                    why: format!("step {} cannot begin yet: {why}", step.id),
                }));
                false
            }
        }
    });
}

fn window(spec: Option<&Spec>) -> Option<&Window> {
    spec?.environment.spec.remediation.window.as_ref()
}

impl Walk<'_> {
    /// That a collection may begin now: the registry is read-only while it goes on, which is for a time that was set aside, and
    /// not for one in which somebody pushes.
    pub(super) fn may_collect(&self, step: &Step, named: bool) -> Result<(), String> {
        if step.deed.action != FixAction::RegistryCollectGarbage || self.taking_back {
            return Ok(());
        }
        // As of when policies see the run is no reason to begin earlier.
        let now = (self.ground.clock)();
        if let Some(window) = window(self.repairing.judging.spec.as_ref())
            && !named
            && !window.holds(now)?
        {
            return Err(format!(
                "it is outside of the window of repairs ({window}); --step {} does it all the same",
                step.id
            ));
        }
        let rows = self.hand.rows.as_ref().map_err(Clone::clone)?;
        self.hand.wait(rows.may_be_collected(&step.deed, now))
    }

    /// Waits until a collection has ended, and holds what it freed against what was expected.
    pub(super) fn collected(&mut self, step: &Step) -> Outcome {
        let unknown = |why: String| Outcome::Done(Verified::CouldNotVerify(why));
        let mut wait = Wait::begin(
            format!("the collection of registry {}", step.deed.target.name),
            (PATIENCE, LONGEST_PAUSE),
            self.ground.clock,
            self.ground.watching,
        );
        loop {
            let newest = match &self.hand.rows {
                Ok(rows) => self.hand.wait(rows.newest_collection(&step.deed.target.name)),
                Err(why) => Err(why.clone()),
            };
            let status = match newest {
                // A list may lag behind: the one before is not ours.
                Ok(Some(row)) if row.text_at(&["uuid"]) == self.collected_before.as_deref() => {
                    "not listed yet".to_owned()
                }
                Ok(Some(row)) => match collection_ended(&step.deed, &row) {
                    Some(verified) => return Outcome::Done(verified),
                    None => row.text_at(&["status"]).unwrap_or("unknown").to_owned(),
                },
                Ok(None) => "not listed yet".to_owned(),
                Err(why) => return unknown(why),
            };
            let later = "it goes on without envcheck, and the next audit tells what is left";
            if self.repairing.judging.interrupt.is_cancelled() {
                return unknown(format!("interrupted while its state was {status:?}; {later}"));
            }
            let pause = match wait.next(&status) {
                Ok(pause) => pause,
                Err(late) => return unknown(format!("{late}; {later}")),
            };
            if let Err(why) = self.renew() {
                return unknown(why);
            }
            self.hand.pause_unless(pause, &self.repairing.judging.interrupt);
        }
    }
}
