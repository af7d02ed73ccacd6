//! What is really done: of a plan, the steps that somebody agreed to. Where they are not all, the proof of the whole says nothing of
//! them, and they are rehearsed once more before anything is written.

use super::plan::Repairing;
use super::reachability::{Scales, weigh};
use super::rehearsal::rehearse;
use crate::pipeline::connections::Callers;
use crate::pipeline::ended::Ended;
use envcheck_core::findings::Assessment;
use envcheck_core::network::Told;
use envcheck_core::plan::{Consent, Plan, Proof, Step};
use std::collections::BTreeSet;

/// What a plan was proved with, besides what was found.
#[derive(Debug)]
pub struct Witness {
    /// By what it was judged: a plan's file names the policies.
    pub(super) repairing: Repairing,
    /// What somebody was shown of the connections that it closes, where that was before.
    pub(super) shown: Option<Told>,
    /// The ids of the steps after which other Pods come up.
    pub(super) replacing: BTreeSet<String>,
    pub(super) callers: Callers,
}

/// The plan with the proof of what is agreed to, where that is not all of it; `None` where it is all, or nothing. A step that brings
/// about something new without the others is done only where it is named, and one that opens what nobody declared not at all.
/// `branch`: what is agreed to in Git is committed.
pub fn chosen(
    plan: &Plan,
    (assessment, witness): (&Assessment, &Witness),
    consent: &Consent,
    branch: bool,
) -> Result<Option<Plan>, Ended> {
    let mut whole = plan.clone();
    let mut proved: BTreeSet<String> = plan.all_steps().map(|step| step.id.clone()).collect();
    let mut again = false;
    let repairing = &witness.repairing;
    let mut scales = Scales::new(repairing, Some(witness.callers.clone()));
    // Each time there are fewer.
    loop {
        let agreed = agreed(&whole, consent, branch);
        if agreed == proved || agreed.is_empty() && !again {
            return Ok(again.then_some(whole));
        }
        again = true;
        let mut part = part_of(&whole, &agreed);
        weigh(&mut scales, &mut part, witness.shown.as_ref())?;
        rehearse(repairing, assessment, &witness.replacing, &mut part)?;
        take_over(&mut whole, part, &agreed);
        proved = agreed;
    }
}

/// The ids of the steps that are done: agreed to, and after all on which they rest.
fn agreed(plan: &Plan, consent: &Consent, branch: bool) -> BTreeSet<String> {
    let covered = |step: &&Step| consent.covers(step).is_ok();
    let mut live: Vec<&Step> = plan.steps.iter().filter(covered).collect();
    loop {
        let ids: BTreeSet<&str> = live.iter().map(|step| step.id.as_str()).collect();
        let kept = |step: &&Step| step.after.iter().all(|id| ids.contains(id.as_str()));
        let rest: Vec<&Step> = live.iter().copied().filter(kept).collect();
        if rest.len() == live.len() {
            break;
        }
        live = rest;
    }
    let in_git = plan.in_git.iter().filter(|one| branch && !one.live_too);
    let in_git = in_git.map(|one| &one.step).filter(covered);
    live.into_iter()
        .chain(in_git)
        .map(|step| step.id.clone())
        .collect()
}

/// The plan of these alone, of which nothing is proved yet.
fn part_of(plan: &Plan, ids: &BTreeSet<String>) -> Plan {
    let mut part = plan.clone();
    part.steps.retain(|step| ids.contains(&step.id));
    part.in_git
        .retain(|one| !one.live_too && ids.contains(&one.step.id));
    part.proof = Proof::default();
    for step in part.all_steps_mut() {
        step.causes.clear();
    }
    part
}

/// What is known of the part is known of the whole; what of it may not be done, is left.
fn take_over(whole: &mut Plan, part: Plan, ids: &BTreeSet<String>) {
    let known = |id: &str| part.all_steps().find(|step| step.id == id);
    whole
        .steps
        .retain(|step| !ids.contains(&step.id) || known(&step.id).is_some());
    whole
        .in_git
        .retain(|one| one.live_too || !ids.contains(&one.step.id) || known(&one.step.id).is_some());
    for step in whole.all_steps_mut() {
        if let Some(known) = known(&step.id) {
            (step.risk, step.rehearsed) = (known.risk, known.rehearsed);
            step.causes.clone_from(&known.causes);
        }
    }
    whole.proof = part.proof;
    whole.left = part.left;
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::findings::FixAction;
    use envcheck_core::inventory::ResourceRef;
    use envcheck_core::plan::{Deed, PlannedCluster};
    use envcheck_core::policy::Risk;
    use envcheck_core::value::Value;

    fn step(name: &str, risk: Risk) -> Step {
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes("networking.k8s.io/v1", "NetworkPolicy", Some("b2b"), name),
            data: Value::from_json_str("[]").unwrap(),
        };
        Step::new(deed, risk, name.to_owned())
    }

    #[test]
    fn what_rests_on_what_nobody_agreed_to_is_not_done() {
        let open = step("open", Risk::Destructive);
        let mut deny = step("deny", Risk::Disruptive);
        deny.after = vec![open.id.clone()];
        let mut last = step("last", Risk::Safe);
        last.after = vec![deny.id.clone()];
        let other = step("other", Risk::Safe);
        let plan = Plan {
            environment: "stage".to_owned(),
            cluster: PlannedCluster::default(),
            made: jiff::Timestamp::UNIX_EPOCH,
            inputs: None,
            steps: vec![open.clone(), deny.clone(), last.clone(), other.clone()],
            in_git: Vec::new(),
            left: Vec::new(),
            proof: Proof::default(),
        };
        let mut consent = Consent {
            up_to: Some(Risk::Disruptive),
            named: Vec::new(),
            accepted: Vec::new(),
            asked: None,
        };
        let ids = |steps: &[&Step]| steps.iter().map(|step| step.id.clone()).collect();
        assert_eq!(agreed(&plan, &consent, false), ids(&[&other]));
        // Its own name does not do it either.
        consent.named = vec![deny.id.clone()];
        assert_eq!(agreed(&plan, &consent, false), ids(&[&other]));
        consent.named = vec![open.id.clone()];
        assert_eq!(
            agreed(&plan, &consent, false),
            ids(&[&open, &deny, &last, &other])
        );
        // Of a part nothing is known until it was rehearsed, and then the whole knows it.
        let mut part = part_of(&plan, &ids(&[&other]));
        assert_eq!(part.steps.len(), 1);
        part.steps[0].risk = Risk::Disruptive;
        let mut whole = plan.clone();
        take_over(&mut whole, part, &ids(&[&other, &last]));
        let left: Vec<&str> = whole.steps.iter().map(|step| step.summary.as_str()).collect();
        assert_eq!(left, ["open", "deny", "other"]);
        assert_eq!(whole.steps[2].risk, Risk::Disruptive);
    }
}
