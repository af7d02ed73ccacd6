//! A plan that can be done: what goes once something is put back needs no fix of its own, as long as that is really put back.

use super::collecting::{waiting, windowed};
use super::cured::cured;
use super::hand::Hand;
use super::in_git::Edits;
use super::inputs::inputs;
use super::plan::{Repairing, proposed};
use super::reachability::{Scales, compare};
use super::rollout;
use super::set_back::{Drifted, repairs};
use super::site::Site;
use crate::pipeline::ended::Ended;
use crate::pipeline::live::random_key;
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::{Deed, LeftAlone, Plan, Proof, Repaired, Step};
use envcheck_core::remediate::{Observed, Proposed, in_account, propose, targets};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a plan is made of.
pub(super) struct All<'a> {
    pub(super) assessment: &'a Assessment,
    pub(super) wanted: &'a [&'a Finding],
    pub(super) drifted: &'a Drifted,
}

/// A plan that is not proved yet.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) edits: Option<Edits>,
    /// The ids of the steps after which Pods are replaced.
    pub(super) replacing: BTreeSet<String>,
}

/// So often is a plan made with what goes once something is put back; then each finding has its own fix.
const ROUNDS: usize = 4;

/// The plan in which what goes once something is put back needs no fix of its own. Where that turns out not to be done, as somebody
/// else applied it or the server refuses it, the plan is made again without it.
pub(super) fn settled(
    repairing: &Repairing,
    all: &All<'_>,
    hand: &Hand,
    scales: &mut Scales<'_>,
    mut edits: Option<Edits>,
) -> Result<Planned, Ended> {
    let id = |finding: &Finding| repairs(finding).map(|deed| Step::id_of(&deed));
    let mut undone: BTreeSet<String> = BTreeSet::new();
    let mut round = 0;
    loop {
        round += 1;
        let possible = all.drifted.findings.iter();
        let possible: Vec<&Finding> = possible
            .filter(|finding| id(finding).is_some_and(|id| !undone.contains(&id)))
            .filter(|_| round < ROUNDS)
            .collect();
        let cured = cured(repairing, all.assessment, all.wanted, &possible)?;
        let fixed = |finding: &&&Finding| !cured.iter().any(|one| one.fingerprint() == finding.fingerprint());
        let wanted: Vec<&Finding> = all.wanted.iter().filter(fixed).copied().collect();
        let drifted: Vec<Finding> = all.drifted.findings.iter().chain(&cured).cloned().collect();
        let mut planned = planned(repairing, all.assessment, &wanted, &drifted, hand, edits)?;
        scales.ask(&planned.plan, hand);
        let instead: BTreeSet<String> = cured.iter().filter_map(id).collect();
        // Untrusted fixes keep nothing of ours waiting.
        let own = wanted.iter().copied().chain(&drifted);
        let own = own.filter(|one| !one.foreign || repairing.trust_foreign);
        let mut wished: Vec<Deed> = own.filter_map(repairs).collect();
        wished.extend(all.drifted.wished.iter().cloned());
        compare(scales, &mut planned.plan, &wished)?;
        let steps: BTreeSet<&str> = planned.plan.all_steps().map(|step| step.id.as_str()).collect();
        let before = undone.len();
        undone.extend(instead.into_iter().filter(|id| !steps.contains(id.as_str())));
        if undone.len() == before {
            return Ok(planned);
        }
        edits = planned.edits;
    }
}

fn planned(
    repairing: &Repairing,
    assessment: &Assessment,
    wanted: &[&Finding],
    drifted: &[Finding],
    hand: &Hand,
    mut edits: Option<Edits>,
) -> Result<Planned, Ended> {
    let all = || wanted.iter().copied().chain(drifted);
    let looked = hand.look(&targets(all()), &in_account(all()));
    let applications = hand.applications().map_err(|why| {
        Diagnostic::new(format!("who delivers the objects is not known: the applications of Argo CD could not be read: {why}"))
            .hint("grant the credentials `list` on applications.argoproj.io: what Argo CD delivers must not be changed behind it")
    })?;
    let redactor = Redactor::new(random_key()?);
    let observed = Observed {
        objects: &looked.objects,
        unread: &looked.unread,
        applications: &applications,
        access: hand.access(),
        redactor: &redactor,
    };
    let mut proposed = proposed(wanted, assessment, &repairing.judging.selected);
    proposed.extend(drifted.iter().map(|finding| Proposed {
        finding,
        complete: true,
        no_fix: None,
    }));
    let mut proposal = propose(&proposed, &observed, repairing.trust_foreign);
    windowed(&mut proposal.steps, repairing.spec()?);
    // As of when policies see the run is no reason to begin earlier.
    let now = repairing.judging.started;
    waiting(hand, &mut proposal.steps, &mut proposal.left, now);
    try_on_the_server(hand, &mut proposal.steps, &mut proposal.left);
    let replacing = replacing(&mut proposal.steps, &looked.objects);
    together(&mut proposal.steps);
    let (in_git, not_in_git) = if let Some(edits) = &mut edits {
        edits.plan(proposal.routed, applications, looked.objects)
    } else {
        let hint = "--repo DIR mends it in a checkout, --branch NAME in the application's own repository";
        let routed = proposal.routed.into_iter();
        (Vec::new(), routed.map(|one| (one, hint.to_owned())).collect())
    };
    // Where the running object is changed, its step says that it does not last.
    let left = not_in_git.into_iter().filter(|(routed, _)| !routed.live_too);
    proposal.left.extend(left.flat_map(|(routed, more)| {
        let why = format!("{}; {more}", routed.why);
        routed.step.repairs.into_iter().map(move |finding| LeftAlone {
            finding,
            why: why.clone(),
        })
    }));
    proposal.left.sort();
    let plan = Plan {
        environment: assessment.heading.environment.clone().unwrap_or_default(),
        cluster: hand.cluster.clone(),
        made: repairing.judging.started,
        inputs: Some(inputs(&repairing.judging, assessment)),
        steps: proposal.steps,
        in_git,
        left: proposal.left,
        proof: Proof::default(),
    };
    Ok(Planned {
        plan,
        edits,
        replacing,
    })
}

/// Tells of each step which findings go only once others are done as well, and which.
fn together(steps: &mut [Step]) {
    let all: Vec<(String, Vec<Repaired>)> = steps
        .iter()
        .map(|step| (step.id.clone(), step.repairs.clone()))
        .collect();
    for step in steps {
        for one in &step.repairs {
            let others = all
                .iter()
                .filter(|(id, repairs)| *id != step.id && repairs.contains(one));
            let others: Vec<String> = others.map(|(id, _)| format!("step {id}")).collect();
            if !others.is_empty() {
                step.cautions.push(format!(
                    "{} of {} goes only together with {}, and is looked at after the last of them",
                    one.policy,
                    one.resource,
                    others.join(" and ")
                ));
            }
        }
    }
}

/// The ids of the steps after which Pods are replaced, and in each of them that no copy shows what is found of those.
fn replacing(steps: &mut [Step], objects: &BTreeMap<ResourceRef, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for step in steps {
        if rollout::replaces(&step.deed, objects.get(&step.deed.target)) {
            found.insert(step.id.clone());
            step.cautions.push(
                "its Pods are replaced: what is found of them goes with the rollout, and is looked at afterwards"
                    .to_owned(),
            );
        }
    }
    found
}

/// What the server itself would refuse is no step: its reason is told instead. A step on what another step makes or changes
/// first is tried when its turn comes.
fn try_on_the_server(hand: &Hand, steps: &mut Vec<Step>, left: &mut Vec<LeftAlone>) {
    let mut touched: BTreeSet<ResourceRef> = BTreeSet::new();
    let mut made: BTreeSet<String> = BTreeSet::new();
    steps.retain_mut(|step| {
        let target = step.deed.target.clone();
        let first = touched.insert(target.clone());
        if target.kind == "Namespace" && step.before.is_none() {
            made.insert(target.name.clone());
        }
        let in_made = target
            .namespace
            .as_ref()
            .is_some_and(|namespace| made.contains(namespace));
        if !first || in_made {
            return true;
        }
        match tried(hand, &step.deed) {
            Ok(warnings) => {
                step.cautions.extend(warnings);
                true
            }
            Err(why) => {
                left.extend(step.repairs.iter().map(|finding| LeftAlone {
                    finding: finding.clone(),
                    why: format!("it cannot be done: {why}"),
                }));
                false
            }
        }
    });
}

fn tried(hand: &Hand, deed: &Deed) -> Result<Vec<String>, String> {
    let site = Site::of(hand, deed)?;
    let live = site.read(deed)?;
    site.allows(deed)?;
    Ok(site.try_out(deed, live.as_ref())?.warnings)
}
