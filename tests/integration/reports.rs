//! Reports of whole runs hold to their contracts: the JSON to its published schema, SARIF and JUnit to what their readers demand.

use crate::program::{Folder, root, run};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Reports of runs that differ in everything a report can show: format → name and text.
fn reports(format: &str) -> Vec<(&'static str, String)> {
    let folder = Folder::with_stage();
    folder.write(
        "odd/ünïcode & <more>.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: rogue, namespace: kube-system}\n",
    );
    folder.write("broken.yaml", "a: [\n");
    folder.write("empty.yaml", "");
    folder.write(
        "policies/a.rego",
        "package main\n\ndeny contains msg if {\n\tinput.kind == \"Service\"\n\tmsg := \"tab\\tand \\\"quotes\\\" \\u0000 \\u001b[31m ünï\"\n}\n\n\
         warn contains {\"msg\": \"as an object\", \"details\": {\"x\": 1}} if input.kind == \"Service\"\n\n\
         deny contains msg if {\n\tinput.kind == \"Service\"\n\tmsg := sprintf(\"%d\", [to_number(\"x\")])\n}\n",
    );
    let mut reports = vec![
        ("audit of the demo", run(["audit", "demo", "-o", format]).stdout),
        (
            "audit of the clean demo",
            run(["audit", "demo-clean", "-o", format]).stdout,
        ),
        (
            "audit with times",
            run(["audit", "demo", "-o", format, "--timings"]).stdout,
        ),
    ];
    for (name, arguments) in [
        ("check", vec!["odd", "-e", "stage"]),
        ("check of the whole", vec!["odd", "-e", "stage", "--complete"]),
        ("incomplete check", vec!["odd", "broken.yaml", "-e", "stage"]),
        ("check of nothing", vec!["empty.yaml", "-e", "stage"]),
        (
            "foreign policies",
            vec!["odd", "-p", "policies", "--bundle", "none"],
        ),
        (
            "everything",
            vec!["odd", "broken.yaml", "-e", "stage", "-p", "policies"],
        ),
    ] {
        let arguments = [vec!["check"], arguments, vec!["-o", format]].concat();
        reports.push((name, folder.run(arguments).stdout));
    }
    reports
}

#[test]
fn json_reports_hold_to_their_schema() {
    let schema = fs::read_to_string(root().join("reports/schema/report.v1.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in reports("json") {
        let report: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
        let faults: Vec<String> = validator
            .iter_errors(&report)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
        consistent(name, &report);
    }
}

/// What a schema cannot say: totals are sums, fingerprints are unique, findings are in order.
fn consistent(name: &str, report: &serde_json::Value) {
    let findings = report["findings"].as_array().unwrap();
    let summary = &report["summary"];
    let open: Vec<_> = findings
        .iter()
        .filter(|finding| finding["waiver"].is_null())
        .collect();
    assert_eq!(summary["findings"]["total"], open.len(), "{name}");
    assert_eq!(summary["waived"], findings.len() - open.len(), "{name}");
    for severity in ["critical", "high", "medium", "low"] {
        let count = open
            .iter()
            .filter(|finding| finding["severity"] == severity)
            .count();
        assert_eq!(summary["findings"][severity], count, "{name}: {severity}");
    }
    assert_eq!(
        summary["policies"]["total"],
        report["policies"].as_array().unwrap().len(),
        "{name}"
    );
    assert_eq!(
        summary["errors"],
        report["errors"].as_array().unwrap().len(),
        "{name}"
    );
    assert_eq!(
        summary["notEvaluated"],
        report["notEvaluated"].as_array().unwrap().len(),
        "{name}"
    );
    let mut fingerprints: Vec<&str> = findings
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap())
        .collect();
    assert!(
        fingerprints
            .iter()
            .all(|fingerprint| fingerprint.starts_with("v1:") && fingerprint.len() == 67),
        "{name}"
    );
    let count = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(
        fingerprints.len(),
        count,
        "{name}: two findings share a fingerprint"
    );
    let policies: Vec<&str> = report["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["id"].as_str().unwrap())
        .collect();
    for list in ["findings", "notEvaluated", "errors"] {
        for entry in report[list].as_array().unwrap() {
            assert!(
                policies.contains(&entry["policy"].as_str().unwrap()),
                "{name}: {entry}"
            );
        }
    }
    let ratio = report["coverage"]["ratio"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&ratio), "{name}");
}

/// Fingerprints name a finding, not a run: neither the folder, the time, nor lines above it change them.
#[test]
fn fingerprints_outlive_their_run() {
    let fingerprint = |folder: &Folder, path: &str| {
        let report = folder
            .run([
                "check",
                path,
                "-e",
                "stage",
                "-o",
                "json",
                "--only",
                "no-apps-in-system-namespaces",
            ])
            .report();
        assert_eq!(report.list("findings").len(), 1);
        report.0["findings"][0]["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: rogue, namespace: kube-system}\n";
    let (one, two) = (Folder::with_stage(), Folder::with_stage());
    one.write("rogue.yaml", service);
    two.write("moved/elsewhere.yaml", format!("# comment\n\n---\n{service}"));
    assert_eq!(fingerprint(&one, "rogue.yaml"), fingerprint(&two, "moved"));
}

/// Needs `ENVCHECK_TEST_DATA` (its folder `contracts`) and a Python with the validator's packages.
#[test]
fn reports_hold_to_the_given_contracts() {
    let Some(data) = std::env::var_os("ENVCHECK_TEST_DATA") else {
        println!("skipped: contracts: ENVCHECK_TEST_DATA is not set");
        return;
    };
    let Some(python) = std::env::var_os("ENVCHECK_PYTHON") else {
        println!("skipped: contracts: ENVCHECK_PYTHON is not set");
        return;
    };
    let validator = PathBuf::from(data).join("contracts/validate_reports.py");
    let folder = Folder::new();
    for format in ["sarif", "junit"] {
        for (name, text) in reports(format) {
            let file = folder.write("report", text);
            let output = Command::new(&python)
                .arg(&validator)
                .arg(format)
                .arg(file)
                .output()
                .unwrap();
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(output.status.success(), "{format}, {name}: {said}");
        }
    }
}

/// Paths in SARIF are relative to the repository, so that GitHub can show them.
#[test]
fn sarif_names_files_so_that_others_find_them() {
    let folder = Folder::with_stage();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: rogue, namespace: kube-system}\n";
    folder.write("with space/a%b#c.yaml", service);
    let sarif = folder
        .run(["check", "./with space", "-e", "stage", "-o", "sarif"])
        .exits(1)
        .json();
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "with%20space/a%25b%23c.yaml");
    assert_eq!(location["region"]["startLine"], 3);
    assert_eq!(location["region"]["startColumn"], 18);
}

#[test]
fn colour_is_only_for_terminals_that_want_it() {
    let paints = |arguments: &[&str]| {
        run(["audit", "demo"].iter().chain(arguments))
            .stdout
            .contains('\u{1b}')
    };
    assert!(!paints(&[]));
    assert!(!paints(&["--color", "never"]));
    assert!(paints(&["--color", "always"]));
    assert!(
        !run(["audit", "demo", "--color", "always", "-o", "json"])
            .stdout
            .contains('\u{1b}')
    );
}
