//! `envcheck import`: a spec from what runs.

use super::args::ImportArgs;
use super::error::{self, Failure};
use super::output::{to_file, to_stdout};
use super::progress::Progress;
use super::terminal::Terminal;
use crate::pipeline::{self, Draft, ToImport};
use jiff::Timestamp;
use std::path::Path;
use tokio_util::sync::CancellationToken;

pub(crate) fn run(arguments: &ImportArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if let Some(file) = &arguments.out {
        vacant(file, arguments.force)?;
    }
    let wanted = ToImport {
        name: arguments.name.clone(),
        target: arguments.choice(),
        file: arguments
            .out
            .clone()
            .unwrap_or_else(|| pipeline::spec_file(&arguments.name)),
        cluster: arguments.cluster.clone(),
        started: Timestamp::now(),
        interrupt: CancellationToken::new(),
    };
    let progress = Progress::new(terminal);
    let draft = pipeline::import(&wanted, &|meter| progress.follow(meter));
    progress.end();
    let Draft { imported, problems } = draft.map_err(Failure::of_reading)?;
    match &arguments.out {
        None => to_stdout(&mut |out| out.write_all(imported.text.as_bytes()))?,
        Some(file) => {
            // Reading takes its time, in which somebody else may have written it.
            vacant(file, arguments.force)?;
            to_file(file, &mut |out| out.write_all(imported.text.as_bytes()))?;
            if !terminal.quiet {
                error::note(&format!(
                    "wrote {}; look through what is guessed, then run: envcheck audit {}",
                    file.display(),
                    file.display()
                ));
            }
        }
    }
    for note in &imported.notes {
        error::note(note);
    }
    error::warn(&problems, terminal);
    // As of an audit: what could not be looked at is no success.
    Ok(if imported.notes.is_empty() && problems.is_empty() {
        0
    } else {
        3
    })
}

fn vacant(file: &Path, force: bool) -> Result<(), Failure> {
    if force || !pipeline::is_taken(file) {
        return Ok(());
    }
    Err(Failure::words(format!("{} exists already", file.display()))
        .hint("name another file, or write over it with --force"))
}
