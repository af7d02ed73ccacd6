//! What is made from the types of the core crate: JSON Schemas, and the sample of each report format.

use super::File;
use crate::tool;
use envcheck_core::plan;
use serde_json::Value;
use std::path::Path;

/// `environments/schema/`: the spec and waiver files, for editors.
pub(crate) fn environment(_: &Path) -> Result<Vec<File>, String> {
    let schema = envcheck_core::spec::json_schema();
    if schema.is_null() {
        return Ok(Vec::new());
    }
    let waivers = envcheck_core::findings::waiver::json_schema();
    let mut files = one("environments/schema/environment.v1.schema.json", &schema)?;
    files.extend(one("environments/schema/waivers.v1.schema.json", &waivers)?);
    Ok(files)
}

/// `reports/schema/`: the JSON report, drift as JSON, and plans, for those who read them.
pub(crate) fn report(_: &Path) -> Result<Vec<File>, String> {
    let report = envcheck_core::report::json::v1::schema();
    let drift = envcheck_core::report::drift::json::schema();
    let mut files = one("reports/schema/report.v1.schema.json", &report)?;
    files.extend(one("reports/schema/drift.v1.schema.json", &drift)?);
    for (name, schema) in [
        ("plan", plan::schema::of_repairs()),
        ("provisioning", plan::schema::of_provisioning()),
        ("removal", plan::schema::of_removal()),
    ] {
        files.extend(one(&format!("reports/schema/{name}.v1.schema.json"), &schema)?);
    }
    Ok(files)
}

fn one(path: &str, schema: &Value) -> Result<Vec<File>, String> {
    let text = serde_json::to_string_pretty(schema).map_err(|error| format!("{path}: {error}"))?;
    Ok(vec![(path.to_owned(), text + "\n")])
}

/// `reports/samples/`: written by the renderers' own test, which knows how each is made.
pub(crate) fn write_samples(root: &Path) -> Result<(), String> {
    samples(root, true)
}

/// Runs that test without letting it write.
pub(crate) fn check_samples(root: &Path) -> Result<(), String> {
    samples(root, false)
}

fn samples(root: &Path, write: bool) -> Result<(), String> {
    let arguments = [
        "test",
        "--quiet",
        "--locked",
        "--package",
        "envcheck-core",
        "--test",
        "report_samples",
    ];
    let mut command = tool::cargo(root, &arguments);
    command
        .args(["--", "report_samples_are_current"])
        .env_remove("ENVCHECK_WRITE_SAMPLES");
    if write {
        command.env("ENVCHECK_WRITE_SAMPLES", "1");
    }
    tool::output(&mut command).and_then(|(said, code)| match code {
        Some(0) => Ok(()),
        _ => Err(format!(
            "reports/samples is out of date: run `cargo xtask gen` and commit the result\n{said}"
        )),
    })
}
