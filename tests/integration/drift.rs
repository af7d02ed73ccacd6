//! `envcheck drift`: a snapshot beside the spec, and beside manifests.

use crate::program::{Folder, copy, recapture, root, run};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

fn drift(more: &[&str]) -> Value {
    run([&["drift", "demo", "-o", "json"], more].concat()).json()
}

fn thing<'v>(drift: &'v Value, kind: &str, name: &str) -> &'v Value {
    let mut things = drift["things"].as_array().unwrap().iter();
    things
        .find(|thing| thing["resource"]["kind"] == kind && thing["resource"]["name"] == name)
        .unwrap_or_else(|| panic!("{kind} {name} is not in {drift:#}"))
}

fn field<'v>(thing: &'v Value, path: &str) -> &'v Value {
    let mut fields = thing["fields"].as_array().unwrap().iter();
    fields
        .find(|field| field["path"] == path)
        .unwrap_or_else(|| panic!("{path} is not in {thing:#}"))
}

#[test]
fn the_demo_has_drifted_in_cluster_account_and_spaces() {
    let told = drift(&[]);
    let namespace = field(
        thing(&told, "Namespace", "b2b"),
        r#"metadata.labels["pod-security.kubernetes.io/enforce"]"#,
    );
    assert_eq!(
        (&namespace["declared"]["value"], &namespace["live"]["value"]),
        (&json!("baseline"), &json!("privileged"))
    );
    assert_eq!(
        field(thing(&told, "Bucket", "acme-stage-images"), "access")["live"]["value"],
        "public"
    );
    let pool = thing(&told, "NodePool", "general");
    assert_eq!(field(pool, "max_nodes")["live"]["value"], 8);
    assert_eq!(pool["policies"][0]["id"], "node-pool-as-declared");
    assert_eq!(thing(&told, "Namespace", "tools")["state"], "missing");
    assert_eq!(thing(&told, "Firewall", "debug-ssh")["state"], "undeclared");
    assert!(
        told["repairs"]
            .as_array()
            .unwrap()
            .contains(&json!("space-private"))
    );
    assert_eq!(told["notCompared"], json!([]));
    // Who wrote what is in no snapshot: that is counted, and no fault of the reading.
    let [blind] = &told["notLookedFor"].as_array().unwrap()[..] else {
        panic!("{told:#}")
    };
    assert_eq!(blind["what"], "what somebody added, or nobody declares any more");
    assert!(blind["count"].as_u64().unwrap() > 10, "{blind}");
    // Each of them is named to programs, and the first to people.
    let named = blind["things"].as_array().map(Vec::len);
    assert_eq!(
        named.map(|number| json!(number)),
        Some(blind["count"].clone()),
        "{blind}"
    );
    let table = run(["drift", "demo"]).stdout;
    let line = table
        .lines()
        .find(|line| line.starts_with("not looked for  what somebody added"));
    assert!(line.is_some_and(|line| line.ends_with(" more")), "{table}");
    // As of the capture, and in the same bytes each time.
    let text = run(["drift", "demo", "-o", "json"]).exits(0).stdout;
    assert_eq!(text, run(["drift", "demo", "-o", "json", "--jobs", "7"]).stdout);
    let markdown = run(["drift", "demo", "-o", "markdown"]).exits(0);
    markdown.has(&[
        "# Drift of demo",
        "| field | declared | committed | live | who |",
        "`max_nodes`",
    ]);
}

#[test]
fn json_holds_to_its_schema() {
    let schema = fs::read_to_string(root().join("reports/schema/drift.v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(run(["schema", "drift"]).exits(0).json(), schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let told = drift(&[]);
    let faults: Vec<String> = validator
        .iter_errors(&told)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_exit_code_says_what_was_asked() {
    run(["drift", "demo"]).exits(0);
    run(["drift", "demo", "--detailed-exitcode"]).exits(2);
    // Where nothing was compared, nobody knows whether something differs.
    run(["drift", "demo", "-n", "nowhere", "--detailed-exitcode"])
        .exits(1)
        .shows(&["no differences; 0 compared"])
        .says(&["nothing was compared"]);
    // An error is never taken for a difference.
    run(["drift", "nowhere", "--detailed-exitcode"]).exits(1);
    run(["drift", "demo", "--repo", "nowhere", "--detailed-exitcode"])
        .exits(1)
        .says(&["nowhere cannot be used as a checkout"]);
}

#[test]
fn what_could_not_be_read_is_told_with_the_reason() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    folder.write("broken.yaml", "a: [");
    let outcome = folder
        .run(["drift", "demo", "-n", "nowhere", "--manifests", "broken.yaml"])
        .exits(1);
    outcome.has(&["not compared", "broken.yaml:1"]);
    let outcome = folder.run([
        "drift",
        "demo",
        "-n",
        "nowhere",
        "--manifests",
        "broken.yaml",
        "--detailed-exitcode",
    ]);
    outcome.exits(1);
    // A kind that the capture lacks.
    let wanted = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: back}\n";
    folder.write("widget.yaml", wanted);
    let told = folder
        .run([
            "drift",
            "demo",
            "-n",
            "back",
            "--manifests",
            "widget.yaml",
            "-o",
            "json",
        ])
        .exits(1)
        .json();
    let [less] = &told["notCompared"].as_array().unwrap()[..] else {
        panic!("{told:#}")
    };
    assert_eq!(less["what"], "example.com/v1/Widget");
    assert!(
        less["why"].as_str().unwrap().contains("is not in what was read"),
        "{less}"
    );
}

#[test]
fn manifests_are_declarations_too_and_secrets_stay_secret() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let lines =
        fs::read_to_string(root().join("environments/demo/objects/apps/v1/Deployment.ndjson")).unwrap();
    let web = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut web = web
        .into_iter()
        .find(|one| one["metadata"]["name"] == "web")
        .unwrap();
    let image = web["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let namespace = web["metadata"]["namespace"].as_str().unwrap().to_owned();
    folder.write("same.yaml", web.to_string());
    let same = [
        "drift",
        "demo",
        "-n",
        &namespace,
        "--manifests",
        "same.yaml",
        "-o",
        "json",
    ];
    let told = folder.run(same).exits(0).json();
    let mut things = told["things"].as_array().unwrap().iter();
    assert!(
        things.all(|one| one["resource"]["kind"] != "Deployment"),
        "{told:#}"
    );
    web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("example.com/other:1");
    folder.write("same.yaml", web.to_string());
    let told = folder.run(same).exits(0).json();
    let web = thing(&told, "Deployment", "web");
    assert!(
        web["declared"].as_str().unwrap().starts_with("same.yaml:"),
        "{web}"
    );
    let fields = web["fields"].as_array().unwrap();
    assert_eq!((fields.len(), &fields[0]["live"]["value"]), (1, &image));
    // Of a capture nobody has the key of digests.
    folder.write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: backup-s3, namespace: back}\nstringData: {AWS_SECRET_ACCESS_KEY: hunter2}\n",
    );
    let outcome = folder
        .run(["drift", "demo", "-n", "back", "--manifests", "secret.yaml"])
        .exits(1);
    outcome.has(&["not compared  credentials"]);
    assert!(!outcome.stdout.contains("hunter2") && !outcome.stderr.contains("hunter2"));
}

#[test]
fn what_may_differ_is_counted() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let spec = folder.read("environments/demo.yaml");
    let rule = "drift: {ignoreDifferences: [{kind: NodePool, name: general, jsonPointers: [/max_nodes]}]}";
    assert!(spec.contains("drift: {ignoreDifferences: []}"));
    let spec = spec.replace("drift: {ignoreDifferences: []}", rule);
    folder.write("environments/demo.yaml", spec);
    let told = folder.run(["drift", "demo", "-o", "json"]).exits(0).json();
    assert_eq!(
        told["ignored"],
        json!([{"rule": "drift.ignoreDifferences of the spec (NodePool)", "count": 1}])
    );
    assert!(!told["things"].to_string().contains("NodePool"), "{told:#}");
}

#[test]
fn a_rule_that_overlooks_nothing_is_told_with_its_line() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let spec = folder.read("environments/demo.yaml");
    let none = "drift: {ignoreDifferences: []}";
    let line = spec.lines().position(|line| line.contains(none)).unwrap() + 1;
    let rule = "drift: {ignoreDifferences: [{kind: NodePool, name: general, jsonPointers: [/max_nodes, /labels]}, {kind: Widget, jsonPointers: [/spec]}]}";
    folder.write("environments/demo.yaml", spec.replace(none, rule));
    let told = folder
        .run(["drift", "demo", "-o", "json", "-o", "table=t", "-o", "markdown=m"])
        .exits(0)
        .json();
    let notes = told["notes"].as_array().unwrap().iter();
    let notes: Vec<&str> = notes
        .filter_map(Value::as_str)
        .filter(|note| note.contains("overlooks nothing"))
        .collect();
    let at = |words: &str, why: &str| {
        format!("drift.ignoreDifferences: {words} (environments/demo.yaml:{line}) overlooks nothing: {why}")
    };
    assert_eq!(
        notes,
        [
            at(
                "/labels of the rule for NodePool general",
                "nothing differs there"
            ),
            at("the rule for Widget", "nothing that it is for was compared"),
        ]
    );
    for file in ["t", "m"] {
        assert_eq!(
            folder.read(file).matches("overlooks nothing").count(),
            2,
            "{file}"
        );
    }
    // Of what a snapshot cannot tell nothing is taken for granted.
    assert!(
        folder
            .read("t")
            .contains("the snapshot holds no record of who wrote which field")
    );
}

#[test]
fn what_nobody_could_read_of_the_account_is_no_empty_account() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let capture = folder.path().join("environments/demo");
    // Another environment's cluster alone: ours is missing, which is known, as the list was read.
    recapture(&capture, "account/kubernetes_clusters.ndjson", |rows| {
        rows.retain(|row| row["name"] != "stage");
    });
    let told = folder.run(["drift", "demo", "-o", "json"]).exits(0).json();
    assert_eq!(thing(&told, "Cluster", "stage")["state"], "missing");
}

/// A Deployment of the bundled capture as it is written to Git, with this image.
fn web(image: Option<&str>) -> String {
    let lines =
        fs::read_to_string(root().join("environments/demo/objects/apps/v1/Deployment.ndjson")).unwrap();
    let all = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut web = all
        .into_iter()
        .find(|one| one["metadata"]["name"] == "web")
        .unwrap();
    if let Some(image) = image {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    }
    web.to_string()
}

fn committed(folder: &Folder, image: Option<&str>) {
    folder.write("deploy/stage/front-web/web.yaml", web(image));
    let checkout = folder.path().join("deploy");
    for words in [
        &["init", "--quiet", "-b", "main"][..],
        &[
            "config",
            "remote.origin.url",
            "https://github.com/acme/deploy.git",
        ],
        &["add", "."],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "x",
        ],
    ] {
        let done = Command::new("git")
            .current_dir(&checkout)
            .args(words)
            .output()
            .unwrap();
        assert!(done.status.success(), "{words:?}: {done:?}");
    }
}

#[test]
fn of_three_sides_the_one_that_moved_is_told() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let compared = |declared: Option<&str>, in_git: Option<&str>| {
        folder.write("own.yaml", web(declared));
        committed(&folder, in_git);
        let words = [
            "drift",
            "demo",
            "-n",
            "front-web",
            "--repo",
            "deploy",
            "--manifests",
            "own.yaml",
            "-o",
            "json",
        ];
        let outcome = folder.run(words);
        let told: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
        let things = told["things"].as_array().unwrap().clone();
        let own = things
            .into_iter()
            .find(|thing| thing["resource"]["kind"] == "Deployment" && thing["resource"]["name"] == "web");
        own.map(|thing| {
            assert_eq!(thing["fields"].as_array().unwrap().len(), 1, "{thing:#}");
            thing["fields"][0]["moved"].as_str().unwrap().to_owned()
        })
    };
    let (one, other) = (Some("example.com/one:1"), Some("example.com/other:1"));
    assert_eq!(compared(None, None), None);
    // Git moved and what runs did not.
    assert_eq!(compared(None, one).as_deref(), Some("git"));
    assert_eq!(compared(one, None).as_deref(), Some("declaration"));
    assert_eq!(compared(one, one).as_deref(), Some("live"));
    // Both moved.
    assert_eq!(compared(one, other).as_deref(), Some("several"));
}

#[test]
fn what_the_spec_and_manifests_say_alike_is_no_gap() {
    let folder = Folder::new();
    copy(&root().join("environments"), &folder.path().join("environments"));
    let namespace = |level: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: b2b, labels: {{pod-security.kubernetes.io/enforce: {level}, team: x}}}}\n"
        )
    };
    let words = [
        "drift",
        "demo",
        "-n",
        "b2b",
        "--manifests",
        "own.yaml",
        "-o",
        "json",
    ];
    folder.write("own.yaml", namespace("baseline"));
    let told = folder.run(words).exits(0).json();
    let own = thing(&told, "Namespace", "b2b");
    assert_eq!(own["declared"], "own.yaml:3 and the spec");
    field(own, "metadata.labels.team");
    field(own, r#"metadata.labels["pod-security.kubernetes.io/enforce"]"#);
    // Where they contradict one another, somebody has to choose.
    folder.write("own.yaml", namespace("restricted"));
    let told = folder.run(words).exits(1).json();
    let less = told["notCompared"].to_string();
    assert!(less.contains("they do not agree on metadata.labels"), "{less}");
}
