//! `envcheck document`: the living document of an environment.

use super::args::DocumentArgs;
use super::error::{self, Failure};
use super::output::{to_stdout, verify};
use super::progress::Progress;
use super::terminal::Terminal;
use super::values::{DocumentFormat, DocumentOutput};
use crate::pipeline::{self, DocumentChoice, Ended, Files};
use envcheck_core::report::document::{self, Document};
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

pub(crate) fn run(arguments: &DocumentArgs, terminal: &Terminal) -> Result<u8, Failure> {
    verify(
        &arguments.output,
        "-o markdown=ENVIRONMENT.md -o html=environment.html",
    )?;
    let spec = pipeline::environment(&arguments.environment)?;
    let choice = DocumentChoice {
        figures: arguments.figures,
        started: Timestamp::now(),
    };
    let progress = Progress::new(terminal);
    let document = pipeline::document(
        &spec,
        &arguments.target.choice(),
        choice,
        pipeline::waivers(Some(&spec), &[])?,
        &CancellationToken::new(),
        &|meter| progress.follow(meter),
    );
    progress.end();
    let document = document.map_err(|ended| match ended {
        Ended::Interrupted(unread) => Failure::Interrupted("read", unread),
        refused @ Ended::Refused(_) => Failure::from(refused),
    })?;
    for unread in &document.unread {
        error::note(&format!("not read: {unread}"));
    }
    // What could not be looked at is no success, and says nothing of whether a copy is up to date.
    let incomplete = if document.is_complete() { None } else { Some(3) };
    if let Some(file) = &arguments.check {
        let stale = files(&document, DocumentFormat::of(file), file)?
            .stale()
            .map_err(unreadable)?;
        for file in &stale {
            error::note(&format!("out of date: {}", file.display()));
        }
        return Ok(incomplete.unwrap_or(u8::from(!stale.is_empty())));
    }
    let default = [DocumentOutput {
        format: DocumentFormat::Markdown,
        file: None,
    }];
    let outputs = if arguments.output.is_empty() {
        &default[..]
    } else {
        &arguments.output
    };
    for output in outputs {
        match &output.file {
            Some(file) => files(&document, output.format, file)?
                .write()
                .map_err(unwritable)?,
            None => to_stdout(&mut |out| match output.format {
                DocumentFormat::Markdown => document::markdown::render(&document, None, out),
                DocumentFormat::Html => document::html::render(&document, out),
            })?,
        }
    }
    Ok(incomplete.unwrap_or(0))
}

fn files(document: &Document, format: DocumentFormat, file: &Path) -> Result<Files, Failure> {
    match format {
        DocumentFormat::Markdown => Files::markdown(document, file),
        DocumentFormat::Html => Files::html(document, file),
    }
    .map_err(|error| Failure::words(format!("cannot write {}: {error}", file.display())))
}

fn unwritable((file, error): (PathBuf, io::Error)) -> Failure {
    Failure::words(format!("cannot write {}: {error}", file.display()))
        .hint("the directory must exist and be writable")
}

fn unreadable((file, error): (PathBuf, io::Error)) -> Failure {
    Failure::words(format!("cannot read {}: {error}", file.display()))
        .hint("name the committed copy of the document: --check docs/stage.md")
}
