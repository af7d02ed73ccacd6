//! The command line itself: what it explains, what it lists, and how it refuses.

use crate::program::{Folder, finish_within, program, root, run};
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::time::Duration;

const VERBS: [&[&str]; 10] = [
    &["check"],
    &["audit"],
    &["reach"],
    &["rbac"],
    &["policy", "list"],
    &["policy", "explain"],
    &["policy", "test"],
    &["waivers", "list"],
    &["waivers", "lint"],
    &["schema"],
];

#[test]
fn help_names_every_flag() {
    let of_every_verb = ["--color", "--quiet", "--verbose", "--help"];
    let judging = [
        "--output",
        "--fail-on",
        "--policy",
        "--bundle",
        "--only",
        "--skip",
        "--param",
        "--waivers",
        "--min-coverage",
        "--jobs",
        "--now",
        "--timings",
        "--exit-zero",
        "--allow-empty",
    ];
    let own: [(&str, &[&str]); 6] = [
        (
            "rbac",
            &[
                "--only",
                "--policy",
                "--bundle",
                "--skip",
                "--name",
                "--service-account",
                "--api-group",
                "--writes",
            ],
        ),
        ("check", &["--environment", "--complete", "--on", "PATH"]),
        ("audit", &["--snapshot", "--state", "ENV"]),
        ("reach", &["--from", "--to", "--accepts-from-all", "--output"]),
        ("waivers", &["--waivers", "--policy", "--now", "ENV"]),
        ("schema", &["environment", "waivers", "report"]),
    ];
    for verb in VERBS {
        let help = run(verb.iter().chain(&["--help"])).exits(0);
        help.has(&of_every_verb);
        if ["check", "audit"].contains(&verb[0]) {
            help.has(&judging);
        }
        for (name, flags) in own {
            if verb[0] == name {
                help.has(flags);
            }
        }
        // -h says the same in short, and lines fit a terminal.
        let short = run(verb.iter().chain(&["-h"])).exits(0);
        assert!(
            short.stdout.lines().all(|line| line.chars().count() <= 100),
            "{}",
            short.stdout
        );
    }
    let help = run(["--help"]).exits(0);
    help.shows(&[
        "check",
        "audit",
        "rbac",
        "reach",
        "policy",
        "waivers",
        "schema",
        "completions",
        "version",
        "Exit codes",
    ]);
}

#[test]
fn wrong_flags_and_verbs_are_refused_with_a_hint() {
    for (arguments, words) in [
        (vec!["chek"], vec!["chek", "check"]),
        (
            vec!["check", "x", "--fail-onn", "low"],
            vec!["--fail-onn", "--fail-on"],
        ),
        (vec!["check"], vec!["PATH"]),
        (vec!["audit"], vec!["ENV"]),
        (vec!["audit", "demo", "--jobs", "0"], vec!["--jobs"]),
        (vec!["audit", "demo", "--jobs", "many"], vec!["--jobs"]),
        (vec!["audit", "demo", "--now", "tomorrow"], vec!["--now"]),
        (vec!["audit", "demo", "--color", "pink"], vec!["pink", "auto"]),
        (vec!["reach", "x", "-o", "yaml"], vec!["yaml", "json"]),
        (vec!["schema", "x"], vec!["environment", "report"]),
        (vec!["completions", "cmd"], vec!["bash"]),
        (vec!["policy"], vec!["list"]),
        (vec![], vec!["Usage"]),
    ] {
        let outcome = run(&arguments).exits(2);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        outcome.says(&words);
    }
    run(["audit", "nowhere"]).refuses(&["there is no environment nowhere", "demo"]);
    run(["audit", "demo", "--snapshot", "src"]).refuses(&["src is not a snapshot"]);
    run(["audit", "demo", "--snapshot", "nowhere"]).refuses(&["nowhere does not exist"]);
}

#[test]
fn an_audit_without_a_snapshot_says_what_to_give() {
    let folder = Folder::with_stage();
    let spec = folder.read("environments/stage.yaml");
    folder.write(
        "environments/stage.yaml",
        spec.replace("{snapshot: stage/}", "{kubernetes: {context: stage}}"),
    );
    folder
        .run(["audit", "stage"])
        .refuses(&["there is no kubeconfig", "--kubeconfig"]);
}

#[test]
fn policies_are_listed_and_explained() {
    let list = run(["policy", "list"]).exits(0);
    let rows = run(["policy", "list", "-o", "json"]).exits(0).json();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() >= 7);
    assert_eq!(list.stdout.lines().count(), rows.len());
    for row in rows {
        let id = row["id"].as_str().unwrap();
        list.has(&[id, row["title"].as_str().unwrap()]);
        let explained = run(["policy", "explain", id]).exits(0);
        explained.has(&[
            row["title"].as_str().unwrap(),
            "Judges",
            "How to mend it",
            "Source: `policies/",
        ]);
        // Nobody has to guess whether `remediate` mends what it finds.
        let proposes = ["proposes a fix", "proposes no fix: "].map(|words| explained.stdout.contains(words));
        assert_ne!(proposes[0], proposes[1], "{id}: a fix, none: {proposes:?}");
        assert!(root().join(row["source"].as_str().unwrap()).is_file(), "{row}");
        assert!(["low", "medium", "high", "critical"].contains(&row["severity"].as_str().unwrap()));
    }
    run(["policy", "explain", "registry-sice"]).refuses(&["registry-sice", "did you mean registry-size"]);
    run(["policy", "explain"]).exits(2);
}

/// The built-in policies' own tests and fixtures, through the program.
#[test]
fn a_category_or_a_policy_is_tested_alone() {
    for (folder, directory) in [
        (".", "policies/proxy"),
        ("policies/proxy", "."),
        (".", "policies/proxy/proxy_layer"),
        ("policies/proxy/proxy_layer", "."),
    ] {
        let mut command = program(["policy", "test", directory, "-o", "json"]);
        command.current_dir(root().join(folder));
        let result = finish_within(command, None, Duration::from_mins(1))
            .exits(0)
            .json();
        let cases = result["cases"].as_array().unwrap();
        let files = cases.iter().map(|case| case["file"].as_str().unwrap());
        assert!(files.clone().any(|file| file.ends_with("proxy_layer_test.rego")));
        assert!(
            !files.into_iter().any(|file| file.contains("lib")),
            "its own tests only"
        );
    }
}

#[test]
fn policies_are_tested() {
    let tested = |more: &[&str]| {
        let mut command = program(["policy", "test"].iter().chain(more));
        command.current_dir(root());
        finish_within(command, None, Duration::from_mins(5)).exits(0)
    };
    let result = tested(&["-o", "json"]).json();
    let cases = result["cases"].as_array().unwrap();
    let count = |wanted: &str| cases.iter().filter(|case| case["result"] == wanted).count();
    assert_eq!(result["passed"], count("pass"));
    assert_eq!(result["failed"], 0, "{result:#}");
    assert_eq!(result["errors"], 0, "{result:#}");
    assert!(cases.iter().any(|case| case["test"] == "fixture"));
    assert!(
        cases
            .iter()
            .any(|case| case["file"].as_str().unwrap().ends_with("_test.rego"))
    );
    tested(&[]).shows(&["0 failed, 0 errors"]);
}

#[test]
fn tests_of_foreign_policies_are_run() {
    let folder = Folder::new();
    folder.write(
        "p/main.rego",
        "package main\n\ndeny contains \"x\" if input.kind == \"Service\"\n",
    );
    folder.write(
        "p/main_test.rego",
        "package main\n\ntest_good if \"x\" in deny with input as {\"kind\": \"Service\"}\n\ntest_bad if count(deny) == 1 with input as {}\n",
    );
    let outcome = folder.run(["policy", "test", "p", "-o", "json"]).exits(1);
    let result = outcome.json();
    assert_eq!(
        (&result["passed"], &result["failed"]),
        (&Value::from(1), &Value::from(1)),
        "{result:#}"
    );
    folder
        .run(["policy", "test", "p"])
        .exits(1)
        .shows(&["test_bad", "1 passed, 1 failed"]);
    folder.run(["policy", "test", "nowhere"]).refuses(&["nowhere"]);
}

#[test]
fn schemas_accept_what_the_program_reads_and_writes() {
    let schema = run(["schema"]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(schema, run(["schema", "environment"]).exits(0).json());
    let wrong: Value = serde_json::from_str(r#"{"apiVersion":"envcheck.dev/v1","kind":"Environment","metadata":{"name":"x"},"spec":{"namespace":[]}}"#).unwrap();
    assert!(
        !validator.is_valid(&wrong),
        "an unknown field is an error in editors too"
    );
    let good: Value = serde_json::from_str(
        r#"{"apiVersion":"envcheck.dev/v1","kind":"Environment","metadata":{"name":"x"},"spec":{"target":{"snapshot":"x/"},"namespaces":[{"name":"back","role":"application","network":{"accepts":{"fromNamespaces":"all"}}}]}}"#,
    )
    .unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&good)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    let report = run(["schema", "report"]).exits(0).json();
    let committed = fs::read_to_string(root().join("reports/schema/report.v1.schema.json")).unwrap();
    assert_eq!(report, serde_json::from_str::<Value>(&committed).unwrap());
}

#[test]
fn completions_are_scripts_that_a_shell_accepts() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run(["completions", shell]).exits(0).shows(&["envcheck", "audit"]);
    }
    let folder = Folder::new();
    let script = folder.write("envcheck.bash", run(["completions", "bash"]).stdout);
    match Command::new("bash").arg("-n").arg(script).output() {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => println!("skipped: bash: {error}"),
    }
}

#[test]
fn the_version_is_told_twice_alike() {
    let version = run(["version"]).exits(0).stdout;
    assert_eq!(version, format!("envcheck {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(["--version"]).exits(0).stdout, version);
}

/// Nothing but PATH is set: no home, no locale, no terminal.
#[test]
fn nothing_of_the_environment_is_needed() {
    let mut command = program(["audit", "demo"]);
    command.env_remove("PATH").current_dir(root());
    crate::program::finish(command, None).exits(1);
    let mut command = program(["audit", "demo"]);
    command.env("LC_ALL", "C").current_dir(root());
    let plain = crate::program::finish(command, None).exits(1).stdout;
    assert!(
        plain.is_ascii(),
        "a terminal that says it knows only ASCII gets only that"
    );
}
