//! `envcheck audit`.

use super::args::AuditArgs;
use super::error::Failure;
use super::judging::judging;
use super::output;
use super::terminal::Terminal;
use crate::collect::{snapshot, specs};
use crate::pipeline;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::ValueExt;
use std::path::PathBuf;

pub(crate) fn run(arguments: &AuditArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = specs::load(&arguments.environment)?;
    let directory = match &arguments.snapshot {
        Some(directory) => directory.clone(),
        None => target(&spec, &arguments.environment)?,
    };
    let snapshot = snapshot::open(&directory).map_err(Diagnostic::from)?;
    let judging = judging(&arguments.judge, Some(spec), arguments.allow_empty, terminal)?;
    let started = judging.started;
    let mut assessment = pipeline::audit(judging, snapshot)?;
    if arguments.judge.timings {
        assessment.timings = Some((started, jiff::Timestamp::now()));
    }
    output::write(&assessment, &arguments.judge.output, terminal)?;
    Ok(assessment.gate.exit_code)
}

/// The snapshot that the spec names as its target.
pub(crate) fn target(spec: &Spec, name: &str) -> Result<PathBuf, Failure> {
    spec.value
        .text_at(&["target", "snapshot"])
        .map(PathBuf::from)
        .ok_or_else(|| {
            Failure::words(format!(
                "the target of {name} is a running cluster, which this version does not read"
            ))
            .hint("give a capture of it: --snapshot DIR")
        })
}
