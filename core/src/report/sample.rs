//! Assessments made by hand: what the renderers' tests and `reports/samples/` show. Also included by
//! `tests/report_samples.rs`, which writes the samples.

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

/// The manifest of the sketch: the image stands at 23:18.
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
    let coverage = Coverage::of(policies.iter().map(|policy| {
        (
            policy.passed + policy.failed,
            policy.not_evaluated + policy.errors,
        )
    }));
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
        warnings: Vec::new(),
        coverage,
        gate,
    }
}

fn live(mut assessment: Assessment) -> Assessment {
    assessment.heading = Heading {
        environment: Some("stage".to_owned()),
        cluster: Some("stage".to_owned()),
        region: Some("fra1".to_owned()),
        version: Some("1.35.6-do.0".to_owned()),
        team: Some("acme".to_owned()),
    };
    assessment.reading = Reading {
        kind: "cluster".to_owned(),
        objects: 1284,
        ..Reading::default()
    };
    assessment
}

fn catalogue() -> Vec<PolicyResult> {
    vec![
        policy(
            "backend-accepts-all-namespaces",
            "Backends accept all namespaces",
            Severity::Critical,
            "Extend the NetworkPolicy that selects the backend.",
        ),
        policy(
            "dedicated-load-balancer",
            "One load balancer per exposed service",
            Severity::Critical,
            "Delete the orphan or declare the Service under exposure.",
        ),
        policy(
            "registry-size",
            "The registry has room",
            Severity::High,
            "Collect garbage, or raise the tier.",
        ),
        policy(
            "image-from-declared-registry",
            "Images come from the declared registry",
            Severity::High,
            "push it to registry.digitalocean.com/acme, or declare the registry under policies.parameters",
        ),
        policy(
            "space-lifecycle",
            "Buckets expire what they keep",
            Severity::Medium,
            "Set a lifecycle rule.",
        ),
        policy(
            "pod-security-level",
            "Namespaces enforce a level",
            Severity::Medium,
            "Label the namespace.",
        ),
    ]
}

/// A cluster with findings of all kinds, something not looked at, something broken.
pub(crate) fn audit() -> Assessment {
    let mut policies = catalogue();
    policies[4].not_evaluated = 2;
    policies[5].errors = 1;
    let spec = "spec:\n  exposure:\n    - {service: ingress-nginx/ingress-nginx-controller}\n";
    let mut drafts = vec![
        Draft {
            path: Some(path(&[
                "spec",
                "template",
                "spec",
                "containers",
                "name=web",
                "ports",
            ])),
            fix: Some(fix(
                "kubernetes.patch",
                "safe",
                "extend NetworkPolicy back/allow-all to all pods",
            )),
            ..draft(
                &policies[0],
                deployment("ii"),
                "port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb",
            )
        },
        Draft {
            declared: Some(place(
                "environments/stage.yaml",
                spec,
                "ingress-nginx/ingress-nginx-controller",
            )),
            ..draft(
                &policies[1],
                ResourceRef::kubernetes("v1", "Service", Some("ingress-nginx"), "ingress-nginx-controller"),
                "shares load balancer 7c1e0d52 with b2b/b2b-web: two Services carry the same load-balancer-id",
            )
        },
        Draft {
            fix: Some(fix(
                "registry.collect_garbage",
                "safe",
                "collect unreferenced blobs; the registry is read-only while it runs",
            )),
            ..draft(
                &policies[2],
                account("Registry", "acme", "acme"),
                "5.21 of 5.00 GiB (104 %), figure 3 h old; a collection would free about 1.8 GiB",
            )
        },
    ];
    for (index, name) in ["ii", "keydb-backup", "web"].iter().enumerate() {
        drafts.push(Draft {
            path: Some(path(&[
                "spec",
                "template",
                "spec",
                "containers",
                "name=web",
                "image",
            ])),
            origin: Origin::Snapshot {
                file: "objects/apps/v1/Deployment.ndjson".into(),
                line: index + 7,
            },
            ..draft(
                &policies[3],
                deployment(name),
                "image comes from docker.io, not from registry.digitalocean.com/acme",
            )
        });
    }
    drafts.push(draft(
        &policies[3],
        deployment("api"),
        "image ghcr.io/acme/api has no tag",
    ));
    let mut a = live(assessment(Verb::Audit, policies, drafts));
    for bucket in ["acme-stage-backups", "acme-stage-images"] {
        a.not_evaluated.push(NotEvaluated {
            policy: "space-lifecycle".into(),
            resource: Some(account("Bucket", bucket, bucket)),
            reason: "the Spaces key may not read lifecycle rules".to_owned(),
            detail: "needs a full-access key".to_owned(),
        });
    }
    a.errors.push(EvaluationError {
        policy: "pod-security-level".into(),
        resource: Some(ResourceRef::kubernetes("v1", "Namespace", None, "b2b")),
        message: "object.get: first argument must be an object".to_owned(),
    });
    a.suppressed.push(Suppressed {
        policy: "image-from-declared-registry".into(),
        resource: deployment("canary"),
        message: "image comes from docker.io".to_owned(),
        by: "exception in main.rego:12".to_owned(),
    });
    a.warnings
        .push("the snapshot was taken by envcheck 0.0.9".to_owned());
    a
}

/// The same cluster, all right.
pub(crate) fn clean() -> Assessment {
    live(assessment(Verb::Audit, catalogue(), Vec::new()))
}

/// No findings, but a kind that no policy could read.
pub(crate) fn incomplete() -> Assessment {
    let mut policies = catalogue();
    for policy in &mut policies[..3] {
        policy.not_evaluated = 1;
    }
    let mut a = live(assessment(Verb::Audit, policies, Vec::new()));
    for id in [
        "backend-accepts-all-namespaces",
        "dedicated-load-balancer",
        "registry-size",
    ] {
        a.not_evaluated.push(NotEvaluated {
            policy: id.into(),
            resource: None,
            reason: "permission denied".to_owned(),
            detail: "list networkpolicies.networking.k8s.io at cluster scope".to_owned(),
        });
    }
    a
}

/// The sketch's manifests: one image at fault, one repeated message, policies that want the whole environment.
pub(crate) fn check() -> Assessment {
    let mut policies = catalogue();
    for policy in &mut policies[..2] {
        policy.reason = Some(PolicyResult::NEEDS_WHOLE_ENVIRONMENT.to_owned());
    }
    let image = path(&["spec", "template", "spec", "containers", "name=web", "image"]);
    let drafts = vec![
        Draft {
            path: Some(image.clone()),
            origin: Origin::Declared(place("manifests/back/ii.yaml", MANIFEST, "nginx:latest")),
            ..draft(
                &policies[3],
                deployment("ii"),
                "image comes from docker.io, not from registry.digitalocean.com/acme",
            )
        },
        Draft {
            path: Some(path(&["spec", "replicas"])),
            severity: Severity::Medium,
            origin: Origin::Declared(place("manifests/back/ii.yaml", MANIFEST, "1\n  selector").clone()),
            ..draft(&policies[5], deployment("ii"), "one replica only")
        },
    ];
    let mut a = assessment(Verb::Check, policies, drafts);
    a.reading.skipped = vec![(
        "charts/nginx/templates/a.yaml".to_owned(),
        "chart templates; render them with --helm".to_owned(),
    )];
    a.reading.not_kubernetes = 2;
    a
}
