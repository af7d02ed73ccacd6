//! `policy test`: Rego's own tests, and fixtures through the whole pipeline.

use super::ended::Ended;
use super::input::{Input, Told};
use super::judge::{GateOptions, Judging, LIMITS, Session, judge};
use super::setup::catalogue_to_test;
use crate::collect::fixture::{self, Fixture};
use envcheck_core::evaluate::run_rego_tests;
use envcheck_core::findings::{Assessment, Finding, Reading, Verb};
use envcheck_core::inventory::Numbered;
use envcheck_core::path::scalar_text;
use envcheck_core::policy::{Catalogue, Policy};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Pass,
    /// Not as expected.
    Fail,
    /// It could not be run.
    Error,
}

/// One Rego test or fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTest {
    /// The file it stands in.
    pub file: String,
    /// The package of a Rego test, the policy of a fixture.
    pub suite: String,
    /// The rule's name, or `fixture`.
    pub test: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was not as expected.
    pub detail: String,
}

/// Runs every Rego test and every fixture of the policies in `directory`.
pub fn test_policies(directory: &Path) -> Result<Vec<PolicyTest>, Vec<Diagnostic>> {
    let (catalogue, ours) = catalogue_to_test(directory)?;
    let mut tests: Vec<PolicyTest> = run_rego_tests(&catalogue, LIMITS.evaluation)
        .into_iter()
        .map(|test| PolicyTest {
            file: test.file,
            suite: test.package,
            test: test.name,
            outcome: match &test.result {
                Ok(true) => Outcome::Pass,
                Ok(false) => Outcome::Fail,
                Err(_) => Outcome::Error,
            },
            detail: test.result.err().unwrap_or_default(),
        })
        .collect();
    for policy in catalogue
        .policies()
        .iter()
        .filter(|policy| policy.is_foreign() != ours)
    {
        tests.extend(fixtures(&catalogue, policy));
    }
    Ok(tests)
}

/// The fixtures beside a policy, each judged by that policy alone.
fn fixtures(catalogue: &Arc<Catalogue>, policy: &Policy) -> Vec<PolicyTest> {
    fixture::beside(Path::new(&policy.source.name))
        .into_iter()
        .map(|file| {
            let (result, detail) = match run(catalogue, policy, &file) {
                Ok(problems) if problems.is_empty() => (Outcome::Pass, String::new()),
                Ok(problems) => (Outcome::Fail, problems.join("\n")),
                Err(problems) => {
                    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    (Outcome::Error, words.join("\n"))
                }
            };
            PolicyTest {
                file: file.display().to_string(),
                suite: policy.id.to_string(),
                test: "fixture".to_owned(),
                outcome: result,
                detail,
            }
        })
        .collect()
}

fn run(catalogue: &Arc<Catalogue>, policy: &Policy, file: &Path) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut fixture = fixture::read(file)?;
    let expected = fixture.expected.clone();
    let judging = Judging {
        spec: fixture.spec.take(),
        catalogue: Arc::clone(catalogue),
        selected: vec![policy.clone()],
        parameters: BTreeMap::new(),
        waivers: Vec::new(),
        gate: GateOptions::OPEN,
        clock: None,
        jobs: 1,
        now: Some(fixture.now),
        started: Timestamp::UNIX_EPOCH,
        warnings: Vec::new(),
        interrupt: CancellationToken::new(),
    };
    let assessment = judge_fixture(judging, fixture)?;
    let mut problems = compare(&assessment, &expected);
    let passes = file
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("pass_"));
    if passes && !assessment.findings.is_empty() {
        problems.push("a pass_ fixture has findings".to_owned());
    }
    if !passes && expected.items_at(&["findings"]).is_empty() {
        problems.push("a fail_ fixture expects no finding".to_owned());
    }
    Ok(problems)
}

/// Judges a fixture, as `audit` or as `check` would.
fn judge_fixture(judging: Judging, fixture: Fixture) -> Result<Assessment, Vec<Diagnostic>> {
    let Fixture {
        manifests,
        complete,
        loaded,
        unverified,
        ..
    } = fixture;
    let verb = if manifests { Verb::Check } else { Verb::Audit };
    let input = Input {
        earlier: None,
        feed: Arc::new(Numbered::new(1, move |_| loaded.clone())),
        describe: Box::new(move |inventory| inventory.unverified(unverified.as_deref())),
        settle: Box::new(|_| Ok(())),
        captured: None,
        version: None,
        account: Box::new(Told::default),
    };
    let reading = Reading {
        kind: "fixture".to_owned(),
        ..Reading::default()
    };
    judge(Session::new(judging, verb, complete), input, reading).map_err(|ended| match ended {
        Ended::Refused(problems) => problems,
        Ended::Interrupted(_) => vec![Diagnostic::new("the run was interrupted")],
    })
}

/// What differs from what was expected, in words.
fn compare(assessment: &Assessment, expected: &Value) -> Vec<String> {
    let mut problems: Vec<String> = assessment
        .errors
        .iter()
        .map(|error| format!("the policy failed: {}", error.message))
        .collect();
    let mut open: Vec<&Finding> = assessment.findings.iter().collect();
    for wanted in expected.items_at(&["findings"]) {
        match open.iter().position(|finding| is(finding, wanted)) {
            Some(position) => {
                open.remove(position);
            }
            None => problems.push(format!("expected, but not found: {}", scalar_text(wanted))),
        }
    }
    for finding in open {
        problems.push(format!(
            "found, but not expected: {} {} {}",
            finding.resource(),
            finding.severity,
            finding.message
        ));
    }
    let unseen = assessment.not_evaluated.iter().map(|item| {
        (
            item.resource.as_ref().map(ToString::to_string),
            format!("{} {}", item.reason, item.detail),
        )
    });
    rest(
        "not evaluated",
        unseen,
        expected.items_at(&["notEvaluated"]),
        &mut problems,
    );
    let pending = assessment
        .suppressed
        .iter()
        .filter(|item| item.is_pending())
        .map(|item| (Some(item.resource.to_string()), item.message.clone()));
    rest("pending", pending, expected.items_at(&["pending"]), &mut problems);
    problems
}

fn is(finding: &Finding, wanted: &Value) -> bool {
    wanted
        .text_at(&["resource"])
        .is_none_or(|resource| finding.resource().to_string() == resource)
        && wanted
            .text_at(&["severity"])
            .is_none_or(|severity| finding.severity.as_str() == severity)
        && wanted
            .text_at(&["message"])
            .is_none_or(|part| finding.message.contains(part))
        && wanted
            .text_at(&["key"])
            .is_none_or(|key| finding.key.as_deref() == Some(key))
        && wanted.text_at(&["path"]).is_none_or(|path| {
            finding
                .path
                .as_ref()
                .is_some_and(|found| found.to_string() == path)
        })
}

fn rest(
    what: &str,
    found: impl Iterator<Item = (Option<String>, String)>,
    expected: &[Value],
    problems: &mut Vec<String>,
) {
    let mut open: Vec<(Option<String>, String)> = found.collect();
    for wanted in expected {
        let words = ["reason", "detail", "message"]
            .into_iter()
            .filter_map(|key| wanted.text_at(&[key]));
        let words: Vec<&str> = words.chain(wanted.text()).collect();
        let position = open.iter().position(|(resource, text)| {
            wanted
                .text_at(&["resource"])
                .is_none_or(|name| resource.as_deref() == Some(name))
                && words.iter().all(|part| text.contains(part))
        });
        match position {
            Some(position) => {
                open.remove(position);
            }
            None => problems.push(format!("expected {what}, but it is not: {}", scalar_text(wanted))),
        }
    }
    for (resource, text) in open {
        problems.push(format!(
            "{what}, but not expected: {} {text}",
            resource.unwrap_or_default()
        ));
    }
}
