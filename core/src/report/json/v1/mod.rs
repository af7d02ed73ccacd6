//! `envcheck.dev/report/v1`: an assessment as JSON, and the schema that says what it looks like.

mod dto;
#[cfg(test)]
mod tests;
mod waivers;

use super::escape;
use crate::findings::{self, Assessment, Location};
use crate::inventory::ResourceRef;
use crate::policy::Severity;
use crate::report::place;
use std::io::{self, Write};

/// Writes the report, laid out for reading, with a line break at the end.
pub fn render(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    escape::write(&report(assessment), out)
}

/// The JSON Schema of what [`render`] writes, generated from its types. Committed as
/// `reports/schema/report.v1.schema.json`.
pub fn schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<dto::Report<'_>>()
        .to_value()
}

fn report(a: &Assessment) -> dto::Report<'_> {
    dto::Report {
        api_version: dto::ApiVersion::V1,
        kind: dto::Kind::Report,
        tool: dto::Tool {
            name: "envcheck",
            version: &a.tool_version,
        },
        verb: match a.verb {
            findings::Verb::Check => dto::Verb::Check,
            findings::Verb::Audit => dto::Verb::Audit,
        },
        environment: a.heading.environment.as_deref(),
        source: source(a),
        as_of: a.as_of.to_string(),
        started_at: a.timings.map(|(start, _)| start.to_string()),
        finished_at: a.timings.map(|(_, end)| end.to_string()),
        coverage: dto::Coverage {
            evaluated: a.coverage.evaluated,
            not_evaluated: a.coverage.not_evaluated,
            waived: a.coverage.waived,
            ratio: a.coverage.ratio,
        },
        summary: summary(a),
        policies: a.policies.iter().map(policy).collect(),
        findings: a.findings.iter().map(|finding| finding_of(a, finding)).collect(),
        not_evaluated: a
            .not_evaluated
            .iter()
            .map(|entry| dto::NotEvaluated {
                policy: &entry.policy,
                resource: entry.resource.as_ref().map(resource),
                reason: &entry.reason,
                detail: &entry.detail,
                waiver: entry.waiver.as_ref().map(waivers::waiver),
            })
            .collect(),
        errors: a
            .errors
            .iter()
            .map(|entry| dto::EvaluationError {
                policy: &entry.policy,
                resource: entry.resource.as_ref().map(resource),
                message: &entry.message,
            })
            .collect(),
        suppressed: a
            .suppressed
            .iter()
            .map(|entry| dto::Suppressed {
                policy: &entry.policy,
                resource: resource(&entry.resource),
                message: &entry.message,
                by: &entry.by,
            })
            .collect(),
        waivers: a.waivers.iter().map(waivers::result).collect(),
        warnings: &a.warnings,
        budget: a.reading.account.map(|account| dto::Budget {
            digitalocean: dto::Used {
                calls: account.calls,
                left: account.left,
                limit: account.limit,
            },
        }),
        gate: dto::Gate {
            findings: a.gate.findings,
            incomplete: !a.gate.incomplete.is_empty(),
            reasons: &a.gate.incomplete,
            exit_code: a.gate.exit_code,
        },
    }
}

fn source(a: &Assessment) -> dto::Source<'_> {
    let reading = &a.reading;
    dto::Source {
        kind: &reading.kind,
        from: &reading.from,
        files: reading.files,
        objects: reading.objects,
        not_kubernetes: reading.not_kubernetes,
        skipped: reading
            .skipped
            .iter()
            .map(|(file, reason)| dto::Skipped { file, reason })
            .collect(),
        cluster: a.heading.cluster.as_deref().map(|name| dto::Cluster {
            name,
            region: a.heading.region.as_deref(),
            version: a.heading.version.as_deref(),
        }),
        reading: reading.cluster.as_ref().map(cluster_reading),
        team: a.heading.team.as_deref(),
    }
}

fn cluster_reading(reading: &findings::ClusterReading) -> dto::ClusterReading<'_> {
    let kinds = reading.kinds.iter().map(|kind| dto::KindReading {
        kind: &kind.kind,
        objects: kind.objects,
        resource_versions: &kind.resource_versions,
    });
    dto::ClusterReading {
        context: reading.context.as_deref(),
        uid: reading.uid.as_deref(),
        unverified: reading.unverified.as_deref(),
        milliseconds: reading.milliseconds,
        kinds: kinds.collect(),
    }
}

fn summary(a: &Assessment) -> dto::Summary {
    let mut policies = dto::ByVerdict {
        total: a.policies.len(),
        ..dto::ByVerdict::default()
    };
    for policy in &a.policies {
        *match policy.verdict {
            findings::Verdict::Pass => &mut policies.pass,
            findings::Verdict::Fail => &mut policies.fail,
            findings::Verdict::Error => &mut policies.error,
            findings::Verdict::NotEvaluated => &mut policies.not_evaluated,
            findings::Verdict::NotApplicable => &mut policies.not_applicable,
        } += 1;
    }
    dto::Summary {
        findings: dto::BySeverity {
            critical: a.count(Severity::Critical),
            high: a.count(Severity::High),
            medium: a.count(Severity::Medium),
            low: a.count(Severity::Low),
            total: a.open().count(),
        },
        waived: a.waived().count(),
        policies,
        not_evaluated: a.not_evaluated.len(),
        errors: a.errors.len(),
        suppressed: a.suppressed.len(),
        warnings: a.warnings.len(),
    }
}

fn policy(policy: &findings::PolicyResult) -> dto::Policy<'_> {
    dto::Policy {
        id: &policy.id,
        title: &policy.title,
        category: &policy.category,
        severity: severity(policy.severity),
        scope: policy.scope,
        source: &policy.source,
        foreign: policy.foreign,
        verdict: verdict(policy.verdict),
        counts: dto::Counts {
            pass: policy.passed,
            fail: policy.failed,
            error: policy.errors,
            not_evaluated: policy.not_evaluated,
        },
        reason: policy.reason.as_deref(),
        milliseconds: policy.milliseconds,
    }
}

fn finding_of<'a>(a: &Assessment, finding: &'a findings::Finding) -> dto::Finding<'a> {
    dto::Finding {
        fingerprint: finding.fingerprint().as_str(),
        key: finding.key.as_deref(),
        policy: &finding.policy,
        title: &finding.title,
        severity: severity(finding.severity),
        category: &finding.category,
        verdict: dto::Verdict::Fail,
        message: &finding.message,
        resource: resource(finding.resource()),
        owner: finding.owner.as_ref().map(resource),
        location: location(a, finding),
        fix: finding.fix.as_ref().map(|fix| dto::Fix {
            action: fix.action.as_str(),
            risk: fix.risk.as_str(),
            summary: &fix.summary,
        }),
        waiver: finding.waiver.as_ref().map(waivers::waiver),
        new: None,
        first_seen: None,
    }
}

fn location(a: &Assessment, finding: &findings::Finding) -> Option<dto::Location> {
    let location = Location::of(finding);
    let path = finding.path.as_ref().map(ToString::to_string);
    if location.is_none() && path.is_none() {
        return None;
    }
    let text = location.as_ref().filter(|location| location.place.is_some());
    Some(dto::Location {
        file: location
            .as_ref()
            .map(|location| place::file(a, finding, location).into_owned()),
        line: location.as_ref().map(|location| location.line),
        column: text.map(|location| location.column),
        end_line: text.map(|location| location.end_line),
        end_column: text.map(|location| location.end_column),
        path,
    })
}

fn resource(reference: &ResourceRef) -> dto::Resource<'_> {
    dto::Resource {
        api_version: &reference.api_version,
        kind: &reference.kind,
        namespace: reference.namespace.as_deref(),
        name: &reference.name,
        id: reference.id.as_deref(),
    }
}

fn severity(severity: Severity) -> dto::Severity {
    match severity {
        Severity::Critical => dto::Severity::Critical,
        Severity::High => dto::Severity::High,
        Severity::Medium => dto::Severity::Medium,
        Severity::Low => dto::Severity::Low,
    }
}

fn verdict(verdict: findings::Verdict) -> dto::Verdict {
    match verdict {
        findings::Verdict::Pass => dto::Verdict::Pass,
        findings::Verdict::Fail => dto::Verdict::Fail,
        findings::Verdict::Error => dto::Verdict::Error,
        findings::Verdict::NotEvaluated => dto::Verdict::NotEvaluated,
        findings::Verdict::NotApplicable => dto::Verdict::NotApplicable,
    }
}
