//! `import` as clap reads it.

use crate::cli::named::environment_name;
use crate::cli::values::{Patience, calls, file};
use crate::pipeline::{Allowances, TargetChoice};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// How the environment shall be called
    #[arg(value_name = "NAME", value_parser = environment_name)]
    pub name: String,
    /// Read this snapshot (a directory or a .tar.zst) instead of what runs
    #[arg(
        long,
        value_name = "SNAPSHOT",
        env = "ENVCHECK_SNAPSHOT",
        conflicts_with_all = ["context", "kubeconfig"]
    )]
    pub snapshot: Option<PathBuf>,
    /// Read the cluster of this kubeconfig context; without it, by credentials of the account
    #[arg(long, value_name = "NAME", env = "ENVCHECK_CONTEXT")]
    pub context: Option<String>,
    /// The kubeconfig to look in (default: KUBECONFIG, else ~/.kube/config)
    #[arg(long, value_name = "FILE", env = "ENVCHECK_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// The cluster's name in the account, when that has several and its Nodes do not tell
    #[arg(long, value_name = "NAME", env = "ENVCHECK_IMPORT_CLUSTER")]
    pub cluster: Option<String>,
    /// The file to write (default: standard output); it must not exist
    #[arg(long, value_name = "FILE", value_parser = file, env = "ENVCHECK_IMPORT_OUT")]
    pub out: Option<PathBuf>,
    /// Write over a file that exists
    #[arg(long, requires = "out", env = "ENVCHECK_IMPORT_FORCE")]
    pub force: bool,
    /// How often the DigitalOcean API may be asked; what does not fit is not seen
    #[arg(long, value_name = "CALLS", env = "ENVCHECK_DO_BUDGET", value_parser = calls)]
    pub do_budget: Option<u32>,
    /// How long reading may take, as 90s or 10m
    #[arg(long, value_name = "TIME", default_value = "10m", env = "ENVCHECK_TIMEOUT")]
    pub timeout: Patience,
}

impl ImportArgs {
    pub(crate) fn choice(&self) -> TargetChoice {
        TargetChoice {
            from_account: true,
            snapshot: self.snapshot.clone(),
            context: self.context.clone(),
            kubeconfig: self.kubeconfig.clone(),
            timeout: self.timeout.0,
            allowances: Allowances::capped(self.do_budget),
            commands: false,
        }
    }
}
