//! From an audit to a plan, proved on a copy.

use super::choosing::choose;
use super::collecting::{waiting, windowed};
use super::confined::{is_wanted, nowhere};
use super::hand::Hand;
use super::in_git::{Edits, GitChoice};
use super::inputs::inputs;
use super::chosen::Witness;
use super::reachability::{Scales, compare, weigh};
use super::rehearsal::rehearse;
use super::rollout;
use super::set_back::{Drifted, cured, drifted, repairs};
use super::site::Site;
use crate::history::StatePlace;
use crate::pipeline::audit;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::Judging;
use crate::pipeline::live::random_key;
use crate::pipeline::target::{TargetChoice, Watch};
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::{DRIFT, Deed, LeftAlone, Plan, Proof, Repaired, Step};
use envcheck_core::policy::Policy;
use envcheck_core::remediate::{Observed, Proposed, in_account, propose, targets};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What is to be repaired, and by what it is judged.
#[derive(Debug, Clone)]
pub struct Repairing {
    /// The environment, the policies, and what the command line says of them.
    pub judging: Judging,
    /// All policies by which the environment is judged, also where fewer were asked for: no step breaks what these want.
    pub witnesses: Vec<Policy>,
    /// Only some of the policies were asked for, or some were left out.
    pub narrowed: bool,
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
            witnesses: judging.selected.clone(),
            narrowed: false,
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

    /// The same with all policies that have a say in what is changed, of these.
    pub(super) fn witnessed_by(&self, keep: impl Fn(&Policy) -> bool) -> Judging {
        let mut judging = self.judging.clone();
        judging.selected = self.witnesses.iter().filter(|one| keep(one)).cloned().collect();
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
    /// What it was proved with besides.
    pub witness: Witness,
    /// The files in which the steps in Git are, where there are any.
    pub edits: Option<Edits>,
    /// What the user is told besides.
    pub notes: Vec<String>,
}

/// Audits, and plans the repair of what was found. Nothing is changed.
pub fn plan_repair(repairing: &Repairing, watch: Watch<'_>) -> Result<PlannedRepair, Ended> {
    made(repairing, None, watch)
}

/// A plan that was written earlier, made anew: the file says which steps, and of which state of their targets. What they do, how
/// dangerous they are and what is shown of them, nobody is believed.
pub fn plan_again(repairing: &Repairing, file: &Plan, watch: Watch<'_>) -> Result<PlannedRepair, Ended> {
    let mut policies: BTreeSet<_> = file.steps.iter().flat_map(Step::policies).collect();
    policies.remove(DRIFT);
    // Of nothing to do, all policies say whether that is so.
    let limited = Repairing {
        judging: repairing.judged_by(|policy| policies.is_empty() || policies.contains(&policy.id)),
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
    // Whoever asks for some policies asks for no more than these.
    let all = !repairing.narrowed && repairing.judging.selected.len() == repairing.witnesses.len();
    let asked = |file: &Plan| {
        file.steps
            .iter()
            .any(|step| step.policies().iter().any(|one| **one == *DRIFT))
    };
    let drifted = if file.map_or(all, asked) {
        let accepted = assessment
            .findings
            .iter()
            .filter(|finding| finding.waiver.is_some());
        drifted(repairing, &hand, &wanted, &accepted.collect::<Vec<_>>())
    } else {
        Ok(Drifted::default())
    };
    let mut scales = Scales::new(repairing, None);
    let result = drifted.and_then(|drifted| {
        let all = All {
            assessment: &assessment,
            wanted: &wanted,
            drifted: &drifted,
        };
        let settled = settled(repairing, &all, &hand, &mut scales, edits)?;
        Ok((settled, drifted.unknown))
    });
    let mut notes: Vec<String> = match &repairing.namespace {
        Some(name) => nowhere(name, spec, &assessment, &hand).into_iter().collect(),
        None => Vec::new(),
    };
    hand.end();
    let (
        Planned {
            mut plan,
            edits,
            replacing,
        },
        unknown,
    ) = result?;
    notes.extend(unknown);
    if let Some(file) = file {
        let both = file.inputs.iter().zip(&plan.inputs);
        let differences = both.flat_map(|(then, now)| then.differences(now));
        notes.extend(differences.map(|what| format!("{what}; its steps are planned and proved anew")));
        choose(file, &mut plan)?;
        weigh(&mut scales, &mut plan)?;
    }
    // What nobody declared is not rehearsed: the proof is of the steps that there are.
    rehearse(repairing, &assessment, &replacing, &mut plan)?;
    as_the_live_ones(&mut plan);
    Ok(PlannedRepair {
        plan,
        assessment,
        witness: Witness {
            replacing,
            callers: scales.callers(),
        },
        edits,
        notes,
    })
}

/// What a plan is made of.
struct All<'a> {
    assessment: &'a Assessment,
    wanted: &'a [&'a Finding],
    drifted: &'a Drifted,
}

/// A plan that is not proved yet.
struct Planned {
    plan: Plan,
    edits: Option<Edits>,
    /// The ids of the steps after which Pods are replaced.
    replacing: BTreeSet<String>,
}

/// So often is a plan made with what goes once something is put back; then each finding has its own fix.
const ROUNDS: usize = 4;

/// The plan in which what goes once something is put back needs no fix of its own. Where that turns out not to be done, as somebody
/// else applied it or the server refuses it, the plan is made again without it.
fn settled(
    repairing: &Repairing,
    all: &All<'_>,
    hand: &Hand,
    scales: &mut Scales<'_>,
    mut edits: Option<Edits>,
) -> Result<Planned, Ended> {
    let id = |finding: &Finding| repairs(finding).map(|deed| Step::id_of(&deed));
    let mut undone: BTreeSet<String> = BTreeSet::new();
    for round in 1.. {
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
    Err(Diagnostic::new("the plan could not be settled").into())
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
    let all: Vec<(String, Vec<Repaired>)> = steps.iter().map(|step| (step.id.clone(), step.repairs.clone())).collect();
    for step in steps {
        for one in &step.repairs {
            let others = all.iter().filter(|(id, repairs)| *id != step.id && repairs.contains(one));
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
