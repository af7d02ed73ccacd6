//! A finding: one policy's complaint about one resource.

use super::fingerprint::Fingerprint;
use super::fix::Fix;
use super::waiver::Waiver;
use crate::inventory::{Origin, ResourceRef};
use crate::path::FieldPath;
use crate::policy::Severity;
use std::cmp::Reverse;
use std::sync::Arc;

/// What a policy concluded about a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Judged and found right.
    Pass,
    /// Judged and found wrong.
    Fail,
    /// The policy failed to run.
    Error,
    /// It could not look.
    NotEvaluated,
    /// Nothing of that kind can exist here.
    NotApplicable,
}

impl Verdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::NotEvaluated => "not evaluated",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// What a finding is made of before it is one.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The policy's id.
    pub policy: Arc<str>,
    /// The policy's title.
    pub title: Arc<str>,
    /// The policy's category (its folder).
    pub category: Arc<str>,
    /// The severity after all overrides.
    pub severity: Severity,
    /// The environment's name, when there is one.
    pub environment: Option<Arc<str>>,
    /// What it is about.
    pub resource: Option<ResourceRef>,
    /// The field, when one is at fault.
    pub path: Option<FieldPath>,
    /// Tells apart two findings on one path.
    pub key: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Who ultimately owns the resource, when that is another object.
    pub owner: Option<ResourceRef>,
    /// Where it was read.
    pub origin: Origin,
    /// Where the spec declares what it offends, for "declared at".
    pub declared: Option<crate::source::Place>,
    /// A repair, as data.
    pub fix: Option<Fix>,
    /// True for policies that the user brought; their identity may rest on the message.
    pub foreign: bool,
}

/// A draft that lacks what a finding must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// No resource.
    #[error("the finding names no resource")]
    Resource,
    /// No message.
    #[error("the finding has no message")]
    Message,
}

/// One policy's complaint about one resource. Built only by [`Finding::new`], which refuses one without a resource.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What accepts it; then it does not count for the gate.
    pub waiver: Option<Waiver>,
    /// The spec lets a comment or an annotation waive it.
    pub inline_waivers: bool,
    draft: Draft,
    resource: ResourceRef,
    fingerprint: Fingerprint,
}

impl Finding {
    /// Completes a draft.
    pub fn new(draft: Draft) -> Result<Self, Incomplete> {
        let resource = draft.resource.clone().ok_or(Incomplete::Resource)?;
        if draft.message.trim().is_empty() {
            return Err(Incomplete::Message);
        }
        let fingerprint = Fingerprint::of(&draft, &resource);
        Ok(Self {
            waiver: None,
            inline_waivers: false,
            draft,
            resource,
            fingerprint,
        })
    }

    /// The same finding, where something else than its policy's own fix repairs it.
    #[must_use]
    pub fn repaired_by(&self, fix: Fix) -> Self {
        let mut other = self.clone();
        // The fix is ours, whoever found it.
        (other.draft.fix, other.draft.foreign) = (Some(fix), false);
        other
    }

    /// What it is about.
    pub fn resource(&self) -> &ResourceRef {
        &self.resource
    }

    /// Its identity across runs.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The total order of reports: severity from critical, policy, resource, path, key, message.
    pub fn order(&self) -> impl Ord + '_ {
        (
            Reverse(self.draft.severity),
            &self.draft.policy,
            &self.resource,
            &self.draft.path,
            &self.draft.key,
            &self.draft.message,
        )
    }
}

impl std::ops::Deref for Finding {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}
