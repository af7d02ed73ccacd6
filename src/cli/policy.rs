//! `envcheck policy list|explain|test|new`.

use super::args::{ListFormat, PolicyScope, PolicyVerb};
use super::error::Failure;
use super::explain::explain;
use super::output::to_stdout;
use super::terminal::Terminal;
use crate::pipeline::{self, NewPolicy, Outcome, PolicyTest};
use envcheck_core::policy::{Policy, Scope, nearest};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

pub(crate) fn run(verb: &PolicyVerb, _terminal: &Terminal) -> Result<u8, Failure> {
    match verb {
        PolicyVerb::List { policy, output } => {
            let catalogue = pipeline::catalogue(true, policy)?;
            to_stdout(&mut |out| match output {
                ListFormat::Json => list_json(catalogue.policies(), out),
                ListFormat::Text => list(catalogue.policies(), out),
            })?;
            Ok(0)
        }
        PolicyVerb::Explain { id, policy } => {
            let catalogue = pipeline::catalogue(true, policy)?;
            let found = catalogue
                .policies()
                .iter()
                .find(|policy| policy.id.as_ref() == id);
            let Some(found) = found else {
                return Err(unknown(id, catalogue.policies()));
            };
            let text = explain(found, &pipeline::examples(found));
            to_stdout(&mut |out| out.write_all(text.as_bytes()))?;
            Ok(0)
        }
        PolicyVerb::Test { dir, output } => test(dir, *output),
        PolicyVerb::New { name, dir, scope } => new(name, dir, *scope),
    }
}

fn unknown(id: &str, policies: &[Policy]) -> Failure {
    let ids = || policies.iter().map(|policy| policy.id.as_ref());
    // A slip has one meaning; for half a name all that share a word are shown.
    let near = match nearest(id, ids()) {
        Some(meant) => vec![meant],
        None => ids()
            .filter(|known| {
                known.contains(id)
                    || id.contains(known)
                    || known.split('-').any(|word| word.len() > 3 && id.contains(word))
            })
            .collect(),
    };
    let hint = if near.is_empty() {
        "envcheck policy list shows the ids".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Failure::words(format!("no policy is called {id}")).hint(&hint)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'p> {
    id: &'p str,
    title: &'p str,
    severity: &'static str,
    category: &'p str,
    scope: &'static str,
    bundles: &'p [String],
    source: &'p str,
}

fn list_json(policies: &[Policy], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Row<'_>> = policies
        .iter()
        .map(|policy| Row {
            id: &policy.id,
            title: &policy.title,
            severity: policy.severity.as_str(),
            category: &policy.category,
            scope: policy.scope.as_str(),
            bundles: &policy.bundles,
            source: &policy.source.name,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)
}

fn list(policies: &[Policy], out: &mut dyn Write) -> io::Result<()> {
    let width = policies.iter().map(|policy| policy.id.len()).max().unwrap_or(2);
    for policy in policies {
        writeln!(
            out,
            "{:width$}  {:8}  {:11}  {:12}  {}",
            policy.id,
            policy.severity,
            policy.scope.as_str(),
            policy.category,
            policy.title
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct TestReport<'t> {
    passed: usize,
    failed: usize,
    errors: usize,
    cases: Vec<TestRow<'t>>,
}

#[derive(Serialize)]
struct TestRow<'t> {
    file: &'t str,
    suite: &'t str,
    test: &'t str,
    case: &'t str,
    result: &'static str,
    detail: &'t str,
}

fn test(directory: &Path, output: ListFormat) -> Result<u8, Failure> {
    let tests = pipeline::test_policies(directory)?;
    if tests.is_empty() {
        return Err(
            Failure::words(format!("{} holds no tests and no fixtures", directory.display())).hint(
                "tests are rules named test_… in *_test.rego; fixtures lie in fixtures/ beside a policy",
            ),
        );
    }
    let count = |outcome: Outcome| tests.iter().filter(|test| test.outcome == outcome).count();
    let report = TestReport {
        passed: count(Outcome::Pass),
        failed: count(Outcome::Fail),
        errors: count(Outcome::Error),
        cases: tests.iter().map(row).collect(),
    };
    to_stdout(&mut |out| match output {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)
        }
        ListFormat::Text => {
            for case in report.cases.iter().filter(|case| case.result != "pass") {
                writeln!(
                    out,
                    "{:5}  {}  {}",
                    case.result.to_uppercase(),
                    case.file,
                    case.test
                )?;
                for line in case.detail.lines() {
                    writeln!(out, "       {line}")?;
                }
            }
            writeln!(
                out,
                "{} passed, {} failed, {} errors",
                report.passed, report.failed, report.errors
            )
        }
    })?;
    Ok(u8::from(report.failed + report.errors > 0))
}

/// Writes the folder of a new policy, and says what to do next.
fn new(name: &str, directory: &Path, scope: PolicyScope) -> Result<u8, Failure> {
    let scope = match scope {
        PolicyScope::Object => Scope::Object,
        PolicyScope::Environment => Scope::Environment,
    };
    let NewPolicy {
        id,
        folder,
        files,
        ours,
    } = pipeline::new_policy(name, directory, scope)?;
    let folder = folder.display();
    let then = match (ours, scope) {
        (true, _) => "cargo xtask gen".to_owned(),
        (false, Scope::Object) => format!("envcheck check PATH --bundle none -p {folder}"),
        (false, Scope::Environment) => format!("envcheck check PATH --complete --bundle none -p {folder}"),
    };
    to_stdout(&mut |out| {
        for file in &files {
            writeln!(out, "wrote {}", file.display())?;
        }
        writeln!(out, "\n{id} is an example: edit the rule and its tests. Then:\n")?;
        writeln!(out, "  envcheck policy test {folder}\n  {then}")
    })?;
    Ok(0)
}

fn row(test: &PolicyTest) -> TestRow<'_> {
    TestRow {
        file: &test.file,
        suite: &test.suite,
        test: &test.test,
        // A fixture's case is its file's name without the ending.
        case: if test.test == "fixture" {
            Path::new(&test.file)
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
        } else {
            ""
        },
        result: match test.outcome {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Error => "error",
        },
        detail: &test.detail,
    }
}
