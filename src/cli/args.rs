//! The command line as clap reads it. Nothing here acts.

use super::named::{KindGroup, ServiceAccount, rbac_name};
use super::values::{DocumentOutput, OutputSpec, Parameter, Patience, Percent, calls};
use crate::pipeline::{Allowances, StatePlace, TargetChoice};
use clap::{Args, Parser, Subcommand, ValueEnum};
use envcheck_core::findings::FailOn;
use jiff::Timestamp;
use std::path::PathBuf;

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
    /// Capture what an audit would read, for judging it elsewhere or later
    Snapshot(SnapshotArgs),
    /// Print the ClusterRole that an audit needs, and nothing beyond it
    Rbac(RbacArgs),
    /// List, explain and test policies
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// List and check the waivers of an environment's files
    #[command(subcommand)]
    Waivers(WaiversVerb),
    /// Print the JSON Schema of the spec, of waiver files, or of the JSON report
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
    pub judge: JudgeArgs,
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

/// Flags that say which policies run.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// More policies: a directory or file of Rego (envcheck's or conftest's); repeatable
    #[arg(
        short,
        long,
        value_name = "DIR|FILE",
        env = "ENVCHECK_POLICY",
        value_delimiter = ','
    )]
    pub policy: Vec<PathBuf>,
    /// Policies to select instead of the default: environment, none; repeatable
    #[arg(long, value_name = "NAME", env = "ENVCHECK_BUNDLE", value_delimiter = ',')]
    pub bundle: Vec<String>,
    /// Only these policies
    #[arg(long, value_name = "ID,…", env = "ENVCHECK_ONLY", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Not these policies
    #[arg(long, value_name = "ID,…", env = "ENVCHECK_SKIP", value_delimiter = ',')]
    pub skip: Vec<String>,
}

/// Flags of the verbs that judge.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Output FORMAT (table, json, sarif, junit, markdown), or FORMAT=FILE; repeatable; one may go to standard output
    #[arg(
        short,
        long,
        value_name = "FORMAT[=FILE]",
        env = "ENVCHECK_OUTPUT",
        value_delimiter = ','
    )]
    pub output: Vec<OutputSpec>,
    /// Findings at or above this severity fail: low, medium, high, critical, never
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "high",
        env = "ENVCHECK_FAIL_ON"
    )]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub select: SelectArgs,
    /// A policy's parameter, as registry-size.maxAge=48h; repeatable
    #[arg(
        long,
        value_name = "POLICY.KEY=VALUE",
        env = "ENVCHECK_PARAM",
        value_delimiter = ','
    )]
    pub param: Vec<Parameter>,
    /// A file of waivers, besides those that the spec names; repeatable
    #[arg(long, value_name = "FILE", env = "ENVCHECK_WAIVERS", value_delimiter = ',')]
    pub waivers: Vec<PathBuf>,
    /// The coverage below which the run counts as incomplete
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "100%",
        env = "ENVCHECK_MIN_COVERAGE"
    )]
    pub min_coverage: Percent,
    /// Worker threads (default: one per processor)
    #[arg(long, value_name = "N", env = "ENVCHECK_JOBS")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// The time as which policies see the run (default: the capture of a snapshot, the start of today for manifests)
    #[arg(long, value_name = "TIME", env = "ENVCHECK_NOW")]
    pub now: Option<Timestamp>,
    /// Add start, end and milliseconds to the reports
    #[arg(long, env = "ENVCHECK_TIMINGS")]
    pub timings: bool,
    /// Exit 0 whatever was found, as long as the run itself worked
    #[arg(long, env = "ENVCHECK_EXIT_ZERO")]
    pub exit_zero: bool,
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
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ReachFormat::Text, env = "ENVCHECK_REACH_OUTPUT")]
    pub output: ReachFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The environment: a name (environments/NAME.yaml) or a path
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Where to: NAME.tar.zst for an archive, any other name for a directory; it must not exist
    #[arg(long, value_name = "FILE", env = "ENVCHECK_SNAPSHOT_OUT")]
    pub out: PathBuf,
    /// Every kind that the cluster serves, not only what the policies read; without Events
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
    /// yaml or json
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = RbacFormat::Yaml, env = "ENVCHECK_RBAC_OUTPUT")]
    pub output: RbacFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RbacFormat {
    Yaml,
    Json,
}

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
        #[arg(short, long, value_enum, default_value_t = ReachFormat::Text)]
        output: ReachFormat,
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
        #[arg(short, long, value_enum, default_value_t = ReachFormat::Text)]
        output: ReachFormat,
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

#[derive(Debug, Subcommand)]
pub(crate) enum WaiversVerb {
    /// List the waivers of the spec's files, with their state and the days that they have left
    List {
        #[command(flatten)]
        waivers: WaiversArgs,
        /// text or json
        #[arg(short, long, value_enum, default_value_t = ReachFormat::Text)]
        output: ReachFormat,
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
}
