//! `envcheck destroy`: what was made for an environment, removed.

use super::args::DestroyArgs;
use super::consent;
use super::error::{self, Failure};
use super::output::{to_each, to_stdout};
use super::terminal::Terminal;
use super::values::{PlanFormat, PlanOutput};
use super::waiting::Waiting;
use crate::pipeline::{self, Choice, Ground, TargetChoice, ToDestroy};
use envcheck_core::plan::Removing;
use envcheck_core::report::{Style, removing, repair};
use jiff::Timestamp;
use std::io::{self, Write};
use tokio_util::sync::CancellationToken;

/// What is told where nobody agreed.
const NOBODY: &str =
    "nothing was removed; --confirm NAME, with the environment's name, removes what is listed";

pub(super) fn run(arguments: &DestroyArgs, terminal: &Terminal) -> Result<u8, Failure> {
    arguments.output.verify()?;
    let wanted = wanted(arguments)?;
    names(arguments, wanted.spec.name())?;
    let plan = pipeline::plan_removal(&wanted).map_err(Failure::of_reading)?;
    to_each(&arguments.output.each, terminal, &|format, style, out| {
        write(&plan, format, style, out)
    })?;
    if plan.is_empty() {
        return Ok(u8::from(plan.open().next().is_some()));
    }
    if !plan.conflicts.is_empty() {
        return Err(error::in_the_way("nothing was removed", &plan.conflicts));
    }
    if !agreed(arguments, &plan)? {
        return Ok(1);
    }
    let waiting = Waiting::new(terminal);
    let ground = Ground {
        journals: arguments.journals(),
        clock: &Timestamp::now,
        undoes: None,
        watching: &|awaited| waiting.tell(awaited, terminal),
        tell: &|step| {
            if !terminal.quiet {
                error::note(&format!("{} …", terminal.stderr.clean(&step.summary)));
            }
        },
    };
    let (run, left) = pipeline::destroy(&wanted, &plan, &ground).map_err(Failure::of_reading)?;
    to_stdout(&mut |out| {
        writeln!(out)?;
        repair::run(&run, &plan.environment, &terminal.stdout, out)?;
        writeln!(out)?;
        removing::remains(&left, &terminal.stdout, out)
    })?;
    let well = run.steps.iter().all(|(_, outcome)| outcome.is_well());
    let clean = left.is_empty() && left.open().next().is_none();
    Ok(error::ended(well && clean, wanted.interrupt.is_cancelled()))
}

/// What is to be destroyed, by the command line.
fn wanted(arguments: &DestroyArgs) -> Result<ToDestroy, Failure> {
    Ok(ToDestroy {
        spec: pipeline::environment(&arguments.environment)?,
        target: TargetChoice {
            from_account: true,
            ..arguments.target.choice()
        },
        started: Timestamp::now(),
        journals: arguments.journals(),
        choice: Choice {
            named: arguments.step.clone(),
            adopted: arguments.include_adopted,
            ..Choice::default()
        },
        gone: arguments.gone.clone(),
        without_backup: arguments.without_backup,
        interrupt: CancellationToken::new(),
    })
}

/// Whoever names an environment names this one; and where nobody is asked it is said where the journal is kept.
fn names(arguments: &DestroyArgs, name: &str) -> Result<(), Failure> {
    let said = [
        ("--confirm", &arguments.confirm),
        ("--confirm-adopted", &arguments.confirm_adopted),
    ];
    for (flag, said) in said {
        if said.as_ref().is_some_and(|said| said != name) {
            return Err(Failure::words(format!(
                "nothing was removed: {flag} does not name this environment, which is {name}"
            ))
            .hint("look at the plan first: envcheck destroy ENV"));
        }
    }
    let mixed = |one: &PlanOutput| one.file.is_none() && one.format != PlanFormat::Table;
    if arguments.confirm.is_some() && arguments.output.each.iter().any(mixed) {
        let problem = "nothing was removed: a plan as JSON or Markdown goes into a file, since the run tells on standard output what it did";
        return Err(Failure::words(problem).hint("-o json=plan.json, or without --confirm"));
    }
    if arguments.confirm.is_some() {
        let hint = "where the runs are that made the environment: what only they prove is left otherwise";
        consent::journal_is_said(arguments.journal.is_some(), "removed", hint)?;
    }
    Ok(())
}

/// Whether the user agrees: by the environment's name, and once more for what is only adopted.
fn agreed(arguments: &DestroyArgs, plan: &Removing) -> Result<bool, Failure> {
    let of_people = |one: &PlanOutput| one.file.is_some() || one.format == PlanFormat::Table;
    if arguments.dry_run || !arguments.output.each.iter().all(of_people) {
        return Ok(false);
    }
    let name = plan.environment.as_str();
    if arguments.confirm.is_none() {
        match consent::typed("Type the environment's name to remove what is listed: ", name)? {
            None => {
                error::note(NOBODY);
                return Ok(false);
            }
            Some(false) => {
                error::note("that is not its name: nothing was removed");
                return Ok(false);
            }
            Some(true) => {}
        }
    }
    if !plan.has_adopted() || arguments.confirm_adopted.is_some() {
        return Ok(true);
    }
    let question = "Type it again to remove also what nothing proves to be made for it: ";
    match consent::typed(question, name)? {
        Some(true) => Ok(true),
        Some(false) => {
            error::note(
                "that is not its name: nothing was removed; leave --include-adopted away to keep what is adopted",
            );
            Ok(false)
        }
        None => Err(
            Failure::words("nothing was removed: what is only adopted needs a consent of its own")
                .hint("--confirm-adopted NAME, with the environment's name; or leave --include-adopted away"),
        ),
    }
}

fn write(plan: &Removing, format: PlanFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        PlanFormat::Table => removing::plan(plan, style, out),
        PlanFormat::Json => out.write_all(plan.to_json().as_bytes()),
        PlanFormat::Markdown => removing::markdown(plan, out),
    }
}
