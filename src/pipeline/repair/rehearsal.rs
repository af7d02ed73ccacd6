//! The rehearsal: the environment as it would be is judged by every policy to which the steps can make a difference, whatever was
//! asked for. What was asked for says which findings become steps, not what these may break.

use super::confined::is_wanted;
use super::plan::Repairing;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::Judging;
use crate::pipeline::{audit_again, audit_as_if};
use envcheck_core::evaluate::is_of_owned;
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{DRIFT, Deed, Overlay, Plan, Repaired, Step};
use envcheck_core::policy::{Needed, Policy};
use envcheck_core::remediate::{Comparison, compare};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What there is to say of a step on something that is in no policy's needs.
const UNREAD: &str = "no policy looks at it: there is nothing that one could find";

/// More steps than these are not rehearsed one by one to find out which of them brings about something new.
const MOST_ALONE: usize = 20;

/// Judges the environment as it would be after the steps. `replacing`: the ids of those after which other Pods come up.
pub(super) fn rehearse(
    repairing: &Repairing,
    assessment: &Assessment,
    replacing: &BTreeSet<String>,
    plan: &mut Plan,
) -> Result<(), Ended> {
    let of = |estimated: bool| {
        let steps = plan.all_steps();
        let steps = steps.filter(move |step| step.deed.is_estimated() == estimated);
        let repaired = steps.flat_map(|step| step.repairs.clone());
        // What drifted no policy judges: that it is as declared afterwards, the step itself shows.
        let mut repaired: Vec<Repaired> = repaired.filter(|one| *one.policy != *DRIFT).collect();
        repaired.sort();
        repaired.dedup();
        repaired
    };
    let (mut repaired, estimated) = (of(false), of(true));
    repaired.retain(|one| !estimated.contains(one));
    plan.proof.estimated = estimated;
    let proved = |step: &&Step| !step.deed.is_estimated();
    let deeds: Vec<Deed> = plan
        .all_steps()
        .filter(proved)
        .map(|step| step.deed.clone())
        .collect();
    if deeds.is_empty() {
        return Ok(());
    }
    let more = found_besides(repairing, &deeds)?;
    let before = || assessment.findings.iter().chain(&more);
    let (after, overlay) = as_if(repairing, &deeds)?;
    for step in plan.all_steps_mut() {
        let met = overlay.has_met(&step.deed);
        step.rehearsed = met || is_read_by_nobody(repairing, &step.deed);
        if step.rehearsed && !met && !step.cautions.iter().any(|one| one == UNREAD) {
            step.cautions.push(UNREAD.to_owned());
        }
    }
    // What no step makes a difference to was not judged once more, and remains.
    let judged: BTreeSet<_> = after.policies.iter().map(|policy| &policy.id).collect();
    let (judged, untouched): (Vec<Repaired>, Vec<Repaired>) =
        repaired.into_iter().partition(|one| judged.contains(&one.policy));
    let Comparison {
        gone,
        mut remaining,
        appeared,
    } = compare(&judged, before(), after.open());
    remaining.extend(untouched);
    let replacing = |one: &Repaired| {
        let mut steps = plan.steps.iter();
        steps.any(|step| replacing.contains(&step.id) && step.repairs.contains(one))
    };
    let (rolling, remaining): (Vec<Repaired>, Vec<Repaired>) = remaining
        .into_iter()
        .partition(|one| goes_with_rollout(one, replacing(one), after.open()));
    plan.proof.rolling = rolling;
    plan.proof.besides = besides(repairing, plan, assessment, &after);
    (plan.proof.gone, plan.proof.remaining, plan.proof.appeared) = (gone, remaining, appeared);
    if plan.proof.appeared.is_empty() {
        return Ok(());
    }
    // Which of them does it?
    let alone = deeds.len() <= MOST_ALONE;
    let all = plan.proof.appeared.clone();
    for step in plan.all_steps_mut().filter(|step| !step.deed.is_estimated()) {
        step.causes = if alone {
            let (after, _) = as_if(repairing, std::slice::from_ref(&step.deed))?;
            compare(&[], before(), after.open()).appeared
        } else {
            all.clone()
        };
    }
    // What only several of them together bring about is held against each.
    let told: BTreeSet<&Repaired> = plan.all_steps().flat_map(|step| &step.causes).collect();
    let together: Vec<Repaired> = plan
        .proof
        .appeared
        .iter()
        .filter(|one| !told.contains(one))
        .cloned()
        .collect();
    for step in plan.all_steps_mut().filter(|step| !step.deed.is_estimated()) {
        step.causes.extend(together.iter().cloned());
    }
    Ok(())
}

/// The findings that were asked for, that no step is for, and that are gone after all of them.
fn besides(repairing: &Repairing, plan: &Plan, assessment: &Assessment, after: &Assessment) -> Vec<Repaired> {
    let repairs = plan.all_steps().flat_map(|step| &step.repairs);
    let own: BTreeSet<&str> = repairs.map(|one| one.fingerprint.as_str()).collect();
    let others = assessment.open().filter(|finding| is_wanted(finding, repairing));
    let others = others.filter(|finding| !own.contains(finding.fingerprint().as_str()));
    gone_after(after, assessment, others)
}

/// Which of these findings are gone, of those whose policies could look.
pub(super) fn gone_after<'f>(
    after: &Assessment,
    before: &Assessment,
    of: impl Iterator<Item = &'f Finding>,
) -> Vec<Repaired> {
    let results = after.policies.iter();
    let seeing: BTreeSet<_> = results
        .filter(|result| !result.is_blind())
        .map(|result| &result.id)
        .collect();
    let concerned = of.filter(|finding| seeing.contains(&finding.policy));
    let concerned: Vec<Repaired> = concerned.map(Repaired::from).collect();
    compare(&concerned, before.findings.iter(), after.open()).gone
}

/// Whether a finding that the copy still has is one of Pods which a step replaces: of a Pod itself, or what is found of the
/// workload only because its Pods still are as they were. A copy plays no rollout.
fn goes_with_rollout<'f>(
    one: &Repaired,
    replaced: bool,
    mut after: impl Iterator<Item = &'f Finding>,
) -> bool {
    let of_pods = ["Pod", "ReplicaSet"].contains(&one.resource.kind.as_str());
    let still = |finding: &Finding| {
        let same = finding.policy == one.policy && *finding.resource() == one.resource;
        same && !is_of_owned(finding)
    };
    replaced && (of_pods || !after.any(still))
}

/// The environment as it would be after these, judged by the policies to which they matter.
fn as_if(repairing: &Repairing, deeds: &[Deed]) -> Result<(Assessment, Arc<Overlay>), Ended> {
    as_if_by(repairing, deeds, |_| true)
}

/// The same by some of these policies.
pub(super) fn as_if_by(
    repairing: &Repairing,
    deeds: &[Deed],
    by: impl Fn(&Policy) -> bool,
) -> Result<(Assessment, Arc<Overlay>), Ended> {
    let overlay = Arc::new(Overlay::of(deeds));
    let judging = repairing.witnessed_by(|policy| by(policy) && matters(policy, deeds));
    let after = audit_as_if(judging, &repairing.target, &overlay)?;
    Ok((after, overlay))
}

/// What the policies find to which these matter, as it is now.
pub(super) fn found(repairing: &Repairing, deeds: &[Deed]) -> Result<Vec<Finding>, Ended> {
    let judging = repairing.witnessed_by(|policy| matters(policy, deeds));
    if judging.selected.is_empty() {
        return Ok(Vec::new());
    }
    Ok(audit_again(judging, &repairing.target)?.findings)
}

/// What they find as it would be after the deeds that are left of a run, where one of them was done.
pub(super) fn found_after(
    repairing: &Repairing,
    deed: &Deed,
    later: &[Deed],
) -> Result<Option<Assessment>, Ended> {
    let judging = repairing.witnessed_by(|policy| matters(policy, std::slice::from_ref(deed)));
    if judging.selected.is_empty() {
        return Ok(None);
    }
    let overlay = Arc::new(Overlay::of(later));
    Ok(Some(audit_as_if(judging, &repairing.target, &overlay)?))
}

/// What policies that were not asked for find before anything is done: what they find afterwards, too, no step brings about.
fn found_besides(repairing: &Repairing, deeds: &[Deed]) -> Result<Vec<Finding>, Ended> {
    let judging = unheard(repairing, deeds);
    if judging.selected.is_empty() {
        return Ok(Vec::new());
    }
    Ok(audit_again(judging, &repairing.target)?.findings)
}

/// The policies to which these deeds matter and that were not asked for.
pub(super) fn unheard(repairing: &Repairing, deeds: &[Deed]) -> Judging {
    let heard = &repairing.judging.selected;
    repairing.witnessed_by(|policy| matters(policy, deeds) && !heard.iter().any(|one| one.id == policy.id))
}

/// Whether it can make no difference to any policy, whatever came of it: there is nothing to be rehearsed.
fn is_read_by_nobody(repairing: &Repairing, deed: &Deed) -> bool {
    let deed = std::slice::from_ref(deed);
    !repairing.witnesses.iter().any(|policy| matters(policy, deed))
}

/// Whether any of these deeds can make a difference to a policy: they change what it reads.
pub(super) fn matters(policy: &Policy, deeds: &[Deed]) -> bool {
    let needed = Needed::of(std::iter::once(policy));
    let any = !needed.any.is_empty();
    let kind = |target: &ResourceRef| {
        let mut kinds = needed.kinds.keys();
        any || kinds.any(|kind| kind.matches(target.group(), &target.kind))
    };
    let reads = |deed: &Deed| {
        let mut collections = deed.collections().iter();
        let rows = collections.any(|collection| needed.collections.contains_key(*collection));
        rows || !deed.in_account() && kind(&deed.target)
    };
    deeds.iter().any(reads)
}
