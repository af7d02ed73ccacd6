//! Who may talk to whom before and after the steps that change it. What opens a connection that nobody declared is no step.

use super::plan::Repairing;
use crate::pipeline::connections::{Callers, Ground, Judged, Seen, judged};
use crate::pipeline::ended::Ended;
use envcheck_core::plan::{InGit, LeftAlone, Plan, Step};
use envcheck_core::policy::Risk;
use envcheck_core::remediate::is_of_another_api;

impl Repairing {
    fn connections(&self) -> Result<Ground<'_>, Ended> {
        Ok(Ground {
            spec: self.spec()?,
            target: &self.target,
            interrupt: &self.judging.interrupt,
            whole: None,
        })
    }
}

/// Says of a plan which pairs its steps open and close, and takes out what opens one that nobody declared. Whatever closes one
/// is disruptive.
pub(super) fn compare(repairing: &Repairing, callers: Callers, plan: &mut Plan) -> Result<(), Ended> {
    let Judged {
        refused,
        opened,
        closed,
        closing,
    } = judged(
        repairing.connections()?,
        callers,
        &plan.all_steps().cloned().collect::<Vec<_>>(),
    )?;
    let (left, steps): (Vec<Step>, Vec<Step>) = std::mem::take(&mut plan.steps)
        .into_iter()
        .partition(|step| refused.contains_key(&step.id));
    plan.steps = steps;
    let (not_in_git, in_git): (Vec<InGit>, Vec<InGit>) = std::mem::take(&mut plan.in_git)
        .into_iter()
        .partition(|one| refused.contains_key(&one.step.id));
    plan.in_git = in_git;
    let alone = not_in_git.into_iter().filter(|one| !one.live_too);
    let left: Vec<Step> = left.into_iter().chain(alone.map(|one| one.step)).collect();
    for step in left {
        let why = refused.get(&step.id).map_or("", String::as_str);
        let why = format!("{}: {why}", step.summary);
        plan.left
            .extend(step.repairs.into_iter().map(|finding| LeftAlone {
                finding,
                why: why.clone(),
            }));
    }
    plan.left.sort();
    (plan.proof.opened, plan.proof.closed) = (opened, closed);
    for step in plan.all_steps_mut().filter(|step| closing.contains(&step.id)) {
        step.risk = step.risk.max(Risk::Disruptive);
    }
    Ok(())
}

/// The same of one step whose turn has come.
pub(super) fn still_allowed(repairing: &Repairing, callers: Callers, step: &Step) -> Result<(), String> {
    let judged = repairing
        .connections()
        .and_then(|ground| judged(ground, callers, std::slice::from_ref(step)))
        .map_err(|ended| ended.words())?;
    match judged.refused.get(&step.id) {
        Some(why) => Err(why.clone()),
        None => Ok(()),
    }
}

/// That the API server goes on reaching what it calls once a step is taken back.
pub(super) fn still_reached(repairing: &Repairing, callers: Callers, step: &Step) -> Result<(), String> {
    if is_of_another_api(&step.deed.target) {
        return Ok(());
    }
    let seen = repairing
        .connections()
        .and_then(|ground| Seen::look(ground, callers))
        .map_err(|ended| ended.words())?;
    // What cannot be told must not keep anybody from going back.
    let Some(seen) = seen else { return Ok(()) };
    match seen.cut(&seen.after(&[&step.deed])) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}
