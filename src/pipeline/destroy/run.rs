//! A run that removes things: each is looked for again, journalled, removed, and waited for until it is gone.

use super::guard::{self, Guard};
use super::plan::{ToDestroy, is_unguarded, of_declared_cluster, proofs};
use super::stock::surveyed;
use super::verify;
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
use envcheck_core::plan::journal::Head;
use envcheck_core::plan::{Conflict, Consent, Removal, Removing, Run, Staying};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::removal::Stock;
use envcheck_core::source::Diagnostic;
use std::collections::BTreeSet;

/// Removes what a plan says, all of which the user has agreed to; what became of it, and what is left then. Nothing is removed
/// while something stands in the way.
pub fn destroy(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
) -> Result<(Run, Removing), Ended> {
    if let Some(first) = plan.conflicts.first() {
        return Err(Diagnostic::new(format!("nothing was removed: {}", first.why))
            .hint(first.hint.clone())
            .into());
    }
    let wanted = &ToDestroy {
        choice: wanted.choice.agreeing(plan),
        ..wanted.clone()
    };
    let site = AccountHand::open_if_declared(&wanted.spec, &wanted.target, &wanted.interrupt)?;
    let result = guarded(wanted, plan, ground, &site);
    site.end();
    result
}

/// Takes what keeps others away, removes, and looks what is left.
fn guarded(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    site: &AccountHand,
) -> Result<(Run, Removing), Ended> {
    let now = (ground.clock)();
    let name = run_name(now)?;
    let locking = locked(
        &ground.journals,
        wanted.spec.name(),
        &name,
        now,
        "nothing was removed",
    );
    let mut lock = site.wait(locking)?;
    let result = walked(wanted, plan, ground, (site, &mut lock, name));
    site.wait(lock.release());
    result
}

/// What is removed once nobody else changes anything.
fn walked(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    (site, lock, name): (&AccountHand, &mut Lock, String),
) -> Result<(Run, Removing), Ended> {
    let mut guard = held(wanted, plan, ground, &name)?;
    let begun = prepared(wanted, plan, ground, (site, guard.as_ref()), &name);
    let Begun {
        proofs,
        unread,
        stock,
        journal,
    } = match begun {
        Ok(begun) => begun,
        Err(ended) => {
            if let Some(guard) = guard {
                guard.end(false);
            }
            return Err(ended);
        }
    };
    let steps: Vec<&Removal> = plan.steps.iter().collect();
    let consent = consent(&steps);
    let mut walk = Walk {
        wanted,
        site,
        lock,
        journal,
        ground,
        stock,
        proofs,
        guard: guard.as_mut(),
        inside: removes_inside(plan),
        destroyed: false,
        turn: Turn {
            consent: &consent,
            interrupt: &wanted.interrupt,
            broken: BTreeSet::new(),
        },
    };
    let run = walk.run(name, &steps);
    let Walk {
        proofs, destroyed, ..
    } = walk;
    // Where something in it went, its cluster stays.
    let ended = destroyed && !removes_inside(plan);
    let entered = guard.as_ref().filter(|_| !ended);
    let left = verify::left((site, entered), wanted, &proofs, destroyed, ground);
    if let Some(guard) = guard {
        guard.end(ended);
    }
    let (mut left, balancers) = match left {
        Ok(left) => left,
        Err(why) => (unseen(plan, &run, &why), BTreeSet::new()),
    };
    left.staying
        .retain(|one| unread.iter().all(|journal| journal != one));
    left.staying.extend(unread);
    // A load balancer lies before nothing any more once the Droplets have gone, and nobody would know it again.
    let known = |one: &Staying| left.staying.iter().any(|other| other.target.id == one.target.id);
    let stands = |one: &Staying| one.target.id.as_ref().is_some_and(|id| balancers.contains(id));
    let idle = plan.staying.iter();
    let idle =
        idle.filter(|one| one.target.kind == "LoadBalancer" && one.billed && stands(one) && !known(one));
    let idle: Vec<Staying> = idle.cloned().collect();
    left.staying.extend(idle);
    Ok((run, left))
}

/// The account could not be asked what is left: nothing of it counts as gone but what this run saw go.
fn unseen(plan: &Removing, run: &Run, why: &Ended) -> Removing {
    let gone = |one: &Removal| {
        let mut ended = run.steps.iter();
        ended.any(|(step, outcome)| step.id == one.step.id && outcome.is_well())
    };
    Removing {
        steps: plan.steps.iter().filter(|one| !gone(one)).cloned().collect(),
        notes: Vec::new(),
        conflicts: vec![Conflict {
            target: ResourceRef::environment(&plan.environment),
            why: format!("what is left could not be looked at: {}", why.words()),
            hint: "run it again".to_owned(),
        }],
        ..plan.clone()
    }
}

/// Every step of the plan is agreed to, each by its name.
fn consent(steps: &[&Removal]) -> Consent {
    Consent {
        up_to: None,
        named: steps.iter().map(|one| one.step.id.clone()).collect(),
        accepted: Vec::new(),
        asked: None,
    }
}

/// The Lease of the declared cluster, where it goes and can be entered, or where something in it goes.
fn held(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    run: &str,
) -> Result<Option<Guard>, Ended> {
    let step = of_declared_cluster(wanted, plan).and_then(|at| plan.steps.get(at));
    let entered = match step {
        _ if removes_inside(plan) => guard::enter_to_remove(wanted, plan.steps.len())?,
        Some(_) => guard::enter(wanted)?,
        None => return Ok(None),
    };
    match entered {
        Ok(mut guard) => match guard.hold(wanted, ground, run) {
            Ok(()) => Ok(Some(guard)),
            Err(ended) => {
                guard.end(false);
                Err(ended)
            }
        },
        Err(_) if step.is_some_and(is_unguarded) => Ok(None),
        Err(why) => Err(Diagnostic::new(format!(
            "nothing was removed: the cluster could be entered a moment ago and cannot be any more: {why}"
        ))
        .hint("run it again: the new plan says what guards it")
        .into()),
    }
}

/// Whether something goes in a cluster that stays.
fn removes_inside(plan: &Removing) -> bool {
    plan.steps.iter().any(|one| one.step.deed.in_cluster())
}

/// What is known before the first step.
struct Begun {
    proofs: Proofs,
    /// The journals that could not be read.
    unread: Vec<Staying>,
    stock: Stock,
    journal: Journal,
}

/// Reads it, and begins the journal.
fn prepared(
    wanted: &ToDestroy,
    plan: &Removing,
    ground: &repair::Ground<'_>,
    (site, guard): (&AccountHand, Option<&Guard>),
    name: &str,
) -> Result<Begun, Ended> {
    let (proofs, unread) = proofs(wanted)?;
    // A cluster that goes need not be looked into, and one that stays is by the hand that has its Lease.
    let stock = surveyed(site, wanted, &proofs, guard)?;
    // Of the account alone there is none that could be another by now.
    let inside = guard.filter(|_| removes_inside(plan));
    let cluster = inside.map(|guard| guard.hand.cluster.clone());
    let head = Head {
        run: name.to_owned(),
        environment: wanted.spec.name().to_owned(),
        cluster: cluster.unwrap_or_default(),
        started: (ground.clock)().to_string(),
        undoes: None,
        steps: Some(plan.steps.len()),
    };
    let journal = site.wait(begun(&ground.journals, &head, "nothing was removed"))?;
    Ok(Begun {
        proofs,
        unread,
        stock,
        journal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::findings::FixAction;
    use envcheck_core::plan::{Deed, Outcome, Step, Verified};
    use envcheck_core::policy::Risk;
    use envcheck_core::value::object;
    use jiff::Timestamp;

    #[test]
    fn what_a_run_saw_go_is_not_left_where_nobody_can_look() {
        let removal = |name: &str| {
            let deed = Deed {
                action: FixAction::VpcDelete,
                target: ResourceRef::kubernetes("digitalocean.com/v2", "VPC", None, name),
                data: object::<&str>([]),
            };
            Removal {
                step: Step::new(deed, Risk::Destructive, format!("delete VPC {name}")),
                after: Vec::new(),
                proof: String::new(),
                adopted: false,
                along: Vec::new(),
            }
        };
        let plan = Removing {
            environment: "dev".to_owned(),
            planned: Timestamp::UNIX_EPOCH,
            steps: vec![removal("gone"), removal("there"), removal("later")],
            staying: Vec::new(),
            conflicts: Vec::new(),
            notes: Vec::new(),
        };
        let ended = |at: usize, outcome: Outcome| (plan.steps[at].step.clone(), outcome);
        let run = Run {
            name: "run".to_owned(),
            journal: None,
            steps: vec![
                ended(0, Outcome::Done(Verified::Removed)),
                ended(1, Outcome::Unknown("no answer".to_owned())),
            ],
            remaining: Vec::new(),
        };
        let left = unseen(&plan, &run, &Ended::Interrupted(Vec::new()));
        let names: Vec<&str> = left
            .steps
            .iter()
            .map(|one| one.step.deed.target.name.as_str())
            .collect();
        assert_eq!(names, ["there", "later"]);
        // Nobody may read it as an account in which nothing is left.
        assert!(!left.is_empty());
        assert_eq!(
            left.conflicts[0].why,
            "what is left could not be looked at: interrupted"
        );
    }
}
