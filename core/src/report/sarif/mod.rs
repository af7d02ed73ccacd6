//! SARIF 2.1.0, as code scanning reads it: one run, every selected policy a rule, every finding a result.
//!
//! What could not be looked at and what failed stands in the invocation's notifications, never among the results.
//! Nothing is left out, also where a consumer would show only a part.

mod log;
mod notify;
mod rule;
#[cfg(test)]
mod tests;
mod uri;

use super::json::write_harmless;
use super::place;
use crate::findings::{Assessment, Finding, Location, Verb, Waiver};
use crate::inventory::ResourceRef;
use log::{
    ArtifactLocation, LogicalLocation, PhysicalLocation, Region, SarifResult, Snippet, Suppression, Text,
};
use rule::Rules;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

/// A longer stretch of text says nothing as a snippet; its region still tells where it is.
const LONGEST_SNIPPET: usize = 2048;

/// Writes the log, laid out for reading, with a line break at the end.
pub fn render(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let rules = Rules::of(assessment);
    let results = results(assessment, &rules);
    let invocation = notify::invocation(assessment, &rules, results.len());
    let environment = assessment.heading.environment.as_deref();
    let verb = match assessment.verb {
        Verb::Check => "check",
        Verb::Audit => "audit",
    };
    let log = log::Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [log::Run {
            tool: log::Tool {
                driver: log::Driver {
                    name: "envcheck",
                    version: &assessment.tool_version,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.list,
                },
            },
            automation_details: log::AutomationDetails {
                id: match environment {
                    Some(environment) => format!("envcheck/{verb}/{environment}/"),
                    None => format!("envcheck/{verb}/"),
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [invocation],
            results,
            properties: log::RunProperties {
                environment,
                as_of: assessment.as_of.to_string(),
                coverage: assessment.coverage.ratio,
            },
        }],
    };
    write_harmless(&log, out)
}

/// One result per rule, fingerprint and location; where two findings share all three, the words of both are kept.
fn results<'a>(a: &'a Assessment, rules: &Rules<'a>) -> Vec<SarifResult<'a>> {
    let mut results: Vec<SarifResult<'a>> = Vec::with_capacity(a.findings.len());
    let mut seen: HashMap<(&str, &str, log::Location), usize> = HashMap::new();
    let any_waived = a.waived().next().is_some();
    for finding in &a.findings {
        let location = location(a, finding);
        let identity = (
            finding.policy.as_ref(),
            finding.fingerprint().as_str(),
            location.clone(),
        );
        if let Some(known) = seen.get(&identity) {
            let text = &mut results[*known].message.text;
            if !text.lines().any(|line| line == finding.message) {
                *text = Cow::Owned(format!("{text}\n{}", finding.message));
            }
            continue;
        }
        seen.insert(identity, results.len());
        results.push(SarifResult {
            rule_id: &finding.policy,
            rule_index: rules.index(&finding.policy).unwrap_or(0),
            level: rule::level(finding.severity),
            message: Text {
                text: Cow::Borrowed(&finding.message),
            },
            locations: [location],
            partial_fingerprints: BTreeMap::from([("envcheck/v1", finding.fingerprint().as_str())]),
            suppressions: any_waived.then(|| finding.waiver.iter().map(suppression).collect()),
            properties: log::ResultProperties {
                severity: finding.severity.as_str(),
                path: finding.path.as_ref().map(ToString::to_string),
                key: finding.key.as_deref(),
            },
        });
    }
    results
}

/// `we move to a gateway this winter; waived until 2027-01-31 (platform team, OPS-212) in environments/waivers.yaml:4:5`
fn suppression(waiver: &Waiver) -> Suppression {
    Suppression {
        kind: if waiver.source.is_inline() {
            "inSource"
        } else {
            "external"
        },
        status: "accepted",
        justification: format!("{}; {} in {}", waiver.terms.reason, waiver.words(), waiver.place),
    }
}

/// The place of the finding, else where the spec declares it, else a made-up file that names the resource: consumers
/// refuse results without a file.
fn location(a: &Assessment, finding: &Finding) -> log::Location {
    let place = Location::of(finding)
        .or_else(|| finding.declared.clone().map(Location::from_place))
        .map_or_else(
            || PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: uri::of_resource(finding.resource()),
                },
                region: Region {
                    start_line: 1,
                    ..Region::default()
                },
            },
            |location| PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: uri::of_file(&place::file(a, finding, &location)),
                },
                region: region(finding, &location),
            },
        );
    log::Location {
        physical_location: Some(place),
        logical_locations: [logical(finding.resource())],
    }
}

fn region(finding: &Finding, location: &Location) -> Region {
    let start_line = location.line.max(1);
    let Some(place) = &location.place else {
        return Region {
            start_line,
            ..Region::default()
        };
    };
    let text = place.source.text.get(place.span.clone()).unwrap_or("");
    // An empty stretch has a beginning only; what a Secret holds is not repeated.
    let filled = !text.is_empty();
    let shown = filled && text.len() <= LONGEST_SNIPPET && !place::is_secret(finding);
    Region {
        start_line,
        start_column: Some(location.column.max(1)),
        end_line: filled.then_some(location.end_line),
        end_column: filled.then_some(location.end_column),
        snippet: shown.then(|| Snippet {
            text: text.to_owned(),
        }),
    }
}

fn logical(resource: &ResourceRef) -> LogicalLocation {
    LogicalLocation {
        name: resource.name.clone(),
        fully_qualified_name: resource.qualified_name(),
        decorated_name: resource.to_string(),
        kind: "resource",
    }
}
