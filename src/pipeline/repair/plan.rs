//! From an audit to a plan, proved on a copy.

use super::choosing::choose;
use super::chosen::Witness;
use super::confined::{is_asked, is_wanted, nowhere};
use super::hand::Hand;
use super::in_git::{Edits, GitChoice};
use super::reachability::{Scales, told, weigh};
use super::rehearsal::rehearse;
use super::set_back::{Drifted, drifted};
use super::settled::{All, Planned, settled};
use crate::history::StatePlace;
use crate::pipeline::audit;
use crate::pipeline::ended::Ended;
use crate::pipeline::judge::Judging;
use crate::pipeline::target::{TargetChoice, Watch};
use envcheck_core::findings::{Assessment, Finding};
use envcheck_core::plan::{DRIFT, Plan, Step};
use envcheck_core::policy::Policy;
use envcheck_core::remediate::Proposed;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
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
    /// How many findings nobody accepts, of what was asked for.
    pub open: usize,
    /// What it was proved with besides.
    pub witness: Witness,
    /// The files in which the steps in Git are, where there are any.
    pub edits: Option<Edits>,
    /// That the namespace to which it is confined is none, in words.
    pub nowhere: Option<String>,
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
    let asked = |file: &Plan| file.steps.iter().any(Step::is_of_drift);
    let drifted = if file.map_or(all, |file| asked(file) && !repairing.narrowed) {
        let accepted = assessment
            .findings
            .iter()
            .filter(|finding| finding.waiver.is_some());
        drifted(repairing, &hand, &wanted, &accepted.collect::<Vec<_>>())
    } else {
        Ok(Drifted::default())
    };
    // Whoever has read a file agrees to what it says.
    let shown = file.map(|file| told(&file.proof.closed));
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
    let nowhere = repairing
        .namespace
        .as_ref()
        .and_then(|name| nowhere(name, spec, &assessment, &hand));
    let mut notes = Vec::new();
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
        let others = choose(file, &mut plan, |step| is_asked(step, repairing))?;
        if others > 0 {
            notes.push(format!(
                "{} not asked for here: -n, --only or --skip leave out what it repairs",
                match others {
                    1 => "1 step of the file is".to_owned(),
                    _ => format!("{others} steps of the file are"),
                }
            ));
        }
        weigh(&mut scales, &mut plan, shown.as_ref())?;
    }
    // What nobody declared is not rehearsed: the proof is of the steps that there are.
    rehearse(repairing, &assessment, &replacing, &mut plan)?;
    as_the_live_ones(&mut plan);
    let open = wanted.len();
    Ok(PlannedRepair {
        plan,
        assessment,
        open,
        witness: Witness {
            repairing: repairing.clone(),
            shown,
            replacing,
            callers: scales.callers(),
        },
        edits,
        nowhere,
        notes,
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
        .filter(|policy| !policy.is_blind())
        .map(|policy| policy.id.as_ref())
        .collect();
    let one = |finding: &&'f Finding| Proposed {
        finding,
        complete: complete.contains(finding.policy.as_ref()),
        no_fix: reasons.get(finding.policy.as_ref()).copied(),
    };
    findings.iter().map(one).collect()
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
