//! `envcheck check`.

use super::args::CheckArgs;
use super::error::Failure;
use super::judging::judging;
use super::output;
use super::remediate;
use super::terminal::Terminal;
use crate::pipeline;

pub(crate) fn run(arguments: &CheckArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if arguments.environment.is_none() && arguments.judge.evaluate.select.policy.is_empty() {
        return Err(Failure::words("nothing says what to check the manifests against")
            .hint("name an environment with -e ENV, or policies with -p DIR (alone: --bundle none)"));
    }
    let spec = arguments
        .environment
        .as_deref()
        .map(pipeline::environment)
        .transpose()?;
    if arguments.fix.fix {
        return remediate::fix(arguments, spec, terminal);
    }
    let judging = judging(&arguments.judge, spec, arguments.allow_empty, terminal)?;
    let started = judging.started;
    let assessment = pipeline::check(
        judging,
        &arguments.paths,
        arguments.complete,
        arguments.on.as_deref(),
    )?;
    output::conclude(assessment, &arguments.judge, started, terminal)
}
