//! What repairs, and what takes repairs back.

use super::{EvaluateArgs, StateArgs, TargetArgs};
use crate::cli::values::{MostRisk, file};
use crate::pipeline::JournalPlace;
use clap::Args;
use std::net::IpAddr;
use std::path::PathBuf;

/// What `--files` has no use for, and variables may say for all calls: a flag that somebody gave contradicts it, a variable does not.
pub(super) const UNUSED_WITH_FILES: [&str; 6] = ["branch", "interactive", "journal", "out", "plan", "repo"];

/// Flags of `remediate`.
#[derive(Debug, Args)]
pub(crate) struct RemediateArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Only findings in this Kubernetes namespace
    #[arg(short, long, value_name = "NAMESPACE", env = "ENVCHECK_NAMESPACE")]
    pub namespace: Option<String>,
    /// Do the steps of this plan file, and no others, where everything still is as it was
    #[arg(long, value_name = "FILE", env = "ENVCHECK_PLAN")]
    pub plan: Option<PathBuf>,
    /// Write the plan to this file
    #[arg(long, value_name = "FILE", value_parser = file, env = "ENVCHECK_OUT", conflicts_with = "plan")]
    pub out: Option<PathBuf>,
    /// Repair these manifests instead of the running environment: shown as a patch, written with --yes; repeatable
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["plan", "out", "step", "journal"])]
    pub files: Vec<String>,
    /// With --files: they hold the whole environment, so that what is missing is judged, too
    #[arg(long, env = "ENVCHECK_COMPLETE", requires = "files")]
    pub complete: bool,
    /// A checkout of a repository that Argo CD delivers from: what it would take back is mended there; repeatable
    #[arg(long, value_name = "DIR", env = "ENVCHECK_REPO", value_delimiter = ',', conflicts_with_all = ["files", "plan"])]
    pub repo: Vec<PathBuf>,
    /// Commit what is mended in Git on a new branch: of --repo, or pushed to the application's own repository
    #[arg(long, value_name = "NAME", env = "ENVCHECK_BRANCH", conflicts_with_all = ["files", "plan"])]
    pub branch: Option<String>,
    /// Write what is mended in Git, or with --files what is edited, to this file, for git apply
    #[arg(long, value_name = "FILE", value_parser = file, env = "ENVCHECK_PATCH", conflicts_with = "plan")]
    pub patch: Option<PathBuf>,
    /// On a terminal, ask for each step instead of for each class of risk
    #[arg(long, env = "ENVCHECK_INTERACTIVE", conflicts_with_all = ["yes", "step", "dry_run", "files"])]
    pub interactive: bool,
    /// Fixes of policies from -p may be done
    #[arg(long)]
    pub trust_fixes: bool,
    #[command(flatten)]
    pub caller: CallerArgs,
    #[command(flatten)]
    pub consent: ConsentArgs,
    #[command(flatten)]
    pub evaluate: EvaluateArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub state: StateArgs,
}

/// From where the control plane is reached.
#[derive(Debug, Args)]
pub(crate) struct CallerArgs {
    /// Your address as the API server sees it: it has to stay among those that may reach the control plane
    #[arg(long, value_name = "IP", env = "ENVCHECK_CALLER_ADDRESS")]
    pub caller_address: Option<IpAddr>,
}

/// What may be done without asking.
#[derive(Debug, Args)]
pub(crate) struct ConsentArgs {
    /// Show what would be done, and do nothing (the default without --yes)
    #[arg(long, conflicts_with_all = ["yes", "step"])]
    pub dry_run: bool,
    /// Do it without asking, up to --max-risk
    #[arg(long)]
    pub yes: bool,
    /// What may be done without its name: none, safe, or disruptive (default: on a terminal you are asked up to disruptive, and
    /// --yes does what is safe). What is destructive is named by --step
    #[arg(long, value_name = "RISK", env = "ENVCHECK_MAX_RISK")]
    pub max_risk: Option<MostRisk>,
    /// Do this step, whatever its risk; repeatable. Where nobody can be asked, --yes agrees to it
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub step: Vec<String>,
    /// Where runs keep what they did, and how it is taken back (default: reports/out/journal): a folder, or s3://BUCKET/PREFIX?region=REGION
    #[arg(long, value_name = "PLACE", env = "ENVCHECK_JOURNAL")]
    pub journal: Option<JournalPlace>,
}

impl ConsentArgs {
    /// Where journals are.
    pub(crate) fn journals(&self) -> JournalPlace {
        journals(self.journal.as_ref())
    }
}

/// Where journals are when this is said of it.
pub(crate) fn journals(said: Option<&JournalPlace>) -> JournalPlace {
    said.cloned()
        .unwrap_or_else(|| JournalPlace::Folder("reports/out/journal".into()))
}

/// Flags of `rollback`.
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// The run, as `envcheck runs` lists it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(short, long, value_name = "ENV", env = "ENVCHECK_ENVIRONMENT")]
    pub environment: String,
    #[command(flatten)]
    pub caller: CallerArgs,
    #[command(flatten)]
    pub consent: RollbackConsent,
    #[command(flatten)]
    pub target: TargetArgs,
}

/// What may be taken back without asking.
#[derive(Debug, Args)]
pub(crate) struct RollbackConsent {
    /// Show what would be taken back, and do nothing (the default without --yes)
    #[arg(long, conflicts_with_all = ["yes", "step"])]
    pub dry_run: bool,
    /// Take it back without asking, up to --max-risk
    #[arg(long)]
    pub yes: bool,
    /// What may be taken back without its name, asked or not: none, safe, or disruptive. What is destructive is named by --step
    #[arg(
        long,
        value_name = "RISK",
        default_value = "disruptive",
        env = "ENVCHECK_MAX_RISK"
    )]
    pub max_risk: MostRisk,
    /// Take this step back, whatever its risk; repeatable. Where nobody can be asked, --yes agrees to it
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub step: Vec<String>,
    /// Where runs keep what they did (default: reports/out/journal): a folder, or s3://BUCKET/PREFIX?region=REGION
    #[arg(long, value_name = "PLACE", env = "ENVCHECK_JOURNAL")]
    pub journal: Option<JournalPlace>,
}

/// Flags of `runs`.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// Where runs keep what they did (default: reports/out/journal): a folder, or s3://BUCKET/PREFIX?region=REGION
    #[arg(long, value_name = "PLACE", env = "ENVCHECK_JOURNAL")]
    pub journal: Option<JournalPlace>,
}
