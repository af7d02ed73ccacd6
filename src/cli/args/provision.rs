//! What makes an environment.

use super::{ConsentArgs, EvaluateArgs, OutputArgs, StateArgs, TargetArgs, journals};
use crate::cli::values::file;
use crate::pipeline::JournalPlace;
use clap::Args;
use std::path::PathBuf;

/// Flags of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Write the plan to this file, for provision --plan
    #[arg(long, value_name = "FILE", value_parser = file, env = "ENVCHECK_OUT")]
    pub out: Option<PathBuf>,
    /// As if the spec said this; repeatable. An item of a list goes by its name: digitalocean.cluster.nodePools[general].count=4
    #[arg(long, value_name = "PATH=VALUE", env = "ENVCHECK_SET")]
    pub set: Vec<String>,
    /// Exit with 0 when there is nothing to make and nothing differs, else with 2; with 1 on errors
    #[arg(long, env = "ENVCHECK_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
    /// Where runs keep what they did: what they made or adopted is known by it (default: reports/out/journal): a folder, or s3://BUCKET/PREFIX?region=REGION
    #[arg(long, value_name = "PLACE", env = "ENVCHECK_JOURNAL")]
    pub journal: Option<JournalPlace>,
    #[command(flatten)]
    pub install: InstallArgs,
    #[command(flatten)]
    pub target: TargetArgs,
}

impl PlanArgs {
    /// Where journals are.
    pub(crate) fn journals(&self) -> JournalPlace {
        journals(self.journal.as_ref())
    }
}

/// From where Argo CD's own manifest comes.
#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// Argo CD's manifest, instead of the declared one; its sum is checked all the same
    #[arg(long, value_name = "FILE", env = "ENVCHECK_ARGOCD_MANIFEST")]
    pub argocd_manifest: Option<PathBuf>,
    /// Fetch nothing: without a file that holds it, what installs Argo CD is left out
    #[arg(long, env = "ENVCHECK_OFFLINE")]
    pub offline: bool,
}

/// Flags of `provision`.
#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Make what this plan file says, and nothing else
    #[arg(long, value_name = "FILE", env = "ENVCHECK_PLAN", conflicts_with = "render")]
    pub plan: Option<PathBuf>,
    /// Make nothing, and write what the cluster should hold into this directory, for Git: a new one, an empty one, or one
    /// rendered before
    #[arg(long, value_name = "DIR", env = "ENVCHECK_RENDER", conflicts_with_all = ["yes", "step", "dry_run"])]
    pub render: Option<PathBuf>,
    /// Use this thing, which was there before and which nothing proves to be made for the environment: its id, as the plan names
    /// it; repeatable. --yes does not agree to that. It is asked for once, and destroy leaves what is adopted
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "render")]
    pub adopt: Vec<String>,
    #[command(flatten)]
    pub install: InstallArgs,
    /// Do not audit what was made
    #[arg(long, env = "ENVCHECK_NO_AUDIT")]
    pub no_audit: bool,
    #[command(flatten)]
    pub consent: ConsentArgs,
    #[command(flatten)]
    pub evaluate: EvaluateArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub state: StateArgs,
}
