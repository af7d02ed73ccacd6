//! Where live state is read, and what is kept between runs.

use crate::cli::values::{Patience, calls};
use crate::pipeline::{Allowances, StatePlace, TargetChoice};
use clap::Args;
use std::path::PathBuf;

/// Where live state is read, when not where the spec says.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Read this snapshot (a directory or a .tar.zst) instead of the spec's target
    #[arg(
        long,
        value_name = "SNAPSHOT",
        env = "ENVCHECK_SNAPSHOT",
        conflicts_with_all = ["context", "kubeconfig"]
    )]
    pub snapshot: Option<PathBuf>,
    /// Read the cluster of this kubeconfig context instead of the spec's target
    #[arg(long, value_name = "NAME", env = "ENVCHECK_CONTEXT")]
    pub context: Option<String>,
    /// The kubeconfig to look in (default: KUBECONFIG, else ~/.kube/config)
    #[arg(long, value_name = "FILE", env = "ENVCHECK_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// How often the DigitalOcean API may be asked; what does not fit is not evaluated
    #[arg(long, value_name = "CALLS", env = "ENVCHECK_DO_BUDGET", value_parser = calls)]
    pub do_budget: Option<u32>,
    /// Run the commands that the spec names for secrets: {command: …}
    #[arg(long, env = "ENVCHECK_ALLOW_COMMANDS")]
    pub allow_commands: bool,
    /// How long reading may take, as 90s or 10m
    #[arg(long, value_name = "TIME", default_value = "10m", env = "ENVCHECK_TIMEOUT")]
    pub timeout: Patience,
}

impl TargetArgs {
    pub(crate) fn choice(&self) -> TargetChoice {
        TargetChoice {
            snapshot: self.snapshot.clone(),
            context: self.context.clone(),
            kubeconfig: self.kubeconfig.clone(),
            from_account: false,
            timeout: self.timeout.0,
            allowances: Allowances::capped(self.do_budget),
            commands: self.allow_commands,
        }
    }
}

/// What is kept between runs.
#[derive(Debug, Args)]
pub(crate) struct StateArgs {
    /// The file where runs keep what later ones have to know, or none (default: reports/out/envcheck.sqlite)
    #[arg(long, value_name = "FILE|none", env = "ENVCHECK_STATE")]
    pub state: Option<PathBuf>,
}

impl StateArgs {
    pub(crate) fn place(&self) -> StatePlace {
        self.state
            .clone()
            .map_or_else(StatePlace::default, StatePlace::named)
    }
}
