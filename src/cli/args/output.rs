//! Where plans and comparisons go.

use crate::cli::error::Failure;
use crate::cli::output::verify;
use crate::cli::values::PlanOutput;
use clap::Args;

/// The formats of a plan, or of a comparison.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// The format, and where it goes: table, json or markdown; repeatable
    #[arg(
        id = "output",
        short = 'o',
        long = "output",
        value_name = "FORMAT[=FILE]",
        default_value = "table",
        env = "ENVCHECK_OUTPUT",
        value_delimiter = ','
    )]
    pub each: Vec<PlanOutput>,
}

impl OutputArgs {
    /// Refuses outputs that want the same place, before any work is done.
    pub(crate) fn verify(&self) -> Result<(), Failure> {
        verify(&self.each, "-o table -o json=plan.json")
    }
}
