//! Policies that people bring: conftest's as they are, old and new Rego, with libraries, exceptions and warnings.

use crate::program::{Folder, Report, environment};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  template:\n    \
    spec:\n      containers:\n        - name: web\n          image: nginx:latest\n        - name: log\n          image: fluent/fluent-bit:4\n";
const SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n";

fn with_policy(policy: &str) -> Folder {
    let folder = Folder::new();
    folder.write("app.yaml", format!("{DEPLOYMENT}{SERVICE}"));
    folder.write("policy/main.rego", policy);
    folder
}

const ALONE: [&str; 6] = ["check", "app.yaml", "-p", "policy", "--bundle", "none"];

#[track_caller]
fn judged(folder: &Folder, code: i32) -> Report {
    folder
        .run(ALONE.into_iter().chain(["-o", "json"]))
        .exits(code)
        .report()
}

#[test]
fn all_of_conftests_rules_are_run() {
    let folder = with_policy(
        r#"package main

deny contains msg if {
	input.kind == "Deployment"
	some container in input.spec.template.spec.containers
	endswith(container.image, ":latest")
	msg := sprintf("%s uses the tag latest", [container.name])
}

deny_root contains {"msg": "may run as root", "details": {"control": "5.2.6"}} if {
	input.kind == "Deployment"
	not input.spec.template.spec.securityContext.runAsNonRoot
}

violation contains {"msg": "no owner", "details": {}} if not input.metadata.labels.owner

warn contains "is open on every node" if input.spec.type == "NodePort"
"#,
    );
    let report = judged(&folder, 1);
    assert_eq!(
        report.messages(),
        [
            "is open on every node",
            "may run as root",
            "no owner",
            "no owner",
            "web uses the tag latest"
        ]
    );
    let severities: Vec<String> = report
        .messages_by_finding()
        .into_iter()
        .map(|(finding, message)| format!("{message}: {}", finding.split(' ').nth(1).unwrap()))
        .collect();
    for severity in [
        "is open on every node: medium",
        "may run as root: high",
        "no owner: high",
        "web uses the tag latest: high",
    ] {
        assert!(
            severities.contains(&severity.to_owned()),
            "{severity} is not in {severities:?}"
        );
    }
    assert!(
        report.places().iter().all(|place| place.starts_with("app.yaml:")),
        "{:?}",
        report.places()
    );
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.errors(), [""; 0]);
}

/// Before Rego 1 the words `if` and `contains` were not needed.
#[test]
fn old_rego_is_understood() {
    let folder = with_policy(
        r#"package main

import data.lib

deny[msg] {
	input.kind == "Deployment"
	container := input.spec.template.spec.containers[_]
	lib.latest(container.image)
	msg := sprintf("%s uses the tag latest", [container.name])
}

warn[msg] {
	input.spec.type == "NodePort"
	msg := "is open on every node"
}
"#,
    );
    folder.write("policy/lib.rego", "package lib\n\nlatest(image) {\n\tendswith(image, \":latest\")\n}\n\nlatest(image) {\n\tnot contains(image, \":\")\n}\n");
    let report = judged(&folder, 1);
    assert_eq!(
        report.messages(),
        ["is open on every node", "web uses the tag latest"]
    );
}

#[test]
fn libraries_lie_beside_policies_or_come_on_their_own() {
    let library = "package lib.images\n\nlatest(image) if endswith(image, \":latest\")\n";
    let policy = "package main\n\nimport data.lib.images\n\ndeny contains msg if {\n\tsome container in input.spec.template.spec.containers\n\timages.latest(container.image)\n\tmsg := container.name\n}\n";
    let folder = with_policy(policy);
    folder.write("policy/deep/er/images.rego", library);
    assert_eq!(judged(&folder, 1).messages(), ["web"]);
    // A test beside them is no policy.
    folder.write(
        "policy/main_test.rego",
        "package main\n\ntest_x if {\n\tcount(deny) == 0 with input as {}\n}\n",
    );
    assert_eq!(judged(&folder, 1).messages(), ["web"]);
}

#[test]
fn exceptions_excuse_what_they_name() {
    let rules = r#"package main

deny_latest contains "uses the tag latest" if input.kind == "Deployment"

deny_node_port contains "is open on every node" if input.spec.type == "NodePort"

exception contains ["latest"] if input.metadata.name == "web"
"#;
    let folder = with_policy(rules);
    let report = judged(&folder, 1);
    assert_eq!(report.messages(), ["is open on every node"]);
    assert_eq!(report.list("suppressed").len(), 1, "what is excused is told");
    let table = folder.run(ALONE).exits(1);
    table.shows(&["1 suppressed"]);
}

#[test]
fn other_packages_are_policies_too_and_names_do_not_clash() {
    let folder = with_policy("package main\n\ndeny contains \"main\" if input.kind == \"Service\"\n");
    folder.write(
        "policy/team.rego",
        "package team.a\n\ndeny contains \"team\" if input.kind == \"Service\"\n",
    );
    folder.write(
        "more/main.rego",
        "package main\n\ndeny contains \"more\" if input.kind == \"Service\"\n",
    );
    let report = folder
        .run(ALONE.into_iter().chain(["-p", "more", "-o", "json"]))
        .exits(1)
        .report();
    assert_eq!(report.messages(), ["main", "more", "team"]);
}

#[test]
fn warnings_alone_do_not_fail() {
    let folder = with_policy("package main\n\nwarn contains \"careful\" if input.kind == \"Service\"\n");
    folder.run(ALONE).exits(0).shows(&["careful"]);
    folder
        .run(ALONE.into_iter().chain(["--fail-on", "medium"]))
        .exits(1);
}

#[test]
fn a_policy_about_another_kind_passes() {
    let folder = with_policy("package main\n\ndeny contains \"no\" if input.kind == \"CronJob\"\n");
    assert_eq!(judged(&folder, 0).messages(), [""; 0]);
    let folder = with_policy(
        "package main\n\ndeny contains \"no\" if {\n\tinput.kind == \"Deployment\"\n\tinput.metadata.name == \"db\"\n}\n",
    );
    assert_eq!(judged(&folder, 0).messages(), [""; 0]);
}

/// One rule that fails to run is an error of that rule: it neither passes nor takes the others with it.
#[test]
fn a_rule_that_fails_to_run_is_told() {
    let folder = with_policy(
        "package main\n\ndeny contains \"fine\" if input.kind == \"Service\"\n\ndeny_broken contains msg if {\n\tinput.kind == \"Service\"\n\tmsg := sprintf(\"%d\", [to_number(\"x\")])\n}\n",
    );
    let report = judged(&folder, 1);
    assert_eq!(report.messages(), ["fine"]);
    assert!(report.errors()[0].contains("main.rego"), "{:?}", report.errors());
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);
    // Alone, it makes the run incomplete, not clean.
    let folder = with_policy(
        "package main\n\ndeny contains msg if {\n\tinput.kind == \"Service\"\n\tmsg := sprintf(\"%d\", [to_number(\"x\")])\n}\n",
    );
    let report = judged(&folder, 3);
    assert_eq!(report.errors().len(), 1);
}

#[test]
fn one_file_can_be_given() {
    let folder = with_policy("package main\n\ndeny contains \"one\" if input.kind == \"Service\"\n");
    folder.write(
        "policy/other.rego",
        "package other\n\ndeny contains \"other\" if input.kind == \"Service\"\n",
    );
    let report = folder
        .run([
            "check",
            "app.yaml",
            "-p",
            "policy/main.rego",
            "--bundle",
            "none",
            "-o",
            "json",
        ])
        .exits(1)
        .report();
    assert_eq!(report.messages(), ["one"]);
}

#[test]
fn foreign_policies_come_on_top_of_an_environments_own() {
    let folder = Folder::with_stage();
    folder.write(
        "app.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: rogue, namespace: kube-system}\n",
    );
    folder.write(
        "policy/main.rego",
        "package main\n\ndeny contains \"foreign\" if input.kind == \"Service\"\n",
    );
    let report = folder
        .run(["check", "app.yaml", "-e", "stage", "-p", "policy", "-o", "json"])
        .exits(1)
        .report();
    assert_eq!(report.findings().len(), 2, "{:?}", report.findings());
    let skipped = folder.run(["policy", "list", "-p", "policy"]).exits(0);
    skipped.shows(&["main", "registry-size"]);
}

#[test]
fn results_do_not_depend_on_the_number_of_workers() {
    let folder = with_policy(
        "package main\n\ndeny contains sprintf(\"%s\", [input.metadata.name]) if input.kind == \"Service\"\n",
    );
    let services: String = (0..400)
        .map(|n| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: n{}}}\n",
                n % 7
            )
        })
        .collect();
    for part in 0..8 {
        folder.write(
            &format!("many/{part}.yaml"),
            services.replace("name: s", &format!("name: p{part}-s")),
        );
    }
    for format in ["table", "json", "sarif", "junit", "markdown"] {
        let run = |jobs: &str| {
            let arguments = [
                "check",
                "many",
                "-p",
                "policy",
                "--bundle",
                "none",
                "--now",
                "2026-11-23T03:00:00Z",
                "-o",
                format,
                "--jobs",
                jobs,
            ];
            folder.run(arguments).exits(1).stdout
        };
        let one = run("1");
        assert!(one == run("4") && one == run("16"), "{format}");
    }
}

#[test]
fn in_an_audit_a_policy_about_pods_is_told_of_the_workloads() {
    let folder = Folder::new();
    folder.write(
        "policy/pods.rego",
        "package pods\n\ndeny contains msg if {\n\tinput.kind == \"Pod\"\n\tmsg := sprintf(\"Pod %s is one\", [input.metadata.name])\n}\n",
    );
    let demo = environment("demo.yaml");
    let audit = ["audit", &demo, "-p", "policy", "--bundle", "none", "-o", "json"];
    let report = folder.run(audit).exits(1).report();
    let findings = report.list("findings");
    let judged = &report.list("policies")[0]["counts"];
    let pods = judged["fail"].as_u64().unwrap();
    assert!(
        (findings.len() as u64) < pods,
        "{} findings about {pods} Pods",
        findings.len()
    );
    let mut counted = 0;
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        let name = finding["resource"]["name"].as_str().unwrap();
        match finding["resource"]["kind"].as_str().unwrap() {
            // Bare ones.
            "Pod" => counted += 1,
            kind => {
                assert!(
                    ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"].contains(&kind),
                    "{kind}"
                );
                let owned = message.strip_prefix(&format!("Pod {name} is one (")).unwrap();
                counted += owned.split(' ').next().unwrap().parse::<u64>().unwrap();
                let file = finding["location"]["file"].as_str().unwrap();
                assert!(
                    file.ends_with(&format!("{kind}.ndjson")),
                    "{file} is where {kind} {name} stands"
                );
            }
        }
        assert!(finding["owner"].is_null());
    }
    assert_eq!(counted, pods, "each Pod is counted in one finding");
}
