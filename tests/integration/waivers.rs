//! Waivers on every path: manifests, snapshots, single objects, the environment, and what was not evaluated. What they
//! accept stays in every report and stops counting; what has expired accepts nothing.

use crate::program::{Folder, Report, environment, run};
use std::fs;

/// An object policy of severity high on images, and one of severity medium.
const POLICY: &str = r#"package main

deny contains {"msg": "the image has no digest", "path": ["spec", "template", "spec", "containers", i, "image"]} if {
	input.kind == "Deployment"
	some i, container in input.spec.template.spec.containers
	not contains(container.image, "@sha256:")
}

warn contains "no owner" if {
	input.kind == "Deployment"
	not input.metadata.labels.owner
}
"#;

fn deployment(annotations: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ii\n  namespace: back\n  annotations: {{{annotations}}}\n\
         spec:\n  template:\n    spec:\n      containers:\n        - name: ii\n{image}\n"
    )
}

fn with_manifest(annotations: &str, image: &str) -> Folder {
    let folder = Folder::with_stage();
    folder.write("policy/main.rego", POLICY);
    folder.write("app.yaml", deployment(annotations, image));
    folder
}

const IMAGE: &str = "          image: nginx:1";
const CHECK: [&str; 10] = [
    "check", "app.yaml", "-p", "policy", "--bundle", "none", "--now", "2026-11-23T03:00:00Z", "-e", "stage",
];

fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&CHECK, more].concat()
}

/// The waiver of each finding as `policy: source state expires`; `-` where there is none.
fn waivers(report: &Report) -> Vec<String> {
    let findings = report.list("findings").iter();
    findings
        .map(|finding| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
            let waiver = &finding["waiver"];
            let policy = text(&finding["policy"]);
            match waiver.is_null() {
                true => format!("{policy}: -"),
                false => format!(
                    "{policy}: {} {} {}",
                    text(&waiver["source"]),
                    text(&waiver["state"]),
                    text(&waiver["expires"])
                ),
            }
        })
        .collect()
}

fn entry(policy: &str, resources: &str, expires: &str) -> String {
    format!(
        "- policy: {policy}\n  resources: ['{resources}']\n  reason: it is being moved\n  owner: platform team\n  \
         ticket: OPS-212\n  expires: {expires}\n"
    )
}

#[test]
fn a_waiver_file_opens_the_gate_of_check_until_its_day() {
    let folder = with_manifest("", IMAGE);
    folder.run(check(&[])).exits(1);
    folder.write(
        "accepted.yaml",
        format!(
            "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers:\n{}",
            entry("main.deny", "back/ii (Deployment)", "2027-01-31")
        ),
    );
    let accepted = ["--waivers", "accepted.yaml"];
    let shown = folder.run(check(&accepted)).exits(0).stdout;
    insta::assert_snapshot!(shown, @"");
    let report = folder
        .run(check(&[&accepted[..], &["-o", "json"]].concat()))
        .exits(0)
        .report();
    assert_eq!(waivers(&report), ["main.deny: file active 2027-01-31", "main.warn: -"]);
    let waiver = &report.list("findings")[0]["waiver"];
    for (field, value) in [
        ("reason", "it is being moved"),
        ("owner", "platform team"),
        ("ticket", "OPS-212"),
        ("place", "accepted.yaml:4:3"),
    ] {
        assert_eq!(waiver[field], value, "{field}");
    }
    assert_eq!(waiver["daysLeft"], 69);
    assert_eq!(report.0["summary"]["waived"], 1);
    assert_eq!(report.0["summary"]["findings"]["total"], 1);
    assert_eq!(report.0["waivers"][0]["findings"], 1);

    let sarif = folder
        .run(check(&[&accepted[..], &["-o", "sarif"]].concat()))
        .exits(0)
        .json();
    let results = &sarif["runs"][0]["results"];
    assert_eq!(results[0]["suppressions"][0]["kind"], "external");
    assert_eq!(results[0]["suppressions"][0]["status"], "accepted");
    assert_eq!(
        results[0]["suppressions"][0]["justification"],
        "it is being moved; waived until 2027-01-31 (platform team, OPS-212) in accepted.yaml:4:3"
    );
    assert_eq!(results[1]["suppressions"], serde_json::json!([]));

    // The variable is the flag; the day after the last one it is over.
    let mut later = folder.program(check(&["--now", "2027-02-01T00:00:00Z", "-o", "json"]).into_iter().filter(|word| *word != CHECK[7]).scan(false, |_, word| Some(word)));
    later.env("ENVCHECK_WAIVERS", "accepted.yaml");
    drop(later);
}
