//! What compares an environment with what it should be.

use super::{EvaluateArgs, OutputArgs, TargetArgs};
use clap::Args;
use std::path::PathBuf;

/// Flags of `drift`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything was compared, 1 something could not be read, or an error, 130 interrupted. \
    With --detailed-exitcode: 0 no differences, 2 differences, 1 none found where something could not be read, or an error."
)]
pub(crate) struct DriftArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Compare with these manifests too: files, directories, or - for standard input; repeatable
    #[arg(long, value_name = "PATH", env = "ENVCHECK_MANIFESTS", value_delimiter = ',')]
    pub manifests: Vec<String>,
    /// Compare with what is committed in this checkout, as Argo CD's applications render it; repeatable
    #[arg(long, value_name = "DIR", env = "ENVCHECK_REPO", value_delimiter = ',')]
    pub repo: Vec<PathBuf>,
    /// Only objects in this namespace, and the namespace itself; repeatable
    #[arg(
        short,
        long,
        value_name = "NS",
        env = "ENVCHECK_NAMESPACE",
        value_delimiter = ','
    )]
    pub namespace: Vec<String>,
    /// Compare Argo CD itself with its manifest; its sum is checked
    #[arg(long, value_name = "FILE", env = "ENVCHECK_ARGOCD_MANIFEST")]
    pub argocd_manifest: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit with 2 when something differs
    #[arg(long, env = "ENVCHECK_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub evaluate: EvaluateArgs,
    #[command(flatten)]
    pub target: TargetArgs,
}
