//! What is declared, made.

use crate::cli::args::ProvisionArgs;
use crate::cli::consent;
use crate::cli::error::{self, Failure};
use crate::cli::output::to_stdout;
use crate::cli::plan::{stopped, wanted};
use crate::cli::terminal::Terminal;
use crate::pipeline::{self, Ground};
use envcheck_core::plan::provisioning::{self as files, Agreed};
use envcheck_core::plan::{Making, Step};
use envcheck_core::report::{provisioning, repair};
use jiff::Timestamp;
use std::path::Path;

pub(super) fn run(arguments: &ProvisionArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let wanted = wanted(&arguments.environment, &arguments.target, &arguments.install)?;
    let agreed = arguments.plan.as_deref().map(read).transpose()?;
    let plan = pipeline::plan_as_agreed(&wanted, agreed.as_ref()).map_err(stopped)?;
    to_stdout(&mut |out| provisioning::plan(&plan, &terminal.stdout, out))?;
    if !plan.conflicts.is_empty() {
        return Ok(1);
    }
    if plan.steps.is_empty() {
        return Ok(u8::from(plan.differs()));
    }
    let steps: Vec<&Step> = plan.steps.iter().map(|one: &Making| &one.step).collect();
    let known = agreed.iter().flat_map(|agreed| agreed.deeds.keys());
    let known: Vec<&str> = steps
        .iter()
        .map(|step| step.id.as_str())
        .chain(known.map(String::as_str))
        .collect();
    let consent = consent::said(&arguments.consent, &known, true)?;
    let Some(consent) = consent.or_else(|| consent::asked(&steps, false)) else {
        return Ok(1);
    };
    let ground = Ground {
        journals: arguments.consent.journals(),
        clock: &Timestamp::now,
        undoes: None,
        tell: &|step| {
            if !terminal.quiet {
                error::note(&format!("{} …", terminal.stderr.clean(&step.summary)));
            }
        },
    };
    let runs = pipeline::provision(&wanted, &plan, &consent, &ground).map_err(stopped)?;
    to_stdout(&mut |out| {
        for run in &runs {
            writeln!(out)?;
            repair::run(run, &plan.environment, &terminal.stdout, out)?;
        }
        Ok(())
    })?;
    let well = runs
        .iter()
        .flat_map(|run| &run.steps)
        .all(|(_, outcome)| outcome.is_well());
    Ok(u8::from(!well || plan.differs()))
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
