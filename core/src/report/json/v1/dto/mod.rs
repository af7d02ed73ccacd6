//! The shape of `envcheck.dev/report/v1`. Its documentation comments become the schema's descriptions.
//!
//! Fields are only ever added; a field whose meaning would change gets a new name or a new version.

mod finding;
mod waiver;

pub(super) use finding::{
    EvaluationError, Finding, Fix, Location, NotEvaluated, Resource, Severity, Suppressed, Verdict,
};
use schemars::JsonSchema;
use serde::Serialize;
pub(super) use waiver::{Waiver, WaiverResult, WaiverSource, WaiverState};

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(super) enum ApiVersion {
    #[serde(rename = "envcheck.dev/report/v1")]
    V1,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(super) enum Kind {
    Report,
}

/// What one run of `envcheck check` or `envcheck audit` found out. Complete: nothing is left out. Lists are sorted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "envcheck report")]
pub(super) struct Report<'a> {
    pub(super) api_version: ApiVersion,
    pub(super) kind: Kind,
    pub(super) tool: Tool<'a>,
    pub(super) verb: Verb,
    /// The environment's name; null when none was given.
    pub(super) environment: Option<&'a str>,
    pub(super) source: Source<'a>,
    /// The run's time as policies saw it (`data.now`): the capture time for a snapshot. RFC 3339, UTC.
    pub(super) as_of: String,
    /// Real start; only with `--timings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_at: Option<String>,
    /// Real end; only with `--timings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) finished_at: Option<String>,
    pub(super) coverage: Coverage,
    pub(super) summary: Summary,
    /// Every selected policy, also those that did not apply.
    pub(super) policies: Vec<Policy<'a>>,
    pub(super) findings: Vec<Finding<'a>>,
    pub(super) not_evaluated: Vec<NotEvaluated<'a>>,
    pub(super) errors: Vec<EvaluationError<'a>>,
    /// Findings that a policy's own `exception` rules excused.
    pub(super) suppressed: Vec<Suppressed<'a>>,
    /// Every waiver that was read, whatever became of it.
    pub(super) waivers: Vec<WaiverResult<'a>>,
    /// Things worth saying that are neither findings nor gaps.
    pub(super) warnings: &'a [String],
    /// DigitalOcean calls used; null when none were counted.
    pub(super) budget: Option<Budget>,
    pub(super) gate: Gate<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    Check,
    Audit,
}

/// What was read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source<'a> {
    /// `manifests`, `snapshot` or `cluster`.
    pub(super) kind: &'a str,
    /// What the user named: paths, or the snapshot.
    pub(super) from: &'a [String],
    /// Files read.
    pub(super) files: u64,
    /// Kubernetes and account objects read.
    pub(super) objects: u64,
    /// Documents that are not Kubernetes objects and were left alone.
    pub(super) not_kubernetes: u64,
    /// Files left alone on purpose.
    pub(super) skipped: Vec<Skipped<'a>>,
    /// The declared or observed cluster; null without one.
    pub(super) cluster: Option<Cluster<'a>>,
    /// How the cluster was read, now or when its snapshot was taken; null for manifests.
    pub(super) reading: Option<ClusterReading<'a>>,
    /// The DigitalOcean account's team.
    pub(super) team: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClusterReading<'a> {
    /// The context of the kubeconfig.
    pub(super) context: Option<&'a str>,
    /// The UID of Namespace kube-system: the identity that every cluster has.
    pub(super) uid: Option<&'a str>,
    /// Why it is not sure that this is the declared cluster; null when it is.
    pub(super) unverified: Option<&'a str>,
    /// How long the reading took, from the first request to the last answer.
    pub(super) milliseconds: Option<u64>,
    /// As of which version each kind was read, sorted by kind.
    pub(super) kinds: Vec<KindReading<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KindReading<'a> {
    /// As `apps/v1/Deployment`.
    pub(super) kind: &'a str,
    /// Objects read.
    pub(super) objects: u64,
    /// The resource version of the list; of every part of it when the server could not keep one version to its end.
    pub(super) resource_versions: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Skipped<'a> {
    pub(super) file: &'a str,
    pub(super) reason: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Cluster<'a> {
    pub(super) name: &'a str,
    pub(super) region: Option<&'a str>,
    /// The observed Kubernetes version.
    pub(super) version: Option<&'a str>,
}

/// How much was looked at. The ratio is the mean over policies, floored to a thousandth.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage {
    /// Pairs of policy and resource that were judged.
    pub(super) evaluated: u64,
    /// Pairs that were not, errors among them.
    pub(super) not_evaluated: u64,
    /// Of these, the pairs that a waiver accepts; the ratio leaves them out.
    pub(super) waived: u64,
    #[schemars(range(min = 0, max = 1))]
    pub(super) ratio: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    /// Findings that no waiver accepts.
    pub(super) findings: BySeverity,
    /// Findings that a waiver accepts.
    pub(super) waived: usize,
    pub(super) policies: ByVerdict,
    /// Entries of `notEvaluated`.
    pub(super) not_evaluated: usize,
    /// Entries of `errors`.
    pub(super) errors: usize,
    /// Entries of `suppressed`.
    pub(super) suppressed: usize,
    /// Entries of `warnings`.
    pub(super) warnings: usize,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct BySeverity {
    pub(super) critical: usize,
    pub(super) high: usize,
    pub(super) medium: usize,
    pub(super) low: usize,
    pub(super) total: usize,
}

/// How many policies have each verdict.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByVerdict {
    pub(super) pass: usize,
    pub(super) fail: usize,
    pub(super) error: usize,
    pub(super) not_evaluated: usize,
    pub(super) not_applicable: usize,
    pub(super) total: usize,
}

/// One policy's part in the run.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Policy<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) category: &'a str,
    /// After overrides by the spec.
    pub(super) severity: Severity,
    /// `object` or `environment`.
    pub(super) scope: &'a str,
    /// Where the policy's source is.
    pub(super) source: &'a str,
    /// True for policies that the user brought.
    pub(super) foreign: bool,
    /// The worst: fail, else error, else not evaluated, else pass, else not applicable.
    pub(super) verdict: Verdict,
    pub(super) counts: Counts,
    /// Why it is not applicable or was not run.
    pub(super) reason: Option<&'a str>,
    /// Time it took; only with `--timings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<f64>,
}

/// Judged resources by verdict. In an audit findings on what workloads own are told of the workloads, so `fail` can be more
/// than there are findings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) pass: u64,
    pub(super) fail: u64,
    pub(super) error: u64,
    pub(super) not_evaluated: u64,
}

/// What the exit code rests on. Both facts are told even when one hides the other.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Gate<'a> {
    /// There are findings at or above the threshold.
    pub(super) findings: bool,
    /// Something that was to be looked at was not.
    pub(super) incomplete: bool,
    /// Why it is incomplete, in words.
    pub(super) reasons: &'a [String],
    /// 0 clean, 1 findings, 3 incomplete without findings.
    pub(super) exit_code: u8,
}

/// What the run used of what it may use of others.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Budget {
    pub(super) digitalocean: Used,
}

/// Calls of an API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Used {
    /// Calls made, attempts counted one by one.
    pub(super) calls: u32,
    /// Calls that the token still allows within the hour, as the API last told; null when it did not tell.
    pub(super) left: Option<u32>,
    /// Calls that the token allows within an hour.
    pub(super) limit: u32,
}
