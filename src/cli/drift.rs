//! `envcheck drift`: what is not as it was declared or committed, which side moved, and who wrote it.

use super::args::DriftArgs;
use super::error::{self, Failure};
use super::judging::evaluating;
use super::output::to_each;
use super::plan::DIFFERENT;
use super::progress::Progress;
use super::terminal::Terminal;
use super::values::PlanFormat;
use crate::pipeline::{self, GitChoice, ToCompare};
use envcheck_core::findings::drift::Drift;
use envcheck_core::report::{Style, drift};
use std::io::{self, Write};

/// Something could not be read.
const INCOMPLETE: u8 = 1;

pub(crate) fn run(arguments: &DriftArgs, terminal: &Terminal) -> Result<u8, Failure> {
    arguments.output.verify()?;
    let spec = pipeline::environment(&arguments.environment)?;
    let wanted = ToCompare {
        judging: evaluating(&arguments.evaluate, Some(spec), None)?,
        target: arguments.target.choice(),
        manifests: arguments.manifests.clone(),
        git: GitChoice {
            checkouts: arguments.repo.clone(),
            ..GitChoice::default()
        },
        namespaces: arguments.namespace.clone(),
        argocd_manifest: arguments.argocd_manifest.clone(),
    };
    let progress = Progress::new(terminal);
    let found = pipeline::drift(&wanted, &|meter| progress.follow(meter));
    progress.end();
    let found = found.map_err(Failure::of_reading)?;
    to_each(&arguments.output.each, terminal, &|format, style, out| {
        write(&found, format, style, out)
    })?;
    if found.compared == 0 && found.is_empty() {
        error::note("nothing was compared: see whether the namespaces and the manifests are the right ones");
    }
    Ok(code(&found, arguments.detailed_exitcode))
}

/// Differences are certain even where not everything could be looked at; that there are none is not.
fn code(found: &Drift, detailed: bool) -> u8 {
    if detailed && !found.is_empty() {
        DIFFERENT
    } else if found.not_compared.is_empty() && found.compared > 0 {
        0
    } else {
        INCOMPLETE
    }
}

fn write(found: &Drift, format: PlanFormat, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        PlanFormat::Table => drift::table(found, style, out),
        PlanFormat::Json => drift::json::render(found, out),
        PlanFormat::Markdown => drift::markdown(found, out),
    }
}
