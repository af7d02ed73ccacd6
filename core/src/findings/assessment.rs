//! Everything a run found out, in the form that every renderer reads.

use super::coverage::Coverage;
use super::finding::{Finding, Verdict};
use super::gate::Gate;
use super::waiver::{Waiver, WaiverResult};
use crate::inventory::ResourceRef;
use crate::policy::Severity;
use jiff::Timestamp;
use std::sync::Arc;

/// Which flow made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `envcheck check`: manifests.
    Check,
    /// `envcheck audit`: a cluster and account, or a snapshot of them.
    Audit,
}

/// What the first line says of the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// The environment's name; `None` without one.
    pub environment: Option<String>,
    /// The declared or observed cluster's name.
    pub cluster: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The observed Kubernetes version.
    pub version: Option<String>,
    /// The account's team.
    pub team: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// `manifests`, `snapshot` or `cluster`.
    pub kind: String,
    /// What the user named: paths, or the snapshot's directory.
    pub from: Vec<String>,
    /// Files read.
    pub files: u64,
    /// Kubernetes and account objects read.
    pub objects: u64,
    /// Documents that are not Kubernetes objects and were left alone.
    pub not_kubernetes: u64,
    /// Files left alone on purpose, each with the reason (chart templates).
    pub skipped: Vec<(String, String)>,
    /// How a cluster was read: now, or when its snapshot was taken.
    pub cluster: Option<ClusterReading>,
    /// What reading the DigitalOcean account cost; `None` when it was not asked.
    pub account: Option<AccountReading>,
}

/// What reading an account cost of what its token allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountReading {
    /// Calls made, attempts counted one by one.
    pub calls: u32,
    /// Calls that the token still allows within the hour, as the API last told.
    pub left: Option<u32>,
    /// Calls that the token allows within an hour.
    pub limit: u32,
}

/// How a cluster was read. Its kinds are read one after another, so that a report says as of which version each was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterReading {
    /// The context of the kubeconfig.
    pub context: Option<String>,
    /// The UID of Namespace kube-system: the identity that every cluster has.
    pub uid: Option<String>,
    /// Why it is not sure that this is the declared cluster; `None` when it is.
    pub unverified: Option<String>,
    /// How long the reading took, from the first request to the last answer; `None` when nobody noted it.
    pub milliseconds: Option<u64>,
    /// Sorted by kind.
    pub kinds: Vec<KindReading>,
}

/// How one kind was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindReading {
    /// As `apps/v1/Deployment`.
    pub kind: String,
    /// Objects read.
    pub objects: u64,
    /// The resource version of the list; of every part of it when the server could not keep one version to its end.
    pub resource_versions: Vec<String>,
}

/// One policy's part in the run.
#[derive(Debug, Clone)]
pub struct PolicyResult {
    /// The id.
    pub id: Arc<str>,
    /// The title.
    pub title: Arc<str>,
    /// What and why, for rules in SARIF.
    pub description: Arc<str>,
    /// How to mend what it finds.
    pub remediation: Arc<str>,
    /// The folder it lives in.
    pub category: Arc<str>,
    /// The severity after overrides by the spec.
    pub severity: Severity,
    /// `object` or `environment`.
    pub scope: &'static str,
    /// Where the policy's source is, for readers.
    pub source: String,
    /// True for policies that the user brought.
    pub foreign: bool,
    /// The worst verdict: fail, else error, else not evaluated, else pass, else not applicable.
    pub verdict: Verdict,
    /// Why it is not applicable or was not run.
    pub reason: Option<String>,
    /// Resources judged right: every judged object, also those whose findings are told of their owner.
    pub passed: u64,
    /// Resources with findings: as many as were judged wrong, which can be more than findings are reported.
    pub failed: u64,
    /// Resources on which it could not run.
    pub errors: u64,
    /// Resources it could not look at.
    pub not_evaluated: u64,
    /// Of these, how many a waiver accepts: they do not lower coverage.
    pub waived: u64,
    /// Milliseconds it took; only when timings were asked for.
    pub milliseconds: Option<f64>,
}

impl PolicyResult {
    /// The [`reason`](Self::reason) of a policy that did not run because it judges whole environments and the run saw
    /// some files of one. Renderers tell how to give it the rest.
    pub const NEEDS_WHOLE_ENVIRONMENT: &'static str = "needs the whole environment";

    /// True when there is something that it could not look at: that it finds nothing says nothing of that.
    pub fn is_blind(&self) -> bool {
        matches!(self.verdict, Verdict::Error | Verdict::NotEvaluated)
            || self.not_evaluated > 0
            || self.errors > 0
    }

    /// True when it did not run for want of the whole environment.
    pub fn needs_whole_environment(&self) -> bool {
        self.reason.as_deref() == Some(Self::NEEDS_WHOLE_ENVIRONMENT)
    }
}

/// A policy that could not look at something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotEvaluated {
    /// The policy.
    pub policy: Arc<str>,
    /// What it would have judged, when that is known.
    pub resource: Option<ResourceRef>,
    /// Why, in a few words.
    pub reason: String,
    /// More.
    pub detail: String,
    /// What accepts it; then it does not lower coverage.
    pub waiver: Option<Waiver>,
}

/// A policy that failed to run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvaluationError {
    /// The policy.
    pub policy: Arc<str>,
    /// What it was judging, when one object was at fault.
    pub resource: Option<ResourceRef>,
    /// The engine's words.
    pub message: String,
}

/// A finding that a policy's own `exception` rules excused, or what is too young for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppressed {
    /// The policy.
    pub policy: Arc<str>,
    /// The resource.
    pub resource: ResourceRef,
    /// The finding's words.
    pub message: String,
    /// What excused it.
    pub by: String,
}

impl Suppressed {
    /// What excuses what is too young for a verdict.
    pub const PENDING: &'static str = "pending: younger than its grace time";

    /// Whether it is too young for a verdict.
    pub fn is_pending(&self) -> bool {
        self.by == Self::PENDING
    }
}

/// Everything a run found out.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// Version of envcheck.
    pub tool_version: String,
    /// Which flow.
    pub verb: Verb,
    /// The environment.
    pub heading: Heading,
    /// What was read.
    pub reading: Reading,
    /// The run's time as policies saw it: the capture time for a snapshot.
    pub as_of: Timestamp,
    /// Real start and end; only when timings were asked for.
    pub timings: Option<(Timestamp, Timestamp)>,
    /// Every selected policy, by id.
    pub policies: Vec<PolicyResult>,
    /// Sorted by [`Finding::order`].
    pub findings: Vec<Finding>,
    /// Sorted.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Sorted.
    pub errors: Vec<EvaluationError>,
    /// Sorted.
    pub suppressed: Vec<Suppressed>,
    /// Every waiver that was read: files in their order, then what stands inline, by place.
    pub waivers: Vec<WaiverResult>,
    /// Things worth saying that are neither findings nor gaps.
    pub warnings: Vec<String>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// What the exit code rests on.
    pub gate: Gate,
}

impl Assessment {
    /// The findings that nobody accepts, in order.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.waiver.is_none())
    }

    /// The findings that a waiver accepts, in order, each with its waiver.
    pub fn waived(&self) -> impl Iterator<Item = (&Finding, &Waiver)> {
        self.findings
            .iter()
            .filter_map(|finding| Some((finding, finding.waiver.as_ref()?)))
    }

    /// How many findings that nobody accepts have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.open().filter(|finding| finding.severity == severity).count()
    }
}
