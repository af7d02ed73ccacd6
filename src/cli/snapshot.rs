//! `envcheck snapshot`.

use super::args::SnapshotArgs;
use super::error::{self, Failure};
use super::judging::capturing;
use super::progress::Progress;
use super::terminal::Terminal;
use crate::pipeline::{self, Ended};
use envcheck_core::source::Diagnostic;

pub(crate) fn run(arguments: &SnapshotArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if arguments.out.as_os_str() == "-" {
        return Err(Failure::words("a snapshot cannot go to standard output")
            .hint("name a file: --out stage.tar.zst"));
    }
    let spec = pipeline::environment(&arguments.environment)?;
    let judging = capturing(&arguments.select, spec)?;
    let progress = Progress::new(terminal);
    let captured = pipeline::capture(
        judging,
        &arguments.target.choice(),
        &arguments.state.place(),
        &arguments.out,
        arguments.all_kinds,
        &|meter| progress.follow(meter),
    );
    progress.end();
    let pipeline::Captured {
        summary,
        gaps,
        warnings,
    } = captured.map_err(|ended| match ended {
        Ended::Interrupted(unread) => Failure::Interrupted("captured", unread),
        refused @ Ended::Refused(_) => Failure::from(refused),
    })?;
    if !terminal.quiet {
        error::note(&format!(
            "captured {} objects of {} kind{} into {}",
            summary.objects,
            summary.kinds,
            if summary.kinds == 1 { "" } else { "s" },
            summary.path.display()
        ));
    }
    let warnings: Vec<Diagnostic> = warnings.into_iter().map(Diagnostic::new).collect();
    error::warn(&warnings, terminal);
    for gap in &gaps {
        error::note(&format!("not captured: {gap}"));
    }
    // As of an audit: what could not be looked at is no success.
    Ok(if gaps.is_empty() { 0 } else { 3 })
}
