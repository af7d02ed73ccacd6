//! `envcheck plan`: what has to be made so that an environment is as it is declared.

use super::args::{InstallArgs, PlanArgs, TargetArgs};
use super::error::Failure;
use super::output::{to_each, to_file};
use super::terminal::Terminal;
use super::values::PlanFormat;
use crate::pipeline::{self, JournalPlace, TargetChoice, ToProvision};
use envcheck_core::plan::Provisioning;
use envcheck_core::report::{Style, provisioning};
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::io::{self, Write};
use tokio_util::sync::CancellationToken;

/// With `--detailed-exitcode`: something is to be made.
pub(super) const DIFFERENT: u8 = 2;

pub(crate) fn run(arguments: &PlanArgs, terminal: &Terminal) -> Result<u8, Failure> {
    arguments.output.verify()?;
    let spec = pipeline::environment_with(&arguments.environment, &arguments.set)?;
    if let (Some(file), false) = (&arguments.out, arguments.set.is_empty()) {
        let problem = format!(
            "{} is not written: provision makes what the spec says, not what is set by hand",
            file.display()
        );
        return Err(Failure::words(problem)
            .hint("write it into the spec, or leave --out away; -o json tells the same"));
    }
    let wanted = wanted(spec, &arguments.target, &arguments.install, arguments.journals());
    let (mut plan, captured) = pipeline::plan_environment(&wanted).map_err(Failure::of_reading)?;
    if let (Some(file), true) = (&arguments.out, captured) {
        let problem = format!(
            "{} is not written: what a snapshot shows cannot be made",
            file.display()
        );
        return Err(Failure::words(problem)
            .hint("write a plan of the running environment; of a snapshot, -o json tells the same"));
    }
    if !arguments.set.is_empty() {
        let said = arguments.set.join(", ");
        plan.notes.push(format!(
            "so it would be with {said}; provision makes what the spec says"
        ));
    }
    to_each(&arguments.output.each, terminal, &|format, style, out| {
        write(&plan, format, style, out)
    })?;
    if let Some(file) = &arguments.out {
        to_file(file, &mut |out| {
            write(&plan, PlanFormat::Json, &Style::PLAIN, out)
        })?;
    }
    if !plan.conflicts.is_empty() {
        return Ok(1);
    }
    // Where not all was looked at, nobody knows whether more is to be made.
    if !plan.unseen.is_empty() && arguments.detailed_exitcode {
        return Ok(1);
    }
    let different = !plan.is_empty() || plan.differs();
    Ok(if different && arguments.detailed_exitcode {
        DIFFERENT
    } else {
        0
    })
}

/// What is to be provisioned, by the command line.
pub(super) fn wanted(
    spec: Spec,
    target: &TargetArgs,
    install: &InstallArgs,
    journals: JournalPlace,
) -> ToProvision {
    let declared = spec.environment.spec.digitalocean.as_ref();
    // A cluster that the spec does not declare in the account is entered as the spec says, or as the flags do.
    let from_account = declared.is_some_and(|declared| declared.cluster.is_some());
    ToProvision {
        spec,
        target: TargetChoice {
            from_account,
            ..target.choice()
        },
        started: Timestamp::now(),
        argocd_manifest: install.argocd_manifest.clone(),
        offline: install.offline,
        journals,
        interrupt: CancellationToken::new(),
    }
}

fn write(plan: &Provisioning, format: PlanFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        PlanFormat::Table => provisioning::plan(plan, style, out),
        PlanFormat::Json => out.write_all(plan.to_json().as_bytes()),
        PlanFormat::Markdown => provisioning::markdown(plan, out),
    }
}
