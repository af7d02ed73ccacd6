//! What removes an environment.

use super::{OutputArgs, TargetArgs, journals};
use crate::pipeline::JournalPlace;
use clap::Args;

/// Flags of `destroy`.
#[derive(Debug, Args)]
pub(crate) struct DestroyArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Show what would go and what would stay, and remove nothing (the default without --confirm)
    #[arg(long, conflicts_with_all = ["confirm", "confirm_adopted"])]
    pub dry_run: bool,
    /// Remove without asking: the environment's own name, as its spec has it
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Remove this too, though it holds data or could be shared: a volume, a snapshot, an empty bucket, the registry, a Namespace of a cluster that stays; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub step: Vec<String>,
    /// Offer also what is declared and was there before: nothing proves that it was made for this environment
    #[arg(long)]
    pub include_adopted: bool,
    /// With --include-adopted: remove that without asking; the environment's name once more
    #[arg(long, value_name = "NAME", requires = "include_adopted")]
    pub confirm_adopted: Option<String>,
    /// A cluster that is no more, by the UID of its Namespace kube-system: what journals tell of it has gone with it; repeatable
    #[arg(long, value_name = "UID", value_delimiter = ',')]
    pub gone: Vec<String>,
    /// Do not look whether the newest backup is fresh
    #[arg(long)]
    pub without_backup: bool,
    /// Where runs keep what they did: what it says was made is known as this environment's (default: reports/out/journal): a folder, or s3://BUCKET/PREFIX?region=REGION
    #[arg(long, value_name = "PLACE", env = "ENVCHECK_JOURNAL")]
    pub journal: Option<JournalPlace>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub target: TargetArgs,
}

impl DestroyArgs {
    /// Where journals are.
    pub(crate) fn journals(&self) -> JournalPlace {
        journals(self.journal.as_ref())
    }
}
