//! A run: the right cluster, the Lease, the journal, then one step after the other.

use super::collecting;
use super::hand::Hand;
use super::plan::Repairing;
use super::reachability::told;
use super::rehearsal::found;
use super::walk::Walk;
use crate::apply::journal::{GoesOn, JournalPlace, Journals};
use crate::apply::lease::{Ended as EndedRun, Lease, Seen, WAIT};
use crate::pipeline::ended::Ended;
use crate::pipeline::journals::{begun, opened, run_name};
use crate::pipeline::leased::{Watched, leased};
use crate::pipeline::live::random_key;
use crate::pipeline::pauses::Watching;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::journal::{Head, Record, read};
use envcheck_core::plan::{Consent, Deed, Outcome, Plan, Run, Step};
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So much longer may a run take for each step.
const PER_STEP: Duration = Duration::from_mins(8);

/// On what a run stands.
pub struct Ground<'a> {
    /// Where journals are kept.
    pub journals: JournalPlace,
    /// The time when it is asked for.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The run that is taken back, if this one does that.
    pub undoes: Option<String>,
    /// Is told what is about to be done.
    pub tell: &'a dyn Fn(&Step),
    /// Is told what is waited for.
    pub watching: Watching<'a>,
}

/// Does the steps of a plan that the consent covers. Nothing is done where the cluster is not the one that the plan is of.
pub fn carry_out(
    repairing: &Repairing,
    plan: &Plan,
    consent: &Consent,
    ground: &Ground<'_>,
) -> Result<Run, Ended> {
    let spec = repairing.spec()?;
    let interrupt = &repairing.judging.interrupt;
    // Beside what reading may take, each step may take its time.
    let mut target = repairing.target.clone();
    target.timeout += PER_STEP * u32::try_from(plan.steps.len()).unwrap_or(u32::MAX / 1000);
    let collects = |step: &Step| step.deed.action == FixAction::RegistryCollectGarbage;
    if plan.steps.iter().any(collects) {
        target.timeout += collecting::PATIENCE;
    }
    let hand = Hand::open(spec, &target, repairing.judging.started, interrupt)?.called_from(repairing.caller);
    let result = done(repairing, plan, consent, ground, &hand);
    hand.end();
    result
}

fn done(
    repairing: &Repairing,
    plan: &Plan,
    consent: &Consent,
    ground: &Ground<'_>,
    hand: &Hand,
) -> Result<Run, Ended> {
    if let Some(objection) = hand.objection(&repairing.target) {
        return Err(objection.into());
    }
    if !plan.cluster.is(&hand.cluster) {
        let problem = match (&plan.cluster.uid, &hand.cluster.uid) {
            (Some(_), Some(_)) => format!("the plan is of another cluster ({})", plan.cluster.name),
            _ => "which cluster this is cannot be told: the UID of Namespace kube-system may not be read"
                .to_owned(),
        };
        let hint = "make a new plan, with credentials that may `get` Namespace kube-system";
        return Err(Diagnostic::new(problem).hint(hint).into());
    }
    let name = run_name((ground.clock)())?;
    let redactor = Redactor::new(random_key()?);
    let mut run = Run {
        name: name.clone(),
        journal: None,
        steps: Vec::new(),
        remaining: Vec::new(),
    };
    let api = hand.objects.api();
    let journals = opened(&ground.journals)?;
    let dead = match &ground.undoes {
        Some(undone) => hand.wait(dead(&journals, undone)),
        None => Vec::new(),
    };
    if plan.steps.iter().all(|step| consent.covers(step).is_err()) {
        if !dead.is_empty() {
            // A run that was killed before it changed anything has left its Lease behind.
            let free = (&dead[..], None);
            let lease = Lease::take(api, &plan.environment, &name, free, (ground.clock)());
            if let Ok(lease) = hand.wait(lease) {
                hand.wait(lease.release());
            }
        }
        run.steps = plan
            .steps
            .iter()
            .map(|step| (step.clone(), uncovered(step, consent)))
            .collect();
        return Ok(run);
    }
    let mut take = |watched: Option<&Seen>| {
        let free = (&dead[..], watched);
        hand.wait(Lease::take(api, &plan.environment, &name, free, (ground.clock)()))
    };
    let interrupt = &repairing.judging.interrupt;
    let watched = Watched {
        clock: ground.clock,
        watching: ground.watching,
        interrupt,
        pause: &|time| hand.pause_unless(time, interrupt),
    };
    let mut lease = leased(&mut take, &watched).map_err(|error| {
        let hint = error.hint();
        Diagnostic::new(format!("nothing was changed: {error}")).hint(hint)
    })?;
    let back = plan
        .steps
        .iter()
        .filter(|step| step.is_of_drift() && ground.undoes.is_none() && consent.covers(step).is_ok());
    let back: Vec<Deed> = back.map(|step| step.deed.clone()).collect();
    let before = match found(repairing, &back) {
        Ok(before) => before,
        Err(ended) => {
            hand.wait(lease.release());
            return Err(ended);
        }
    };
    let head = Head {
        run: name.clone(),
        environment: plan.environment.clone(),
        cluster: hand.cluster.clone(),
        started: (ground.clock)().to_string(),
        undoes: ground.undoes.clone(),
        steps: Some(
            plan.steps
                .iter()
                .filter(|step| consent.covers(step).is_ok())
                .count(),
        ),
    };
    let journal = match hand.wait(begun(&ground.journals, &head, "nothing was changed")) {
        Ok(journal) => journal,
        Err(error) => {
            hand.wait(lease.release());
            return Err(error.into());
        }
    };
    run.journal = Some(journal.place());
    if let Err(error) = hand.wait(lease.journalled(journal.identity(), (ground.clock)())) {
        hand.wait(lease.release());
        let problem = format!("nothing was changed: the Lease was lost: {error}");
        return Err(Diagnostic::new(problem).hint(WAIT).into());
    }
    let mut walk = Walk {
        name,
        repairing,
        expected: BTreeMap::new(),
        hand,
        lease,
        journal,
        redactor,
        broken: Vec::new(),
        stopped: None,
        known: known(plan),
        staying: &plan.proof.remaining,
        shown: told(&plan.proof.closed),
        steps: &plan.steps,
        done: BTreeSet::new(),
        firm: BTreeSet::new(),
        later: Vec::new(),
        before,
        taking_back: ground.undoes.is_some(),
        rolls: false,
        rolled: false,
        collected_before: None,
        ground,
    };
    for (number, step) in plan.steps.iter().enumerate() {
        let later = plan.steps.iter().skip(number + 1);
        let later = later.filter(|step| consent.covers(step).is_ok());
        walk.later = later.map(|step| step.deed.clone()).collect();
        let outcome = walk.step(step, consent);
        run.steps.push((step.clone(), outcome));
    }
    walk.look_back(&mut run.steps);
    run.remaining = walk.remaining_of(&plan.proof.besides);
    // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
    let stopped = walk.stopped.take();
    let _ = hand.wait(walk.journal.add(&Record::End { stopped }));
    hand.wait(walk.lease.release());
    Ok(run)
}

/// The run that is taken back, and earlier attempts to do so, as far as they are known to have ended. Only their Lease is taken;
/// any other has to run out.
async fn dead(journals: &Journals, undone: &str) -> Vec<EndedRun> {
    let ended = |run: String| {
        let journal = journals.identity_of(&run)?;
        (journals.goes_on(&run) == GoesOn::No).then_some(EndedRun { run, journal })
    };
    let mut dead: Vec<EndedRun> = ended(undone.to_owned()).into_iter().collect();
    // Names sort by time, but within a second. A journal that cannot be read is nobody's that is known.
    let runs = journals.runs().await.unwrap_or_default();
    let second = |run: &str| {
        run.rsplit_once('-')
            .map_or_else(|| run.to_owned(), |(time, _)| time.to_owned())
    };
    let later = |run: &String| run != undone && second(run) >= second(undone);
    for run in runs.into_iter().filter(later) {
        let Some(run) = ended(run) else { continue };
        let Ok(Some(text)) = journals.text(&run.run).await else {
            continue;
        };
        if read(&text).is_ok_and(|journal| journal.head.undoes.as_deref() == Some(undone)) {
            dead.push(run);
        }
    }
    dead
}

fn known(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.steps.iter().flat_map(|step| &step.repairs);
    let left = plan.left.iter().map(|left| &left.finding);
    steps.chain(left).map(|one| one.fingerprint.to_string()).collect()
}

fn uncovered(step: &Step, consent: &Consent) -> Outcome {
    Outcome::Skipped(consent.covers(step).err().unwrap_or_default())
}
