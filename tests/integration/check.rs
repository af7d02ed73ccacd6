//! `check`, the gate for manifests: what is read, what is left alone, what fails and what only lowers coverage.

use crate::program::{Folder, environment};

/// The policy that all of these tests judge by: it needs no account and no complete view.
const POLICY: &str = "no-apps-in-system-namespaces";

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: kube-system\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

fn harmless(name: &str) -> String {
    service(name).replace("kube-system", "back")
}

fn finding(name: &str) -> String {
    format!("{POLICY} critical kube-system/{name}[Service]")
}

const ON_STAGE: [&str; 4] = ["-e", "stage", "--only", POLICY];

fn arguments<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["check"], first, &ON_STAGE, more].concat()
}

#[test]
fn a_finding_shows_its_line() {
    let folder = Folder::with_stage();
    folder.write(
        "apps/rogue.yaml",
        format!("# Left over from the migration.\n{}", service("rogue")),
    );
    folder.write("apps/fine.yaml", harmless("fine"));
    let shown = folder.run(arguments(&["apps"], &[])).exits(1).stdout;
    insta::assert_snapshot!(shown, @"
    error[no-apps-in-system-namespaces]: is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager
      ╭▸ apps/rogue.yaml:5:9
      │
    5 │   name: rogue
      │         ━━━━━ Service kube-system/rogue
      │
      ├ help: Move it to a namespace of its own, or list it under systemNamespaces.allow.
      ╰ fix: move it to a namespace of its own, or list kube-system/Service/rogue under systemNamespaces.allow

    1 finding in 2 files (2 objects)
    ");
    let report = folder
        .run(arguments(&["apps"], &["-o", "json"]))
        .exits(1)
        .report();
    assert_eq!(report.findings(), [finding("rogue")]);
    assert_eq!(report.places(), ["apps/rogue.yaml:5:9"]);
    assert_eq!(report.objects(), 2);
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn clean_manifests_exit_0() {
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    let shown = folder
        .run(arguments(&["fine.yaml"], &["--complete"]))
        .exits(0)
        .stdout;
    insta::assert_snapshot!(shown, @"clean: 0 policies (1 not applicable) over 1 object in 1 file, coverage 100 %");
}

#[test]
fn something_must_say_what_to_check_against() {
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    let outcome = folder.run(["check", "fine.yaml"]).refuses(&["-e ENV", "-p DIR"]);
    insta::assert_snapshot!(outcome.stderr, @"
    error: nothing says what to check the manifests against
    hint: name an environment with -e ENV, or policies with -p DIR (alone: --bundle none)
    ");
}

#[test]
fn no_object_is_incomplete_unless_allowed() {
    let folder = Folder::with_stage();
    folder.write("values.yaml", "replicas: 3\n");
    folder.write("d/README.md", "# Nothing\n");
    for path in ["values.yaml", "d"] {
        let outcome = folder.run(arguments(&[path], &[])).exits(3);
        outcome.shows(&["no Kubernetes object"]);
        folder.run(arguments(&[path], &["--allow-empty"])).exits(0);
    }
    let report = folder
        .run(arguments(&["values.yaml"], &["-o", "json"]))
        .exits(3)
        .report();
    assert_eq!(report.0["source"]["notKubernetes"], 1);
    assert_eq!(report.0["gate"]["incomplete"], true);
    assert_eq!(report.exit_code(), 3);
    // An unreadable file is not an empty one.
    folder.write("broken.yaml", "a: [\n");
    folder
        .run(arguments(&["broken.yaml"], &["--allow-empty"]))
        .exits(3);
}

#[test]
fn a_broken_document_costs_only_itself() {
    let folder = Folder::with_stage();
    let broken = "apiVersion: v1\nkind: [Service\n";
    folder.write(
        "mixed.yaml",
        [harmless("one"), broken.to_owned(), harmless("two")].join("---\n"),
    );
    let report = folder
        .run(arguments(&["mixed.yaml"], &["-o", "json"]))
        .exits(3)
        .report();
    assert_eq!(report.objects(), 2, "the documents around it are judged");
    let told = report.not_evaluated();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("mixed.yaml:9"),
        "its own line, not the file's first: {told:?}"
    );
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);

    folder.write(
        "mixed.yaml",
        [service("rogue"), broken.to_owned(), harmless("two")].join("---\n"),
    );
    let report = folder
        .run(arguments(&["mixed.yaml"], &["-o", "json"]))
        .exits(1)
        .report();
    assert_eq!(report.findings(), [finding("rogue")]);
    assert_eq!(
        report.0["gate"]["incomplete"], true,
        "exit 1 does not hide that it is incomplete as well"
    );

    let accepted = ["--fail-on", "never", "--min-coverage", "0%"];
    folder.run(arguments(&["mixed.yaml"], &accepted)).exits(0);
}

#[test]
fn lists_are_taken_apart() {
    let folder = Folder::with_stage();
    folder.write(
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n\
         - apiVersion: v1\n  kind: Service\n  metadata: {name: a, namespace: kube-system}\n\
         - apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Service, metadata: {name: b, namespace: kube-system}}\n",
    );
    folder.write(
        "typed.yaml",
        "apiVersion: v1\nkind: ServiceList\nmetadata: {resourceVersion: '1'}\nitems:\n\
         - metadata: {name: c, namespace: kube-system}\n- metadata: {name: d, namespace: kube-system}\n",
    );
    folder.write(
        "empty.yaml",
        "apiVersion: v1\nkind: PodList\nitems: []\n---\napiVersion: v1\nkind: List\nitems: null\n",
    );
    let report = folder
        .run(arguments(
            &["list.yaml", "typed.yaml", "empty.yaml"],
            &["-o", "json"],
        ))
        .exits(1)
        .report();
    assert_eq!(report.findings(), ["a", "b", "c", "d"].map(finding));
    assert_eq!(report.objects(), 4);
    let mut places = report.places();
    places.sort();
    assert_eq!(
        places,
        [
            "list.yaml:6:20",
            "list.yaml:7:3",
            "typed.yaml:5:20",
            "typed.yaml:6:20"
        ],
        "each finding stands at its own item; what is in a list of a list, at the inner list"
    );
}

#[test]
fn json_and_standard_input_are_read() {
    let folder = Folder::with_stage();
    folder.write(
        "rogue.json",
        r#"{"apiVersion": "v1", "kind": "Service",
  "metadata": {"name": "rogue", "namespace": "kube-system"}}"#,
    );
    let report = folder
        .run(arguments(&["rogue.json"], &["-o", "json"]))
        .exits(1)
        .report();
    assert_eq!(report.findings(), [finding("rogue")]);
    assert_eq!(report.places(), ["rogue.json:2:24"]);

    let piped = format!("{}---\n{}", harmless("fine"), service("piped"));
    let report = folder
        .run_with_input(arguments(&["-"], &["-o", "json"]), piped.as_bytes())
        .exits(1)
        .report();
    assert_eq!(report.findings(), [finding("piped")]);
    assert_eq!(report.places(), ["-:11:9"]);
    // Together with files, and with nothing on it.
    let report = folder
        .run_with_input(arguments(&["-", "rogue.json"], &["-o", "json"]), b"")
        .exits(1)
        .report();
    assert_eq!(report.findings(), [finding("rogue")]);
}

#[test]
fn line_endings_and_byte_order_marks_do_not_move_places() {
    let folder = Folder::with_stage();
    folder.write("dos.yaml", service("dos").replace('\n', "\r\n"));
    folder.write("marked.yaml", format!("\u{feff}{}", service("marked")));
    folder.write("unfinished.yaml", service("unfinished").trim_end());
    let report = folder
        .run(arguments(
            &["dos.yaml", "marked.yaml", "unfinished.yaml"],
            &["-o", "json"],
        ))
        .exits(1)
        .report();
    assert_eq!(report.findings(), ["dos", "marked", "unfinished"].map(finding));
    assert_eq!(
        report.places(),
        ["dos.yaml:4:9", "marked.yaml:4:9", "unfinished.yaml:4:9"]
    );
}

#[test]
fn objects_without_a_name_yet_are_judged_one_by_one() {
    let folder = Folder::with_stage();
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-, namespace: kube-system}\n";
    folder.write("jobs.yaml", format!("{job}---\n{job}"));
    let report = folder
        .run(arguments(&["jobs.yaml"], &["-o", "json"]))
        .exits(1)
        .report();
    assert_eq!(report.objects(), 2);
    assert_eq!(report.findings().len(), 2, "{:?}", report.findings());
    assert_eq!(
        report.not_evaluated(),
        [""; 0],
        "they are no duplicates of one another"
    );
}

#[test]
fn one_identity_twice_is_told_with_both_places() {
    let folder = Folder::with_stage();
    folder.write("a.yaml", service("twin"));
    folder.write("b.yaml", format!("# later\n{}", service("twin")));
    let report = folder
        .run(arguments(&["a.yaml", "b.yaml"], &["-o", "json"]))
        .exits(1)
        .report();
    let told = report.not_evaluated().join("\n");
    assert!(told.contains("duplicate"), "{told}");
    assert!(told.contains("a.yaml:1") && told.contains("b.yaml:"), "{told}");
}

#[test]
fn chart_templates_are_skipped_by_name() {
    let folder = Folder::with_stage();
    folder.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    folder.write("chart/values.yaml", "replicas: 3\n");
    folder.write(
        "chart/templates/service.yaml",
        "kind: {{ .Values.kind }}\n{{- if .Values.x }}\n",
    );
    folder.write("chart/templates/tests/test.yaml", "{{ include \"x\" . }}\n");
    folder.write("chart/crds/crd.yaml", service("rogue"));
    folder.write("templates/own.yaml", service("not-a-chart"));
    let report = folder.run(arguments(&["."], &["-o", "json"])).exits(1).report();
    assert_eq!(report.findings(), ["not-a-chart", "rogue"].map(finding));
    assert_eq!(report.not_evaluated(), [""; 0], "templates do not lower coverage");
    let skipped = report.0["source"]["skipped"].to_string();
    assert!(skipped.contains("chart/templates/service.yaml"), "{skipped}");
    assert!(skipped.contains("chart/templates/tests/test.yaml"), "{skipped}");
    assert!(
        skipped.contains("helm template"),
        "it says how to check them: {skipped}"
    );
    let table = folder.run(arguments(&["."], &[])).exits(1);
    table.shows(&["2 files skipped", "helm template"]);
}

/// A template given by name was meant: it cannot be judged, and that is told with a hint.
#[test]
fn a_template_given_by_name_is_not_evaluated() {
    let folder = Folder::with_stage();
    folder.write(
        "service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n",
    );
    let report = folder
        .run(arguments(&["service.yaml"], &["-o", "json"]))
        .exits(3)
        .report();
    let told = report.not_evaluated().join("\n");
    assert!(
        told.contains("service.yaml:") && told.contains("helm template"),
        "{told}"
    );
}

#[test]
fn files_of_other_tools_are_no_objects() {
    let folder = Folder::with_stage();
    folder.write(
        "kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\n",
    );
    folder.write("skaffold.yml", "apiVersion: skaffold/v4beta1\nkind: Config\n");
    folder.write("package.json", "{\"name\": \"web\"}");
    folder.write("web.yaml", service("web"));
    folder.write(".github/workflows/ci.yaml", "on: push\n");
    folder.write("notes.txt", service("not-a-manifest"));
    let report = folder.run(arguments(&["."], &["-o", "json"])).exits(1).report();
    assert_eq!(report.findings(), [finding("web")]);
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(
        report.0["source"]["notKubernetes"],
        3 + 1,
        "the three, and the environment's own spec"
    );
}

#[test]
fn the_threshold_decides_what_fails() {
    let folder = Folder::with_stage();
    folder.write("rogue.yaml", service("rogue"));
    for (flags, code) in [
        (vec!["--fail-on", "critical"], 1),
        (vec!["--fail-on", "low"], 1),
        (vec!["--fail-on", "never"], 0),
        (vec!["--exit-zero"], 0),
    ] {
        folder
            .run(arguments(&["rogue.yaml"], &flags))
            .exits(code)
            .shows(&["rogue"]);
    }
    folder
        .run(arguments(&["rogue.yaml"], &["--fail-on", "severe"]))
        .exits(2)
        .says(&["severe", "low, medium, high, critical"]);
    // A variable counts like a flag, and the flag wins.
    let mut command = folder.program(arguments(&["rogue.yaml"], &[]));
    command.env("ENVCHECK_FAIL_ON", "never");
    crate::program::finish(command, None).exits(0);
    let mut command = folder.program(arguments(&["rogue.yaml"], &["--fail-on", "high"]));
    command.env("ENVCHECK_FAIL_ON", "never");
    crate::program::finish(command, None).exits(1);
}

#[test]
fn the_wanted_coverage_decides_what_is_incomplete() {
    let folder = Folder::with_stage();
    folder.write("half.yaml", format!("{}---\na: [\n", harmless("fine")));
    folder.write(
        "named.rego",
        "package main\n\ndeny contains \"no name\" if not input.metadata.name\n",
    );
    let half = ["check", "half.yaml", "-p", "named.rego", "--bundle", "none"];
    for (percent, code) in [("100%", 3), ("51%", 3), ("50%", 0), ("0", 0)] {
        folder
            .run(half.into_iter().chain(["--min-coverage", percent]))
            .exits(code);
    }
    let shown = folder.run(half).exits(3).stdout;
    assert!(
        shown.contains("--min-coverage 50%"),
        "the hint names what was reached: {shown}"
    );
    folder.write("broken.yaml", "a: [\n");
    let shown = folder.run(arguments(&["broken.yaml"], &[])).exits(3).stdout;
    assert!(
        !shown.contains("--min-coverage"),
        "a hint that would not help: {shown}"
    );
    for wrong in ["101%", "-1", "half", "NaN"] {
        folder
            .run(arguments(&["half.yaml"], &[&format!("--min-coverage={wrong}")]))
            .exits(2)
            .says(&[wrong]);
    }
    folder.run(arguments(&["half.yaml"], &["--exit-zero"])).exits(0);
}

#[test]
fn unknown_policies_are_refused_with_a_suggestion() {
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    for flag in ["--only", "--skip"] {
        folder
            .run([
                "check",
                "fine.yaml",
                "-e",
                "stage",
                flag,
                "no-app-in-system-namespaces",
            ])
            .refuses(&["no-app-in-system-namespaces", "did you mean", POLICY]);
        folder
            .run(["check", "fine.yaml", "-e", "stage", flag, "zzz"])
            .refuses(&["zzz", "envcheck policy list"]);
    }
    folder
        .run(["check", "fine.yaml", "-e", "stage", "--bundle", "enviroment"])
        .refuses(&["enviroment", "environment"]);
    folder
        .run([
            "check",
            "fine.yaml",
            "-e",
            "stage",
            "--param",
            "registry-siz.maxAge=1h",
        ])
        .refuses(&["registry-siz"]);
    folder
        .run([
            "check",
            "fine.yaml",
            "-e",
            "stage",
            "--param",
            "registry-size.maxage=1h",
        ])
        .refuses(&["maxage", "maxAge"]);
    folder
        .run(["check", "fine.yaml", "-e", "stage", "--param", "registry-size"])
        .exits(2)
        .says(&["POLICY.KEY=VALUE"]);
    folder
        .run([
            "check",
            "fine.yaml",
            "-e",
            "stage",
            "--only",
            POLICY,
            "--skip",
            POLICY,
        ])
        .refuses(&["no policy is selected"]);
}

#[test]
fn a_missing_environment_names_those_that_are_there() {
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    folder.run(["check", "fine.yaml", "-e", "stag"]).refuses(&[
        "there is no environment stag",
        "environments/stag.yaml",
        "stage",
    ]);
    folder
        .run(["check", "fine.yaml", "-e", "elsewhere/dev.yaml"])
        .refuses(&["elsewhere/dev.yaml"]);
}

/// Policies about what is missing do not run on some files of an environment, and the summary says so.
#[test]
fn what_needs_the_whole_environment_runs_only_on_it() {
    let folder = Folder::with_stage();
    folder.write(
        "ii.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ii, namespace: back}\nspec:\n  selector: {matchLabels: {app: ii}}\n  \
         template:\n    metadata: {labels: {app: ii}}\n    spec: {containers: [{name: ii, image: ii, ports: [{containerPort: 8080}]}]}\n",
    );
    let policy = "backend-accepts-all-namespaces";
    let part = folder.run(["check", "ii.yaml", "-e", "stage"]);
    part.shows(&["need", "the whole environment", "--complete", "--on SNAPSHOT"]);
    let report = folder
        .run(["check", "ii.yaml", "-e", "stage", "-o", "json"])
        .report();
    assert_eq!(report.verdict(policy), "not applicable");
    let report = folder
        .run(["check", "ii.yaml", "-e", "stage", "-o", "json", "--complete"])
        .exits(1)
        .report();
    assert_eq!(report.verdict(policy), "fail");
    assert!(
        report
            .findings()
            .contains(&format!("{policy} critical back/ii[Deployment]"))
    );
    assert_eq!(report.places()[0], "ii.yaml:3:18");

    // With the NetworkPolicy that the document asks for, it passes.
    folder.write(
        "accept.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: accept-all, namespace: back}\nspec:\n  \
         podSelector: {}\n  policyTypes: [Ingress]\n  ingress: [{from: [{namespaceSelector: {}}]}]\n",
    );
    let report = folder
        .run([
            "check",
            "ii.yaml",
            "accept.yaml",
            "-e",
            "stage",
            "-o",
            "json",
            "--complete",
            "--only",
            policy,
        ])
        .exits(0)
        .report();
    assert_eq!(report.verdict(policy), "pass");
}

/// A change that mends the demo's first fault, judged as if it were applied.
#[test]
fn manifests_are_judged_over_a_snapshot() {
    let folder = Folder::new();
    let policy = "backend-accepts-all-namespaces";
    let (spec, snapshot) = (environment("demo.yaml"), environment("demo"));
    folder.write(
        "allow-all.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: allow-all, namespace: back}\nspec:\n  \
         podSelector: {}\n  policyTypes: [Ingress]\n  ingress: [{from: [{namespaceSelector: {}}]}]\n",
    );
    folder.write("fine.yaml", harmless("fine"));
    let on = |path: &'static str| {
        folder.run([
            "check", path, "-e", &spec, "--on", &snapshot, "--only", policy, "-o", "json",
        ])
    };
    let before = on("fine.yaml").exits(1).report();
    assert_eq!(
        before.findings(),
        [format!("{policy} critical back/ii[Deployment]")]
    );
    let after = on("allow-all.yaml").exits(0).report();
    assert_eq!(after.findings(), [""; 0]);
    assert_eq!(
        after.objects(),
        before.objects() - 1,
        "it replaces the object of that name"
    );
    folder
        .run(["check", "fine.yaml", "-e", &spec, "--on", "nowhere"])
        .refuses(&["nowhere does not exist"]);
}

/// A gate whose path is wrong is none: what the environment has besides was not what was given.
#[test]
fn nothing_over_a_snapshot_is_nothing() {
    let folder = Folder::new();
    let (spec, snapshot) = (environment("demo-clean.yaml"), environment("demo-clean"));
    folder.write("empty/values.yaml", "replicas: 2\n");
    let check = ["check", "empty", "-e", &spec, "--on", &snapshot];
    folder
        .run(check)
        .exits(3)
        .shows(&["there was no Kubernetes object to judge"]);
    folder.run([&check[..], &["--allow-empty"]].concat()).exits(0);
}

/// A change to one ConfigMap, which none of the policies is about, is no incomplete check.
#[test]
fn objects_that_no_policy_is_about_are_fine() {
    let folder = Folder::with_stage();
    folder.write(
        "map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: back}\n",
    );
    folder
        .run(["check", "map.yaml", "-e", "stage"])
        .exits(0)
        .shows(&["clean"]);
    // A policy that could not run at all is another matter.
    let outcome = folder
        .run([
            "check",
            "map.yaml",
            "-e",
            "stage",
            "--only",
            "namespace-isolation",
        ])
        .exits(3);
    outcome.shows(&["no selected policy could judge"]);
}

/// `metadata: {name: n}` is `false` to Kubernetes; the words must say so instead of sending people to look for a name.
#[test]
fn a_name_that_yaml_reads_as_something_else_is_told_as_such() {
    let folder = Folder::with_stage();
    for name in ["n", "5", "null", "{a: b}"] {
        folder.write(
            "odd.yaml",
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"),
        );
        let report = folder
            .run(arguments(&["odd.yaml"], &["-o", "json"]))
            .exits(3)
            .report();
        let told = report.not_evaluated().join("\n");
        assert!(
            told.contains("odd.yaml:1") && told.contains("metadata.name"),
            "{told}"
        );
    }
    folder.write("odd.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: n}\n");
    let report = folder.run(arguments(&["odd.yaml"], &["-o", "json"])).report();
    assert!(
        report.not_evaluated()[0].contains("quotes"),
        "{:?}",
        report.not_evaluated()
    );
}

#[test]
fn a_damaged_spec_is_refused_with_its_place() {
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    let spec = folder.read("environments/stage.yaml");
    for (broken, words) in [
        (
            spec.replace("namespaces:", "namespace:"),
            vec!["stage.yaml:6", "namespace", "namespaces"],
        ),
        (
            spec.replace("role: application", "role: aplication"),
            vec!["stage.yaml:8", "application"],
        ),
        (
            spec.replace("kind: Environment", "kind: Enviroment"),
            vec!["stage.yaml", "Enviroment"],
        ),
        (
            spec.replace("metadata: {name: stage}", "metadata: {name: [stage}"),
            vec!["stage.yaml:3"],
        ),
        (String::new(), vec!["stage.yaml"]),
        ("[".repeat(100_000), vec!["stage.yaml"]),
        ("extends: stage.yaml\n".to_owned() + &spec, vec!["stage.yaml"]),
        (
            "extends: /dev/zero\n".to_owned() + &spec,
            vec!["stage.yaml:1", "/dev/zero", "larger than"],
        ),
    ] {
        folder.write("environments/stage.yaml", broken);
        folder.run(arguments(&["fine.yaml"], &[])).refuses(&words);
    }
}

#[test]
fn a_parameter_that_a_policy_cannot_use_is_refused() {
    for value in ["xx", "24", "", "-1h", "true"] {
        let parameter = format!("registry-size.maxAge={value}");
        crate::program::run(["audit", "demo", "--only", "registry-size", "--param", &parameter])
            .refuses(&["registry-size.maxAge", "period"]);
    }
    let folder = Folder::with_stage();
    folder.write("fine.yaml", harmless("fine"));
    folder.write(
        "own.yaml",
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: own}\nextends: environments/stage.yaml\n\
         spec:\n  policies: {parameters: {registry-size: {maxAge: 24}}}\n",
    );
    folder
        .run(["check", "fine.yaml", "-e", "own.yaml"])
        .exits(2)
        .says(&["own.yaml:6", "maxAge"]);
}

#[test]
fn broken_items_of_a_list_are_not_evaluated() {
    let folder = Folder::with_stage();
    folder.write(
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b2b}}\n\
         - {kind: Service, metadata: {name: s}, spec: {type: LoadBalancer}}\n- null\n- text\n",
    );
    let report = folder
        .run(["check", "list.yaml", "-e", "stage", "-o", "json"])
        .exits(3)
        .report();
    assert!(
        report
            .not_evaluated()
            .iter()
            .any(|item| item.contains("list.yaml"))
    );
}

#[test]
fn a_list_whose_items_are_no_list_is_not_evaluated() {
    let folder = Folder::with_stage();
    for items in ["5", "{}", "x"] {
        let list = format!(
            "apiVersion: v1\nkind: List\nitems: {items}\n---\n{}",
            harmless("fine")
        );
        folder.write("list.yaml", list);
        folder
            .run(["check", "list.yaml", "-e", "stage"])
            .exits(3)
            .has(&["list.yaml"]);
    }
}

#[test]
fn a_file_named_twice_is_read_once() {
    let folder = Folder::with_stage();
    folder.write("all/a.yaml", harmless("a"));
    let report = folder
        .run(["check", "all", "all/a.yaml", "-e", "stage", "-o", "json"])
        .exits(0)
        .report();
    assert_eq!(report.objects(), 1);
}
