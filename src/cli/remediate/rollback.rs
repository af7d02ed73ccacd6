//! `envcheck rollback` and `runs`.

use super::tell;
use crate::cli::args::{RollbackArgs, RollbackConsent, RunsArgs, journals};
use crate::cli::consent::{TO_TAKE_BACK, answered, flagged, journal_is_said};
use crate::cli::error::{self, Failure};
use crate::cli::output::to_stdout;
use crate::cli::terminal::Terminal;
use crate::cli::waiting::Waiting;
use crate::pipeline::{self, GoesOn, Ground, Remembered, Repairing};
use envcheck_core::plan::journal::{Ended as StepEnded, Journal};
use envcheck_core::plan::{Consent, Outcome, Plan, PlannedCluster, Step};
use envcheck_core::policy::Risk;
use envcheck_core::report::repair;
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;

pub(crate) fn rollback(arguments: &RollbackArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let repairing = Repairing {
        target: arguments.target.choice(),
        caller: arguments.caller.caller_address,
        ..Repairing::new(pipeline::unjudged(spec, Timestamp::now()))
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
    if plan.cluster == PlannedCluster::default() {
        // Of an account alone: there is no cluster whose Lease the run could have left behind.
        return Ok(u8::from(!stays.is_empty()));
    }
    let Some(consent) = agreed(&plan, &arguments.consent)? else {
        error::note("nothing was changed; --yes takes it back");
        return Ok(1);
    };
    let waiting = Waiting::new(terminal);
    let ground = Ground {
        journals,
        clock: &Timestamp::now,
        undoes: Some(arguments.run.clone()),
        watching: &|awaited| waiting.tell(awaited, terminal),
        tell: &|step| tell(step, terminal),
    };
    let run = pipeline::carry_out(&repairing, &plan, &consent, &ground)?;
    if !run.steps.is_empty() {
        to_stdout(&mut |out| {
            writeln!(out)?;
            repair::run(&run, &plan.environment, &terminal.stdout, out)
        })?;
    }
    let well = run
        .steps
        .iter()
        .all(|(_, outcome): &(Step, Outcome)| outcome.is_well());
    let all = well && stays.is_empty();
    Ok(error::ended(all, repairing.judging.interrupt.is_cancelled()))
}

/// What the user agrees to, by flags or asked. What is destructive is taken back by its name only: a journal is a file, and
/// anybody may have written it.
fn agreed(plan: &Plan, said: &RollbackConsent) -> Result<Option<Consent>, Failure> {
    let unknown = |id: &&String| !plan.steps.iter().any(|step| step.id == **id);
    if let Some(id) = said.step.iter().find(unknown) {
        return Err(Failure::words(format!("no step {id} takes this run back"))
            .hint("the id of each step stands in what is shown"));
    }
    let destructive = |step: &Step| step.risk == Risk::Destructive;
    let named = |step: &Step| said.step.contains(&step.id);
    if plan.steps.iter().any(|step| destructive(step) && !named(step)) {
        error::note("what is destructive is taken back step by step: --step ID");
    }
    let flagged = flagged(said.yes, &said.step);
    if !flagged && !said.step.is_empty() {
        error::note("nothing was changed; where nobody can be asked, --yes agrees to what --step names");
        return Ok(None);
    }
    if flagged && !plan.steps.is_empty() {
        journal_is_said(said.journal.is_some(), "changed", TO_TAKE_BACK)?;
    }
    let any = plan.steps.iter().any(|step| Some(step.risk) <= said.max_risk.0);
    if any && !flagged && !answered("Take it back? [y/N] ")? {
        return Ok(None);
    }
    Ok(Some(Consent {
        // Who was asked has said yes to what --max-risk lets be done.
        up_to: said.max_risk.0.filter(|_| said.yes || !flagged),
        named: said.step.clone(),
        accepted: Vec::new(),
        asked: None,
    }))
}

pub(crate) fn runs(arguments: &RunsArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let journals = journals(arguments.journal.as_ref());
    let runs = pipeline::runs(&journals).map_err(|problem: Diagnostic| Failure::from(problem))?;
    to_stdout(&mut |out| {
        for Remembered {
            name,
            journal,
            goes_on,
        } in &runs
        {
            let words = match journal {
                Ok(journal) => {
                    let done = |ended: &Option<StepEnded>| matches!(ended, Some(StepEnded::Done { .. }));
                    let number = journal.steps.iter().filter(|step| done(&step.ended)).count();
                    let undoes = journal.head.undoes.as_ref();
                    format!(
                        "{}   {number} of {} steps done{}{}{}",
                        journal.head.environment,
                        journal.head.steps.unwrap_or(journal.steps.len()),
                        match journal.adopted.len() {
                            0 => String::new(),
                            number => format!("; {number} adopted"),
                        },
                        undoes.map_or_else(String::new, |run| format!("; takes back {run}")),
                        end(journal, *goes_on)
                    )
                }
                Err(why) => format!("cannot be read: {why}"),
            };
            writeln!(
                out,
                "{}   {}",
                terminal.stdout.clean(name),
                terminal.stdout.clean(&words)
            )?;
        }
        Ok(())
    })?;
    if runs.is_empty() {
        error::note(&format!("there are no runs in {journals}"));
    }
    Ok(u8::from(runs.iter().any(|run| run.journal.is_err())))
}

/// How a run ended, where that is worth a word.
fn end(journal: &Journal, goes_on: GoesOn) -> String {
    if let Some(why) = &journal.stopped {
        return format!("; it was stopped: {why}");
    }
    if journal.ended {
        return String::new();
    }
    match goes_on {
        GoesOn::Yes => "; it goes on".to_owned(),
        GoesOn::No | GoesOn::Unknown if !journal.is_cut() => String::new(),
        GoesOn::No => "; it did not end as it should".to_owned(),
        GoesOn::Unknown => "; it has not ended: it goes on, or was cut short".to_owned(),
    }
}
