//! `envcheck remediate`, `rollback` and `runs`: what is shown, what is asked, and what is done then.

use super::args::{ConsentArgs, RemediateArgs, RollbackArgs, RunsArgs, journals};
use super::error::{self, Failure};
use super::judging::evaluating;
use super::output::to_stdout;
use super::progress::Progress;
use super::terminal::Terminal;
use crate::pipeline::{self, GateOptions, Ground, Judging, Repairing, StatePlace};
use envcheck_core::findings::FailOn;
use envcheck_core::plan::journal::Ended as StepEnded;
use envcheck_core::plan::{self, Consent, Outcome, Plan, Step};
use envcheck_core::policy::Risk;
use envcheck_core::report::repair;
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::io::{self, BufRead, IsTerminal, Write};
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
    let repairing = repairing(judging, arguments);
    if !arguments.files.is_empty() {
        return files(&repairing, arguments, terminal);
    }
    let (plan, open, unseen) = match &arguments.plan {
        Some(file) => (read(file, &repairing)?, 0, 0),
        None => made(&repairing, terminal)?,
    };
    if let Some(file) = &arguments.out {
        let text = plan::write(&plan);
        pipeline::save(file, &mut |out| out.write_all(text.as_bytes()))
            .map_err(|error| Failure::words(format!("cannot write {}: {error}", file.display())))?;
    }
    if arguments.plan.is_some() {
        to_stdout(&mut |out| repair::plan(&plan, None, &terminal.stdout, out))?;
    }
    // What nobody accepts and no step repairs remains.
    let unrepaired = plan.left.len().max(open.saturating_sub(plan.proof.gone.len())) + unseen;
    if plan.steps.is_empty() {
        return Ok(u8::from(unrepaired > 0));
    }
    let consent = consent(&arguments.consent, &plan)?;
    let Some(consent) = consent.or_else(|| ask(&plan)) else {
        return Ok(1);
    };
    let ground = Ground {
        journals: arguments.consent.journals(),
        clock: &Timestamp::now,
        undoes: None,
        tell: &|step| tell(step, terminal),
    };
    let run = pipeline::carry_out(&repairing, &plan, &consent, &ground)?;
    to_stdout(&mut |out| {
        writeln!(out)?;
        repair::run(&run, &terminal.stdout, out)
    })?;
    let well = run.steps.iter().all(|(_, outcome)| outcome.is_well());
    Ok(u8::from(!well || unrepaired > 0))
}

/// Manifests: a patch on standard output, everything else on standard error, so that it can go into `git apply`.
fn files(repairing: &Repairing, arguments: &RemediateArgs, terminal: &Terminal) -> Result<u8, Failure> {
    pipeline::editable(&arguments.files)?;
    // A patch that is only shown harms nobody.
    let most = if arguments.consent.yes {
        arguments.consent.max_risk.0
    } else {
        Risk::Disruptive
    };
    let plan = pipeline::plan_files(repairing, &arguments.files, arguments.complete, most)?;
    to_stdout(&mut |out| {
        plan.edits
            .iter()
            .try_for_each(|edit| out.write_all(edit.diff().as_bytes()))
    })?;
    if !terminal.quiet {
        for left in &plan.left {
            error::note(&repair::left_words(left, &terminal.stderr));
        }
        let edits: usize = plan.edits.iter().map(|edit| edit.summaries.len()).sum();
        error::note(&format!(
            "{edits} edits in {} files repair {} of {} findings",
            plan.edits.len(),
            plan.gone,
            plan.assessment.open().count()
        ));
    }
    for one in &plan.appeared {
        error::note(&format!(
            "they would bring about {}: {}: {}",
            one.policy,
            terminal.stderr.clean(&one.resource.to_string()),
            terminal.stderr.clean(&one.message)
        ));
    }
    for reason in &plan.assessment.gate.incomplete {
        error::note(&format!("incomplete: {}", terminal.stderr.clean(reason)));
    }
    let incomplete = !plan.assessment.gate.incomplete.is_empty();
    let remains = incomplete || plan.assessment.open().count() > plan.gone;
    if plan.edits.is_empty() || !arguments.consent.yes {
        if !plan.edits.is_empty() && !terminal.quiet {
            error::note("nothing was written; --yes writes it");
        }
        return Ok(u8::from(remains || !plan.edits.is_empty()));
    }
    if !plan.appeared.is_empty() {
        return Err(
            Failure::words("nothing was written: the edits would bring about what is not found now")
                .hint("repair less at a time: --only ID"),
        );
    }
    let mut well = true;
    for (path, result) in pipeline::write_files(&plan.edits) {
        match result {
            Ok(()) if terminal.quiet => {}
            Ok(()) => error::note(&format!("wrote {}", path.display())),
            Err(why) => {
                well = false;
                error::note(&format!("did not write {}: {why}", path.display()));
            }
        }
    }
    Ok(u8::from(!well || remains))
}

fn repairing(judging: Judging, arguments: &RemediateArgs) -> Repairing {
    Repairing {
        judging,
        target: arguments.target.choice(),
        state: arguments.state.place(),
        namespace: arguments.namespace.clone(),
        trust_foreign: arguments.trust_fixes,
        caller: arguments.caller.caller_address,
    }
}

/// The plan, once it was shown; how many findings nobody accepts, and in how many ways the view was incomplete.
fn made(repairing: &Repairing, terminal: &Terminal) -> Result<(Plan, usize, usize), Failure> {
    let progress = Progress::new(terminal);
    let planned = pipeline::plan_repair(repairing, &|meter| progress.follow(meter));
    progress.end();
    let (plan, assessment) = planned?;
    to_stdout(&mut |out| repair::plan(&plan, Some(&assessment), &terminal.stdout, out))?;
    if !assessment.gate.incomplete.is_empty() {
        error::note("not everything was looked at; `envcheck audit` says what is missing");
    }
    let open = assessment.open().count();
    Ok((plan, open, assessment.gate.incomplete.len()))
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

/// What the flags agree to; `None` when they say nothing, so that it has to be asked.
fn consent(arguments: &ConsentArgs, plan: &Plan) -> Result<Option<Consent>, Failure> {
    for id in &arguments.step {
        if !plan.steps.iter().any(|step| step.id == *id) {
            let problem = format!("the plan has no step {id}");
            return Err(Failure::words(problem).hint("the id of each step stands in the plan"));
        }
    }
    if arguments.dry_run {
        return Ok(Some(NOTHING));
    }
    if !arguments.yes && arguments.step.is_empty() {
        return Ok(None);
    }
    if arguments.journal.is_none() && !io::stdin().is_terminal() {
        let problem = "nothing was changed: where the journal is kept has to be said where nobody is asked";
        return Err(Failure::words(problem)
            .hint("--journal DIR, on a disk that stays when the job has ended: without it nothing can be taken back"));
    }
    Ok(Some(Consent {
        up_to: arguments.yes.then_some(arguments.max_risk.0),
        named: arguments.step.clone(),
    }))
}

const NOTHING: Consent = Consent {
    up_to: None,
    named: Vec::new(),
};

/// Asks for each class of risk. Where nobody can answer, nothing is done.
fn ask(plan: &Plan) -> Option<Consent> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        error::note("nothing was changed; --yes does what is safe, --max-risk disruptive more");
        return None;
    }
    let mut agreed = None;
    for risk in [Risk::Safe, Risk::Disruptive] {
        let of_it = plan.steps.iter().filter(|step| step.risk == risk).count();
        if of_it == 0 {
            continue;
        }
        let noun = if of_it == 1 { "step" } else { "steps" };
        if !answered(&format!("Apply {of_it} {} {noun}? [y/N] ", risk.as_str())) {
            break;
        }
        agreed = Some(risk);
    }
    if plan.steps.iter().any(|step| step.risk == Risk::Destructive) {
        error::note("destructive steps are named one by one: --step ID");
    }
    agreed.map(|risk| Consent {
        up_to: Some(risk),
        named: Vec::new(),
    })
}

fn answered(question: &str) -> bool {
    let _ = io::stderr().lock().write_all(question.as_bytes());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn tell(step: &Step, terminal: &Terminal) {
    if !terminal.quiet {
        error::note(&format!("{} …", terminal.stderr.clean(&step.summary)));
    }
}

pub(crate) fn rollback(arguments: &RollbackArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let repairing = Repairing {
        judging: pipeline::unjudged(spec, Timestamp::now()),
        target: arguments.target.choice(),
        state: StatePlace::Nowhere,
        namespace: None,
        trust_foreign: false,
        caller: arguments.caller.caller_address,
    };
    let journals = journals(arguments.consent.journal.as_ref());
    let (plan, stays) = pipeline::plan_rollback(&repairing, &journals, &arguments.run)?;
    to_stdout(&mut |out| {
        repair::plan(&plan, None, &terminal.stdout, out)?;
        for (summary, why) in &stays {
            writeln!(
                out,
                "stays        {}: {}",
                terminal.stdout.clean(summary),
                terminal.stdout.clean(why)
            )?;
        }
        Ok(())
    })?;
    if arguments.consent.dry_run {
        return Ok(u8::from(!stays.is_empty() || !plan.steps.is_empty()));
    }
    let asked =
        || io::stdin().is_terminal() && io::stderr().is_terminal() && answered("Take it back? [y/N] ");
    if !plan.steps.is_empty() && !arguments.consent.yes && !asked() {
        error::note("nothing was changed; --yes takes it back");
        return Ok(1);
    }
    let consent = Consent {
        up_to: Some(Risk::Disruptive),
        named: plan.steps.iter().map(|step| step.id.clone()).collect(),
    };
    let ground = Ground {
        journals,
        clock: &Timestamp::now,
        undoes: Some(arguments.run.clone()),
        tell: &|step| tell(step, terminal),
    };
    let run = pipeline::carry_out(&repairing, &plan, &consent, &ground)?;
    if !run.steps.is_empty() {
        to_stdout(&mut |out| {
            writeln!(out)?;
            repair::run(&run, &terminal.stdout, out)
        })?;
    }
    let well = run
        .steps
        .iter()
        .all(|(_, outcome): &(Step, Outcome)| outcome.is_well());
    Ok(u8::from(!well || !stays.is_empty()))
}

pub(crate) fn runs(arguments: &RunsArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let journals = journals(arguments.journal.as_ref());
    let runs = pipeline::runs(&journals).map_err(|problem: Diagnostic| Failure::from(problem))?;
    to_stdout(&mut |out| {
        for (name, journal) in &runs {
            let words = match journal {
                Ok(journal) => {
                    let done = |ended: &Option<StepEnded>| matches!(ended, Some(StepEnded::Done { .. }));
                    let number = journal.steps.iter().filter(|step| done(&step.ended)).count();
                    let cut = journal.steps.iter().any(|step| step.ended.is_none());
                    let undoes = journal.head.undoes.as_ref();
                    format!(
                        "{}   {number} of {} steps done{}{}",
                        journal.head.environment,
                        journal.steps.len(),
                        undoes.map_or_else(String::new, |run| format!("; takes back {run}")),
                        if cut { "; it did not end as it should" } else { "" }
                    )
                }
                Err(why) => format!("cannot be read: {why}"),
            };
            writeln!(out, "{name}   {}", terminal.stdout.clean(&words))?;
        }
        Ok(())
    })?;
    if runs.is_empty() {
        error::note(&format!("there are no runs in {}", journals.display()));
    }
    Ok(u8::from(runs.iter().any(|(_, journal)| journal.is_err())))
}
