//! How something goes: it is waited for until nothing is in it, asked for, asked for again where the API has not heard yet that it is
//! empty, and waited for until it is gone.

use super::stock::still;
use super::walk::{Found, Walk};
use crate::apply::kubernetes::NotMade;
use crate::pipeline::ended::Ended;
use crate::pipeline::pauses::{Pauses, Wait};
use crate::pipeline::walking::Walking;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::journal::Record;
use envcheck_core::plan::{Deed, Outcome, Removal, Verified};
use envcheck_core::provision::removal::{is_going, members, row_of, state_of};
use std::time::Duration;

/// How long a cluster may take to go, and a network to be left by what was in it.
const UNTIL_IT_IS_GONE: Duration = Duration::from_mins(30);
/// How long the API may refuse to let go of something that is empty by its own lists.
const UNTIL_IT_IS_LET_GO: Duration = Duration::from_mins(10);
/// The longest time between two looks at something that goes.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often is looked for what nobody answered about.
const LOOKS: u32 = 5;

impl<'a> Walk<'a> {
    /// Asks for its removal, and once more as long as the API has not heard that what was in it has left.
    pub(super) fn asked(&mut self, one: &Removal, deed: &Deed) -> Outcome {
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
                    Err(NotMade::Refused(why)) => return self.not_done(&one.step, &why),
                    Err(NotMade::Cancelled) => return self.unheard(one, deed, "interrupted"),
                    Err(NotMade::Unknown(why)) => return self.unheard(one, deed, &why),
                }
                "empty, and not let go of by the API".to_owned()
            };
            match wait.next(&state) {
                Ok(pause) => self.site.pause(pause, &self.wanted.interrupt),
                Err(late) => {
                    let why = format!("{late}{said}: a later run goes on from there");
                    return self.not_done(&one.step, &why);
                }
            }
            if self.wanted.interrupt.is_cancelled() {
                return self.not_done(&one.step, "interrupted");
            }
            if let Err(why) = self.goes_on() {
                return self.not_done(&one.step, &why);
            }
            match self.found(one) {
                Ok(Found::Goes(_)) => {}
                Ok(Found::Gone) => return self.gone(one, deed),
                Ok(Found::Stays(why)) => return self.not_done(&one.step, &why),
                Err(ended) => return self.not_done(&one.step, &ended.words()),
            }
        }
    }

    /// Looks again whether it still is what was agreed to, and waits until what was in it has left.
    pub(super) fn settled(&mut self, one: &Removal) -> Result<Found, Ended> {
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

    fn send(&self, deed: &Deed) -> Result<(), NotMade> {
        if deed.action == FixAction::ClusterDestroy && is_going(&self.stock, deed) {
            // Somebody has asked for it already; it is only waited for.
            return Ok(());
        }
        match self.guard.as_deref() {
            Some(guard) if deed.in_cluster() => guard.remove(deed, self.wanted.choice.names(deed)),
            _ => self.site.send(deed, row_of(&self.stock, deed)),
        }
    }

    /// Waits until it is gone.
    pub(super) fn gone(&mut self, one: &Removal, deed: &Deed) -> Outcome {
        let patience = match deed.action {
            FixAction::ClusterDestroy => UNTIL_IT_IS_GONE,
            // All that is in a Namespace goes before it, and what an application has delivered.
            FixAction::KubernetesDelete => UNTIL_IT_IS_LET_GO,
            _ => Duration::from_mins(2),
        };
        let mut wait = self.wait_for(deed, patience);
        let mut state = "on its way out".to_owned();
        let outcome = loop {
            let _ = self.goes_on();
            let now = self.still(deed);
            if let Ok(None) = now {
                break Outcome::Done(Verified::Removed);
            }
            if self.wanted.interrupt.is_cancelled() {
                break Outcome::Unknown(format!("interrupted while {} was {state}", deed.target));
            }
            state = match now {
                Ok(now) => now.unwrap_or(state),
                Err(why) => format!("not to be asked for ({why})"),
            };
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
        if deed.in_cluster() {
            self.proofs.removes(deed);
        }
        let record = Record::Done {
            step: one.step.id.clone(),
            after: None,
            uid: deed.target.id.clone(),
        };
        match self.keep(&record) {
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
        let hands = (self.site, self.guard.as_deref());
        let looked = still(hands, deed, &mut self.stock);
        looked.map_err(|why| why.words())?;
        Ok(state_of(&self.stock, deed))
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
