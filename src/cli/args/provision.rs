//! What makes an environment.

use clap::Args;
use std::path::PathBuf;

/// Flags of `provision`.
#[derive(Debug, Args)]
pub(crate) struct ProvisionArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Write what the cluster should hold into this directory, for Git: a new one, an empty one, or one rendered before
    #[arg(long, value_name = "DIR", env = "ENVCHECK_RENDER")]
    pub render: PathBuf,
    /// Argo CD's manifest, instead of fetching it from delivery.argocd.install.url; its sum is checked all the same
    #[arg(long, value_name = "FILE", env = "ENVCHECK_ARGOCD_MANIFEST")]
    pub argocd_manifest: Option<PathBuf>,
    /// Fetch nothing: without --argocd-manifest the directory refers to Argo CD's manifest by its address
    #[arg(long, env = "ENVCHECK_OFFLINE")]
    pub offline: bool,
}
