//! `envcheck plan`: what has to be made so that an environment is as it is declared.

use super::args::{InstallArgs, PlanArgs, TargetArgs};
use super::error::Failure;
use super::output::to_stdout;
use super::terminal::Terminal;
use super::values::{PlanFormat, PlanOutput};
use crate::pipeline::{self, Ended, TargetChoice, ToProvision};
use envcheck_core::plan::Provisioning;
use envcheck_core::report::{Style, provisioning};
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::io::{self, Write};
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// With `--detailed-exitcode`: something is to be made.
pub(super) const DIFFERENT: u8 = 2;

pub(crate) fn run(arguments: &PlanArgs, terminal: &Terminal) -> Result<u8, Failure> {
    verify(&arguments.output)?;
    let spec = pipeline::environment_with(&arguments.environment, &arguments.set)?;
    let wanted = wanted(spec, &arguments.target, &arguments.install);
    let mut plan = pipeline::plan_provisioning(&wanted, None).map_err(stopped)?;
    if !arguments.set.is_empty() {
        let said = arguments.set.join(", ");
        plan.notes.push(format!(
            "so it would be with {said}; provision makes what the spec says"
        ));
    }
    for output in &arguments.output {
        match &output.file {
            Some(file) => save(file, &mut |out| write(&plan, output.format, &Style::PLAIN, out))?,
            None => to_stdout(&mut |out| write(&plan, output.format, &terminal.stdout, out))?,
        }
    }
    if let Some(file) = &arguments.out {
        save(file, &mut |out| {
            write(&plan, PlanFormat::Json, &Style::PLAIN, out)
        })?;
    }
    if !plan.conflicts.is_empty() {
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
pub(super) fn wanted(spec: Spec, target: &TargetArgs, install: &InstallArgs) -> ToProvision {
    ToProvision {
        spec,
        target: TargetChoice {
            from_account: true,
            ..target.choice()
        },
        started: Timestamp::now(),
        argocd_manifest: install.argocd_manifest.clone(),
        offline: install.offline,
        interrupt: CancellationToken::new(),
    }
}

pub(super) fn stopped(ended: Ended) -> Failure {
    match ended {
        Ended::Interrupted(unread) => Failure::Interrupted("read", unread),
        refused @ Ended::Refused(_) => Failure::from(refused),
    }
}

/// At most one of several outputs goes to standard output.
pub(super) fn verify(outputs: &[PlanOutput]) -> Result<(), Failure> {
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::words("two outputs want standard output")
            .hint("give all but one a file: -o table -o json=plan.json"));
    }
    Ok(())
}

pub(super) fn save(
    file: &Path,
    text: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    pipeline::save(file, text)
        .map_err(|error| Failure::words(format!("cannot write {}: {error}", file.display())))
}

fn write(plan: &Provisioning, format: PlanFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        PlanFormat::Table => provisioning::plan(plan, style, out),
        PlanFormat::Json => out.write_all(plan.to_json().as_bytes()),
        PlanFormat::Markdown => provisioning::markdown(plan, out),
    }
}
