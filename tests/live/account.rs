//! The account beside a real cluster: an HTTP server answers as DigitalOcean's API does, with the demo's own account.

use crate::program::{Folder, Outcome, root};
use envcheck_test_cluster::{Cluster, Options, User};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Nothing that the program prints may hold it.
const TOKEN: &str = "dop_v1_canary0123456789";
const CLUSTER: &str = "8d2c5b1e-6f0a-4c39-9a57-2b1d4e8f7a60";
const MODEST: &str = "wants-to-read";

/// What the API answers to a path without its query; `None` as the demo's account has it.
type Decide = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync;

/// A running API; it ends with the process.
struct Api {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    fn start(decide: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, decide): (Arc<Mutex<Vec<String>>>, Arc<Decide>) = (Arc::default(), Arc::new(decide));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (decide, log) = (Arc::clone(&decide), Arc::clone(&log));
                std::thread::spawn(move || serve(&stream, &*decide, &log));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn run(&self, cluster: Option<&Cluster>, spec: &str, more: &[&str]) -> Outcome {
        let folder = Folder::new();
        let kubeconfig = cluster.map(|cluster| cluster.kubeconfig().display().to_string());
        let mut words = vec!["audit", spec, "-o", "json", "-o", "table=table.txt"];
        if let Some(kubeconfig) = &kubeconfig {
            words.extend(["--kubeconfig", kubeconfig]);
        }
        let mut command = folder.program(words.iter().chain(more));
        command
            .env("DIGITALOCEAN_TOKEN", TOKEN)
            .env("DIGITALOCEAN_API_URL", &self.url)
            .env("DIGITALOCEAN_REGISTRY_URL", &self.url);
        let outcome = crate::program::finish(command, None);
        let table = fs::read_to_string(folder.path().join("table.txt")).unwrap_or_default();
        for text in [&outcome.stdout, &outcome.stderr, &table] {
            assert!(!text.contains("canary"), "the token shows: {text}");
        }
        outcome
    }
}

fn serve(stream: &TcpStream, decide: &Decide, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut authorized) = (String::new(), false);
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut header = String::new();
        while reader.read_line(&mut header).unwrap_or(0) > 2 {
            authorized |= header.trim_end().ends_with(&format!("Bearer {TOKEN}"));
            header.clear();
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = target.split('?').next().unwrap_or_default();
        log.lock().unwrap().push(target.clone());
        let (status, body) = match decide(path) {
            Some(own) => own,
            None if authorized || !path.starts_with("/v2/") || path.contains("/manifests/") => demo(path),
            None => (
                401,
                r#"{"id":"unauthorized","message":"Unable to authenticate you"}"#.to_owned(),
            ),
        };
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             ratelimit-limit: 5000\r\nratelimit-remaining: 4711\r\nratelimit-reset: 1900000000\r\n\r\n{body}",
            body.len()
        );
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The rows of one of the demo's collections.
fn rows(collection: &str) -> Vec<Value> {
    let file = root().join(format!("environments/demo/account/{collection}.ndjson"));
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the demo's account answers.
fn demo(path: &str) -> (u16, String) {
    let list = |root: &str, rows: Vec<Value>| {
        let total = rows.len();
        json!({ root: rows, "links": {}, "meta": { "total": total } }).to_string()
    };
    let parts: Vec<&str> = path.trim_start_matches("/v2/").split('/').collect();
    let body = match parts[..] {
        ["kubernetes", "clusters"] => list("kubernetes_clusters", rows("kubernetes_clusters")),
        ["kubernetes", "options"] => json!({"options": rows("kubernetes_options")[0]}).to_string(),
        ["kubernetes", "clusters", _, "upgrades"] => json!({"available_upgrade_versions": null}).to_string(),
        ["kubernetes", "clusters", _, "destroy_with_associated_resources"] => {
            rows("kubernetes_associated_resources")[0].to_string()
        }
        ["registries"] => json!({"registries": rows("registries")}).to_string(),
        ["registries", _, "repositoriesV2"] => list("repositories", rows("registry_repositories")),
        ["registries", _, "repositories", repository, "digests"] => {
            let own = |row: &Value| row["repository"] == repository;
            list(
                "manifests",
                rows("registry_manifests").into_iter().filter(own).collect(),
            )
        }
        ["spaces", "keys"] => list("keys", rows("spaces_keys")),
        ["cdn", "endpoints"] => list("endpoints", Vec::new()),
        [one @ ("load_balancers" | "firewalls" | "vpcs" | "projects")] => list(one, rows(one)),
        [.., "manifests", _] => json!({"schemaVersion": 2, "config": {}, "layers": []}).to_string(),
        _ => return (404, r#"{"id":"not_found","message":"no such thing"}"#.to_owned()),
    };
    (200, body)
}

/// The demo's spec as a file of its own that names no snapshot.
fn spec(folder: &Folder, target: &str) -> String {
    let demo = fs::read_to_string(root().join("environments/demo.yaml")).unwrap();
    let text = demo.replace("    snapshot: demo/ ", &format!("    {target} #"));
    assert_ne!(text, demo);
    let text = text.replace("sharedWith: [dev]", "sharedWith: []");
    let file: PathBuf = folder.write("demo.yaml", text);
    file.display().to_string()
}

/// A cluster whose Nodes are the demo's Droplets.
fn cluster(droplets: [u64; 3]) -> Option<Cluster> {
    let binaries = super::binaries()?;
    let options = Options {
        users: vec![User::new(MODEST, &["system:masters"])],
        ..Options::default()
    };
    let cluster = super::start(&binaries, &options);
    for (name, droplet) in ["a", "b", "c"].iter().zip(droplets) {
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"topology.kubernetes.io/region": "fra1"}},
            "spec": {"providerID": format!("digitalocean://{droplet}")},
        });
        cluster.apply(&node.to_string()).unwrap();
    }
    Some(cluster)
}

const OURS: [u64; 3] = [541_203_877, 541_203_878, 541_203_881];
/// Policies that judge the account alone: what they find in the demo they find here.
const ALONE: [&str; 6] = [
    "cluster-as-declared",
    "control-plane-firewall",
    "firewall-undeclared",
    "node-pool-as-declared",
    "registry-size",
    "vpc-membership",
];

#[test]
fn the_account_is_read_beside_the_cluster() {
    let Some(cluster) = cluster(OURS) else { return };
    let folder = Folder::new();
    let spec = spec(&folder, "kubernetes: {context: test}");
    let api = Api::start(|_| None);
    // Dates in the account are the demo's.
    let report = api
        .run(Some(&cluster), &spec, &["--now", "2026-11-23T03:00:00Z"])
        .exits(1)
        .report();
    let of_demo = crate::program::run(["audit", "demo", "-o", "json"]).report();
    let alone = |findings: Vec<String>| -> Vec<String> {
        let ours = |finding: &String| {
            ALONE
                .iter()
                .any(|policy| finding.starts_with(&format!("{policy} ")))
        };
        findings.into_iter().filter(ours).collect()
    };
    assert_eq!(alone(report.findings()), alone(of_demo.findings()));
    assert!(alone(report.findings()).len() >= ALONE.len());
    // No key for Spaces was given; everything else was read.
    let gaps = report.not_evaluated();
    assert!(gaps.iter().any(|gap| gap.contains("backup-fresh")), "{gaps:?}");
    for policy in ALONE {
        assert_eq!(report.verdict(policy), "fail");
    }
    assert_eq!(
        report.0["source"]["reading"]["unverified"],
        Value::Null,
        "Droplets prove it"
    );
    let budget = &report.0["budget"]["digitalocean"];
    assert_eq!(budget["calls"].as_u64(), Some(calls(&api)), "{budget}");
    assert_eq!(budget["left"], 4711);
    // Every list once, however many policies need it.
    let mut lists: BTreeMap<String, usize> = BTreeMap::new();
    for target in api
        .asked()
        .into_iter()
        .filter(|target| !target.contains("/manifests/"))
    {
        *lists.entry(target).or_default() += 1;
    }
    assert!(lists.values().all(|times| *times == 1), "{lists:?}");
}

/// Calls of the API; the registry's own endpoint is another service.
fn calls(api: &Api) -> u64 {
    let asked = api.asked();
    asked
        .iter()
        .filter(|target| !target.contains("/manifests/"))
        .count() as u64
}

#[test]
fn a_cluster_of_other_droplets_is_refused() {
    let Some(cluster) = cluster([1, 2, 3]) else { return };
    let folder = Folder::new();
    let spec = spec(&folder, "kubernetes: {context: test}");
    let outcome = Api::start(|_| None).run(Some(&cluster), &spec, &[]).exits(2);
    outcome.says(&[
        "is not the declared cluster stage",
        "none of its 3 Nodes is a Droplet of stage's node pools",
    ]);
}

#[test]
fn credentials_come_from_the_account_and_are_written_nowhere() {
    let Some(cluster) = cluster(OURS) else { return };
    let folder = Folder::new();
    let spec = spec(&folder, "kubernetes: {fromDigitalOcean: true}");
    let token = cluster.token(MODEST).unwrap().to_owned();
    let credentials = json!({
        "server": cluster.url(),
        "certificate_authority_data": base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD, cluster.ca_pem(),
        ),
        "client_certificate_data": null, "client_key_data": null,
        "token": token, "expires_at": "2026-11-30T00:00:00Z",
    });
    let path = format!("/v2/kubernetes/clusters/{CLUSTER}/credentials");
    let api = Api::start(move |asked| (asked == path).then(|| (200, credentials.to_string())));
    let outcome = api.run(None, &spec, &["--now", "2026-11-23T03:00:00Z"]).exits(1);
    assert!(!outcome.stdout.contains(&token) && !outcome.stderr.contains(&token));
    let report = outcome.report();
    assert_eq!(report.0["source"]["reading"]["unverified"], Value::Null);
    assert!(
        report
            .findings()
            .iter()
            .any(|finding| finding.starts_with("control-plane-firewall "))
    );
    let asked = api.asked();
    let expiry = asked
        .iter()
        .find(|target| target.contains("/credentials?"))
        .unwrap();
    assert!(expiry.ends_with("expiry_seconds=900"), "{expiry}");
}

#[test]
fn what_the_token_may_not_is_named_and_never_a_pass() {
    let Some(cluster) = cluster(OURS) else { return };
    let folder = Folder::new();
    let spec = spec(&folder, "kubernetes: {context: test}");
    let forbidden = r#"{"id":"forbidden","message":"You are not authorized to perform this operation"}"#;
    let api = Api::start(move |path| {
        path.starts_with("/v2/registries")
            .then(|| (403, forbidden.to_owned()))
    });
    let report = api.run(Some(&cluster), &spec, &[]).exits(1).report();
    for policy in [
        "registry-size",
        "registry-as-declared",
        "registry-garbage",
        "image-in-use",
    ] {
        assert_eq!(report.verdict(policy), "not evaluated", "{policy}");
    }
    let gaps = report.not_evaluated().join("\n");
    assert!(gaps.contains("registry:read"), "{gaps}");
    assert_eq!(
        report.verdict("control-plane-firewall"),
        "fail",
        "the rest is judged"
    );

    // An expired token: nothing of the account passes, and the cluster is judged all the same.
    let expired = r#"{"id":"unauthorized","message":"Unable to authenticate you"}"#;
    let api = Api::start(move |path| path.starts_with("/v2/").then(|| (401, expired.to_owned())));
    let report = api.run(Some(&cluster), &spec, &[]).exits(3).report();
    for policy in ALONE {
        assert_eq!(report.verdict(policy), "not evaluated", "{policy}");
    }
    assert_ne!(report.verdict("no-apps-in-system-namespaces"), "not evaluated");

    // Calls that do not fit are not made, and what they would have told is not evaluated.
    let api = Api::start(|_| None);
    let report = api.run(Some(&cluster), &spec, &["--do-budget", "2"]).report();
    assert_eq!(calls(&api), 2);
    assert!(report.not_evaluated().join("\n").contains("--do-budget"));
    assert!(report.0["coverage"]["ratio"].as_f64().unwrap() < 1.0);

    // HTML, broken JSON, a page that leads to itself, another host: each is that collection's trouble alone.
    let html = |path: &str| (path == "/v2/vpcs").then(|| (200, "<html>sign in</html>".to_owned()));
    let report = Api::start(html).run(Some(&cluster), &spec, &[]).exits(1).report();
    assert_eq!(report.verdict("vpc-membership"), "not evaluated");
    assert_eq!(report.verdict("control-plane-firewall"), "fail");
    let elsewhere = Api::start(|_| None);
    let link = format!("{}/v2/firewalls?page=2", elsewhere.url);
    let leads_away = move |path: &str| {
        let body = json!({"firewalls": [], "links": {"pages": {"next": link}}, "meta": {"total": 9}});
        (path == "/v2/firewalls").then(|| (200, body.to_string()))
    };
    let report = Api::start(leads_away)
        .run(Some(&cluster), &spec, &[])
        .exits(1)
        .report();
    assert_eq!(report.verdict("firewall-undeclared"), "not evaluated");
    assert_eq!(
        elsewhere.asked(),
        [""; 0],
        "the token stays with the configured host"
    );
}

/// A capture of all of it, judged without anything to ask, says the same.
#[test]
fn a_capture_holds_the_account() {
    let Some(cluster) = cluster(OURS) else { return };
    let folder = Folder::new();
    let spec = spec(&folder, "kubernetes: {context: test}");
    let api = Api::start(|_| None);
    let now = ["--now", "2026-11-23T03:00:00Z", "--state", "none"];
    let live = api.run(Some(&cluster), &spec, &now).exits(1).report();
    let kubeconfig = cluster.kubeconfig().display().to_string();
    let mut command = folder.program(["snapshot", &spec, "--kubeconfig", &kubeconfig, "--out", "capture"]);
    command
        .env("DIGITALOCEAN_TOKEN", TOKEN)
        .env("DIGITALOCEAN_API_URL", &api.url)
        .env("DIGITALOCEAN_REGISTRY_URL", &api.url);
    // Spaces could not be read: no key.
    crate::program::finish(command, None).exits(3);
    let captured = folder
        .run([
            "audit",
            &spec,
            "--snapshot",
            "capture",
            "-o",
            "json",
            "--now",
            "2026-11-23T03:00:00Z",
        ])
        .exits(1)
        .report();
    assert_eq!(captured.messages_by_finding(), live.messages_by_finding());
    assert_eq!(captured.not_evaluated(), live.not_evaluated());
    for entry in fs::read_dir(folder.path().join("capture/account")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("canary"));
    }
    assert!(
        folder
            .path()
            .join("capture/account/registry_manifests.ndjson")
            .is_file()
    );
}
