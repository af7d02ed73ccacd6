//! Assessments made by hand: what the renderers' tests and `reports/samples/` show. Also included by
//! `tests/report_samples.rs`, which writes the samples.

mod cases;

pub(crate) use cases::{audit, check, clean, incomplete};

use crate::findings::{
    Assessment, Coverage, Draft, EvaluationError, FailOn, Finding, Fix, Gate, Heading, NotEvaluated,
    PolicyResult, Reading, Suppressed, Verb, Verdict,
};
use crate::inventory::reference::ACCOUNT_API;
use crate::inventory::{Origin, ResourceRef};
use crate::path::{FieldPath, PathElement};
use crate::policy::Severity;
use crate::source::{Place, SourceText};
use crate::value::Value;
use std::sync::Arc;

/// The manifest of the sketch: the image stands at 23:16.
pub(crate) const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: ii
  namespace: back
  labels:
    app: ii
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ii
  template:
    metadata:
      labels:
        app: ii
    spec:
      securityContext:
        runAsNonRoot: true
      containers:
      - name: web
        imagePullPolicy: Always
        image: nginx:latest
        ports:
        - containerPort: 8080
";

/// The place of the first `needle` in `text`.
pub(crate) fn place(name: &str, text: &str, needle: &str) -> Place {
    let start = text.find(needle).unwrap();
    Place::new(&SourceText::new(name, text), start..start + needle.len())
}

pub(crate) fn path(keys: &[&str]) -> FieldPath {
    FieldPath(
        keys.iter()
            .map(|key| match key.split_once('=') {
                Some((key, value)) => PathElement::Where {
                    key: key.to_owned(),
                    value: value.to_owned(),
                },
                None => PathElement::Key((*key).to_owned()),
            })
            .collect(),
    )
}

pub(crate) fn account(kind: &str, name: &str, id: &str) -> ResourceRef {
    ResourceRef {
        id: Some(id.to_owned()),
        ..ResourceRef::kubernetes(ACCOUNT_API, kind, None, name)
    }
}

pub(crate) fn deployment(name: &str) -> ResourceRef {
    ResourceRef::kubernetes("apps/v1", "Deployment", Some("back"), name)
}

pub(crate) fn policy(id: &str, title: &str, severity: Severity, remediation: &str) -> PolicyResult {
    PolicyResult {
        id: id.into(),
        title: title.into(),
        description: format!("{title}, because everything else rests on it.").into(),
        remediation: remediation.into(),
        category: "network".into(),
        severity,
        scope: "environment",
        source: format!("policies/network/{id}/{id}.rego"),
        foreign: false,
        verdict: Verdict::Pass,
        reason: None,
        passed: 20,
        failed: 0,
        errors: 0,
        not_evaluated: 0,
        waived: 0,
        milliseconds: None,
    }
}

pub(crate) fn draft(policy: &PolicyResult, resource: ResourceRef, message: &str) -> Draft {
    Draft {
        policy: Arc::clone(&policy.id),
        title: Arc::clone(&policy.title),
        category: Arc::clone(&policy.category),
        severity: policy.severity,
        environment: Some("stage".into()),
        resource: Some(resource),
        path: None,
        key: None,
        message: message.to_owned(),
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix: None,
        foreign: false,
    }
}

pub(crate) fn fix(action: &str, risk: &str, summary: &str) -> Fix {
    let data = serde_json::json!({
        "action": action, "risk": risk, "summary": summary,
        "patch": [{"op": "replace", "path": "/spec/podSelector", "value": {}}],
    });
    Fix::from_value(&Value::from_json_str(&data.to_string()).unwrap()).unwrap()
}

/// Completes an assessment: verdicts and counts of policies, order, coverage, gate.
pub(crate) fn assessment(verb: Verb, mut policies: Vec<PolicyResult>, drafts: Vec<Draft>) -> Assessment {
    let mut findings: Vec<_> = drafts
        .into_iter()
        .map(|draft| Finding::new(draft).unwrap())
        .collect();
    findings.sort_by(|left, right| left.order().cmp(&right.order()));
    for policy in &mut policies {
        policy.failed = findings
            .iter()
            .filter(|finding| finding.policy == policy.id)
            .count() as u64;
        policy.verdict = match policy {
            _ if policy.failed > 0 => Verdict::Fail,
            _ if policy.errors > 0 => Verdict::Error,
            _ if policy.not_evaluated > 0 => Verdict::NotEvaluated,
            _ if policy.reason.is_some() => Verdict::NotApplicable,
            _ => Verdict::Pass,
        };
        if policy.verdict == Verdict::NotApplicable {
            policy.passed = 0;
        }
    }
    policies.sort_by(|left, right| left.id.cmp(&right.id));
    let coverage = Coverage::of_policies(&policies);
    let gate = Gate::decide(
        FailOn::AtLeast(Severity::High),
        findings.iter().map(|finding| finding.severity),
        &coverage,
        1.0,
        Vec::new(),
        false,
    );
    Assessment {
        tool_version: "0.1.0".to_owned(),
        verb,
        heading: Heading {
            environment: Some("stage".to_owned()),
            ..Heading::default()
        },
        reading: Reading {
            kind: "manifests".to_owned(),
            from: vec!["manifests/".to_owned()],
            files: 38,
            objects: 64,
            ..Reading::default()
        },
        as_of: "2026-11-23T03:00:00Z".parse().unwrap(),
        timings: None,
        policies,
        findings,
        not_evaluated: Vec::new(),
        errors: Vec::new(),
        suppressed: Vec::new(),
        waivers: Vec::new(),
        warnings: Vec::new(),
        coverage,
        gate,
    }
}
