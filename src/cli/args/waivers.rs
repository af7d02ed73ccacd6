//! What `waivers` does.

use super::ListFormat;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum WaiversVerb {
    /// List the waivers of the spec's files, with their state and the days that they have left
    List {
        #[command(flatten)]
        waivers: WaiversArgs,
        /// text or json
        #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
        output: ListFormat,
    },
    /// Exit 1 when a waiver is malformed, expired, or of a policy that does not exist
    Lint {
        #[command(flatten)]
        waivers: WaiversArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct WaiversArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// A file of waivers, besides those that the spec names; repeatable
    #[arg(long, value_name = "FILE", env = "ENVCHECK_WAIVERS", value_delimiter = ',')]
    pub waivers: Vec<PathBuf>,
    /// More policies that waivers may name
    #[arg(
        short,
        long,
        value_name = "DIR|FILE",
        env = "ENVCHECK_POLICY",
        value_delimiter = ','
    )]
    pub policy: Vec<PathBuf>,
    /// The time as which waivers are judged (default: now)
    #[arg(long, value_name = "TIME", env = "ENVCHECK_NOW")]
    pub now: Option<Timestamp>,
}
