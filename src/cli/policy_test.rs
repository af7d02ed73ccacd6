//! `envcheck policy test`: Rego tests, and fixtures through the whole pipeline.

use super::args::ReachFormat;
use super::error::Failure;
use super::judging::{LIMITS, catalogue_of};
use super::output::to_stdout;
use super::terminal::Terminal;
use crate::builtin;
use crate::collect::{fixture, rego};
use crate::pipeline::{self, GateOptions, Judging};
use envcheck_core::evaluate::run_rego_tests;
use envcheck_core::findings::{Assessment, FailOn, Finding};
use envcheck_core::path::scalar_text;
use envcheck_core::policy::{Catalogue, Policy};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Pass,
    Fail,
    Error,
}

#[derive(Debug, Serialize)]
struct Case {
    file: String,
    suite: String,
    test: String,
    #[serde(rename = "case")]
    name: String,
    result: Outcome,
    detail: String,
}

#[derive(Serialize)]
struct Report<'c> {
    passed: usize,
    failed: usize,
    errors: usize,
    cases: &'c [Case],
}

pub(crate) fn run(dir: &Path, output: ReachFormat, terminal: &Terminal) -> Result<u8, Failure> {
    let files = rego::read(dir)?;
    // Packages below `envcheck` are ours: then the directory stands in for the built-in policies.
    let ours = files.iter().any(|file| {
        file.source
            .text
            .lines()
            .any(|line| line.starts_with("package envcheck."))
    });
    let catalogue = if ours {
        catalogue_of(&files, &[])?
    } else {
        catalogue_of(&builtin::policies(), &[files])?
    };
    let mut cases: Vec<Case> = run_rego_tests(&catalogue, LIMITS.evaluation)
        .into_iter()
        .map(|test| Case {
            file: test.file,
            suite: test.package,
            test: test.name,
            name: String::new(),
            result: match &test.result {
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
        cases.extend(fixtures(&catalogue, policy));
    }
    let count = |outcome: Outcome| cases.iter().filter(|case| case.result == outcome).count();
    let report = Report {
        passed: count(Outcome::Pass),
        failed: count(Outcome::Fail),
        errors: count(Outcome::Error),
        cases: &cases,
    };
    to_stdout(&mut |out| match output {
        ReachFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)
        }
        ReachFormat::Text => text(&report, terminal, out),
    })?;
    if cases.is_empty() {
        return Err(
            Failure::words(format!("{} holds no tests and no fixtures", dir.display())).hint(
                "tests are rules named test_… in *_test.rego; fixtures lie in fixtures/ beside a policy",
            ),
        );
    }
    Ok(u8::from(report.failed + report.errors > 0))
}

fn text(report: &Report<'_>, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    for case in report.cases.iter().filter(|case| case.result != Outcome::Pass) {
        let word = if case.result == Outcome::Fail {
            "FAIL "
        } else {
            "ERROR"
        };
        writeln!(out, "{word}  {}  {}{}", case.file, case.test, case.name)?;
        for line in case.detail.lines() {
            writeln!(out, "       {line}")?;
        }
    }
    let _ = terminal;
    writeln!(
        out,
        "{} passed, {} failed, {} errors",
        report.passed, report.failed, report.errors
    )
}

/// The fixtures beside a policy, each judged by that policy alone.
fn fixtures(catalogue: &Arc<Catalogue>, policy: &Policy) -> Vec<Case> {
    let directory = Path::new(&policy.source.name).with_file_name("fixtures");
    let mut files: Vec<PathBuf> = fs::read_dir(&directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let (result, detail) = match judge(catalogue, policy, &file) {
                Ok(problems) if problems.is_empty() => (Outcome::Pass, String::new()),
                Ok(problems) => (Outcome::Fail, problems.join("\n")),
                Err(problems) => {
                    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    (Outcome::Error, words.join("\n"))
                }
            };
            Case {
                file: file.display().to_string(),
                suite: policy.id.to_string(),
                test: "fixture".to_owned(),
                name: String::new(),
                result,
                detail,
            }
        })
        .collect()
}

fn judge(catalogue: &Arc<Catalogue>, policy: &Policy, file: &Path) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut fixture = fixture::read(file)?;
    let expected = fixture.expected.clone();
    let judging = Judging {
        spec: fixture.spec.take(),
        catalogue: Arc::clone(catalogue),
        selected: vec![policy.clone()],
        parameters: BTreeMap::new(),
        gate: GateOptions {
            fail_on: FailOn::Never,
            min_coverage: 0.0,
            allow_empty: true,
            exit_zero: true,
        },
        limits: LIMITS,
        now: Some(fixture.now),
        started: Timestamp::UNIX_EPOCH,
        warnings: Vec::new(),
    };
    let assessment = pipeline::fixture(judging, fixture)?;
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
        .filter(|item| item.by.starts_with("pending"))
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
