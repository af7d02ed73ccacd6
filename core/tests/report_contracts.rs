//! SARIF and JUnit as their consumers judge them: the given validator (the schemas, and rules that no schema can express)
//! finds neither errors nor warnings.
//!
//! Needs `ENVCHECK_TEST_DATA` and a Python with jsonschema, xmlschema and pyyaml (`ENVCHECK_PYTHON`, else `python3`).

#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the renderers' own tests, which use more of it"
)]
#[path = "../src/report/sample/mod.rs"]
mod sample;

// The sample is a module of the crate; here its `crate::` paths lead to the same things from outside.
use envcheck_core::{findings, inventory, path, policy, report, source, value};
use findings::{Assessment, Draft, Verb};
use inventory::{Origin, ResourceRef};
use policy::Severity;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

/// Python and the validator, or why they cannot be had.
fn validator() -> Result<(String, PathBuf), String> {
    let data = std::env::var_os("ENVCHECK_TEST_DATA").ok_or("ENVCHECK_TEST_DATA is not set")?;
    let script = PathBuf::from(data).join("contracts/validate_reports.py");
    if !script.is_file() {
        return Err(format!("{} does not exist", script.display()));
    }
    let python = std::env::var("ENVCHECK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match Command::new(&python)
        .args(["-c", "import jsonschema, xmlschema, yaml"])
        .output()
    {
        Ok(output) if output.status.success() => Ok((python, script)),
        Ok(_) => Err(format!("{python} lacks jsonschema, xmlschema or pyyaml")),
        Err(error) => Err(format!("{python}: {error}")),
    }
}

type Render = fn(&Assessment, &mut dyn Write) -> io::Result<()>;

#[test]
#[allow(clippy::print_stderr, reason = "a test that could not run says so")]
fn reports_satisfy_their_consumers() {
    let (python, script) = match validator() {
        Ok(found) => found,
        Err(reason) => {
            eprintln!("skipped: {reason}");
            return;
        }
    };
    let formats: [(&str, Render); 2] = [("sarif", report::sarif::render), ("junit", report::junit::render)];
    for (format, render) in formats {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("contract.{format}"));
        for (name, assessment) in [
            ("audit", sample::audit()),
            ("clean", sample::clean()),
            ("incomplete", sample::incomplete()),
            ("check", sample::check()),
            ("awkward", awkward()),
            ("many", many()),
        ] {
            let mut out = Vec::new();
            render(&assessment, &mut out).unwrap();
            std::fs::write(&file, &out).unwrap();
            let output = Command::new(&python)
                .arg(&script)
                .arg(format)
                .arg(&file)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let cried = String::from_utf8_lossy(&output.stderr);
            assert!(
                said.ends_with("0 errors, 0 warnings\n"),
                "{format} {name}: {said}{cried}"
            );
        }
    }
}

/// Names, places and words that a careless renderer gets wrong.
fn awkward() -> Assessment {
    let mut policy = sample::policy("awkward", "", Severity::Medium, "");
    policy.description = "".into();
    policy.category = "".into();
    let text = "a: \"ü\u{1b}界\"\n";
    let place = |file: &str, needle: &str| Origin::Declared(sample::place(file, text, needle));
    let origins = [
        Origin::Live,
        place("/abs/with space/ü#?.yaml", "ü\u{1b}界"),
        place("c:\\windows\\x.yaml", ""),
        place("-", "a"),
        place("", "a: "),
        Origin::Snapshot {
            file: "objects/v1/Pod.ndjson".into(),
            line: 1,
        },
    ];
    let mut drafts = Vec::new();
    for origin in origins {
        for key in [None, None, Some("x".to_owned())] {
            let resource = ResourceRef::kubernetes("rbac/v1", "ClusterRole", None, "system:a/b c\\d");
            drafts.push(Draft {
                origin: origin.clone(),
                key,
                ..sample::draft(
                    &policy,
                    resource,
                    "odd \u{1b}[31m {0} [x](1) <&>\"' ]]> \u{0}\u{ffff}\nsecond line",
                )
            });
        }
    }
    let mut assessment = sample::assessment(Verb::Check, vec![policy], drafts);
    assessment.heading.environment = None;
    assessment.timings = Some((assessment.as_of, assessment.as_of));
    assessment
}

/// As many as GitHub shows.
fn many() -> Assessment {
    let policy = sample::policy("many", "Many", Severity::Low, "Mend them.");
    let drafts = (0..5000)
        .map(|number| sample::draft(&policy, sample::deployment(&format!("d{number}")), "wrong"))
        .collect();
    sample::assessment(Verb::Audit, vec![policy], drafts)
}
