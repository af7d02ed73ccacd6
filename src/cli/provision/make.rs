//! What is declared, made.

use super::adopt;
use crate::cli::args::ProvisionArgs;
use crate::cli::asking::Questions;
use crate::cli::consent;
use crate::cli::error::{self, Failure};
use crate::cli::judging::evaluating;
use crate::cli::output::to_stdout;
use crate::cli::plan::wanted;
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::waiting::Waiting;
use crate::pipeline::{self, Ended, GateOptions, Ground, Judging, ToProvision};
use envcheck_core::findings::FailOn;
use envcheck_core::plan::provisioning::{self as files, Agreed};
use envcheck_core::plan::{Making, Outcome, Step};
use envcheck_core::policy::Severity;
use envcheck_core::report::{provisioning, repair, table};
use jiff::Timestamp;
use std::path::Path;

/// From which findings on, and with how much seen, an environment is as it should be: as an audit has it.
const WHOLE: GateOptions = GateOptions {
    fail_on: FailOn::AtLeast(Severity::High),
    min_coverage: 1.0,
    allow_empty: false,
    exit_zero: false,
};

/// Why the place of the journal has to be said where something is adopted.
const TO_REMEMBER: &str =
    "on a disk that stays when the job has ended, or s3://BUCKET/PREFIX: without it the next run asks again";

pub(super) fn run(arguments: &ProvisionArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let journals = arguments.consent.journals();
    let wanted = wanted(spec, &arguments.target, &arguments.install, journals);
    let agreed = arguments.plan.as_deref().map(read).transpose()?;
    let plan = pipeline::plan_provisioning(&wanted, agreed.as_ref()).map_err(Failure::of_reading)?;
    to_stdout(&mut |out| provisioning::plan(&plan, &terminal.stdout, out))?;
    if !plan.conflicts.is_empty() {
        return Err(error::in_the_way("nothing was made", &plan.conflicts));
    }
    let steps: Vec<&Step> = plan.steps.iter().map(|one: &Making| &one.step).collect();
    let known = agreed.iter().flat_map(|agreed| agreed.deeds.keys());
    let mut known: Vec<&str> = steps
        .iter()
        .map(|step| step.id.as_str())
        .chain(known.map(String::as_str))
        .collect();
    known.sort_unstable();
    known.dedup();
    let consent = consent::said(&arguments.consent, &known, true)?;
    let Some(adopted) = adopt::agreed(arguments, &plan)? else {
        return Ok(1);
    };
    if steps.is_empty() && (adopted.is_empty() || arguments.consent.dry_run) {
        return Ok(u8::from(plan.differs()));
    }
    let consent = match consent {
        Some(consent) => Some(consent),
        // Whoever names what is adopted has agreed to all that there is.
        None if steps.is_empty() => {
            consent::journal_is_said(arguments.consent.journal.is_some(), "adopted", TO_REMEMBER)?;
            Some(consent::NOTHING)
        }
        None => Questions {
            steps: &steps,
            waits: &|step, other| plan.waits(step, other),
            each: false,
            said: &arguments.consent,
        }
        .asked()?,
    };
    let Some(consent) = consent else {
        return Ok(1);
    };
    let waiting = Waiting::new(terminal);
    let ground = Ground {
        journals: arguments.consent.journals(),
        clock: &Timestamp::now,
        undoes: None,
        watching: &|awaited| waiting.tell(awaited, terminal),
        tell: &|step| {
            if !terminal.quiet {
                error::note(&format!("{} …", terminal.stderr.clean(&step.summary)));
            }
        },
    };
    let runs =
        pipeline::provision(&wanted, &plan, &consent, &adopted, &ground).map_err(Failure::of_reading)?;
    to_stdout(&mut |out| {
        let begun = runs.iter().any(|run| run.journal.is_some());
        for one in adopted.iter().filter(|_| begun) {
            writeln!(out, "adopted {}", terminal.stdout.clean(&one.named()))?;
        }
        for run in &runs {
            writeln!(out)?;
            repair::run(run, &plan.environment, &terminal.stdout, out)?;
        }
        Ok(())
    })?;
    let mut outcomes = runs.iter().flat_map(|run| &run.steps).map(|(_, outcome)| outcome);
    let well = outcomes.clone().all(Outcome::is_well);
    let made = outcomes.any(|outcome| matches!(outcome, Outcome::Done(_)));
    if !well {
        return Ok(error::ended(false, wanted.interrupt.is_cancelled()));
    }
    let verified = !made || arguments.no_audit || verified(arguments, &wanted, terminal)?;
    let well = verified && !plan.differs();
    Ok(error::ended(well, wanted.interrupt.is_cancelled()))
}

/// Whether the environment is as it should be, now that everything is made. One without a cluster has nothing that an audit enters.
fn verified(arguments: &ProvisionArgs, wanted: &ToProvision, terminal: &Terminal) -> Result<bool, Failure> {
    if wanted.enters_no_cluster() {
        error::note("no audit has verified it: neither the spec nor a flag names a cluster to look into");
        return Ok(true);
    }
    audited(arguments, wanted, terminal)
}

/// What the policies say of the environment as it is now. Whether it is as it should be.
fn audited(arguments: &ProvisionArgs, wanted: &ToProvision, terminal: &Terminal) -> Result<bool, Failure> {
    let judging = Judging {
        gate: WHOLE,
        interrupt: wanted.interrupt.clone(),
        ..evaluating(&arguments.evaluate, Some(wanted.spec.clone()), Some(terminal))?
    };
    let progress = Progress::new(terminal);
    let assessment = pipeline::audit(judging, &wanted.target, &arguments.state.place(), &|meter| {
        progress.follow(meter);
    });
    progress.end();
    let assessment = match assessment {
        Ok(assessment) => assessment,
        Err(Ended::Interrupted(_)) => {
            error::note("no audit has verified what was made: it was interrupted");
            return Ok(false);
        }
        Err(error) => {
            // What was made is made, and nothing has verified it.
            error::note(&format!(
                "the audit of what was made could not be done: {}",
                error.words()
            ));
            return Ok(false);
        }
    };
    to_stdout(&mut |out| {
        writeln!(out)?;
        table::render(&assessment, &terminal.stdout, out)
    })?;
    if assessment.gate.exit_code != 0 {
        error::note("what Argo CD delivers takes its time: audit again later");
    }
    Ok(assessment.gate.exit_code == 0)
}

fn read(file: &Path) -> Result<Agreed, Failure> {
    let text = pipeline::text_of(file)
        .map_err(|error| Failure::words(format!("cannot read {}: {error}", file.display())))?;
    files::read(&text).map_err(|error| {
        Failure::words(format!(
            "{} is no plan that can be carried out: {error}",
            file.display()
        ))
        .hint("make it anew: envcheck plan ENV --out FILE")
    })
}
