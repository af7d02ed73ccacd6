//! The shape of findings and of what stands beside them.

use super::waiver::Waiver;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Severity {
    Critical,
    High,
    Medium,
    Low,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(in super::super) enum Verdict {
    #[serde(rename = "pass")]
    Pass,
    #[serde(rename = "fail")]
    Fail,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "not evaluated")]
    NotEvaluated,
    #[serde(rename = "not applicable")]
    NotApplicable,
}

/// Who a thing is: a Kubernetes object, an account object (`digitalocean.com/v2`), or a declared one (`envcheck.dev/v1`).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Resource<'a> {
    pub(in super::super) api_version: &'a str,
    pub(in super::super) kind: &'a str,
    /// Null for cluster-scoped and account objects.
    pub(in super::super) namespace: Option<&'a str>,
    pub(in super::super) name: &'a str,
    /// The account's id of an account object.
    pub(in super::super) id: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Finding<'a> {
    /// Its identity across runs and machines.
    pub(in super::super) fingerprint: &'a str,
    /// Tells apart two findings on one path.
    pub(in super::super) key: Option<&'a str>,
    pub(in super::super) policy: &'a str,
    pub(in super::super) title: &'a str,
    pub(in super::super) severity: Severity,
    pub(in super::super) category: &'a str,
    pub(in super::super) verdict: Verdict,
    pub(in super::super) message: &'a str,
    pub(in super::super) resource: Resource<'a>,
    /// Who ultimately owns the resource, when that is another object.
    pub(in super::super) owner: Option<Resource<'a>>,
    /// Null when it was read from an API and no field is at fault.
    pub(in super::super) location: Option<Location>,
    pub(in super::super) fix: Option<Fix<'a>>,
    /// The waiver that accepts it; null when nobody does. A waived finding does not count for the gate.
    pub(in super::super) waiver: Option<Waiver<'a>>,
    /// Whether the baseline lacks it; null without a baseline.
    pub(in super::super) new: Option<bool>,
    /// When history saw it first; null without history. RFC 3339, UTC.
    pub(in super::super) first_seen: Option<String>,
}

/// Where it is. Numbers count from 1, columns in characters; the end is exclusive. A line of a snapshot is a whole
/// object and has neither columns nor an end.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Location {
    /// The file as the user can open it; null when it was read from an API.
    pub(in super::super) file: Option<String>,
    #[schemars(range(min = 1))]
    pub(in super::super) line: Option<usize>,
    #[schemars(range(min = 1))]
    pub(in super::super) column: Option<usize>,
    #[schemars(range(min = 1))]
    pub(in super::super) end_line: Option<usize>,
    #[schemars(range(min = 1))]
    pub(in super::super) end_column: Option<usize>,
    /// The field, as `spec.containers[name=web].image`.
    pub(in super::super) path: Option<String>,
}

/// A repair that the policy proposes.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct Fix<'a> {
    /// From the closed list of actions, as `kubernetes.patch`.
    pub(in super::super) action: &'a str,
    /// `safe`, `disruptive` or `destructive`.
    pub(in super::super) risk: &'a str,
    pub(in super::super) summary: &'a str,
}

/// A policy that could not look. Never a pass.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct NotEvaluated<'a> {
    pub(in super::super) policy: &'a str,
    /// What it would have judged, when that is known.
    pub(in super::super) resource: Option<Resource<'a>>,
    /// Why, in a few words.
    pub(in super::super) reason: &'a str,
    /// More.
    pub(in super::super) detail: &'a str,
    /// The waiver that accepts it; null when nobody does. What is waived does not lower coverage.
    pub(in super::super) waiver: Option<Waiver<'a>>,
}

/// A policy that failed to run.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct EvaluationError<'a> {
    pub(in super::super) policy: &'a str,
    /// What it was judging, when one object was at fault.
    pub(in super::super) resource: Option<Resource<'a>>,
    pub(in super::super) message: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct Suppressed<'a> {
    pub(in super::super) policy: &'a str,
    pub(in super::super) resource: Resource<'a>,
    pub(in super::super) message: &'a str,
    /// What excused it.
    pub(in super::super) by: &'a str,
}
