//! A run that makes things: what the consent covers, first outside the cluster under the lock beside the journal, then inside it.

use super::inside;
use super::plan::{Survey, ToProvision, opened};
use super::seen::Entrance;
use super::walk::Walk;
use crate::apply::journal::{Journal, Lock};
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::guarded::locked;
use crate::pipeline::journals::{begun, run_name};
use crate::pipeline::repair;
use crate::pipeline::turn::Turn;
use crate::pipeline::walking::Walking;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::journal::{Head, Record};
use envcheck_core::plan::{Adoption, Consent, Making, Outcome, PlannedCluster, Provisioning, Run};
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;

/// What is asked of a run outside the cluster.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// What is made.
    steps: &'a [&'a Making],
    /// What is adopted before anything is.
    adopted: &'a [&'a Adoption],
}

/// Where a run outside the cluster does its work.
struct Held<'a> {
    site: &'a AccountHand,
    lock: &'a mut Lock,
    /// The run's name.
    name: String,
}

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
        let asked = Asked {
            steps: &outside,
            adopted,
        };
        let result = made(wanted, plan, asked, turn(broken), ground, &site);
        site.end();
        let (run, not_done) = result?;
        broken = not_done;
        runs.push(run);
    }
    if !inside.is_empty() {
        // What is a run in the cluster has its Lease, and a journal that says whose cluster it is.
        match inside::made(wanted, plan, &inside, turn(broken), ground) {
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
        remaining: Vec::new(),
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
    asked: Asked<'_>,
    turn: Turn<'_>,
    ground: &repair::Ground<'_>,
    site: &AccountHand,
) -> Result<(Run, BTreeSet<String>), Ended> {
    let name = run_name((ground.clock)())?;
    if asked.adopted.is_empty()
        && let Some(run) = turn.none_begins(&name, asked.steps)
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
    let held = Held {
        site,
        lock: &mut lock,
        name,
    };
    let result = walked(wanted, plan, asked, turn, ground, held);
    site.wait(lock.release());
    result
}

/// What is made once nobody else makes anything.
fn walked(
    wanted: &ToProvision,
    plan: &Provisioning,
    Asked { steps, adopted }: Asked<'_>,
    turn: Turn<'_>,
    ground: &repair::Ground<'_>,
    Held { site, lock, name }: Held<'_>,
) -> Result<(Run, BTreeSet<String>), Ended> {
    let environment = plan.environment.as_str();
    let Survey {
        plan: fresh,
        account,
        mut provenance,
    } = site.plan(wanted, &mut Entrance::default())?;
    is_still(plan, &fresh)?;
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
    let run = walk.run(name, steps);
    Ok((run, walk.turn.broken))
}

/// That the cluster that stood when it was planned is still the one that is called so.
fn is_still(plan: &Provisioning, fresh: &Provisioning) -> Result<(), Diagnostic> {
    let id = |plan: &Provisioning| {
        plan.made_for
            .cluster
            .as_ref()
            .and_then(|cluster| cluster.id.clone())
    };
    match (id(plan), id(fresh)) {
        (Some(then), Some(now)) if then != now => Err(Diagnostic::new(format!(
            "nothing was made: the plan is of cluster {then}, and now {now} is called so"
        ))
        .hint("make a new plan")),
        _ => Ok(()),
    }
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
