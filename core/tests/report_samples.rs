//! `reports/samples/` and `reports/schema/` are what the code makes today.

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
use report::{Style, json, junit, markdown, sarif, table};
use std::path::PathBuf;

fn reports() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../reports")
}

fn bytes(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    render(&mut out).unwrap();
    out
}

#[test]
fn report_samples_are_current() {
    let (audit, check) = (sample::audit(), sample::check());
    let samples = [
        (
            "audit.txt",
            bytes(|out| table::render(&audit, &Style::PLAIN, out)),
        ),
        (
            "check.txt",
            bytes(|out| table::render(&check, &Style::PLAIN, out)),
        ),
        ("audit.json", bytes(|out| json::v1::render(&audit, out))),
        ("audit.sarif", bytes(|out| sarif::render(&audit, out))),
        ("audit.junit.xml", bytes(|out| junit::render(&audit, out))),
        ("check.junit.xml", bytes(|out| junit::render(&check, out))),
        ("audit.md", bytes(|out| markdown::render(&audit, out))),
    ];
    for (name, made) in samples {
        let file = reports().join("samples").join(name);
        if std::env::var_os("ENVCHECK_WRITE_SAMPLES").is_some() {
            std::fs::write(&file, &made).unwrap();
        }
        assert!(
            std::fs::read(&file).is_ok_and(|kept| kept == made),
            "reports/samples/{name} is out of date: run `ENVCHECK_WRITE_SAMPLES=1 cargo test -p envcheck-core report_samples`"
        );
    }
}

#[test]
fn report_schema_is_current() {
    let kept = std::fs::read(reports().join("schema/report.v1.schema.json")).unwrap_or_default();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap_or_default();
    assert!(
        kept == json::v1::schema(),
        "reports/schema/report.v1.schema.json is out of date: run `cargo xtask gen`"
    );
}

#[test]
fn report_sample_is_valid_against_the_committed_schema() {
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(reports().join(name)).unwrap()).unwrap()
    };
    let validator = jsonschema::validator_for(&read("schema/report.v1.schema.json")).unwrap();
    let report = read("samples/audit.json");
    let errors: Vec<_> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
