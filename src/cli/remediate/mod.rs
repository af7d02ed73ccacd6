//! `envcheck remediate`, `rollback` and `runs`: what is shown, what is asked, and what is done then.

mod files;
mod files_asked;
mod files_told;
mod rollback;

pub(crate) use rollback::{rollback, runs};

use super::args::{CheckArgs, RemediateArgs};
use super::asking::Questions;
use super::consent;
use super::error::{self, Failure};
use super::judging::{evaluating, witnesses};
use super::output::{to_file, to_secret_file, to_stdout};
use super::progress::Progress;
use super::terminal::Terminal;
use super::waiting::Waiting;
use crate::pipeline::{
    self, Edits, Ended, GateOptions, GitChoice, Ground, Judging, MadeBranch, PlannedRepair, Repairing, Watch,
    Witness,
};
use envcheck_core::findings::{Assessment, FailOn};
use envcheck_core::plan::{self, Consent, LeftAlone, Plan, Step};
use envcheck_core::report::repair;
use envcheck_core::spec::Spec;
use files::Manifests;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;

/// No finding fails a repair, and what was not looked at is told.
const WHOLE: GateOptions = GateOptions {
    fail_on: FailOn::Never,
    min_coverage: 1.0,
    allow_empty: true,
    exit_zero: true,
};

pub(crate) fn run(arguments: &RemediateArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let judging = Judging {
        gate: WHOLE,
        ..evaluating(&arguments.evaluate, Some(spec), Some(terminal))?
    };
    let repairing = repairing(judging, arguments)?;
    if !arguments.files.is_empty() {
        let manifests = Manifests {
            paths: &arguments.files,
            complete: arguments.complete,
            yes: arguments.consent.yes,
            only_shown: arguments.consent.dry_run,
            patch: arguments.patch.as_deref(),
            most: arguments.consent.max_risk,
        };
        return files::run(&repairing, &manifests, terminal);
    }
    let chosen = arguments.plan.as_deref();
    let chosen = chosen.map(|file| read(file, &repairing)).transpose()?;
    let mut made = made(terminal, |watch| match &chosen {
        Some(file) => pipeline::plan_again(&repairing, file, watch),
        None => pipeline::plan_repair(&repairing, watch),
    })?;
    let plan = &made.plan;
    if let Some(file) = &arguments.out {
        let text = plan::write(plan);
        to_file(file, &mut |out| out.write_all(text.as_bytes()))?;
    }
    if let (Some(file), Some(edits)) = (&arguments.patch, made.edits.as_mut()) {
        patch(file, edits, plan)?;
    }
    let mut unrepaired = made.remaining(plan, 0);
    let gone = gone(&arguments.consent.step, plan, chosen.as_ref());
    for words in &gone {
        error::note(&terminal.stderr.clean(words));
    }
    let in_git = arguments.branch.is_some() && !plan.in_git.is_empty();
    if plan.steps.is_empty() && !in_git {
        return Ok(u8::from(unrepaired > 0 || !gone.is_empty()));
    }
    // A step of the file that the plan was chosen from may have gone since: the plan tells why.
    let steps = plan.all_steps().chain(chosen.iter().flat_map(Plan::all_steps));
    let waiting = arguments.consent.step.iter();
    let waiting = waiting.filter(|id| waits(id, plan).is_some()).map(String::as_str);
    let known: Vec<&str> = steps.map(|step| step.id.as_str()).chain(waiting).collect();
    // A commit on a branch is taken back by whoever does not merge it.
    let consent = consent::said(&arguments.consent, &known, !plan.steps.is_empty())?;
    let elsewhere = plan.in_git.iter().filter(|one| in_git && !one.live_too);
    let steps: Vec<&Step> = plan.steps.iter().chain(elsewhere.map(|one| &one.step)).collect();
    let consent = match consent {
        Some(consent) => Some(consent),
        None => Questions {
            steps: &steps,
            waits: &Step::rests_on,
            each: arguments.interactive,
            said: &arguments.consent,
        }
        .asked()?,
    };
    let Some(consent) = consent else {
        return Ok(1);
    };
    // The proof is of what is really done.
    let known = (&made.assessment, &made.witness);
    let chosen = pipeline::chosen(plan, known, &consent, in_git)?;
    if let Some(chosen) = &chosen {
        to_stdout(&mut |out| repair::chosen(chosen, &consent, &terminal.stdout, out))?;
    }
    let plan = chosen.as_ref().unwrap_or(plan);
    unrepaired = made.remaining(plan, 0);
    let mut well = true;
    if !plan.steps.is_empty() {
        let waiting = Waiting::new(terminal);
        let ground = Ground {
            journals: arguments.consent.journals(),
            clock: &Timestamp::now,
            undoes: None,
            watching: &|awaited| waiting.tell(awaited, terminal),
            tell: &|step| tell(step, terminal),
        };
        let run = pipeline::carry_out(&repairing, plan, &consent, &ground)?;
        to_stdout(&mut |out| {
            writeln!(out)?;
            repair::run(&run, &plan.environment, &terminal.stdout, out)
        })?;
        well = run.steps.iter().all(|(_, outcome)| outcome.is_well()) && run.remaining.is_empty();
        // No copy could prove these; the run has.
        let seen = run
            .steps
            .iter()
            .filter(|(_, outcome)| outcome.is_well())
            .flat_map(|(step, _)| step.repairs.iter().map(|one| (step.deed.is_estimated(), one)));
        let freed: BTreeSet<_> = seen
            .filter(|(estimated, one)| *estimated || plan.proof.rolling.contains(one))
            .map(|(_, one)| one)
            .collect();
        unrepaired = made.remaining(plan, freed.len());
    }
    if let (Some(name), Some(edits), true) = (&arguments.branch, made.edits.as_mut(), in_git) {
        well &= branch(name, edits, plan, &consent, terminal)?;
    }
    let all = well && unrepaired == 0 && gone.is_empty();
    Ok(error::ended(all, repairing.judging.interrupt.is_cancelled()))
}

/// Why a step of this id is in no plan yet, as what is left alone says.
fn waits<'p>(id: &str, plan: &'p Plan) -> Option<&'p str> {
    let mut left = plan.left.iter().map(|left| left.why.as_str());
    left.find(|why| why.contains(&format!("step {id} cannot begin yet")))
}

/// Which named steps are not in the plan, and why: those of the file that it was chosen from, and all where there is none to do.
fn gone(named: &[String], plan: &Plan, file: Option<&Plan>) -> Vec<String> {
    let planned = |id: &String| plan.all_steps().any(|step| step.id == *id);
    let words = |id: &String| {
        let old = file.and_then(|file| file.all_steps().find(|step| step.id == *id));
        if let Some(why) = waits(id, plan) {
            return Some(why.to_owned());
        }
        if old.is_none() && !plan.steps.is_empty() {
            // A name that is in no plan is refused.
            return None;
        }
        let repairs = old.map_or(&[][..], |old| &old.repairs);
        let of_it = |left: &&LeftAlone| {
            repairs
                .iter()
                .any(|one| one.fingerprint == left.finding.fingerprint)
        };
        let why = plan.left.iter().find(of_it).map(|left| left.why.as_str());
        Some(match why {
            Some(why) if why.contains(id.as_str()) => why.to_owned(),
            Some(why) => format!("step {id} is left: {why}"),
            None => format!("step {id} is left: no policy proposes it any more"),
        })
    };
    named.iter().filter(|id| !planned(id)).filter_map(words).collect()
}

/// `check --fix`: the manifests that were checked are mended.
pub(crate) fn fix(arguments: &CheckArgs, spec: Option<Spec>, terminal: &Terminal) -> Result<u8, Failure> {
    let judging = Judging {
        gate: WHOLE,
        ..evaluating(&arguments.judge.evaluate, spec, Some(terminal))?
    };
    let repairing = Repairing {
        witnesses: witnesses(&arguments.judge.evaluate.select, &judging)?,
        ..Repairing::new(judging)
    };
    let manifests = Manifests {
        paths: &arguments.paths,
        complete: arguments.complete,
        yes: arguments.fix.yes,
        only_shown: arguments.fix.diff,
        patch: arguments.fix.patch.as_deref(),
        most: arguments.fix.max_risk,
    };
    files::run(&repairing, &manifests, terminal)
}

fn repairing(judging: Judging, arguments: &RemediateArgs) -> Result<Repairing, Failure> {
    Ok(Repairing {
        witnesses: witnesses(&arguments.evaluate.select, &judging)?,
        narrowed: !arguments.evaluate.select.only.is_empty() || !arguments.evaluate.select.skip.is_empty(),
        judging,
        target: arguments.target.choice(),
        state: arguments.state.place(),
        namespace: arguments.namespace.clone(),
        trust_foreign: arguments.trust_fixes,
        caller: arguments.caller.caller_address,
        git: GitChoice {
            checkouts: arguments.repo.clone(),
            fetch: arguments.repo.is_empty() && (arguments.branch.is_some() || arguments.patch.is_some()),
            branch: arguments.branch.clone(),
        },
    })
}

/// A plan, and what is known besides.
struct Made {
    plan: Plan,
    assessment: Assessment,
    witness: Witness,
    edits: Option<Edits>,
    /// Findings that nobody accepts, of what was asked for.
    open: usize,
    /// In how many ways the view was incomplete.
    unseen: usize,
}

impl Made {
    /// How much remains once the steps of a plan are done: what nobody accepts and neither its proof nor, of so many, the run itself
    /// says to be gone, what was not looked at, and what is mended in Git, until that is merged.
    fn remaining(&self, plan: &Plan, seen: usize) -> usize {
        let gone = plan.proof.gone.len() + plan.proof.besides.len() + seen;
        let open = self.open.saturating_sub(gone);
        plan.stays().count().max(open) + self.unseen + plan.in_git.len()
    }
}

/// The plan, once it was shown.
fn made(
    terminal: &Terminal,
    plan: impl FnOnce(Watch<'_>) -> Result<PlannedRepair, Ended>,
) -> Result<Made, Failure> {
    let progress = Progress::new(terminal);
    let planned = plan(&|meter| progress.follow(meter));
    progress.end();
    let PlannedRepair {
        plan,
        assessment,
        open,
        witness,
        edits,
        nowhere,
        notes,
    } = planned?;
    for note in nowhere.iter().chain(&notes) {
        error::note(&terminal.stderr.clean(note));
    }
    to_stdout(&mut |out| repair::plan(&plan, Some(open), &terminal.stdout, out))?;
    if !assessment.gate.incomplete.is_empty() {
        error::note("not everything was looked at; `envcheck audit` says what is missing");
    }
    Ok(Made {
        open,
        unseen: assessment.gate.incomplete.len() + usize::from(nowhere.is_some()),
        plan,
        assessment,
        witness,
        edits,
    })
}

/// Writes the edits of the one repository as a patch.
fn patch(file: &Path, edits: &mut Edits, plan: &Plan) -> Result<(), Failure> {
    let patches = edits.patches(plan).map_err(Failure::words)?;
    match &patches[..] {
        [] => Ok(()),
        [(place, text)] => {
            to_secret_file(file, text)?;
            error::note(&format!("wrote {}, for git apply in {place}", file.display()));
            Ok(())
        }
        several => {
            let places: Vec<&str> = several.iter().map(|(place, _)| place.as_str()).collect();
            let problem = format!(
                "a patch is of one repository, and these are edited: {}",
                places.join(", ")
            );
            Err(Failure::words(problem)
                .hint("name one at a time: --repo DIR, or repair less: --only ID, -n NAMESPACE"))
        }
    }
}

/// Commits what was agreed to. Whether all of it worked.
fn branch(
    name: &str,
    edits: &mut Edits,
    plan: &Plan,
    consent: &Consent,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    for one in &plan.in_git {
        if let Err(why) = consent.covers(&one.step) {
            error::note(&format!(
                "not in Git: {}: {why}",
                terminal.stderr.clean(&one.step.summary)
            ));
        }
    }
    let made = edits
        .commit(plan, consent, name)
        .map_err(|why| Failure::words(format!("nothing was committed: {why}")))?;
    let mut well = true;
    to_stdout(&mut |out| {
        for MadeBranch {
            repository,
            branch,
            commit,
        } in &made
        {
            let (repository, branch) = (terminal.stdout.clean(repository), terminal.stdout.clean(branch));
            match commit {
                Ok(commit) => writeln!(
                    out,
                    "branch {branch} of {repository}: commit {commit}\nonce it is merged, Argo CD brings it about; until then something is left, and the exit code is 1"
                )?,
                Err(why) => {
                    well = false;
                    writeln!(
                        out,
                        "no branch {branch} of {repository}: {}",
                        terminal.stdout.clean(why)
                    )?;
                }
            }
        }
        Ok(())
    })?;
    Ok(well)
}

fn read(file: &Path, repairing: &Repairing) -> Result<Plan, Failure> {
    let text = pipeline::text_of(file)
        .map_err(|error| Failure::words(format!("cannot read {}: {error}", file.display())))?;
    let plan = plan::read(&text).map_err(|error| {
        Failure::words(format!(
            "{} is no plan that can be carried out: {error}",
            file.display()
        ))
        .hint("make it anew: envcheck remediate ENV --out FILE")
    })?;
    let name = repairing.judging.spec.as_ref().map_or("", |spec| spec.name());
    if plan.environment != name {
        return Err(Failure::words(format!(
            "{} is a plan for {}, not for {name}",
            file.display(),
            plan.environment
        )));
    }
    if plan.steps.iter().any(|step| step.foreign) && !repairing.trust_foreign {
        return Err(Failure::words(format!(
            "{} has fixes of policies that were brought with -p",
            file.display()
        ))
        .hint("--trust-fixes lets them be done"));
    }
    Ok(plan)
}

fn tell(step: &Step, terminal: &Terminal) {
    if !terminal.quiet {
        error::note(&format!("{} …", terminal.stderr.clean(&step.summary)));
    }
}
