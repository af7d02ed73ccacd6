//! A run that makes things: each is looked for again, journalled, made, and waited for.

use super::cluster::{Progress, progress};
use super::ground::{Ground, ToProvision, cluster_row, region};
use super::inside;
use crate::apply::journal::{Journal, Lock};
use crate::apply::kubernetes::NotMade;
use crate::apply::{account, spaces};
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::{self, journals, run_name};
use envcheck_core::findings::FixAction;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{
    Consent, Deed, Making, Outcome, PlannedCluster, Provisioning, Run, Verified, meaning_hash,
};
use envcheck_core::provision::Account;
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a cluster may take to come up.
const UNTIL_IT_RUNS: Duration = Duration::from_mins(30);
/// Until the second look at something that comes up; each later look waits twice as long, up to the most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often is looked for what nobody answered about.
const LOOKS: u32 = 5;

/// Makes what a plan says and the consent covers. Nothing is made while something stands in the way.
pub fn provision(
    wanted: &ToProvision,
    plan: &Provisioning,
    consent: &Consent,
    ground: &repair::Ground<'_>,
) -> Result<Vec<Run>, Ended> {
    if let Some(first) = plan.conflicts.first() {
        return Err(Diagnostic::new(format!("nothing was made: {}", first.why))
            .hint(first.hint.clone())
            .into());
    }
    let (inside, outside): (Vec<&Making>, Vec<&Making>) = plan
        .steps
        .iter()
        .partition(|one| inside::is_made_inside(&one.step.deed));
    let mut runs = Vec::new();
    let mut broken = BTreeSet::new();
    if !outside.is_empty() {
        let site = Ground::open(wanted)?;
        let result = made(wanted, &plan.environment, &outside, consent, ground, &site);
        site.end();
        let run = result?;
        let missed = run.steps.iter().filter(|(_, outcome)| !outcome.is_well());
        broken.extend(missed.map(|(step, _)| step.id.clone()));
        runs.push(run);
    }
    if !inside.is_empty() {
        // What is a run in the cluster has its Lease, and a journal that says whose cluster it is.
        match inside::made(wanted, &plan.environment, &inside, broken, consent, ground) {
            Ok(run) => runs.push(run),
            Err(why) if runs.is_empty() => return Err(why),
            Err(why) => runs.push(unbegun(&inside, &why)),
        }
    }
    Ok(runs)
}

/// What was made outside is told in any case.
fn unbegun(steps: &[&Making], why: &Ended) -> Run {
    let why = words(why);
    let outcome = |one: &&Making| (one.step.clone(), Outcome::NotDone(why.clone()));
    Run {
        name: String::new(),
        journal: None,
        steps: steps.iter().map(outcome).collect(),
    }
}

fn words(ended: &Ended) -> String {
    match ended {
        Ended::Interrupted(_) => "interrupted".to_owned(),
        Ended::Refused(problems) => {
            let words: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
            words.join("; ")
        }
    }
}

fn made(
    wanted: &ToProvision,
    environment: &str,
    steps: &[&Making],
    consent: &Consent,
    ground: &repair::Ground<'_>,
    site: &Ground,
) -> Result<Run, Ended> {
    let name = run_name((ground.clock)())?;
    let mut run = Run {
        name: name.clone(),
        journal: None,
        steps: Vec::new(),
    };
    let agreed = steps
        .iter()
        .filter(|one| consent.covers(&one.step).is_ok())
        .count();
    if agreed == 0 {
        let skipped = |one: &&Making| Outcome::Skipped(consent.covers(&one.step).err().unwrap_or_default());
        run.steps = steps.iter().map(|one| (one.step.clone(), skipped(one))).collect();
        return Ok(run);
    }
    let (_, account) = site.plan(wanted)?;
    // As long as there is no cluster with a Lease, two runs on one machine are told apart by this alone.
    let lock = Lock::take(&ground.journals, environment).map_err(|why| {
        Diagnostic::new(format!("nothing was made: {why}")).hint("wait until the other run has ended")
    })?;
    let head = Head {
        run: name,
        environment: environment.to_owned(),
        cluster: PlannedCluster::default(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(agreed),
    };
    let journal = site
        .wait(journals::opened(&ground.journals)?.begin(&head))
        .map_err(|error| {
            let problem = format!(
                "nothing was made: the journal cannot be written below {}: {error}",
                ground.journals
            );
            Diagnostic::new(problem).hint("name another place: --journal PLACE")
        })?;
    run.journal = Some(journal.place());
    let mut walk = Walk {
        wanted,
        site,
        journal,
        ground,
        account,
        broken: BTreeSet::new(),
    };
    for making in steps {
        let outcome = walk.step(making, consent);
        if !outcome.is_well() {
            walk.broken.insert(making.step.id.clone());
        }
        run.steps.push((making.step.clone(), outcome));
    }
    // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
    let _ = site.wait(walk.journal.add(&Record::End));
    drop(lock);
    Ok(run)
}

struct Walk<'a> {
    wanted: &'a ToProvision,
    site: &'a Ground,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    /// What is known of the account; what a step hangs on is read again when its turn comes.
    account: Account,
    /// Steps that were not done: what waits for them is not begun.
    broken: BTreeSet<String>,
}

impl Walk<'_> {
    fn step(&mut self, making: &Making, consent: &Consent) -> Outcome {
        let step = &making.step;
        if let Err(why) = consent.covers(step) {
            return Outcome::Skipped(why);
        }
        if self.wanted.interrupt.is_cancelled() {
            return Outcome::Skipped("interrupted".to_owned());
        }
        if let Some(before) = making.after.iter().find(|before| self.broken.contains(*before)) {
            return Outcome::Skipped(format!("it waits for step {before}, which was not done"));
        }
        (self.ground.tell)(step);
        self.attempt(making)
            .unwrap_or_else(|why| Outcome::NotDone(words(&why)))
    }

    /// `Err` where nothing was changed.
    fn attempt(&mut self, making: &Making) -> Result<Outcome, Ended> {
        let fresh = self
            .site
            .plan_again(self.wanted, &making.step.deed, &mut self.account)?;
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
                .then_some(deed)
        });
        let Some(deed) = again else {
            // Somebody made it since, or this program did and was not told.
            return Ok(self.up(&making.step.deed, Verified::Stood));
        };
        if deed != planned {
            return Ok(Outcome::NotDone(
                "what is to be made changed since it was planned: make a new plan".to_owned(),
            ));
        }
        if let Err(why) = self.usable(&deed) {
            return Ok(Outcome::NotDone(why));
        }
        let after = deed.done_to(None).ok().flatten();
        let intent = Intent {
            step: making.step.id.clone(),
            summary: making.step.summary.clone(),
            deed: deed.clone(),
            before: None,
            after: after.as_ref().map(meaning_hash),
            undo: making.step.undo.clone(),
        };
        if let Err(error) = self
            .site
            .wait(self.journal.add(&Record::Intent(Box::new(intent))))
        {
            return Ok(Outcome::NotDone(format!(
                "it cannot be kept what is done: {error}"
            )));
        }
        let sent = self.send(&deed);
        Ok(match sent {
            Ok(()) => self.made(making, &deed),
            Err(NotMade::Refused(why)) => self.not_made(making, &why),
            Err(NotMade::Cancelled) => self.unheard(making, &deed, "interrupted"),
            Err(NotMade::Unknown(why)) => self.unheard(making, &deed, &why),
        })
    }

    fn send(&self, deed: &Deed) -> Result<(), NotMade> {
        if deed.in_spaces() {
            let buckets = self.site.buckets().map_err(NotMade::Refused)?;
            return self.site.wait(spaces::make(buckets.spaces(), deed, None));
        }
        let open = self.site.open_account();
        let open = open.map_err(|_| NotMade::Refused("the account cannot be asked".to_owned()))?;
        if deed.action == FixAction::ProjectAssign {
            // Where it is now is no reason against it: what is new is put somewhere by the API.
            return self.site.wait(account::assign(open.api(), deed));
        }
        self.site.wait(account::make(open.api(), deed, None))
    }

    fn made(&mut self, making: &Making, deed: &Deed) -> Outcome {
        // What follows looks for it by its name; here its id is kept, by which `destroy` knows it.
        let (name, kind) = (deed.target.name.as_str(), deed.target.kind.as_str());
        let again = self.site.plan_again(self.wanted, deed, &mut self.account);
        let id = again
            .ok()
            .and_then(|_| self.account.id(&self.region(), kind, name));
        let record = Record::Done {
            step: making.step.id.clone(),
            after: None,
            uid: id,
        };
        let kept = self.site.wait(self.journal.add(&record));
        match (self.up(deed, Verified::Made), kept) {
            (Outcome::Done(_), Err(error)) => Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal could not be written: {error}"
            ))),
            (outcome, _) => outcome,
        }
    }

    fn not_made(&mut self, making: &Making, why: &str) -> Outcome {
        let record = Record::Failed {
            step: making.step.id.clone(),
            why: why.to_owned(),
        };
        let _ = self.site.wait(self.journal.add(&record));
        Outcome::NotDone(why.to_owned())
    }

    /// No answer came: whether it was made, the account says. It is not asked for a second time.
    fn unheard(&mut self, making: &Making, deed: &Deed, why: &str) -> Outcome {
        let mut pause = FIRST_PAUSE;
        for _ in 0..LOOKS {
            if let Ok(fresh) = self.site.plan_again(self.wanted, deed, &mut self.account) {
                let missing = fresh.steps.iter().any(|one| {
                    self.resolved(&one.step.deed)
                        .is_ok_and(|one| one.target == deed.target && one.action == deed.action)
                });
                if !missing && fresh.conflicts.is_empty() {
                    return self.made(making, deed);
                }
            }
            self.site.pause(pause, &self.wanted.interrupt);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Outcome::Unknown(format!(
            "{why}; it is not there yet: the next run looks for it again"
        ))
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
        let start = (self.ground.clock)();
        let mut pause = FIRST_PAUSE;
        loop {
            let asked = self.site.clusters_again(&mut self.account);
            asked.map_err(|_| format!("cluster {name} could not be asked for"))?;
            let row = cluster_row(&self.wanted.spec, &self.account);
            let state = match progress(row) {
                Progress::Running => return Ok(()),
                Progress::Lost(why) => return Err(format!("cluster {name} does not come up: {why}")),
                Progress::Waiting(state) => state,
            };
            if self.wanted.interrupt.is_cancelled() {
                return Err(format!("interrupted while cluster {name} was {state}"));
            }
            let waited = (self.ground.clock)().duration_since(start);
            if waited > UNTIL_IT_RUNS.try_into().unwrap_or_default() {
                let minutes = UNTIL_IT_RUNS.as_secs() / 60;
                return Err(format!(
                    "cluster {name} is {state} after {minutes} min: a later run goes on from there"
                ));
            }
            self.site.pause(pause, &self.wanted.interrupt);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn resolved(&self, deed: &Deed) -> Result<Deed, String> {
        let region = self.region();
        deed.resolved(&|kind, name| self.account.id(&region, kind, name))
    }

    fn region(&self) -> String {
        region(&self.wanted.spec)
    }
}
