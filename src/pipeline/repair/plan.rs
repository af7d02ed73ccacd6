//! From an audit to a plan, proved on a copy.

use super::hand::Hand;
use super::in_git::{Edits, GitChoice};
use super::reachability;
use super::site::Site;
use crate::history::StatePlace;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::Judging;
use crate::pipeline::live::random_key;
use crate::pipeline::target::{TargetChoice, Watch};
use crate::pipeline::{audit, audit_as_if};
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::{Deed, LeftAlone, Overlay, Plan, Proof, Repaired, Step};
use envcheck_core::policy::{Needed, Policy};
use envcheck_core::remediate::{Comparison, Observed, Proposed, compare, in_account, propose, targets};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// More steps than these are not rehearsed one by one to find out which of them brings about something new.
const MOST_ALONE: usize = 20;

/// What is to be repaired, and by what it is judged.
#[derive(Debug, Clone)]
pub struct Repairing {
    /// The environment, the policies, and what the command line says of them.
    pub judging: Judging,
    /// Where the environment is.
    pub target: TargetChoice,
    /// What earlier audits saw.
    pub state: StatePlace,
    /// Only findings in this Kubernetes namespace.
    pub namespace: Option<String>,
    /// Fixes of policies that the user brought may be done.
    pub trust_foreign: bool,
    /// Where the files are that Argo CD delivers.
    pub git: GitChoice,
    /// The address from which the user reaches the control plane, where they said it.
    pub caller: Option<IpAddr>,
}

impl Repairing {
    pub(super) fn spec(&self) -> Result<&Spec, Ended> {
        let missing = || Ended::from(Diagnostic::new("no environment is named"));
        self.judging.spec.as_ref().ok_or_else(missing)
    }

    /// Repairs what these judge, with nothing said of where and how.
    pub fn new(judging: Judging) -> Self {
        Self {
            judging,
            target: TargetChoice::default(),
            state: StatePlace::Nowhere,
            namespace: None,
            trust_foreign: false,
            caller: None,
            git: GitChoice::default(),
        }
    }

    /// The same with these policies only, which neither learns from earlier runs nor tells later ones.
    pub(super) fn judged_by(&self, keep: impl Fn(&Policy) -> bool) -> Judging {
        let mut judging = self.judging.clone();
        judging.selected.retain(keep);
        judging
    }
}

/// A plan, with all that it rests on.
#[derive(Debug)]
pub struct PlannedRepair {
    /// What is to be done.
    pub plan: Plan,
    /// What was found.
    pub assessment: Assessment,
    /// The files in which the steps in Git are, where there are any.
    pub edits: Option<Edits>,
}

/// Audits, and plans the repair of what was found. Nothing is changed.
pub fn plan_repair(repairing: &Repairing, watch: Watch<'_>) -> Result<PlannedRepair, Ended> {
    made(repairing, None, watch)
}

/// A plan that was written earlier, made anew: the file says which steps, and of which state of their targets. What they do, how
/// dangerous they are and what is shown of them, nobody is believed.
pub fn plan_again(repairing: &Repairing, file: &Plan, watch: Watch<'_>) -> Result<PlannedRepair, Ended> {
    let policies: BTreeSet<_> = file.steps.iter().flat_map(Step::policies).collect();
    let limited = Repairing {
        judging: repairing.judged_by(|policy| policies.contains(&policy.id)),
        ..repairing.clone()
    };
    made(&limited, Some(file), watch)
}

/// All that is proposed, or of it what a file chose.
fn made(repairing: &Repairing, file: Option<&Plan>, watch: Watch<'_>) -> Result<PlannedRepair, Ended> {
    let spec = repairing.spec()?;
    let interrupt = &repairing.judging.interrupt;
    Hand::possible(spec, &repairing.target)?;
    // What cannot be used ends it before anything is read.
    let edits = Edits::open(&repairing.git, interrupt)?;
    let assessment = audit(
        repairing.judging.clone(),
        &repairing.target,
        &repairing.state,
        watch,
    )?;
    let wanted: Vec<&Finding> = assessment
        .open()
        .filter(|finding| is_wanted(finding, repairing))
        .collect();
    let hand = Hand::open(spec, &repairing.target, repairing.judging.started, interrupt)?
        .called_from(repairing.caller);
    let result = planned(repairing, &assessment, &wanted, &hand, edits);
    hand.end();
    let (mut plan, edits) = result?;
    if let Some(file) = file {
        choose(file, &mut plan)?;
    }
    // What nobody declared is not rehearsed: the proof is of the steps that there are.
    reachability::compare(repairing, &mut plan)?;
    rehearse(repairing, &assessment, &mut plan)?;
    as_the_live_ones(&mut plan);
    Ok(PlannedRepair {
        plan,
        assessment,
        edits,
    })
}

/// Leaves of a plan what a file chose, in its order. What is not proposed any more is left, with the reason of today.
fn choose(file: &Plan, plan: &mut Plan) -> Result<(), Ended> {
    if !file.cluster.is(&plan.cluster) {
        let problem = format!("the plan is of another cluster ({})", file.cluster.name);
        return Err(Diagnostic::new(problem)
            .hint("make a new plan: envcheck remediate ENV --out FILE")
            .into());
    }
    let steps = plan.steps.drain(..);
    let mut fresh: BTreeMap<String, Step> = steps.map(|step| (step.id.clone(), step)).collect();
    let left = plan.left.drain(..);
    let reasons: BTreeMap<String, String> = left
        .map(|left| (left.finding.fingerprint.to_string(), left.why))
        .collect();
    for old in &file.steps {
        match fresh.remove(&old.id) {
            // What is there now is compared with what was there then, when its turn comes.
            Some(step) => plan.steps.push(Step {
                before: old.before.clone(),
                ..step
            }),
            None => plan.left.extend(old.repairs.iter().map(|finding| LeftAlone {
                finding: finding.clone(),
                why: match reasons.get(finding.fingerprint.as_str()) {
                    Some(why) => why.clone(),
                    None => format!("no policy proposes step {} any more: make a new plan", old.id),
                },
            })),
        }
    }
    Ok(())
}

pub(super) fn is_wanted(finding: &Finding, repairing: &Repairing) -> bool {
    let resource = finding.resource();
    repairing.namespace.as_deref().is_none_or(|namespace| {
        resource.namespace.as_deref() == Some(namespace)
            || resource.kind == "Namespace" && resource.name == namespace
    })
}

/// The findings, each with whether its policy could look at all that it needs.
pub(super) fn proposed<'f>(
    findings: &[&'f Finding],
    assessment: &Assessment,
    policies: &'f [Policy],
) -> Vec<Proposed<'f>> {
    let reasons: BTreeMap<&str, &str> = policies
        .iter()
        .filter_map(|policy| Some((policy.id.as_ref(), policy.no_fix.as_deref()?)))
        .collect();
    let complete: BTreeSet<&str> = assessment
        .policies
        .iter()
        .filter(|policy| policy.not_evaluated == 0 && policy.errors == 0)
        .map(|policy| policy.id.as_ref())
        .collect();
    let one = |finding: &&'f Finding| Proposed {
        finding,
        complete: complete.contains(finding.policy.as_ref()),
        no_fix: reasons.get(finding.policy.as_ref()).copied(),
    };
    findings.iter().map(one).collect()
}

fn planned(
    repairing: &Repairing,
    assessment: &Assessment,
    wanted: &[&Finding],
    hand: &Hand,
    mut edits: Option<Edits>,
) -> Result<(Plan, Option<Edits>), Ended> {
    let looked = hand.look(
        &targets(wanted.iter().copied()),
        &in_account(wanted.iter().copied()),
    );
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
    let mut proposal = propose(
        &proposed(wanted, assessment, &repairing.judging.selected),
        &observed,
        repairing.trust_foreign,
    );
    try_on_the_server(hand, &mut proposal.steps, &mut proposal.left);
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
        steps: proposal.steps,
        in_git,
        left: proposal.left,
        proof: Proof::default(),
    };
    Ok((plan, edits))
}

/// What is done in Git and to the running object as well was rehearsed once.
fn as_the_live_ones(plan: &mut Plan) {
    let Plan { steps, in_git, .. } = plan;
    for one in in_git.iter_mut().filter(|one| one.live_too) {
        if let Some(step) = steps.iter().find(|step| step.id == one.step.id) {
            (one.step.rehearsed, one.step.risk) = (step.rehearsed, step.risk);
            one.step.causes.clone_from(&step.causes);
        }
    }
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

/// Judges the environment as it would be, by every policy that the steps can make a difference to.
fn rehearse(repairing: &Repairing, assessment: &Assessment, plan: &mut Plan) -> Result<(), Ended> {
    let of = |estimated: bool| {
        let steps = plan.all_steps();
        let steps = steps.filter(move |step| step.deed.is_estimated() == estimated);
        let mut repaired: Vec<Repaired> = steps.flat_map(|step| step.repairs.clone()).collect();
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
    let (after, overlay) = as_if(repairing, &deeds)?;
    for step in plan.all_steps_mut() {
        step.rehearsed = overlay.has_met(&step.deed);
    }
    let Comparison {
        gone,
        remaining,
        appeared,
    } = compare(&repaired, assessment.findings.iter(), after.open());
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
            compare(&[], assessment.findings.iter(), after.open()).appeared
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

fn as_if(repairing: &Repairing, deeds: &[Deed]) -> Result<(Assessment, Arc<Overlay>), Ended> {
    let overlay = Arc::new(Overlay::of(deeds));
    let judging = repairing.judged_by(|policy| {
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
    });
    let after = audit_as_if(judging, &repairing.target, &overlay)?;
    Ok((after, overlay))
}
