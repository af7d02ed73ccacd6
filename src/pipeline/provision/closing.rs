//! What NetworkPolicies that are to be made close and open where something runs already, by the proof that repairs rest on. What cuts off
//! whom the API server calls, or the ingress controller serves, stands in the way.

use super::plan::ToProvision;
use crate::pipeline::connections::{Asked, Callers, Ground, Judged, Seen, UNCLEAR};
use crate::pipeline::ended::Ended;
use crate::pipeline::target::TargetChoice;
use envcheck_core::plan::{Conflict, Making, Provisioning, Step};
use envcheck_core::policy::Risk;
use envcheck_core::value::Value;

/// What says whom the API server calls.
pub(super) enum Held {
    /// All that there is.
    All(Vec<(&'static str, Value)>),
    /// As much as a capture holds; what it does not.
    Some(Vec<(&'static str, Value)>, String),
    /// It could not be read; why.
    Unread(String),
}

impl Held {
    /// What a running cluster told.
    pub(super) fn of(callers: Callers) -> Self {
        match callers {
            Ok(all) => Self::All(all),
            Err(why) => Self::Unread(why),
        }
    }

    fn known(self) -> (Callers, Option<String>) {
        match self {
            Self::All(all) => (Ok(all), None),
            Self::Some(some, missing) => (Ok(some), Some(missing)),
            Self::Unread(why) => (Err(why), None),
        }
    }
}

/// Says of a plan which pairs its NetworkPolicies close and open, and takes out what must not be done. Where nothing runs there are none.
/// Of a snapshot `whole` says whether it holds all that connections depend on.
pub(super) fn prove(
    wanted: &ToProvision,
    (target, whole): (&TargetChoice, Option<bool>),
    callers: impl FnOnce() -> Result<Held, Ended>,
    plan: &mut Provisioning,
) -> Result<(), Ended> {
    if !plan.steps.iter().any(|one| is_asked(one, plan)) {
        return Ok(());
    }
    let (callers, assumed) = callers()?.known();
    let seen = Seen::look(ground(wanted, target, whole), &callers)?;
    let busy = |one: &Making, seen: &Seen<'_>| {
        let home = one.step.deed.target.namespace.as_deref();
        home.is_some_and(|home| seen.busy().contains(home))
    };
    let asked = plan.steps.iter().filter(|one| is_asked(one, plan));
    let asked: Vec<&Making> = match &seen {
        Some(seen) => asked.filter(|one| busy(one, seen)).collect(),
        None => asked.collect(),
    };
    if asked.is_empty() {
        return Ok(());
    }
    let mut judged = Judged::default();
    if let Some(seen) = &seen {
        let asked: Vec<Asked<'_>> = asked
            .iter()
            .map(|one| as_declared(&one.step, &one.after))
            .collect();
        seen.judge(&asked, &mut judged);
    } else {
        let unclear = asked.iter().map(|one| (one.step.id.clone(), UNCLEAR.to_owned()));
        judged.refused.extend(unclear);
    }
    let assumed = assumed.filter(|_| !judged.closed.is_empty());
    drop(seen);
    take(judged, plan);
    plan.notes.extend(assumed.map(|missing| {
        format!("that the API server calls nobody who is closed to it, and the ingress controller serves nobody, is assumed: {missing}")
    }));
    Ok(())
}

/// The same of one step whose turn has come: whoever it rests on is made by now.
pub(super) fn still_allowed(wanted: &ToProvision, callers: &Callers, step: &Step) -> Result<(), String> {
    let seen = Seen::look(ground(wanted, &wanted.target, None), callers).map_err(|ended| ended.words())?;
    let seen = seen.ok_or(UNCLEAR)?;
    let home = step.deed.target.namespace.as_deref();
    if !home.is_some_and(|home| seen.busy().contains(home)) {
        return Ok(());
    }
    let mut judged = Judged::default();
    seen.judge(&[as_declared(step, &[])], &mut judged);
    judged.refused.remove(&step.id).map_or(Ok(()), Err)
}

fn ground<'a>(wanted: &'a ToProvision, target: &'a TargetChoice, whole: Option<bool>) -> Ground<'a> {
    Ground {
        spec: &wanted.spec,
        target,
        interrupt: &wanted.interrupt,
        whole,
    }
}

/// What is made says what the spec declares.
fn as_declared<'s>(step: &'s Step, after: &'s [String]) -> Asked<'s> {
    Asked {
        step,
        after,
        as_declared: true,
    }
}

/// Whether it is a NetworkPolicy of a namespace that is there already: in a new one nothing runs.
fn is_asked(one: &Making, plan: &Provisioning) -> bool {
    let target = &one.step.deed.target;
    let is_home = |other: &Making| {
        let other = &other.step.deed.target;
        other.kind == "Namespace" && Some(&other.name) == target.namespace.as_ref()
    };
    target.kind == "NetworkPolicy" && !plan.steps.iter().any(is_home)
}

fn take(judged: Judged, plan: &mut Provisioning) {
    let Judged {
        refused,
        opened,
        closed,
        closing,
    } = judged;
    (plan.opened, plan.closed) = (opened, closed);
    let (left, steps): (Vec<Making>, Vec<Making>) = std::mem::take(&mut plan.steps)
        .into_iter()
        .partition(|one| refused.contains_key(&one.step.id));
    plan.steps = steps;
    for one in plan.steps.iter_mut().filter(|one| closing.contains(&one.step.id)) {
        one.step.risk = one.step.risk.max(Risk::Disruptive);
    }
    // What rests on what is left needs no words of its own.
    let ids: Vec<String> = left.iter().map(|one| one.step.id.clone()).collect();
    for one in left
        .into_iter()
        .filter(|one| !one.after.iter().any(|before| ids.contains(before)))
    {
        let why = refused.get(&one.step.id).map_or("", String::as_str);
        let namespace = one.step.deed.target.namespace.as_deref().unwrap_or_default();
        plan.conflicts.push(Conflict {
            why: format!("{}: {why}", one.step.summary),
            hint: if why == UNCLEAR {
                "grant the credentials `list` on what is not read (envcheck reach tells); no NetworkPolicy is made on a partial view"
                    .to_owned()
            } else {
                format!(
                "a NetworkPolicy of your own that lets them in is left as it is; network.policies: existing in namespace {namespace} leaves all of \
                 its NetworkPolicies to others"
                )
            },
            target: one.step.deed.target,
        });
    }
}
