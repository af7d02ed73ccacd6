//! Waivers on every path: manifests, snapshots, single objects, the environment, and what was not evaluated. What they
//! accept stays in every report and stops counting; what has expired accepts nothing.

use crate::program::{Folder, Report, copy, environment, finish, recapture, root, run};
use serde_json::{Value, json};
use std::fs;

/// A policy of severity high on images, and one of severity medium.
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
const IMAGE: &str = "          image: nginx:1";
const NOW: &str = "2026-11-23T03:00:00Z";

fn with_manifest(annotations: &str, image: &str) -> Folder {
    let folder = Folder::with_stage();
    folder.write("policy/main.rego", POLICY);
    folder.write(
        "app.yaml",
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ii\n  namespace: back\n  annotations: {{{annotations}}}\n\
             spec:\n  template:\n    spec:\n      containers:\n        - name: ii\n{image}\n"
        ),
    );
    folder
}

fn check_at<'a>(now: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let first = [
        "check", "app.yaml", "-p", "policy", "--bundle", "none", "-e", "stage", "--now", now,
    ];
    [&first, more].concat()
}

fn check<'a>(more: &[&'a str]) -> Vec<&'a str> {
    check_at(NOW, more)
}

/// The waiver of each finding as `policy: source state expires`; `-` where there is none.
fn waivers(report: &Report) -> Vec<String> {
    let findings = report.list("findings").iter();
    findings
        .map(|finding| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let waiver = &finding["waiver"];
            let policy = text(&finding["policy"]);
            if waiver.is_null() {
                return format!("{policy}: -");
            }
            let [source, state, expires] = ["source", "state", "expires"].map(|field| text(&waiver[field]));
            format!("{policy}: {source} {state} {expires}")
        })
        .collect()
}

fn warnings(report: &Report) -> Vec<&str> {
    report.list("warnings").iter().filter_map(Value::as_str).collect()
}

fn entry(policy: &str, resources: &str, expires: &str) -> String {
    format!(
        "- policy: {policy}\n  resources: ['{resources}']\n  reason: it is being moved\n  owner: platform team\n  \
         ticket: OPS-212\n  expires: {expires}\n"
    )
}

#[test]
fn a_waiver_file_opens_the_gate_of_check() {
    let folder = with_manifest("", IMAGE);
    folder.run(check(&[])).exits(1);
    folder.write(
        "accepted.yaml",
        format!(
            "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers:\n{}",
            entry("main.deny", "back/ii (Deployment)", "2027-01-31")
        ),
    );
    let shown = folder.run(check(&["--waivers", "accepted.yaml"])).exits(0).stdout;
    insta::assert_snapshot!(shown, @"
    warning[main.warn]: no owner
      ╭▸ app.yaml:4:9
      │
    4 │   name: ii
      │         ━━ Deployment back/ii
      │
      ╰ waive: # envcheck:waive main.warn expires=2027-02-21 owner=… -- reason

    HIGH      main.deny   back/ii (Deployment)   waived until 2027-01-31 (platform team, OPS-212)

    1 finding in 1 file (1 object) · 1 waived, expires in 69 days
    ");
    let report = folder
        .run(check(&["--waivers", "accepted.yaml", "-o", "json"]))
        .exits(0)
        .report();
    assert_eq!(
        waivers(&report),
        ["main.deny: file active 2027-01-31", "main.warn: -"]
    );
    let waiver = &report.list("findings")[0]["waiver"];
    for (field, value) in [
        ("reason", json!("it is being moved")),
        ("owner", json!("platform team")),
        ("ticket", json!("OPS-212")),
        ("place", json!("accepted.yaml:4:3")),
        ("daysLeft", json!(69)),
    ] {
        assert_eq!(waiver[field], value, "{field}");
    }
    assert_eq!(report.0["summary"]["waived"], 1);
    assert_eq!(report.0["summary"]["findings"]["total"], 1);
    assert_eq!(report.0["waivers"][0]["findings"], 1);

    let sarif = folder
        .run(check(&["--waivers", "accepted.yaml", "-o", "sarif"]))
        .exits(0)
        .json();
    let results = &sarif["runs"][0]["results"];
    assert_eq!(
        results[0]["suppressions"],
        json!([{
            "kind": "external", "status": "accepted",
            "justification":
                "it is being moved; waived until 2027-01-31 (platform team, OPS-212) in accepted.yaml:4:3",
        }])
    );
    assert_eq!(
        results[1]["suppressions"],
        json!([]),
        "all results of a run have them, or none"
    );
}

#[test]
fn what_has_expired_counts_again() {
    let folder = with_manifest("", IMAGE);
    folder.write("accepted.yaml", entry("main.deny", "back/ii", "2026-11-23"));
    let more = ["--waivers", "accepted.yaml", "-o", "json"];
    let last = folder
        .run(check_at("2026-11-23T23:59:59Z", &more))
        .exits(0)
        .report();
    assert_eq!(
        waivers(&last),
        ["main.deny: file expiring 2026-11-23", "main.warn: -"]
    );
    let over = folder
        .run(check_at("2026-11-24T00:00:00Z", &more))
        .exits(1)
        .report();
    assert_eq!(waivers(&over), ["main.deny: -", "main.warn: -"]);
    assert_eq!(
        warnings(&over),
        [
            "accepted.yaml:1:3: waiver of main.deny: expired on 2026-11-23 (yesterday): it waives nothing \
             (mend what it waives, or decide anew and write another day)"
        ]
    );
    // Too far ahead is no waiver, either; the variable names files as the flag does.
    folder.write("accepted.yaml", entry("main.deny", "back/ii", "2027-06-01"));
    let mut program = folder.program(check(&["-o", "json"]));
    program.env("ENVCHECK_WAIVERS", "accepted.yaml");
    let report = finish(program, None).exits(1).report();
    assert_eq!(report.list("waivers")[0]["state"], "malformed");
    let told = warnings(&report);
    assert!(
        told[0].contains("190 days ahead: a waiver holds for at most 180"),
        "{told:?}"
    );
}

#[test]
fn comments_and_annotations_open_the_gate_where_the_spec_allows_it() {
    let waiver = "# envcheck:waive main.deny expires=2027-01-31 owner=\"platform team\" -- it is being moved";
    let annotation =
        "envcheck.dev/waive.main.deny: \"it is being moved; owner=platform team; expires=2027-01-31\"";
    let above = format!("          {waiver}\n{IMAGE}");
    let beside = format!("{IMAGE} {waiver}");
    for (annotations, image, source, place) in [
        ("", above.as_str(), "comment", "app.yaml:12:11"),
        ("", beside.as_str(), "comment", "app.yaml:12:26"),
        (annotation, IMAGE, "annotation", "app.yaml:6:47"),
    ] {
        let folder = with_manifest(annotations, image);
        let report = folder.run(check(&["-o", "json"])).exits(0).report();
        let accepted = format!("main.deny: {source} active 2027-01-31");
        assert_eq!(waivers(&report), [accepted.as_str(), "main.warn: -"]);
        let found = &report.list("findings")[0]["waiver"];
        assert_eq!(found["place"], place);
        assert_eq!(found["owner"], "platform team");
        let sarif = folder.run(check(&["-o", "sarif"])).exits(0).json();
        let suppressions = &sarif["runs"][0]["results"][0]["suppressions"];
        assert_eq!(suppressions[0]["kind"], "inSource");

        // What a change holds does not open the gate that the trusted spec keeps shut.
        let spec = folder.read("environments/stage.yaml");
        folder.write(
            "environments/stage.yaml",
            format!("{spec}  policies: {{inlineWaivers: none}}\n"),
        );
        let report = folder.run(check(&["-o", "json"])).exits(1).report();
        assert_eq!(waivers(&report), ["main.deny: -", "main.warn: -"]);
        let told = warnings(&report);
        assert!(told[0].contains("the spec allows no inline waivers"), "{told:?}");
    }
}

#[test]
fn check_proposes_a_comment_that_waives_what_it_found() {
    let folder = with_manifest("", IMAGE);
    let shown = folder.run(check(&[])).exits(1).stdout;
    let proposed = shown
        .lines()
        .find(|line| line.contains("waive: # envcheck:waive main.deny"));
    let (_, comment) = proposed.unwrap().split_once("waive: ").unwrap();
    assert_eq!(
        comment,
        "# envcheck:waive main.deny expires=2027-02-21 owner=… -- reason"
    );
    let image = format!("          {comment}\n{IMAGE}");
    let report = with_manifest("", &image)
        .run(check(&["-o", "json"]))
        .exits(0)
        .report();
    assert_eq!(
        waivers(&report),
        ["main.deny: comment active 2027-02-21", "main.warn: -"]
    );

    // Not where it would be of no use: the spec refuses it, or JSON, which has no comments.
    let object: Value = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "ii", "namespace": "back"},
        "spec": {"template": {"spec": {"containers": [{"name": "ii", "image": "nginx:1"}]}}}});
    folder.write("app.yaml", object.to_string());
    assert!(!folder.run(check(&[])).exits(1).stdout.contains("waive:"));
    let folder = with_manifest("", IMAGE);
    let spec = folder.read("environments/stage.yaml");
    folder.write(
        "environments/stage.yaml",
        format!("{spec}  policies: {{inlineWaivers: none}}\n"),
    );
    assert!(!folder.run(check(&[])).exits(1).stdout.contains("waive:"));
}

#[test]
fn what_was_not_evaluated_is_waived_where_its_object_stands() {
    let annotation = "  annotations:\n    envcheck.dev/waive.grafana-not-public: from a vault; owner=platform team; expires=2027-01-31\n";
    let comment =
        "  # envcheck:waive grafana-not-public expires=2027-01-31 owner=\"platform team\" -- from a vault\n";
    for (source, before, after) in [
        ("-", "", ""),
        ("annotation", "", annotation),
        ("comment", comment, ""),
    ] {
        let folder = Folder::with_stage();
        let spec = folder.read("environments/stage.yaml");
        folder.write(
            "environments/stage.yaml",
            format!("{spec}    - {{name: prometheus, role: monitoring}}\n"),
        );
        folder.write(
            "grafana.yaml",
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n{before}  name: grafana\n  namespace: prometheus\n{after}\
                 spec:\n  template:\n    metadata: {{labels: {{app: grafana}}}}\n    spec:\n      containers:\n\
                 \x20       - {{name: grafana, image: 'grafana/grafana:12.0.0', volumeMounts: [{{name: c, mountPath: /etc/grafana}}]}}\n\
                 \x20     volumes: [{{name: c, secret: {{secretName: c}}}}]\n"
            ),
        );
        let arguments = ["check", "grafana.yaml", "-e", "stage", "--now", NOW, "-o", "json"];
        let outcome = folder.run(arguments);
        let report = outcome.exits(if source == "-" { 3 } else { 0 }).report();
        let gap = &report.list("notEvaluated")[0];
        assert_eq!(gap["policy"], "grafana-not-public");
        assert_eq!(gap["waiver"]["source"].as_str().unwrap_or("-"), source);
    }
}

#[test]
fn an_environment_policy_is_waived_in_a_manifest() {
    let policy = "backend-accepts-all-namespaces";
    let folder = Folder::with_stage();
    folder.write(
        "back.yaml",
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: back}}\n---\napiVersion: apps/v1\nkind: Deployment\n\
             metadata:\n  name: ii\n  namespace: back\n  annotations:\n    envcheck.dev/waive.{policy}: r; owner=o; expires=2027-01-31\n\
             spec:\n  template:\n    metadata: {{labels: {{app: ii}}}}\n    spec:\n      containers:\n\
             \x20       - {{name: ii, image: a, ports: [{{containerPort: 80}}]}}\n"
        ),
    );
    let arguments = [
        "check",
        "back.yaml",
        "-e",
        "stage",
        "--complete",
        "--only",
        policy,
        "--now",
        NOW,
        "-o",
        "json",
    ];
    let report = folder.run(arguments).exits(1).report();
    assert_eq!(
        waivers(&report),
        [format!("{policy}: -")],
        "a critical finding is not waived inline"
    );
    let told = warnings(&report);
    assert!(
        told[0].starts_with("back.yaml:11:") && told[0].contains("a critical finding is not waived inline"),
        "{told:?}"
    );
    let spec = folder.read("environments/stage.yaml");
    folder.write(
        "environments/stage.yaml",
        format!("{spec}  policies: {{inlineWaivers: [{policy}]}}\n"),
    );
    let report = folder.run(arguments).exits(0).report();
    assert_eq!(
        waivers(&report),
        [format!("{policy}: annotation active 2027-01-31")]
    );
}

/// The demo, with waivers in a file of its spec.
fn demo_with(waivers: &str) -> Folder {
    let folder = Folder::new();
    folder.write("environments/accepted.yaml", waivers);
    folder.write(
        "environments/mine.yaml",
        format!(
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: demo}}\nextends: {}\n\
             spec:\n  waivers: [accepted.yaml]\n",
            environment("demo.yaml")
        ),
    );
    folder
}

#[test]
fn an_audit_of_a_snapshot_honours_the_files_of_its_spec() {
    let plain = run(["audit", "demo", "-o", "json"]).exits(1).report();
    // Environment policies and object policies, one resource and all of them, and what waives nothing.
    let folder = demo_with(
        &[
            entry("dedicated-load-balancer", "*", "2027-01-31"),
            entry("exposure-undeclared", "b2b/b2b-web (Service)", "2026-12-01"),
            entry("registry-size", "*", "2026-11-22"),
            entry("namespace-isolation", "back/gone", "2026-12-31"),
            entry("namespace-isolaton", "b2b/*", "2026-12-31"),
            entry("proxy-layer", "b2b/*", "2026-12-31"),
        ]
        .concat(),
    );
    let report = folder.run(["audit", "mine", "-o", "json"]).exits(1).report();
    assert_eq!(report.findings(), plain.findings(), "nothing is hidden");
    let waived: Vec<String> = waivers(&report)
        .into_iter()
        .filter(|line| !line.ends_with('-'))
        .collect();
    let balancers = "dedicated-load-balancer: file active 2027-01-31";
    let exposure = "exposure-undeclared: file expiring 2026-12-01";
    assert_eq!(waived, [balancers, balancers, balancers, balancers, exposure]);
    let states = report.list("waivers").iter().map(|waiver| &waiver["state"]);
    assert_eq!(
        states.collect::<Vec<_>>(),
        ["active", "expiring", "expired", "unused", "malformed", "unused"]
    );
    let told = warnings(&report);
    for words in [
        "waiver of registry-size: expired on 2026-11-22 (yesterday)",
        "waiver of namespace-isolation: unused: there is nothing that it accepts",
        "no policy is called namespace-isolaton (did you mean namespace-isolation?)",
    ] {
        assert!(told.iter().any(|line| line.contains(words)), "{words}: {told:?}");
    }

    let one = ["audit", "mine", "--only", "dedicated-load-balancer"];
    folder.run(one).exits(0).shows(&[
        "CRITICAL  dedicated-load-balancer   4 findings   waived until 2027-01-31 (platform team, OPS-212)",
        "clean: 1 policy",
        "4 waived, the first expires in 69 days",
    ]);
}

#[test]
fn an_annotation_in_a_snapshot_covers_its_object() {
    let folder = demo_with("");
    copy(&root().join("environments/demo"), &folder.path().join("copy"));
    let waive = |deployments: &mut Vec<Value>| {
        let web = deployments
            .iter_mut()
            .find(|one| one["metadata"]["name"] == "b2b-web");
        web.unwrap()["metadata"]["annotations"]["envcheck.dev/waive.namespace-isolation"] =
            json!("partners move in December; owner=platform team; expires=2026-12-31");
    };
    recapture(
        &folder.path().join("copy"),
        "objects/apps/v1/Deployment.ndjson",
        waive,
    );
    let arguments = [
        "audit",
        "mine",
        "--snapshot",
        "copy",
        "--only",
        "namespace-isolation",
        "-o",
        "json",
    ];
    let report = folder.run(arguments).exits(1).report();
    assert_eq!(
        waivers(&report),
        [
            "namespace-isolation: annotation active 2026-12-31",
            "namespace-isolation: -"
        ]
    );
    assert_eq!(
        report.list("findings")[0]["waiver"]["place"],
        "b2b/b2b-web (Deployment)"
    );
    // The environment's document tells of it as well.
    folder
        .run(["document", "mine", "--snapshot", "copy"])
        .exits(0)
        .shows(&[
            "| `namespace-isolation` | `b2b/b2b-web (Deployment)` | 2026-12-31 | `platform team` | `partners move in December` | annotation |",
        ]);
}

#[test]
fn what_was_not_evaluated_can_be_waived_and_stays_in_sight() {
    let blind = |waivers: &str| {
        let folder = demo_with(waivers);
        copy(
            &root().join("environments/demo-clean"),
            &folder.path().join("copy"),
        );
        fs::remove_dir_all(folder.path().join("copy/account")).unwrap();
        folder
    };
    let two = "vpc-membership,namespace-isolation";
    let audit = |only: &'static str| ["audit", "mine", "--snapshot", "copy", "--only", only];
    blind("").run(audit(two)).exits(3);

    let folder = blind(&entry("vpc-membership", "*", "2026-12-31"));
    folder.run(audit(two)).exits(0).shows(&[
        "not evaluated",
        "; waived until 2026-12-31 (platform team, OPS-212)",
        "coverage 100 % (",
        " not evaluated and waived)",
    ]);
    let json = audit(two).into_iter().chain(["-o", "json"]);
    let report = folder.run(json).exits(0).report();
    assert_eq!(report.verdict("vpc-membership"), "not evaluated");
    for gap in report.list("notEvaluated") {
        assert_eq!(gap["policy"], "vpc-membership");
        assert_eq!(gap["waiver"]["state"], "active");
    }
    let coverage = &report.0["coverage"];
    assert_eq!(coverage["notEvaluated"], coverage["waived"]);
    assert_eq!(coverage["waived"], report.list("notEvaluated").len());

    // Where waivers accept everything, nothing was evaluated; and what has expired lowers coverage again.
    folder
        .run(audit("vpc-membership"))
        .exits(3)
        .shows(&["nothing was evaluated: waivers accept all of it"]);
    blind(&entry("vpc-membership", "*", "2026-11-22"))
        .run(audit(two))
        .exits(3);
}

#[test]
fn a_waiver_file_that_is_none_ends_the_run() {
    let folder = with_manifest("", IMAGE);
    folder
        .run(check(&["--waivers", "gone.yaml"]))
        .refuses(&["cannot read the waivers in gone.yaml: it does not exist"]);
    for (text, words) in [
        ("- policy: [\n", "accepted.yaml:1:11"),
        (
            "apiVersion: v1\nkind: Waivers\n",
            "write `apiVersion: envcheck.dev/v1`",
        ),
    ] {
        folder.write("accepted.yaml", text);
        folder
            .run(check(&["--waivers", "accepted.yaml"]))
            .refuses(&[words]);
    }
}

#[test]
fn waivers_are_listed_with_the_days_that_they_have_left() {
    let folder = demo_with(
        &[
            entry("dedicated-load-balancer", "*/*", "2027-01-31"),
            entry("registry-size", "acme (Registry)", "2026-11-22"),
            "- {policy: registry-size}\n".to_owned(),
        ]
        .concat(),
    );
    let list = ["waivers", "list", "mine", "--now", NOW];
    insta::assert_snapshot!(folder.run(list).exits(0).stdout, @"
    active     2027-01-31 (69 days left)  dedicated-load-balancer  */*              platform team, OPS-212
    expired    2026-11-22 (1 day ago)     registry-size            acme (Registry)  platform team, OPS-212
    malformed  -                          registry-size                             environments/accepted.yaml:13:3: the waiver has no resources
    ");
    let json = folder.run(list.into_iter().chain(["-o", "json"])).exits(0).json();
    let rows = json["waivers"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[0]["state"], &rows[0]["daysLeft"]),
        (&json!("active"), &json!(69))
    );
    assert_eq!(rows[1]["state"], "expired");
    assert_eq!(rows[2]["problems"].as_array().unwrap().len(), 4);
}

#[test]
fn lint_says_what_is_wrong_and_where() {
    let good = entry("dedicated-load-balancer", "*/*", "2027-01-31");
    let folder = demo_with(&good);
    let lint = || folder.run(["waivers", "lint", "mine", "--now", NOW]);
    lint().exits(0).shows(&["1 waiver, as it should be"]);
    for (text, words) in [
        (entry("registry-size", "*", "2026-11-22"), "expired on 2026-11-22"),
        (entry("registry-size", "*", "2027-12-31"), "403 days ahead"),
        (
            entry("registry-sise", "*", "2026-12-31"),
            "did you mean registry-size?",
        ),
        (
            "- {policy: registry-size}\n".to_owned(),
            "the waiver has no expires",
        ),
        ("- {polcy: registry-size}\n".to_owned(), "did you mean `policy`?"),
        ("- a: [\n".to_owned(), "only valid inside a block"),
    ] {
        folder.write("environments/accepted.yaml", format!("{text}{good}"));
        let outcome = lint().exits(1);
        assert_eq!(outcome.stdout, "");
        outcome.says(&[words, "environments/accepted.yaml:"]);
    }
    fs::remove_file(folder.path().join("environments/accepted.yaml")).unwrap();
    lint().refuses(&["cannot read the waivers in environments/accepted.yaml: it does not exist"]);
    folder.run(["waivers", "lint"]).exits(2);
}
