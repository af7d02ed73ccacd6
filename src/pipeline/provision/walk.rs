//! A run that makes things: each is looked for again, journalled, made, and waited for.

use super::cluster::{Progress, progress};
use super::inside;
use super::plan::{Survey, ToProvision, cluster_row, opened, region};
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
use envcheck_core::plan::{
    Adoption, Consent, Deed, Making, Outcome, PlannedCluster, Provisioning, Run, Verified, meaning_hash,
};
use envcheck_core::provision::{Account, Provenance};
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a cluster may take to come up.
const UNTIL_IT_RUNS: Duration = Duration::from_mins(30);
/// The longest time between two looks at something that comes up.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often is looked for what nobody answered about.
const LOOKS: u32 = 5;

/// Makes what a plan says and the consent covers. Nothing is made while something stands in the way, and nothing before what the
/// plan adopts is `adopted`, of which a run without steps keeps as much as is named.
pub fn provision(
    wanted: &ToProvision,
    plan: &Provisioning,
    consent: &Consent,
    adopted: &[&Adoption],
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
    let turn = |broken| Turn {
        consent,
        interrupt: &wanted.interrupt,
        broken,
    };
    // Whoever looks only adopts nothing.
    let steps: Vec<&Making> = plan.steps.iter().collect();
    let idle = !steps.is_empty() && turn(BTreeSet::new()).none_begins("", &steps).is_some();
    let adopted: &[&Adoption] = if idle { &[] } else { adopted };
    if !idle && !steps.is_empty() {
        agreed(&plan.adoptions, adopted)?;
    }
    if !outside.is_empty() || !adopted.is_empty() {
        let site = opened(wanted)?;
        let result = made(wanted, plan, (&outside, adopted), turn(broken), ground, &site);
        site.end();
        let (run, not_done) = result?;
        broken = not_done;
        runs.push(run);
    }
    if !inside.is_empty() {
        // What is a run in the cluster has its Lease, and a journal that says whose cluster it is.
        match inside::made(wanted, &plan.environment, &inside, turn(broken), ground) {
            Ok(run) => runs.push(run),
            Err(why) if runs.is_empty() => return Err(why),
            Err(why) => runs.push(unbegun(&inside, &why)),
        }
    }
    Ok(runs)
}

/// What was made outside is told in any case.
fn unbegun(steps: &[&Making], why: &Ended) -> Run {
    let why = why.words();
    let outcome = |one: &&Making| (one.step.clone(), Outcome::NotDone(why.clone()));
    Run {
        name: String::new(),
        journal: None,
        steps: steps.iter().map(outcome).collect(),
    }
}

/// That nothing is used of which nobody has said that it may be.
fn agreed(adoptions: &[Adoption], adopted: &[&Adoption]) -> Result<(), Diagnostic> {
    let named = |one: &Adoption| adopted.iter().any(|agreed| agreed.target == one.target);
    match adoptions.iter().find(|one| !named(one)) {
        None => Ok(()),
        Some(one) => Err(Diagnostic::new(format!(
            "nothing was made: nobody has agreed to adopt {}",
            one.words()
        ))
        .hint("look at the plan again: it says what it adopts")),
    }
}

fn made(
    wanted: &ToProvision,
    plan: &Provisioning,
    (steps, adopted): (&[&Making], &[&Adoption]),
    turn: Turn<'_>,
    ground: &repair::Ground<'_>,
    site: &AccountHand,
) -> Result<(Run, BTreeSet<String>), Ended> {
    let name = run_name((ground.clock)())?;
    if adopted.is_empty()
        && let Some(run) = turn.none_begins(&name, steps)
    {
        return Ok((run, turn.broken));
    }
    let now = (ground.clock)();
    // As long as there is no cluster with a Lease, two runs are told apart by this alone.
    let locking = locked(
        &ground.journals,
        &plan.environment,
        &name,
        now,
        "nothing was made",
    );
    let mut lock = site.wait(locking)?;
    let result = walked(
        wanted,
        plan,
        (steps, adopted),
        turn,
        ground,
        (site, &mut lock, name),
    );
    site.wait(lock.release());
    result
}

/// What is made once nobody else makes anything.
fn walked(
    wanted: &ToProvision,
    plan: &Provisioning,
    (steps, adopted): (&[&Making], &[&Adoption]),
    turn: Turn<'_>,
    ground: &repair::Ground<'_>,
    (site, lock, name): (&AccountHand, &mut Lock, String),
) -> Result<(Run, BTreeSet<String>), Ended> {
    let environment = plan.environment.as_str();
    let Survey {
        plan: fresh,
        account,
        mut provenance,
    } = site.plan(wanted)?;
    // Something may stand by now that did not.
    if !plan.steps.is_empty() {
        agreed(&fresh.adoptions, adopted)?;
    }
    let head = Head {
        run: name.clone(),
        environment: environment.to_owned(),
        cluster: PlannedCluster::default(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(turn.agreed(steps)),
    };
    let mut journal = site.wait(begun(&ground.journals, &head, "nothing was made"))?;
    for one in adopted {
        if fresh.adoptions.iter().any(|still| still.target == one.target) {
            adopt(&one.target, &name, site, &mut journal)?;
            provenance.proofs.adopts(&one.target, &name);
        }
    }
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
        account,
        provenance,
        turn,
    };
    for making in steps {
        let outcome = walk.step(making);
        walk.turn.ended(*making, &outcome);
        run.steps.push((making.step.clone(), outcome));
    }
    // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
    let _ = site.wait(walk.journal.add(&Record::End { stopped: None }));
    Ok((run, walk.turn.broken))
}

/// Keeps that something is used from now on, before anything hangs on it.
fn adopt(target: &ResourceRef, run: &str, site: &AccountHand, journal: &mut Journal) -> Result<(), Ended> {
    let kept = site.wait(journal.add(&Record::Adopted(target.clone())));
    kept.map_err(|error| {
        let problem = format!("nothing was made: it cannot be kept in run {run} what is adopted: {error}");
        Diagnostic::new(problem)
            .hint("name another place: --journal PLACE")
            .into()
    })
}

struct Walk<'a> {
    wanted: &'a ToProvision,
    site: &'a AccountHand,
    lock: &'a mut Lock,
    journal: Journal,
    ground: &'a repair::Ground<'a>,
    /// What is known of the account; what a step hangs on is read again when its turn comes.
    account: Account,
    /// By what it is known whose that is.
    provenance: Provenance,
    turn: Turn<'a>,
}

impl Walk<'_> {
    fn step(&mut self, making: &Making) -> Outcome {
        if let Some(outcome) = self.turn.held_back(making) {
            return outcome;
        }
        (self.ground.tell)(&making.step);
        self.attempt(making)
            .unwrap_or_else(|why| Outcome::NotDone(why.words()))
    }

    /// `Err` where nothing was changed.
    fn attempt(&mut self, making: &Making) -> Result<Outcome, Ended> {
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
                .then_some(deed)
        });
        let Some(deed) = again else {
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
        if deed != planned {
            return Ok(Outcome::NotDone(
                "what is to be made changed since it was planned: make a new plan".to_owned(),
            ));
        }
        let ready = self.usable(&deed).and_then(|()| self.goes_on());
        if let Err(why) = ready {
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
        Ok(match self.site.send(&deed, None) {
            Ok(()) => self.made(making, &deed),
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => self.not_made(making, &why),
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
        let mut pauses = Pauses::up_to(LONGEST_PAUSE);
        for _ in 0..LOOKS {
            if let Ok(fresh) = self.again(deed) {
                let missing = fresh.steps.iter().any(|one| {
                    self.resolved(&one.step.deed)
                        .is_ok_and(|one| one.target == deed.target && one.action == deed.action)
                });
                if !missing && fresh.conflicts.is_empty() {
                    return self.made(making, deed);
                }
            }
            self.site.pause(pauses.longer(), &self.wanted.interrupt);
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
        let mut wait = Wait::begin(
            format!("cluster {name}"),
            (UNTIL_IT_RUNS, LONGEST_PAUSE),
            self.ground.clock,
            self.ground.watching,
        );
        loop {
            // Whether that still is so matters to the next step.
            let _ = self.goes_on();
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
            let pause = wait.next(&state);
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
