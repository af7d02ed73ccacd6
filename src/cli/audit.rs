//! `envcheck audit`.

use super::args::AuditArgs;
use super::error::Failure;
use super::judging::judging;
use super::output;
use super::progress::Progress;
use super::terminal::Terminal;
use crate::pipeline;

pub(crate) fn run(arguments: &AuditArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let judging = judging(&arguments.judge, Some(spec), arguments.allow_empty, terminal)?;
    let started = judging.started;
    let progress = Progress::new(terminal);
    let (target, state) = (arguments.target.choice(), arguments.state.place());
    let assessment = pipeline::audit(judging, &target, &state, &|meter| {
        progress.follow(meter);
    });
    progress.end();
    output::conclude(assessment?, &arguments.judge, started, terminal)
}
