//! `envcheck check`.

use super::args::CheckArgs;
use super::error::Failure;
use super::judging::judging;
use super::output;
use super::terminal::Terminal;
use crate::collect::{snapshot, specs};
use crate::pipeline;
use envcheck_core::source::Diagnostic;

pub(crate) fn run(arguments: &CheckArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if arguments.environment.is_none() && arguments.judge.policy.is_empty() {
        return Err(Failure::words("nothing says what to check the manifests against")
            .hint("name an environment with -e ENV, or policies with -p DIR (alone: --bundle none)"));
    }
    let spec = arguments.environment.as_deref().map(specs::load).transpose()?;
    let on = arguments
        .on
        .as_deref()
        .map(snapshot::open)
        .transpose()
        .map_err(Diagnostic::from)?;
    let judging = judging(&arguments.judge, spec, arguments.allow_empty, terminal)?;
    let started = judging.started;
    let mut assessment = pipeline::check(judging, &arguments.paths, arguments.complete, on)?;
    if arguments.judge.timings {
        assessment.timings = Some((started, jiff::Timestamp::now()));
    }
    output::write(&assessment, &arguments.judge.output, terminal)?;
    Ok(assessment.gate.exit_code)
}
