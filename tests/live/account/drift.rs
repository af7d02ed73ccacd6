//! What was made has not drifted; then people change things, in the cluster, in Git and in the account.

use super::provision::{ALL, PATIENCE, joining};
use super::team::{Team, bare_spaces};
use envcheck_test_cluster::Cluster;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn drift(team: &Team, more: &[&str]) -> Value {
    let words = [&["drift", "stage", "-o", "json"], more].concat();
    let outcome = team.run_within(&words, PATIENCE);
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}{}", outcome.stdout, outcome.stderr))
}

/// The fields of a thing that differ, by path.
fn fields<'v>(drift: &'v Value, kind: &str, name: &str) -> Vec<&'v Value> {
    let things = drift["things"].as_array().unwrap().iter();
    let own = things.filter(|thing| thing["resource"]["kind"] == kind && thing["resource"]["name"] == name);
    own.flat_map(|thing| thing["fields"].as_array().unwrap())
        .collect()
}

fn by_path<'v>(fields: &[&'v Value], path: &str) -> &'v Value {
    let mut own = fields.iter().filter(|field| field["path"] == path);
    own.next()
        .unwrap_or_else(|| panic!("{path} is not among {fields:#?}"))
}

fn kubectl(server: &Cluster, words: &str) {
    server.answer(&words.split(' ').collect::<Vec<_>>()).unwrap();
}

fn by_hand(folder: &Path, words: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let done = Command::new("git")
        .current_dir(folder)
        .args(identity)
        .args(words)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b2b-web, labels: {app: b2b-web}}\nspec:\n  replicas: 2\n  selector: \
                   {matchLabels: {app: b2b-web}}\n  template:\n    metadata: {labels: {app: b2b-web}}\n    spec:\n      containers:\n      - {name: \
                   web, image: 'example.com/web:1', resources: {limits: {cpu: 1000m, memory: 1Gi}}, env: [{name: DB_PASSWORD, value: hunter2}]}\n";

#[test]
fn nothing_has_drifted_until_somebody_changes_something() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, server)) = joining(&spaces) else {
        return;
    };
    // Argo CD's manifest is declared as a file, and needs no flag.
    team.respecify(
        "base",
        "url: https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.1/manifests/install.yaml",
        "file: ../argocd.yaml",
    );
    let words: [&str; 0] = [];
    team.run_within(&[&ALL[..], &words].concat(), PATIENCE).exits(0);
    team.respecify(
        "stage",
        "kubernetes: {context: do-fra1-stage}",
        "kubernetes: {fromDigitalOcean: true}",
    );
    let whole = [&["drift", "stage", "--detailed-exitcode"], &words[..]].concat();
    let outcome = team.run_within(&whole, PATIENCE).exits(0);
    outcome.has(&["Drift of stage: no differences;"]);
    let before = drift(&team, &words);
    assert_eq!(before["notCompared"], json!([]), "{before:#}");
    assert!(before["compared"].as_u64().unwrap() > 30, "{before:#}");

    // People change things, each in a way of their own.
    kubectl(
        &server,
        "label namespace b2b pod-security.kubernetes.io/enforce=privileged --overwrite",
    );
    kubectl(&server, "label namespace back team=ops --field-manager=someone");
    kubectl(&server, "-n argocd scale deployment argocd-server --replicas=4");
    server
        .answer(&[
            "-n",
            "back",
            "patch",
            "networkpolicy",
            "default-deny",
            "--type=merge",
            "--field-manager=node-fetch",
            "-p",
            r#"{"spec": {"podSelector": {"matchLabels": {"app": "ii"}}}}"#,
        ])
        .unwrap();
    kubectl(&server, "-n b2b delete networkpolicy default-deny");
    // Made for the environment once, and declared no more.
    kubectl(&server, "-n back create quota left --hard=pods=10");
    kubectl(&server, "-n back label quota left envcheck.dev/environment=stage");
    team.fake.with(|world| {
        let rows = world.rows_mut("kubernetes_clusters");
        let cluster = rows.iter_mut().find(|row| row["name"] == "stage").unwrap();
        cluster["node_pools"][0]["max_nodes"] = json!(9);
    });

    let told = drift(&team, &words);
    let labels = fields(&told, "Namespace", "b2b");
    let enforce = by_path(
        &labels,
        r#"metadata.labels["pod-security.kubernetes.io/enforce"]"#,
    );
    assert_eq!(enforce["declared"]["value"], "baseline");
    assert_eq!(enforce["live"]["value"], "privileged");
    assert_eq!(enforce["moved"], "live");
    assert_eq!(enforce["writer"]["manager"], "kubectl-label");
    assert!(
        enforce["writer"]["time"].as_str().unwrap().ends_with('Z'),
        "{enforce}"
    );
    let added = fields(&told, "Namespace", "back");
    let team_label = by_path(&added, "metadata.labels.team");
    assert_eq!(
        (&team_label["declared"]["says"], &team_label["moved"]),
        (&json!("silent"), &json!("live"))
    );
    assert_eq!(team_label["writer"]["manager"], "someone");
    let selector = fields(&told, "NetworkPolicy", "default-deny");
    assert_eq!(
        by_path(&selector, "spec.podSelector.matchLabels")["writer"]["manager"],
        "node-fetch"
    );
    let replicas = fields(&told, "Deployment", "argocd-server");
    let replicas = by_path(&replicas, "spec.replicas");
    assert_eq!(
        (&replicas["live"]["value"], &replicas["writer"]["subresource"]),
        (&json!(4), &json!("scale"))
    );
    let pool = fields(&told, "NodePool", "general");
    assert_eq!(by_path(&pool, "max_nodes")["live"]["value"], 9);
    let missing = told["things"].as_array().unwrap().iter();
    let missing: Vec<&Value> = missing.filter(|thing| thing["state"] == "missing").collect();
    assert_eq!(missing.len(), 1, "{told:#}");
    assert_eq!(missing[0]["resource"]["namespace"], "b2b");
    let left = told["things"].as_array().unwrap().iter();
    let left: Vec<&Value> = left.filter(|thing| thing["state"] == "undeclared").collect();
    assert_eq!(left.len(), 1, "{told:#}");
    assert_eq!(left[0]["resource"]["name"], "left");
    // The policies' view, and what mends it.
    let repairs: Vec<&str> = told["repairs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        repairs.contains(&"pod-security-level") && repairs.contains(&"node-pool-as-declared"),
        "{repairs:?}"
    );
    team.run_within(&whole, PATIENCE).exits(2).has(&[
        "live moved; last written by kubectl-label at",
        "added live; last written by someone at",
        "envcheck remediate stage --only",
    ]);
    // Without the flag it is no error to have drifted, where everything could be looked at.
    team.run_within(
        &[&["drift", "stage", "-n", "back"], &words[..]].concat(),
        PATIENCE,
    )
    .exits(0)
    .has(&["metadata.labels.team"]);

    // What may differ is counted.
    team.respecify(
        "stage",
        "\nspec:\n",
        "\nspec:\n  drift: {ignoreDifferences: [{kind: Namespace, name: back, jsonPointers: [/metadata/labels/team]}, {kind: NodePool, \
         jsonPointers: [/max_nodes]}]}\n",
    );
    let less = drift(&team, &words);
    assert_eq!(
        fields(&less, "NodePool", "general").len() + fields(&less, "Namespace", "back").len(),
        0
    );
    let moment = less["asOf"].as_str().unwrap();
    assert_eq!((moment.len(), moment.ends_with('Z')), (20, true), "{moment}");
    let ignored = less["ignored"].as_array().unwrap().iter();
    assert_eq!(
        ignored.map(|one| one["count"].as_u64().unwrap()).sum::<u64>(),
        2,
        "{less:#}"
    );

    set_back(&team, &server);
    set_back_with_its_findings(&team, &server);
    set_back_with_its_findings(&team, &server);
    in_git(&team, &server);
    by_apply(&team, &server);
    in_numbers(&team, &server);

    // Whoever may not look is told so, and never that all is well.
    team.fake
        .fault("/v2/kubernetes/clusters", envcheck_test_fakes::Fault::Error(500));
    let blind = team.run_within(
        &["drift", "stage", "--detailed-exitcode", "--timeout", "20s"],
        PATIENCE,
    );
    assert_eq!(blind.code, Some(1), "{}{}", blind.stdout, blind.stderr);
}

/// What no policy judges is set back all the same: drift says how, and the repair does it.
fn set_back(team: &Team, server: &Cluster) {
    // An empty rule lets in everybody.
    let patch = [
        "-n",
        "front-web",
        "patch",
        "networkpolicy",
        "default-deny",
        "--type=merge",
        "-p",
        r#"{"spec": {"ingress": [{}]}}"#,
    ];
    server.answer(&patch).unwrap();
    let words = ["--argocd-manifest", "argocd.yaml"];
    team.run_within(&[&["drift", "stage"], &words[..]].concat(), PATIENCE)
        .exits(0)
        .has(&[
            "spec.ingress",
            "envcheck remediate stage sets back what it made and somebody changed:",
            "front-web/default-deny (NetworkPolicy)",
            "envcheck provision stage makes what is missing: b2b/default-deny (NetworkPolicy)",
        ]);
    team.run_within(&[&["plan", "stage"], &words[..]].concat(), PATIENCE)
        .exits(0)
        .has(&[
            "create NetworkPolicy b2b/default-deny",
            "front-web/default-deny (NetworkPolicy): spec.ingress is [{}], declared is nothing",
        ]);
    let repair = ["remediate", "stage", "-n", "front-web", "--journal", "journal"];
    let all = ["--yes", "--max-risk", "disruptive"];
    let run = team.run_within(&[&repair[..], &all].concat(), PATIENCE);
    run.has(&[
        "set NetworkPolicy front-web/default-deny back to what is declared",
        "1 of 1 step done",
    ]);
    assert!(!run.stdout.contains("not verified"), "{}", run.stdout);
    let told = drift(team, &["-n", "front-web"]);
    assert_eq!(
        fields(&told, "NetworkPolicy", "default-deny").len(),
        0,
        "{told:#}"
    );
    let again = team.run_within(&[&repair[..], &all].concat(), PATIENCE);
    assert!(
        !again.stdout.contains("back to what is declared"),
        "{}",
        again.stdout
    );
    // Whoever asks for some policies asks for no more.
    server.answer(&patch).unwrap();
    let only = ["--only", "pod-security-level", "--dry-run"];
    let some = team.run_within(&[&repair[..], &only].concat(), PATIENCE);
    assert!(
        !some.stdout.contains("back to what is declared"),
        "{}",
        some.stdout
    );
    // A plan in a file has its step as well.
    let written = team.run_within(
        &[&repair[..], &["--out", "back.json", "--dry-run"]].concat(),
        PATIENCE,
    );
    written.has(&["set NetworkPolicy front-web/default-deny back to what is declared"]);
    let carried = ["--plan", "back.json", "--yes", "--max-risk", "disruptive"];
    let run = team.run_within(&[&repair[..], &carried].concat(), PATIENCE);
    run.has(&["set NetworkPolicy front-web/default-deny back to what is declared"]);
    assert_eq!(
        fields(
            &drift(team, &["-n", "front-web"]),
            "NetworkPolicy",
            "default-deny"
        )
        .len(),
        0
    );
}

/// What a policy would find of it goes with it: nothing is made besides, and the plan says which findings go.
fn set_back_with_its_findings(team: &Team, server: &Cluster) {
    let patch = [
        "-n",
        "front-web",
        "patch",
        "networkpolicy",
        "accept-declared",
        "--type=merge",
        "-p",
        r#"{"spec": {"ingress": [{"from": [{"namespaceSelector": {}}]}]}}"#,
    ];
    server.answer(&patch).unwrap();
    let pods = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: front-web}, spec: {replicas: 0, selector: \
                {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a/b:1}]}}}}";
    team.folder.write("web.yaml", pods);
    let file = team.folder.path().join("web.yaml").display().to_string();
    server.answer(&["apply", "-f", &file]).unwrap();
    let repair = [
        "remediate",
        "stage",
        "-n",
        "front-web",
        "--journal",
        "journal",
        "--yes",
        "--max-risk",
        "disruptive",
    ];
    let run = team.run_within(&repair, PATIENCE);
    run.has(&[
        "set NetworkPolicy front-web/accept-declared back to what is declared",
        "namespace-isolation",
        "1 of 1 step done",
    ]);
    assert!(!run.stdout.contains("create NetworkPolicy"), "{}", run.stdout);
    assert_eq!(
        fields(
            &drift(team, &["-n", "front-web"]),
            "NetworkPolicy",
            "accept-declared"
        )
        .len(),
        0
    );
    server
        .answer(&["-n", "front-web", "delete", "deployment", "web"])
        .unwrap();
}

/// What Argo CD delivers: committed, running, and written to by people.
fn in_git(team: &Team, server: &Cluster) {
    for (path, text) in [
        ("deploy/stage/b2b/web.yaml", WEB.to_owned()),
        ("deploy/stage/back/none.yaml", "# nothing yet\n".to_owned()),
        ("deploy/stage/front-web/none.yaml", "# nothing yet\n".to_owned()),
    ] {
        team.folder.write(path, &text);
    }
    let checkout = team.folder.path().join("deploy");
    for words in [
        &["init", "--quiet", "-b", "main"][..],
        &["add", "."],
        &["commit", "--quiet", "-m", "first"],
    ] {
        by_hand(&checkout, words);
    }
    let file = checkout.join("stage/b2b/web.yaml").display().to_string();
    server
        .answer(&[
            "-n",
            "b2b",
            "apply",
            "--server-side",
            "--field-manager=argocd-controller",
            "-f",
            &file,
        ])
        .unwrap();
    let git = ["--repo", "deploy", "-n", "b2b"];
    // Argo CD applied a label and a field once that are committed no more.
    let before = WEB
        .replace(
            "labels: {app: b2b-web}}\nspec",
            "labels: {app: b2b-web, old: x}}\nspec",
        )
        .replace("replicas: 2", "replicas: 2\n  minReadySeconds: 5");
    team.folder.write("before.yaml", before);
    let before = team.folder.path().join("before.yaml").display().to_string();
    let apply = [
        "-n",
        "b2b",
        "apply",
        "--server-side",
        "--field-manager=argocd-controller",
        "-f",
    ];
    server.answer(&[&apply[..], &[before.as_str()]].concat()).unwrap();
    let told = drift(team, &git);
    let gone = fields(&told, "Deployment", "b2b-web");
    assert_eq!(gone.len(), 2, "{told:#}");
    for (path, value) in [
        ("metadata.labels.old", json!("x")),
        ("spec.minReadySeconds", json!(5)),
    ] {
        let field = by_path(&gone, path);
        assert_eq!(
            (&field["committed"]["says"], &field["live"]["value"]),
            (&json!("silent"), &value)
        );
        assert_eq!(
            (&field["moved"], &field["writer"]["manager"]),
            (&json!("git"), &json!("argocd-controller"))
        );
    }
    server.answer(&[&apply[..], &[file.as_str()]].concat()).unwrap();
    let same = drift(team, &git);
    assert_eq!(fields(&same, "Deployment", "b2b-web").len(), 0, "{same:#}");
    assert_eq!(same["committed"].as_array().unwrap().len(), 3, "{same:#}");
    let less = same["notCompared"].to_string();
    assert!(
        less.contains("of which nothing is fetched"),
        "charts are told: {less}"
    );

    kubectl(
        server,
        "-n b2b set image deployment/b2b-web web=example.com/web:2",
    );
    server
        .answer(&[
            "-n",
            "b2b",
            "set",
            "env",
            "deployment/b2b-web",
            "DB_PASSWORD=hunter3",
        ])
        .unwrap();
    let told = drift(team, &git);
    let web = fields(&told, "Deployment", "b2b-web");
    let image = by_path(&web, "spec.template.spec.containers[name=web].image");
    assert_eq!(
        (&image["committed"]["value"], &image["moved"]),
        (&json!("example.com/web:1"), &json!("live"))
    );
    assert_eq!(image["writer"]["manager"], "kubectl-set");
    let password = by_path(
        &web,
        "spec.template.spec.containers[name=web].env[name=DB_PASSWORD].value",
    );
    assert_eq!(
        (&password["committed"]["value"], &password["live"]["value"]),
        (&json!("(secret)"), &json!("(secret)"))
    );
    assert!(!told.to_string().contains("hunter"), "{told:#}");

    // A manifest at hand says the same as Git: it is what runs that moved. Where it is newer, it is the declaration.
    team.folder.write(
        "own.yaml",
        WEB.replace("labels: {app: b2b-web}}\nspec", "namespace: b2b}\nspec"),
    );
    let three = drift(team, &[&git[..], &["--manifests", "own.yaml"]].concat());
    let image = "spec.template.spec.containers[name=web].image";
    assert_eq!(
        by_path(&fields(&three, "Deployment", "b2b-web"), image)["moved"],
        "live"
    );
    let newer = WEB
        .replace("labels: {app: b2b-web}}\nspec", "namespace: b2b}\nspec")
        .replace("replicas: 2", "replicas: 3");
    team.folder.write("own.yaml", newer);
    let three = drift(team, &[&git[..], &["--manifests", "own.yaml"]].concat());
    assert_eq!(
        by_path(&fields(&three, "Deployment", "b2b-web"), "spec.replicas")["moved"],
        "declaration"
    );
}

const SETTINGS: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: back}\ndata: {a: '1', b: '2'}\n";

/// What `kubectl apply` leaves behind tells what it was given; and where nobody's record is kept, that is told.
fn by_apply(team: &Team, server: &Cluster) {
    let file = team.folder.path().join("settings.yaml").display().to_string();
    team.folder.write("settings.yaml", SETTINGS);
    server.answer(&["apply", "-f", &file]).unwrap();
    let words = ["-n", "back", "--manifests", "settings.yaml"];
    assert_eq!(fields(&drift(team, &words), "ConfigMap", "settings").len(), 0);
    team.folder
        .write("settings.yaml", SETTINGS.replace(", b: '2'", ""));
    let told = drift(team, &words);
    let gone = fields(&told, "ConfigMap", "settings");
    let gone = by_path(&gone, "data.b");
    assert_eq!(
        (&gone["moved"], &gone["live"]["value"]),
        (&json!("declaration"), &json!("2"))
    );
    team.run_within(&[&["drift", "stage"], &words[..]].concat(), PATIENCE)
        .has(&["no longer declared, still live; last written by kubectl-client-side-apply"]);

    assert!(
        !told["notLookedFor"].to_string().contains("keeps no record"),
        "{told:#}"
    );
    let patch = r#"[{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]"#;
    server
        .answer(&[
            "-n",
            "back",
            "patch",
            "configmap",
            "settings",
            "--type=json",
            "-p",
            patch,
        ])
        .unwrap();
    let told = drift(team, &words);
    let less = told["notLookedFor"].as_array().unwrap().iter();
    let less: Vec<&Value> = less
        .filter(|one| one["why"].as_str().unwrap().contains("keeps no record"))
        .collect();
    assert_eq!((less.len(), &less[0]["count"]), (1, &json!(1)), "{told:#}");
    let things = less[0]["things"].as_array().unwrap();
    assert_eq!((things.len(), &things[0]["name"]), (1, &json!("settings")));
    // The annotation is no record, and is there still.
    by_path(&fields(&told, "ConfigMap", "settings"), "data.b");
    // That nobody knows who wrote something is no difference, and no fault of the reading.
    team.folder.write("settings.yaml", SETTINGS);
    team.run_within(&[&["drift", "stage"], &words[..]].concat(), PATIENCE)
        .exits(0)
        .has(&[
            "not looked for",
            "keeps no record of who wrote these objects: back/settings (ConfigMap)",
        ]);
}

/// Objects beyond those that are read singly.
fn in_numbers(team: &Team, server: &Cluster) {
    let one = |number: usize| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: many-{number}, namespace: back}}\ndata: {{a: '1'}}\n"
        )
    };
    let many: Vec<String> = (0..1003).map(one).collect();
    team.folder.write("many.yaml", many.join("---\n"));
    let file = team.folder.path().join("many.yaml").display().to_string();
    server.answer(&["apply", "--server-side", "-f", &file]).unwrap();
    let told = drift(team, &["-n", "back", "--manifests", "many.yaml"]);
    let less = told["notCompared"].as_array().unwrap().iter();
    let beyond: Vec<&Value> = less
        .filter(|one| one["why"].as_str().unwrap().contains("no more than 1000"))
        .collect();
    assert_eq!(
        (beyond.len(), &beyond[0]["what"]),
        (1, &json!("who wrote what")),
        "{told:#}"
    );
    assert!(beyond[0]["count"].as_u64().unwrap() >= 3, "{told:#}");
}
