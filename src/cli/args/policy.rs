//! What `policy` does.

use super::ListFormat;
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyVerb {
    /// List policies
    List {
        /// More policies
        #[arg(
            short,
            long,
            value_name = "DIR|FILE",
            env = "ENVCHECK_POLICY",
            value_delimiter = ','
        )]
        policy: Vec<PathBuf>,
        /// text or json
        #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
        output: ListFormat,
    },
    /// Explain a policy: what, why, how to mend
    Explain {
        /// The policy's id
        id: String,
        /// More policies
        #[arg(
            short,
            long,
            value_name = "DIR|FILE",
            env = "ENVCHECK_POLICY",
            value_delimiter = ','
        )]
        policy: Vec<PathBuf>,
    },
    /// Run Rego tests and fixtures
    Test {
        /// The directory of the policies, or one file
        #[arg(default_value = "policies")]
        dir: PathBuf,
        /// text or json
        #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
        output: ListFormat,
    },
    /// Write the folder of a new policy: an example rule with its test and fixtures, to be edited
    New {
        /// The folder it belongs to and its name, as network/open-door
        #[arg(value_name = "CATEGORY/NAME")]
        name: String,
        /// The directory of the policies
        #[arg(long, value_name = "DIR", default_value = "policies")]
        dir: PathBuf,
        /// What it judges: each object by itself, or the environment as a whole
        #[arg(long, value_enum, default_value_t = PolicyScope::Object)]
        scope: PolicyScope,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyScope {
    Object,
    Environment,
}
