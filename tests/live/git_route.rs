//! What Argo CD delivers is mended in Git: beside a loop that does as Argo CD does with selfHeal, on a real API server.

use super::repairing::{AGREED, of_remediate};
use super::safety::wants;
use super::{binaries_with_helm, stage};
use crate::program::{Folder, Outcome, finish_within, program};
use envcheck_test_cluster::{Binaries, Cluster};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(3);
/// Something that needs a few rounds of the loop and no more.
const SOON: Duration = Duration::from_mins(1);
const POLICIES: &str = "ingress-class,monitor-selected,proxy-layer";

/// An Ingress in a file, one in a base that an overlay uses, and a ServiceMonitor of a chart: each with its fault.
const FILES: [(&str, &str); 7] = [
    (
        "stage/front-web/web.yaml",
        "# The shop. Ask team web before you change it.\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web # no namespace: the \
         application has one\nspec:\n  ingressClassName: nginx\n  rules:\n    - host: stage.example.com\n      http: {paths: [{path: /, pathType: \
         Prefix, backend: {service: {name: nginx-proxy-server, port: {number: 80}}}}]}\n  tls: [{hosts: [stage.example.com], secretName: \
         stage-example-com-tls}]\n",
    ),
    (
        "base/b2b/ingress.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  ingressClassName: other # as everywhere\n  rules:\n    - \
         host: b2b.stage.example.com\n      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: b2b-web, port: {number: 80}}}}]}\n  \
         tls: [{hosts: [b2b.stage.example.com], secretName: b2b-stage-example-com-tls}]\n",
    ),
    ("base/b2b/kustomization.yaml", "resources: [ingress.yaml]\n"),
    (
        "stage/b2b/kustomization.yaml",
        "# STAGE's own\nnamespace: b2b\nnamePrefix: b2b-\nresources:\n  - ../../base/b2b\n",
    ),
    (
        "charts/monitors/Chart.yaml",
        "apiVersion: v2\nname: monitors\nversion: 1.0.0\n",
    ),
    (
        "charts/monitors/values.yaml",
        "# for whom?\nmonitor:\n  labels: {team: edge} # what Prometheus selects by\n  interval: 30s\n",
    ),
    (
        "charts/monitors/templates/monitor.yaml",
        "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: ingress-nginx-controller\n  labels:\n    {{- toYaml \
         .Values.monitor.labels | nindent 4 }}\nspec:\n  namespaceSelector: {matchNames: [ingress-nginx]}\n  selector: {matchLabels: \
         {app.kubernetes.io/name: ingress-nginx}}\n  endpoints: [{port: metrics, interval: {{ .Values.monitor.interval }}}]\n",
    ),
];

/// Name, folder, namespace.
const APPLICATIONS: [(&str, &str, &str); 3] = [
    ("front-web", "stage/front-web", "front-web"),
    ("b2b", "stage/b2b", "b2b"),
    ("monitors", "charts/monitors", "prometheus"),
];

fn output(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {words}");
    String::from_utf8(done.stdout).unwrap()
}

fn git(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ]);
    output(command.args(words).current_dir(folder))
}

/// A repository with the files, as a checkout with its remote.
fn repository(folder: &Folder, remote: &str) -> PathBuf {
    let root = folder.path().join("deploy");
    for (path, text) in FILES {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    git(&root, &["init", "--quiet"]);
    git(&root, &["config", "user.name", "t"]);
    git(&root, &["config", "user.email", "t@example.com"]);
    git(&root, &["remote", "add", "origin", remote]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "--quiet", "-m", "first"]);
    root
}

/// Does what Argo CD does: renders what is on `main`, marks it as its own, and applies it, again and again.
struct Argo {
    stop: Arc<AtomicBool>,
    loops: Option<JoinHandle<()>>,
}

impl Argo {
    fn start(cluster: &Arc<Cluster>, binaries: &Binaries, repository: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, cluster, binaries) = (Arc::clone(&stop), Arc::clone(cluster), binaries.clone());
        let repository = repository.to_owned();
        let loops = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                round(&cluster, &binaries, &repository);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        Self {
            stop,
            loops: Some(loops),
        }
    }

    fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.loops.take().unwrap().join().unwrap();
    }
}

fn round(cluster: &Cluster, binaries: &Binaries, repository: &Path) {
    let tree = tempfile::tempdir().unwrap();
    let archive = tree.path().join("main.tar");
    git(
        repository,
        &["archive", "--output", archive.to_str().unwrap(), "main"],
    );
    output(
        Command::new("tar")
            .arg("xf")
            .arg(&archive)
            .current_dir(tree.path()),
    );
    for (name, path, namespace) in APPLICATIONS {
        let folder = tree.path().join(path);
        let rendered = if folder.join("Chart.yaml").is_file() {
            let mut helm = Command::new(binaries.helm.as_ref().unwrap());
            output(
                helm.args(["template", name])
                    .arg(&folder)
                    .args(["--namespace", namespace]),
            )
        } else if folder.join("kustomization.yaml").is_file() {
            output(Command::new(&binaries.kubectl).arg("kustomize").arg(&folder))
        } else {
            std::fs::read_to_string(folder.join("web.yaml")).unwrap()
        };
        let mut object: Value = serde_json::from_str(&as_json(binaries, &rendered)).unwrap();
        let (kind, own) = (
            object["kind"].as_str().unwrap().to_owned(),
            object["metadata"]["name"].clone(),
        );
        let group = object["apiVersion"]
            .as_str()
            .unwrap()
            .split_once('/')
            .unwrap()
            .0
            .to_owned();
        object["metadata"]["namespace"] = json!(namespace);
        object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(format!(
            "{name}:{group}/{kind}:{namespace}/{}",
            own.as_str().unwrap()
        ));
        let file = tree.path().join("object.json");
        std::fs::write(&file, object.to_string()).unwrap();
        cluster
            .answer(&[
                "apply",
                "--server-side",
                "--force-conflicts",
                "--field-manager",
                "argocd-controller",
                "-f",
                file.to_str().unwrap(),
            ])
            .unwrap();
    }
}

/// YAML as JSON, by the tests' own kubectl and no server.
fn as_json(binaries: &Binaries, yaml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("object.yaml"), yaml).unwrap();
    std::fs::write(
        folder.path().join("kustomization.yaml"),
        "resources: [object.yaml]\n",
    )
    .unwrap();
    let plain = output(
        Command::new(&binaries.kubectl)
            .arg("kustomize")
            .arg(folder.path()),
    );
    let source = envcheck_core::yaml::decode("object.yaml", plain.as_bytes()).unwrap();
    let limits = envcheck_core::yaml::Limits::default();
    let document = envcheck_core::yaml::documents(&source, &limits)
        .next()
        .unwrap()
        .unwrap();
    document.value.to_json_str().unwrap()
}

struct Scene {
    cluster: Arc<Cluster>,
    binaries: Binaries,
    folder: Folder,
    repository: PathBuf,
    argo: Argo,
}

/// STAGE, delivered by the loop from a repository with faults.
fn scene(remote: impl Fn(&Path) -> String) -> Option<Scene> {
    let binaries = binaries_with_helm()?;
    let cluster = Arc::new(stage::mended(&binaries));
    let folder = Folder::new();
    let address = remote(folder.path());
    let repository = repository(&folder, &address);
    // What was there before Argo CD took it over.
    for (kind, name, namespace) in [
        ("ingress", "web", "front-web"),
        ("ingress", "b2b-web", "b2b"),
        ("servicemonitor", "ingress-nginx-controller", "prometheus"),
    ] {
        cluster
            .answer(&["delete", kind, name, "--namespace", namespace])
            .unwrap();
    }
    for (name, path, namespace) in APPLICATIONS {
        cluster
            .apply(&format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: {name}, namespace: argocd}}, spec: {{project: stage, \
                 source: {{repoURL: '{address}', path: {path}, targetRevision: main}}, destination: {{server: \
                 'https://kubernetes.default.svc', namespace: {namespace}}}, syncPolicy: {{automated: {{prune: true, selfHeal: true}}}}}}}}"
            ))
            .unwrap();
    }
    round(&cluster, &binaries, &repository);
    let argo = Argo::start(&cluster, &binaries, &repository);
    Some(Scene {
        cluster,
        binaries,
        folder,
        repository,
        argo,
    })
}

impl Scene {
    fn run(&self, words: &[&str]) -> Outcome {
        self.run_only(POLICIES, words)
    }

    fn run_only(&self, policies: &str, words: &[&str]) -> Outcome {
        let kubeconfig = self.cluster.kubeconfig().display().to_string();
        let target = [
            "--kubeconfig",
            kubeconfig.as_str(),
            "--context",
            "test",
            "--only",
            policies,
        ];
        let mut command = program(words.iter().chain(&target));
        let own = self.binaries.kubectl.parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([own].into_iter().chain(std::env::split_paths(&path))).unwrap();
        command
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("GIT_ALLOW_PROTOCOL", "file")
            .stdin(Stdio::null());
        finish_within(command, None, PATIENCE)
    }

    fn remediate(&self, more: &[&str]) -> Outcome {
        self.run(&of_remediate(&stage::spec(), &[&AGREED, more].concat()))
    }

    fn findings(&self) -> usize {
        let spec = stage::spec();
        let outcome = self.run(&["audit", &spec, "--state", "none", "-o", "json", "--exit-zero"]);
        crate::program::Report(outcome.exits(0).json()).findings().len()
    }

    fn class(&self) -> String {
        let jsonpath = "jsonpath={.spec.ingressClassName}";
        self.cluster
            .answer(&[
                "get",
                "ingress",
                "b2b-web",
                "--namespace",
                "b2b",
                "--output",
                jsonpath,
            ])
            .unwrap()
    }

    fn versions(&self) -> String {
        let jsonpath = "jsonpath={range .items[*]}{.metadata.name}={.metadata.generation} {end}";
        self.cluster
            .answer(&[
                "get",
                "ingresses,servicemonitors",
                "--all-namespaces",
                "--output",
                jsonpath,
            ])
            .unwrap()
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < SOON, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn what_argo_cd_heals_is_left_alone_in_the_cluster_and_converges_from_git() {
    let Some(scene) = scene(|_| "git@github.com:acme/deploy.git".to_owned()) else {
        return;
    };
    // It does heal.
    scene
        .cluster
        .answer(&[
            "patch",
            "ingress",
            "b2b-web",
            "--namespace",
            "b2b",
            "--type",
            "merge",
            "--patch",
            r#"{"spec":{"ingressClassName":"nginx"}}"#,
        ])
        .unwrap();
    until("healing", || scene.class() == "other");
    assert_eq!(scene.findings(), 3);

    let before = scene.versions();
    let outcome = scene.remediate(&[]).exits(1);
    outcome.shows(&["has selfHeal and would take it back within seconds", "--repo DIR"]);
    assert_eq!(scene.versions(), before, "the live patch is refused");

    // In Git: shown, written as a patch, and committed on a branch; what is checked out stays.
    let repository = scene.repository.display().to_string();
    std::fs::write(
        scene.repository.join("stage/front-web/web.yaml"),
        "work in progress\n",
    )
    .unwrap();
    let words = [
        "--repo",
        &repository,
        "--patch",
        "fix.patch",
        "--branch",
        "envcheck/fix",
    ];
    let outcome = scene.remediate(&words).exits(1);
    outcome.shows(&[
        "3 steps in Git for 3 of 3 findings; proved on a copy: 3 go, 0 appear",
        "edits stage/front-web/web.yaml",
        "adds a patch to stage/b2b/kustomization.yaml",
        "sets monitor.labels in charts/monitors/values.yaml",
        "branch envcheck/fix",
        "once it is merged, Argo CD brings it about",
    ]);
    assert_eq!(
        std::fs::read_to_string(scene.repository.join("stage/front-web/web.yaml")).unwrap(),
        "work in progress\n"
    );
    assert_eq!(scene.versions(), before, "a branch changes nothing that runs");
    let changed = git(&scene.repository, &["diff", "--numstat", "main", "envcheck/fix"]);
    assert_eq!(
        changed,
        "1\t1\tcharts/monitors/values.yaml\n9\t0\tstage/b2b/kustomization.yaml\n2\t0\tstage/front-web/web.yaml\n"
    );
    let message = git(&scene.repository, &["log", "-1", "--format=%B", "envcheck/fix"]);
    assert!(
        message.starts_with("Repair 3 findings in stage\n")
            && message.contains("envcheck policy ingress-class")
    );
    // The patch is the same, and Git takes it.
    git(
        &scene.repository,
        &["checkout", "--quiet", "--force", "-b", "by-hand", "main"],
    );
    let patch = scene.folder.path().join("fix.patch");
    git(&scene.repository, &["apply", "--index", patch.to_str().unwrap()]);
    assert_eq!(git(&scene.repository, &["diff", "--cached", "envcheck/fix"]), "");
    // A branch that is there is not moved.
    let again = scene.remediate(&words).exits(1);
    again.shows(&["no branch envcheck/fix"]);

    git(&scene.repository, &["checkout", "--quiet", "--force", "main"]);
    git(
        &scene.repository,
        &["merge", "--quiet", "--ff-only", "envcheck/fix"],
    );
    until("a clean audit", || scene.findings() == 0);
    assert_eq!(scene.class(), "nginx");
    scene.remediate(&["--repo", &repository]).exits(0);
    scene.argo.end();
}

#[test]
fn without_a_checkout_the_applications_repository_is_fetched_and_the_branch_pushed() {
    let Some(scene) = scene(|folder| folder.join("bare.git").display().to_string()) else {
        return;
    };
    let bare = scene.folder.path().join("bare.git");
    git(
        scene.folder.path(),
        &["clone", "--quiet", "--bare", "deploy", "bare.git"],
    );
    let head = git(&bare, &["rev-parse", "main"]);
    let outcome = scene.remediate(&["--branch", "fix"]).exits(1);
    outcome.shows(&[
        "3 steps in Git",
        "branch fix of",
        "once it is merged, Argo CD brings it about; until then something is left, and the exit code is 1\n",
    ]);
    assert_eq!(git(&bare, &["rev-parse", "main"]), head);
    assert_eq!(git(&bare, &["rev-parse", "fix^"]), head);

    // What is not safe is not agreed to, and so not committed.
    let spec = stage::spec();
    let words = [
        "remediate",
        spec.as_str(),
        "--state",
        "none",
        "--journal",
        "journal",
        "--yes",
        "--branch",
        "safe",
    ];
    let outcome = scene.run(&words).exits(1);
    assert!(
        outcome.stderr.contains("it is disruptive: --max-risk disruptive"),
        "{}",
        outcome.stderr
    );
    let changed = git(&bare, &["diff", "--name-only", "main", "safe"]);
    assert_eq!(changed, "charts/monitors/values.yaml\nstage/front-web/web.yaml\n");

    // A repository that nobody can reach is a reason, and no end.
    std::fs::rename(&bare, scene.folder.path().join("gone.git")).unwrap();
    let outcome = scene.remediate(&["--branch", "other"]).exits(1);
    outcome.shows(&["could not be fetched: git:"]);
    // What cannot be used ends it at once.
    scene.remediate(&["--repo", "."]).exits(2);
    for name in [
        "HEAD",
        "FETCH_HEAD",
        "+x",
        "origin/x",
        "refs/heads/x",
        "a b",
        "-x",
        "",
    ] {
        let outcome = scene.remediate(&[&format!("--branch={name}")]).exits(2);
        assert!(
            outcome.stderr.contains("is no name for a branch"),
            "{name:?}: {}",
            outcome.stderr
        );
    }
    scene.argo.end();
}

/// What may not be done in the cluster may not be done by way of Git.
#[test]
fn what_is_no_step_is_in_no_patch() {
    let Some(scene) = scene(|_| "git@github.com:acme/deploy.git".to_owned()) else {
        return;
    };
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own, namespace: front-web}\nspec:\n  podSelector: {matchLabels: \
                  {app: web}}\n  policyTypes: [Ingress]\n  ingress:\n    - from: [{podSelector: {}}]\n";
    std::fs::write(scene.repository.join("stage/front-web/own.yaml"), policy).unwrap();
    git(&scene.repository, &["add", "."]);
    git(&scene.repository, &["commit", "--quiet", "-m", "own"]);
    scene.cluster.apply(policy).unwrap();
    let tracking = "argocd.argoproj.io/tracking-id=front-web:networking.k8s.io/NetworkPolicy:front-web/own";
    scene
        .cluster
        .answer(&[
            "annotate",
            "networkpolicy",
            "own",
            "--namespace",
            "front-web",
            tracking,
        ])
        .unwrap();
    let target = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "front-web", "name": "own"});
    let from =
        json!({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "argocd"}}}]});
    let operations = json!([{"op": "add", "path": "/spec/ingress/-", "value": from}]);
    let fix = json!({"action": "kubernetes.patch", "risk": "safe", "summary": "let argocd in", "target": target, "patch": operations});
    wants(&scene.folder, &json!([fix]));

    let (spec, repository) = (stage::spec(), scene.repository.display().to_string());
    let more = [
        "-p",
        "own",
        "--trust-fixes",
        "--repo",
        &repository,
        "--patch",
        "fix.patch",
    ];
    let outcome = scene
        .run_only("fixes,proxy-layer", &of_remediate(&spec, &more))
        .exits(1);
    outcome.shows(&["1 step in Git", "let argocd in: it would open"]);
    let patch = scene.folder.read("fix.patch");
    assert!(
        patch.contains("stage/front-web/web.yaml") && !patch.contains("own.yaml"),
        "{patch}"
    );
    scene.argo.end();
}
