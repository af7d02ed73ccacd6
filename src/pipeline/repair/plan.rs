//! From an audit to a plan, proved on a copy.

use super::hand::Hand;
use super::reachability;
use crate::apply::kubernetes::{Earnest, make};
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
use envcheck_core::remediate::{Comparison, Observed, Proposed, compare, propose, targets};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use std::collections::BTreeSet;
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
}

impl Repairing {
    pub(super) fn spec(&self) -> Result<&Spec, Ended> {
        let missing = || Ended::from(Diagnostic::new("no environment is named"));
        self.judging.spec.as_ref().ok_or_else(missing)
    }

    /// The same with these policies only, which neither learns from earlier runs nor tells later ones.
    pub(super) fn judged_by(&self, keep: impl Fn(&Policy) -> bool) -> Judging {
        let mut judging = self.judging.clone();
        judging.selected.retain(keep);
        judging
    }
}

/// Audits, and plans the repair of what was found. Nothing is changed.
pub fn plan_repair(repairing: &Repairing, watch: Watch<'_>) -> Result<(Plan, Assessment), Ended> {
    let spec = repairing.spec()?;
    Hand::possible(spec, &repairing.target)?;
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
    let interrupt = &repairing.judging.interrupt;
    let hand = Hand::open(spec, &repairing.target, repairing.judging.started, interrupt)?;
    let result = planned(repairing, &assessment, &wanted, &hand);
    hand.end();
    let mut plan = result?;
    rehearse(repairing, &assessment, &mut plan)?;
    reachability::compare(repairing, &mut plan)?;
    Ok((plan, assessment))
}

fn is_wanted(finding: &Finding, repairing: &Repairing) -> bool {
    let resource = finding.resource();
    repairing.namespace.as_deref().is_none_or(|namespace| {
        resource.namespace.as_deref() == Some(namespace)
            || resource.kind == "Namespace" && resource.name == namespace
    })
}

fn planned(
    repairing: &Repairing,
    assessment: &Assessment,
    wanted: &[&Finding],
    hand: &Hand,
) -> Result<Plan, Ended> {
    let looked = hand.look(&targets(wanted.iter().copied()));
    let applications = hand.applications().map_err(|why| {
        Diagnostic::new(format!("who delivers the objects is not known: the applications of Argo CD could not be read: {why}"))
            .hint("grant the credentials `list` on applications.argoproj.io: what Argo CD delivers must not be changed behind it")
    })?;
    let redactor = Redactor::new(random_key()?);
    let observed = Observed {
        objects: &looked.objects,
        unread: &looked.unread,
        applications: &applications,
        redactor: &redactor,
    };
    let complete: BTreeSet<&str> = assessment
        .policies
        .iter()
        .filter(|policy| policy.not_evaluated == 0 && policy.errors == 0)
        .map(|policy| policy.id.as_ref())
        .collect();
    let proposed: Vec<Proposed<'_>> = wanted
        .iter()
        .map(|finding| Proposed {
            finding,
            complete: complete.contains(finding.policy.as_ref()),
        })
        .collect();
    let mut proposal = propose(&proposed, &observed, repairing.trust_foreign);
    try_on_the_server(hand, &mut proposal.steps, &mut proposal.left);
    Ok(Plan {
        environment: assessment.heading.environment.clone().unwrap_or_default(),
        cluster: hand.cluster.clone(),
        made: repairing.judging.started,
        steps: proposal.steps,
        left: proposal.left,
        proof: Proof::default(),
    })
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
                    why: format!("the API server would refuse it: {why}"),
                }));
                false
            }
        }
    });
}

fn tried(hand: &Hand, deed: &Deed) -> Result<Vec<String>, String> {
    let paths = hand.paths(&deed.target)?;
    let live = hand.wait(hand.objects.read(&deed.target))?;
    let api = hand.objects.api();
    let made = hand
        .wait(make(api, &paths, deed, live.as_ref(), Earnest::DryRun))
        .map_err(|error| error.to_string())?;
    super::carry_out::acceptable(deed, &made.warnings)?;
    Ok(made.warnings)
}

/// Judges the environment as it would be, by every policy that the steps can make a difference to.
fn rehearse(repairing: &Repairing, assessment: &Assessment, plan: &mut Plan) -> Result<(), Ended> {
    if plan.steps.is_empty() {
        return Ok(());
    }
    let deeds: Vec<Deed> = plan.steps.iter().map(|step| step.deed.clone()).collect();
    let (after, overlay) = as_if(repairing, &deeds)?;
    for step in &mut plan.steps {
        step.rehearsed = overlay.has_met(&step.deed);
    }
    let mut repaired: Vec<Repaired> = plan.steps.iter().flat_map(|step| step.repairs.clone()).collect();
    repaired.sort();
    repaired.dedup();
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
    let alone = plan.steps.len() <= MOST_ALONE;
    for step in &mut plan.steps {
        step.causes = if alone {
            let (after, _) = as_if(repairing, std::slice::from_ref(&step.deed))?;
            compare(&[], assessment.findings.iter(), after.open()).appeared
        } else {
            plan.proof.appeared.clone()
        };
    }
    // What only several of them together bring about is held against each.
    let told: BTreeSet<&Repaired> = plan.steps.iter().flat_map(|step| &step.causes).collect();
    let together: Vec<Repaired> = plan
        .proof
        .appeared
        .iter()
        .filter(|one| !told.contains(one))
        .cloned()
        .collect();
    for step in &mut plan.steps {
        step.causes.extend(together.iter().cloned());
    }
    Ok(())
}

fn as_if(repairing: &Repairing, deeds: &[Deed]) -> Result<(Assessment, Arc<Overlay>), Ended> {
    let overlay = Arc::new(Overlay::of(deeds));
    let changed: Vec<&ResourceRef> = deeds.iter().map(|deed| &deed.target).collect();
    let judging = repairing.judged_by(|policy| {
        let needed = Needed::of(std::iter::once(policy));
        let reads = |target: &ResourceRef| {
            let mut kinds = needed.kinds.keys();
            kinds.any(|kind| kind.matches(target.group(), &target.kind))
        };
        !needed.any.is_empty() || changed.iter().any(|target| reads(target))
    });
    let after = audit_as_if(judging, &repairing.target, &overlay)?;
    Ok((after, overlay))
}
