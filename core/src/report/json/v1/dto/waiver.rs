//! The shape of waivers.

use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum WaiverSource {
    /// A waiver file.
    File,
    /// An annotation of the object.
    Annotation,
    /// A comment in a manifest.
    Comment,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum WaiverState {
    /// It holds.
    Active,
    /// It holds, and ends within 14 days.
    Expiring,
    /// Its last day is over: it waives nothing.
    Expired,
    /// It holds, and there is nothing left that it accepts.
    Unused,
    /// It is not written as a waiver must be, or stands where it may not: it waives nothing.
    Malformed,
}

/// What somebody answers for, until a day.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Waiver<'a> {
    pub(in super::super) source: WaiverSource,
    pub(in super::super) reason: &'a str,
    /// Who answers for it.
    pub(in super::super) owner: &'a str,
    /// Where it is followed up.
    pub(in super::super) ticket: Option<&'a str>,
    /// The last day on which it holds, in UTC.
    pub(in super::super) expires: String,
    /// `active` or `expiring`.
    pub(in super::super) state: WaiverState,
    /// Days from the run's day to the last one: 0 on the last one.
    pub(in super::super) days_left: i64,
    /// As `FILE:LINE:COLUMN`; for an annotation that was read from an API, the object.
    pub(in super::super) place: &'a str,
}

/// What became of a waiver in the run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct WaiverResult<'a> {
    /// The policy that it names.
    pub(in super::super) policy: Option<&'a str>,
    pub(in super::super) source: WaiverSource,
    pub(in super::super) state: WaiverState,
    /// What it speaks about: patterns of resources, the object, or the line.
    pub(in super::super) resources: &'a [String],
    pub(in super::super) reason: Option<&'a str>,
    /// Who answers for it.
    pub(in super::super) owner: Option<&'a str>,
    /// Where it is followed up.
    pub(in super::super) ticket: Option<&'a str>,
    /// The last day on which it holds, in UTC.
    pub(in super::super) expires: Option<String>,
    /// Days from the run's day to the last one, negative once it has expired.
    pub(in super::super) days_left: Option<i64>,
    /// As `FILE:LINE:COLUMN`; for an annotation that was read from an API, the object.
    pub(in super::super) place: &'a str,
    /// What is wrong with it.
    pub(in super::super) problems: Vec<&'a str>,
    /// Findings that it accepts.
    pub(in super::super) findings: u64,
    /// Entries of `notEvaluated` that it accepts.
    pub(in super::super) not_evaluated: u64,
}
