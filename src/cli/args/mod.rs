//! The command line as clap reads it. Nothing here acts.

mod destroy;
mod drift;
mod import;
mod judge;
mod output;
mod policy;
mod provision;
mod remediate;
mod target;
mod waivers;

pub(crate) use destroy::DestroyArgs;
pub(crate) use drift::DriftArgs;
pub(crate) use import::ImportArgs;
pub(crate) use judge::{EvaluateArgs, JudgeArgs, SelectArgs};
pub(crate) use output::OutputArgs;
pub(crate) use policy::{PolicyScope, PolicyVerb};
pub(crate) use provision::{InstallArgs, PlanArgs, ProvisionArgs};
pub(crate) use remediate::{ConsentArgs, RemediateArgs, RollbackArgs, RollbackConsent, RunsArgs, journals};
pub(crate) use target::{StateArgs, TargetArgs};
pub(crate) use waivers::{WaiversArgs, WaiversVerb};

use super::named::{KindGroup, ServiceAccount, rbac_name};
use super::values::{DocumentOutput, MostRisk, file};
use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Reads a command line; the first argument is the program's name.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let of_files = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument == "--files" || argument.starts_with("--files=")
    };
    if arguments.iter().any(of_files) {
        command = command.mut_subcommand("remediate", |command| {
            remediate::UNUSED_WITH_FILES
                .iter()
                .fold(command, |command, name| {
                    command.mut_arg(name, |argument| argument.env(Resettable::Reset))
                })
        });
    }
    let mut matches = command.clone().try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Declares an environment on DigitalOcean Kubernetes and audits manifests, snapshots and the account against it.
#[derive(Debug, Parser)]
#[command(
    name = "envcheck",
    version,
    propagate_version = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes of check and audit: 0 clean, 1 findings, 2 usage or tool error, 3 incomplete.\n\
    Data goes to standard output, everything else to standard error."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// When to colour the output; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, env = "ENVCHECK_COLOR")]
    pub color: ColorChoice,
    /// Say nothing on standard error but errors
    #[arg(
        short,
        long,
        global = true,
        env = "ENVCHECK_QUIET",
        conflicts_with = "verbose"
    )]
    pub quiet: bool,
    /// Say on standard error what was read and judged, and how long it took
    #[arg(short, long, global = true, env = "ENVCHECK_VERBOSE")]
    pub verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check manifests: the gate for changes
    Check(CheckArgs),
    /// Audit an environment against its spec
    Audit(AuditArgs),
    /// Write down what an environment consists of, as it is
    Document(DocumentArgs),
    /// Show what NetworkPolicies allow
    Reach(ReachArgs),
    /// Show what is not as it was declared or committed: which side moved, who wrote it, and whether a policy minds
    Drift(Box<DriftArgs>),
    /// Show what has to be made so that the environment is as it is declared, and what it costs
    Plan(Box<PlanArgs>),
    /// Make what the spec declares and the account lacks: a plan first, then one thing after the other
    Provision(Box<ProvisionArgs>),
    /// Remove what was made for an environment: what goes and what stays first, then, on its name, one thing after the other
    Destroy(Box<DestroyArgs>),
    /// Repair what an audit finds: a plan first, proved on a copy, then step by step, each with its undo
    Remediate(Box<RemediateArgs>),
    /// Take back what a run of `remediate` did
    Rollback(RollbackArgs),
    /// List the runs that changed something
    Runs(RunsArgs),
    /// Capture what audits, plans, imports and drift look at, to ask it elsewhere or later
    Snapshot(SnapshotArgs),
    /// Write a spec from what runs: the way in for an environment that exists already
    Import(Box<ImportArgs>),
    /// Print the ClusterRole that an audit needs, and nothing beyond it
    Rbac(RbacArgs),
    /// List, explain and test policies
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// List and check the waivers of an environment's files
    #[command(subcommand)]
    Waivers(WaiversVerb),
    /// Print the JSON Schema of the spec, of waiver files, of the JSON report, of drift as JSON, or of plans
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the version
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files, directories, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(short, long, value_name = "ENV", env = "ENVCHECK_ENVIRONMENT")]
    pub environment: Option<String>,
    /// The paths hold the whole environment: judge also what is missing
    #[arg(long, env = "ENVCHECK_COMPLETE")]
    pub complete: bool,
    /// Judge the manifests as if applied over this snapshot
    #[arg(long, value_name = "SNAPSHOT", env = "ENVCHECK_ON")]
    pub on: Option<PathBuf>,
    /// Zero Kubernetes objects are no reason to fail
    #[arg(long, env = "ENVCHECK_ALLOW_EMPTY")]
    pub allow_empty: bool,
    #[command(flatten)]
    pub fix: FixArgs,
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// Mending instead of reporting.
#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// Mend what can be mended: a patch on standard output, then the question whether to write it
    #[arg(long, env = "ENVCHECK_FIX", conflicts_with_all = ["on", "output"])]
    pub fix: bool,
    /// With --fix: show the patch only
    #[arg(long, env = "ENVCHECK_DIFF", requires = "fix", conflicts_with = "yes")]
    pub diff: bool,
    /// With --fix: write the patch to this file, too, for git apply
    #[arg(long, value_name = "FILE", requires = "fix", value_parser = file)]
    pub patch: Option<PathBuf>,
    /// With --fix: what may be written: none, safe, or disruptive (default: on a terminal you are asked up to disruptive, and
    /// --yes writes what is safe)
    #[arg(long, value_name = "RISK", env = "ENVCHECK_MAX_RISK")]
    pub max_risk: Option<MostRisk>,
    /// With --fix: write without asking, up to --max-risk
    #[arg(long, requires = "fix")]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub state: StateArgs,
    /// Zero objects are no reason to fail
    #[arg(long, env = "ENVCHECK_ALLOW_EMPTY")]
    pub allow_empty: bool,
    #[command(flatten)]
    pub judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DocumentArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[command(flatten)]
    pub target: TargetArgs,
    /// markdown or html, or FORMAT=FILE; repeatable; the drawings of markdown=FILE are written beside it
    #[arg(
        short,
        long,
        value_name = "FORMAT[=FILE]",
        env = "ENVCHECK_DOCUMENT_OUTPUT",
        value_delimiter = ','
    )]
    pub output: Vec<DocumentOutput>,
    /// Write nothing; exit 1 when this copy (.md or .html) is out of date
    #[arg(
        long,
        value_name = "FILE",
        env = "ENVCHECK_DOCUMENT_CHECK",
        conflicts_with = "output"
    )]
    pub check: Option<PathBuf>,
    /// Also figures that change by themselves: the registry's size, nodes, the newest backup and its age
    #[arg(long, env = "ENVCHECK_FIGURES")]
    pub figures: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReachArgs {
    /// An environment, or manifests: files, directories, or -
    #[arg(required = true, value_name = "ENV|PATH")]
    pub targets: Vec<String>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Only connections from this workload: NS/NAME
    #[arg(long, value_name = "NS/W")]
    pub from: Option<String>,
    /// Only connections to this workload: NS/NAME
    #[arg(long, value_name = "NS/W")]
    pub to: Option<String>,
    /// Only what each workload accepts from all namespaces and from outside
    #[arg(long)]
    pub accepts_from_all: bool,
    /// text or json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text, env = "ENVCHECK_REACH_OUTPUT")]
    pub output: ListFormat,
}

/// How a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Where to: NAME.tar.zst for an archive, any other name for a directory; it must not exist
    #[arg(long, value_name = "FILE", value_parser = file, env = "ENVCHECK_SNAPSHOT_OUT")]
    pub out: PathBuf,
    /// Every kind that the cluster serves, not only what somebody looks at; without Events
    #[arg(long, env = "ENVCHECK_ALL_KINDS")]
    pub all_kinds: bool,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub state: StateArgs,
    #[command(flatten)]
    pub select: SelectArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RbacArgs {
    /// The environment to audit: a name (environments/NAME.yaml) or a path; needed unless flags select the policies
    #[arg(value_name = "ENV")]
    pub environment: Option<String>,
    #[command(flatten)]
    pub select: SelectArgs,
    /// The name of the ClusterRole, and of the binding
    #[arg(long, value_name = "NAME", default_value = "envcheck-audit", value_parser = rbac_name, env = "ENVCHECK_RBAC_NAME")]
    pub name: String,
    /// Add a ClusterRoleBinding for this ServiceAccount
    #[arg(long, value_name = "NAMESPACE/NAME", env = "ENVCHECK_SERVICE_ACCOUNT")]
    pub service_account: Option<ServiceAccount>,
    /// The API group of a kind that a policy names alone, as Certificate=cert-manager.io; repeatable
    #[arg(
        long,
        value_name = "KIND=GROUP",
        env = "ENVCHECK_API_GROUP",
        value_delimiter = ','
    )]
    pub api_group: Vec<KindGroup>,
    /// Add what `snapshot` captures besides, for plans, imports and drift
    #[arg(long, env = "ENVCHECK_CAPTURES")]
    pub captures: bool,
    /// Add what `remediate` needs to change what it repairs: roles of their own
    #[arg(long, env = "ENVCHECK_WRITES")]
    pub writes: bool,
    /// Add what `destroy` needs to remove what was made in a cluster that stays: roles of their own
    #[arg(long, env = "ENVCHECK_DESTROYS")]
    pub destroys: bool,
    /// Argo CD's manifest: --destroys covers its kinds, also those that no release has; its sum is checked
    #[arg(long, value_name = "FILE", env = "ENVCHECK_ARGOCD_MANIFEST")]
    pub argocd_manifest: Option<PathBuf>,
    /// yaml or json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = RbacFormat::Yaml, env = "ENVCHECK_RBAC_OUTPUT")]
    pub output: RbacFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RbacFormat {
    Yaml,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value_t = SchemaKind::Environment)]
    pub kind: SchemaKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// The spec, environments/NAME.yaml
    Environment,
    /// Waiver files
    Waivers,
    /// The JSON report
    Report,
    /// Drift as JSON
    Drift,
    /// The plan of repairs, remediate --out
    Plan,
    /// The plan of what has to be made, plan --out
    Provisioning,
    /// The plan of what goes, destroy -o json
    Removal,
}
