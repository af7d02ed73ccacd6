//! One thing after the other, outside the cluster: each is looked for again, journalled, made, and waited for.

use super::cluster::{Progress, progress};
use super::plan::{ToProvision, cluster_row, region};
use crate::apply::journal::{Journal, Lock};
use crate::apply::kubernetes::NotMade;
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::pauses::{Pauses, Wait};
use crate::pipeline::repair;
use crate::pipeline::turn::Turn;
use crate::pipeline::walking::Walking;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::journal::{Intent, Record};
use envcheck_core::plan::{Adoption, Deed, Making, Outcome, Provisioning, Verified, meaning_hash};
use envcheck_core::provision::account::{left_of, taken_out_of, to_complete};
use envcheck_core::provision::{Account, Provenance};
use std::time::Duration;

/// How long a cluster may take to come up.
const UNTIL_IT_RUNS: Duration = Duration::from_mins(30);
/// The longest time between two looks at something that comes up.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often is looked for what nobody answered about.
const LOOKS: u32 = 5;

/// A run under way.
pub(super) struct Walk<'a> {
    pub(super) wanted: &'a ToProvision,
    pub(super) site: &'a AccountHand,
    pub(super) lock: &'a mut Lock,
    pub(super) journal: Journal,
    pub(super) ground: &'a repair::Ground<'a>,
    /// What is known of the account; what a step hangs on is read again when its turn comes.
    pub(super) account: Account,
    /// By what it is known whose that is.
    pub(super) provenance: Provenance,
    pub(super) turn: Turn<'a>,
}

impl<'a> Walking<'a, Making> for Walk<'a> {
    fn turn(&mut self) -> &mut Turn<'a> {
        &mut self.turn
    }

    fn ground(&self) -> &'a repair::Ground<'a> {
        self.ground
    }

    fn keep(&mut self, record: &Record) -> Result<(), String> {
        self.site.wait(self.journal.add(record))
    }

    fn place(&self) -> String {
        self.journal.place()
    }

    fn attempt(&mut self, making: &Making) -> Result<Outcome, String> {
        self.looked_for(making).map_err(|why| why.words())
    }
}

impl Walk<'_> {
    /// `Err` where nothing was changed.
    fn looked_for(&mut self, making: &Making) -> Result<Outcome, Ended> {
        let fresh = self.again(&making.step.deed)?;
        if let Some(conflict) = fresh.conflicts.first() {
            return Ok(Outcome::NotDone(format!(
                "something stands in the way now: {}",
                conflict.why
            )));
        }
        let planned = match self.resolved(&making.step.deed) {
            Ok(deed) => deed,
            Err(why) => return Ok(Outcome::NotDone(why)),
        };
        let again = fresh.steps.iter().find_map(|one| {
            let deed = self.resolved(&one.step.deed).ok()?;
            (deed.action == planned.action
                && deed.target.kind == planned.target.kind
                && deed.target.name == planned.target.name)
                .then_some((deed, &one.step.undo))
        });
        let Some((deed, undo)) = again else {
            let target = &planned.target;
            let same = |one: &&Adoption| one.target.kind == target.kind && one.target.name == target.name;
            if let Some(one) = fresh.adoptions.iter().find(same) {
                return Ok(Outcome::NotDone(format!(
                    "it is there by now, and nobody has agreed to adopt it: {}",
                    one.words()
                )));
            }
            // Somebody made it since, or this program did and was not told.
            return Ok(self.up(&making.step.deed, Verified::Stood));
        };
        // Who agreed has read out of which project it goes.
        let moved = taken_out_of(&deed, &self.account).is_some() && *undo != making.step.undo;
        if deed != planned || moved {
            return Ok(Outcome::NotDone(
                "what is to be made changed since it was planned: make a new plan".to_owned(),
            ));
        }
        let ready = self.usable(&deed).and_then(|()| self.goes_on());
        if let Err(why) = ready {
            return Ok(Outcome::NotDone(why));
        }
        // Only what completes something is done to something that stands.
        let row = to_complete(&deed, &self.account);
        let after = deed.done_to(row.as_ref()).ok().flatten();
        let intent = Intent {
            step: making.step.id.clone(),
            summary: making.step.summary.clone(),
            deed: deed.clone(),
            before: row.as_ref().map(meaning_hash),
            after: after.as_ref().map(meaning_hash),
            undo: making.step.undo.clone(),
        };
        if let Err(why) = self.begins(intent) {
            return Ok(Outcome::NotDone(why));
        }
        Ok(match self.site.send(&deed, row.as_ref()) {
            Ok(()) => self.made(making, &deed),
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => self.not_done(&making.step, &why),
            Err(NotMade::Cancelled) => self.unheard(making, &deed, "interrupted"),
            Err(NotMade::Unknown(why)) => self.unheard(making, &deed, &why),
        })
    }

    fn made(&mut self, making: &Making, deed: &Deed) -> Outcome {
        // What follows looks for it by its name; here its id is kept, by which `destroy` knows it.
        let (name, kind) = (deed.target.name.as_str(), deed.target.kind.as_str());
        let again = self.again(deed);
        let id = again
            .ok()
            .and_then(|_| self.account.id(&self.region(), kind, name));
        let record = Record::Done {
            step: making.step.id.clone(),
            after: None,
            uid: id,
        };
        let kept = self.keep(&record);
        match (self.up(deed, Verified::Made), kept) {
            (Outcome::Done(_), Err(error)) => Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal could not be written: {error}"
            ))),
            (outcome, _) => outcome,
        }
    }

    /// No answer came: whether it was made, the account says. It is not asked for a second time.
    fn unheard(&mut self, making: &Making, deed: &Deed, why: &str) -> Outcome {
        let mut pauses = Pauses::up_to(LONGEST_PAUSE);
        for _ in 0..LOOKS {
            if let Ok(fresh) = self.again(deed) {
                let missing = fresh.steps.iter().any(|one| {
                    self.resolved(&one.step.deed)
                        .is_ok_and(|one| one.target == deed.target && one.action == deed.action)
                });
                if !missing && fresh.conflicts.is_empty() {
                    return self.made_after_all(making, deed, why);
                }
            }
            self.site.pause(pauses.longer(), &self.wanted.interrupt);
        }
        Outcome::Unknown(format!(
            "{why}; it is not there yet: the next run looks for it again"
        ))
    }

    /// It is there though nobody said so: what is left of it is done as well, or told.
    fn made_after_all(&mut self, making: &Making, deed: &Deed, why: &str) -> Outcome {
        let Some((rest, row)) = left_of(deed, &self.account) else {
            return self.made(making, deed);
        };
        let sent = self.site.send(&rest, Some(&row));
        let outcome = self.made(making, deed);
        // Of what it has become, a look tells more than an answer; `made` has just looked.
        if left_of(deed, &self.account).is_none() {
            return outcome;
        }
        let why = match sent {
            Err(NotMade::Refused(why) | NotMade::NotYet(why) | NotMade::Unknown(why)) => why,
            Err(NotMade::Cancelled) => "interrupted".to_owned(),
            Ok(()) => why.to_owned(),
        };
        Outcome::Done(Verified::CouldNotVerify(format!(
            "{} {} was made and is not complete ({why}): the next run completes it",
            deed.target.kind, deed.target.name
        )))
    }

    /// That a cluster that is to be changed can be.
    fn usable(&mut self, deed: &Deed) -> Result<(), String> {
        match deed.action {
            FixAction::NodePoolCreate | FixAction::RegistryIntegrate => self.cluster_runs(),
            _ => Ok(()),
        }
    }

    /// Once what was made takes its time to come up, it is waited for.
    fn up(&mut self, deed: &Deed, verified: Verified) -> Outcome {
        if deed.action != FixAction::ClusterCreate {
            return Outcome::Done(verified);
        }
        match self.cluster_runs() {
            Ok(()) => Outcome::Done(verified),
            Err(why) => Outcome::Done(Verified::CouldNotVerify(why)),
        }
    }

    fn cluster_runs(&mut self) -> Result<(), String> {
        let declared = self.wanted.spec.environment.spec.digitalocean.as_ref();
        let Some(cluster) = declared.and_then(|declared| declared.cluster.as_ref()) else {
            return Ok(());
        };
        let name = cluster.name.as_str();
        let mut wait = Wait::begin(
            format!("cluster {name}"),
            (UNTIL_IT_RUNS, LONGEST_PAUSE),
            self.ground.clock,
            self.ground.watching,
        );
        let mut last: Option<String> = None;
        let interrupted = |last: Option<&String>| {
            let was = last.map_or_else(String::new, |state| format!(", which was {state}"));
            format!("interrupted while waiting for cluster {name}{was}: a later run goes on from there")
        };
        loop {
            // Whether that still is so matters to the next step.
            let _ = self.goes_on();
            match self.site.clusters_again(&mut self.account) {
                Ok(()) => {}
                Err(Ended::Interrupted(_)) => return Err(interrupted(last.as_ref())),
                Err(why) => return Err(format!("cluster {name} could not be asked for: {}", why.words())),
            }
            let row = cluster_row(&self.wanted.spec, &self.account);
            let state = match progress(row) {
                Progress::Running => return Ok(()),
                Progress::Lost(why) => return Err(format!("cluster {name} does not come up: {why}")),
                Progress::Waiting(state) => state,
            };
            if self.wanted.interrupt.is_cancelled() {
                return Err(interrupted(Some(&state)));
            }
            let pause = wait.next(&state);
            last = Some(state);
            let pause = pause.map_err(|late| format!("{late}: a later run goes on from there"))?;
            self.site.pause(pause, &self.wanted.interrupt);
        }
    }

    /// Says to others that this run goes on.
    fn goes_on(&mut self) -> Result<(), String> {
        self.site.wait(self.lock.renew((self.ground.clock)()))
    }

    /// The plan once more, as far as it hangs on what a deed makes.
    fn again(&mut self, deed: &Deed) -> Result<Provisioning, Ended> {
        self.site
            .plan_again(self.wanted, deed, &mut self.account, &self.provenance)
    }

    fn resolved(&self, deed: &Deed) -> Result<Deed, String> {
        let region = self.region();
        deed.resolved(&|kind, name| self.account.id(&region, kind, name))
    }

    fn region(&self) -> String {
        region(&self.wanted.spec)
    }
}
