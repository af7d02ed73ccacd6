//! Which policies run, with what, and what becomes of their findings.

use crate::cli::values::{Parameter, Percent, ReportOutput};
use clap::Args;
use envcheck_core::findings::FailOn;
use jiff::Timestamp;
use std::path::PathBuf;

/// Flags that say which policies run.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// More policies: a directory or file of Rego (envcheck's or conftest's); repeatable
    #[arg(
        short,
        long,
        value_name = "DIR|FILE",
        env = "ENVCHECK_POLICY",
        value_delimiter = ','
    )]
    pub policy: Vec<PathBuf>,
    /// Policies to select instead of the default: environment, none; repeatable
    #[arg(long, value_name = "NAME", env = "ENVCHECK_BUNDLE", value_delimiter = ',')]
    pub bundle: Vec<String>,
    /// Only these policies
    #[arg(long, value_name = "ID,…", env = "ENVCHECK_ONLY", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Not these policies
    #[arg(long, value_name = "ID,…", env = "ENVCHECK_SKIP", value_delimiter = ',')]
    pub skip: Vec<String>,
}

/// Flags that say which policies run, and with what.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub select: SelectArgs,
    /// A policy's parameter, as registry-size.maxAge=48h; repeatable
    #[arg(
        long,
        value_name = "POLICY.KEY=VALUE",
        env = "ENVCHECK_PARAM",
        value_delimiter = ','
    )]
    pub param: Vec<Parameter>,
    /// A file of waivers, besides those that the spec names; repeatable
    #[arg(long, value_name = "FILE", env = "ENVCHECK_WAIVERS", value_delimiter = ',')]
    pub waivers: Vec<PathBuf>,
    /// Worker threads (default: one per processor)
    #[arg(long, value_name = "N", env = "ENVCHECK_JOBS")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// The time as which policies see the run (default: the capture of a snapshot, the start of today for manifests)
    #[arg(long, value_name = "TIME", env = "ENVCHECK_NOW")]
    pub now: Option<Timestamp>,
}

/// Flags of the verbs that judge.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Output FORMAT (table, json, sarif, junit, markdown), or FORMAT=FILE; repeatable; one may go to standard output
    #[arg(
        short,
        long,
        value_name = "FORMAT[=FILE]",
        env = "ENVCHECK_OUTPUT",
        value_delimiter = ','
    )]
    pub output: Vec<ReportOutput>,
    /// Findings at or above this severity fail: low, medium, high, critical, never
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "high",
        env = "ENVCHECK_FAIL_ON"
    )]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub evaluate: EvaluateArgs,
    /// The coverage below which the run counts as incomplete
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "100%",
        env = "ENVCHECK_MIN_COVERAGE"
    )]
    pub min_coverage: Percent,
    /// Add start, end and milliseconds to the reports
    #[arg(long, env = "ENVCHECK_TIMINGS")]
    pub timings: bool,
    /// Exit 0 whatever was found, as long as the run itself worked
    #[arg(long, env = "ENVCHECK_EXIT_ZERO")]
    pub exit_zero: bool,
}
