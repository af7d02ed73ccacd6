//! Policies, resources and findings made by hand.

use crate::findings::{Draft, PolicyResult, Verdict};
use crate::inventory::{Origin, ResourceRef};
use crate::path::{FieldPath, PathElement};
use crate::policy::Severity;
use std::sync::Arc;

pub(super) fn deployment(name: &str) -> ResourceRef {
    ResourceRef::kubernetes("apps/v1", "Deployment", Some("back"), name)
}

pub(super) fn path(key: &str) -> FieldPath {
    FieldPath(vec![PathElement::Key(key.to_owned())])
}

pub(super) fn policy(id: &str, severity: Severity) -> PolicyResult {
    PolicyResult {
        id: id.into(),
        title: id.into(),
        description: "".into(),
        remediation: "".into(),
        category: "network".into(),
        severity,
        scope: "object",
        source: format!("policies/network/{id}.rego"),
        foreign: false,
        verdict: Verdict::Fail,
        reason: None,
        passed: 20,
        failed: 1,
        errors: 0,
        not_evaluated: 0,
        waived: 0,
        milliseconds: None,
    }
}

pub(super) fn draft(policy: &PolicyResult, resource: ResourceRef) -> Draft {
    Draft {
        policy: Arc::clone(&policy.id),
        title: Arc::clone(&policy.title),
        category: Arc::clone(&policy.category),
        severity: policy.severity,
        environment: Some("stage".into()),
        resource: Some(resource),
        path: None,
        key: None,
        message: "is wrong".to_owned(),
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix: None,
        foreign: false,
    }
}
