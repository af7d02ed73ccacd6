//! What provisioning closes where something runs already: proven before, and never before what stays open is as declared.

use super::provision::ALL;
use super::team::{Team, bare_spaces};
use crate::live::terminal::at_a_terminal_meanwhile;
use crate::live::{binaries, start};
use crate::program::Outcome;
use envcheck_test_cluster::{Cluster, Options};
use envcheck_test_fakes::{Spaces, World};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(3);

const SPEC: &str = "apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean: {token: {env: DIGITALOCEAN_TOKEN}, region: fra1}
  namespaces:
    - {name: edge, role: ingress}
    - {name: metrics, role: monitoring}
    - {name: front-web, role: application, network: {accepts: {fromNamespaces: [edge, metrics], sameNamespace: false}}}
";

const RUNNING: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: edge}
---
apiVersion: v1
kind: Namespace
metadata: {name: metrics}
---
apiVersion: v1
kind: Namespace
metadata: {name: front-web}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: front-web}
spec: {selector: {app: web}, ports: [{port: 443, targetPort: 8443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front-web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.com/web, ports: [{containerPort: 8443}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: metrics}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: other, image: example.com/other}]}
";

const HOOK: &str = r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: orders}
webhooks:
- name: orders.example.com
  sideEffects: None
  admissionReviewVersions: [v1]
  failurePolicy: Ignore
  clientConfig: {service: {namespace: front-web, name: web}}
  rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [orders]}]
";

/// `accept-declared` by somebody else, for some Pods only.
const NARROW: &str = r"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: accept-declared, namespace: front-web}
spec:
  podSelector: {matchLabels: {app: x}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: metrics}}
";

struct Place {
    team: Team,
    _spaces: Spaces,
    server: Arc<Cluster>,
}

impl Place {
    fn new() -> Option<Self> {
        let spaces = bare_spaces()?;
        let server = Arc::new(start(&binaries()?, &Options::default()));
        server.apply(RUNNING).unwrap();
        let team = Team::beginning(&spaces, World::empty(), 1.0);
        team.folder.write("environments/stage.yaml", SPEC);
        Some(Self {
            team,
            _spaces: spaces,
            server,
        })
    }

    fn words(&self, words: &[&str]) -> Vec<String> {
        let kubeconfig = self.server.kubeconfig().display().to_string();
        let place = [
            "--kubeconfig".to_owned(),
            kubeconfig,
            "--context".to_owned(),
            "test".to_owned(),
        ];
        let words = words.iter().map(|word| (*word).to_owned());
        words.chain(place).collect()
    }

    fn run(&self, words: &[&str]) -> Outcome {
        let words = self.words(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.team.run_within(&words, PATIENCE)
    }

    fn provision(&self, more: &[&str]) -> Outcome {
        self.run(&[&ALL[..], more].concat())
    }

    fn policies(&self) -> String {
        let words = ["get", "networkpolicy", "-n", "front-web", "-o", "name"];
        self.server
            .answer(&words)
            .unwrap()
            .replace("networkpolicy.networking.k8s.io/", "")
    }

    fn kubectl(&self, words: &str) {
        self.server.answer(&words.split(' ').collect::<Vec<_>>()).unwrap();
    }
}

#[test]
fn what_is_closed_is_shown_and_whom_the_api_server_calls_stays_reachable() {
    let Some(place) = Place::new() else { return };
    place.server.apply(HOOK).unwrap();
    let told = [
        "in the way",
        "the API server calls front-web/web[Deployment] for ValidatingWebhookConfiguration orders",
        "admit them first",
    ];
    let shown = place.run(&["plan", "stage"]).exits(1);
    shown.has(&told);
    assert!(
        !shown
            .stdout
            .contains("create NetworkPolicy front-web/default-deny ·"),
        "{}",
        shown.stdout
    );
    place.provision(&[]).exits(2).has(&told);
    assert_eq!(place.policies(), "");
    // One of their own admits it.
    let own = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: hook, namespace: front-web}\nspec: {podSelector: \
               {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{ports: [{port: 8443}]}]}\n";
    place.server.apply(own).unwrap();
    let closes = "metrics/other[Deployment]";
    let shown = place.run(&["plan", "stage"]).exits(0);
    shown.has(&["create NetworkPolicy front-web/accept-declared", "opens  "]);
    place.kubectl("delete networkpolicy hook -n front-web");
    place.kubectl("delete validatingwebhookconfiguration orders");
    let shown = place.run(&["plan", "stage"]).exits(0);
    shown.has(&["opens   nothing", "closes ", "→ front-web/web[Deployment]"]);
    place
        .run(&["plan", "stage", "-o", "markdown"])
        .exits(0)
        .has(&["## Connections of what runs", "- closes "]);
    let plan = place.run(&["plan", "stage", "-o", "json"]).exits(0).json();
    let pairs = plan["closed"].as_array().unwrap();
    assert!(
        !pairs.is_empty() && pairs.iter().all(|pair| pair["from"] != closes),
        "{plan:#}"
    );
    assert_eq!(plan["opened"], json!([]));

    // Whoever calls by the time that it is done counts.
    let server = Arc::clone(&place.server);
    let words = place.words(&["provision", "stage", "--no-audit", "--journal", "journal"]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let asked = at_a_terminal_meanwhile(
        place.team.command(&words),
        "[y/N]",
        move || server.apply(HOOK).unwrap(),
        "y\ny\n",
        PATIENCE,
    );
    asked.exits(1).shows(&["the API server calls front-web/web"]);
    assert_eq!(place.policies(), "");
    place.kubectl("delete validatingwebhookconfiguration orders");
    place.provision(&[]).exits(0);
    assert_eq!(place.policies(), "accept-declared\ndefault-deny\n");
    place
        .run(&["plan", "stage", "--detailed-exitcode"])
        .exits(0)
        .has(&["nothing to make"]);
}

#[test]
fn nothing_is_closed_while_what_stays_open_is_not_as_declared() {
    let Some(place) = Place::new() else { return };
    // Somebody makes it while another is asked.
    let server = Arc::clone(&place.server);
    let words = place.words(&["provision", "stage", "--no-audit", "--journal", "journal"]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    place.run(&["plan", "stage", "--out", "plan.json"]).exits(0);
    let asked = at_a_terminal_meanwhile(
        place.team.command(&words),
        "[y/N]",
        move || server.apply(NARROW).unwrap(),
        "y\ny\n",
        PATIENCE,
    );
    asked
        .exits(1)
        .shows(&["is there by now, and is not as declared: it selects only some Pods"]);
    assert_eq!(place.policies(), "accept-declared\n");

    // By then it stands in the way, whatever is asked for.
    let told = [
        "front-web/accept-declared lets through less than is declared (it selects only some Pods",
        "somebody else made",
    ];
    place.run(&["plan", "stage"]).exits(1).has(&told);
    for more in [&[][..], &["--plan", "plan.json"]] {
        place.provision(more).exits(2);
        assert_eq!(place.policies(), "accept-declared\n");
    }

    // Its own, narrowed since.
    place.kubectl("delete networkpolicy accept-declared -n front-web");
    place.provision(&[]).exits(0);
    place.kubectl("delete networkpolicy default-deny -n front-web");
    let narrowed = json!({"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}}).to_string();
    let patch = [
        "patch",
        "networkpolicy",
        "accept-declared",
        "-n",
        "front-web",
        "--type=merge",
        "-p",
        &narrowed,
    ];
    place.server.answer(&patch).unwrap();
    let shown = place.run(&["plan", "stage"]).exits(1);
    shown.has(&[
        "is not let in",
        "envcheck remediate stage sets front-web/accept-declared back",
    ]);
    place.provision(&[]).exits(2);
    assert_eq!(place.policies(), "accept-declared\n");
}

const KINDS: &str = include_str!("../../fixtures/stage-live/kinds.yaml");

#[test]
fn what_is_of_a_kind_that_nobody_serves_is_told_before_anything_is_made() {
    let Some(place) = Place::new() else { return };
    let delivery = format!(
        "    - {{name: argocd, role: delivery}}\n  delivery:\n    argocd: {{version: v3.5.1, install: {{url: \
         'https://127.0.0.1:1/install.yaml', sha256: {}}}, repository: 'https://github.com/acme/deploy', revision: main, path: stage, \
         applications: [front-web]}}\n",
        "a".repeat(64)
    );
    place
        .team
        .folder
        .write("environments/stage.yaml", format!("{SPEC}{delivery}"));
    let told = "1 declared is of kind AppProject (argoproj.io), which the cluster does not serve and no step brings along";
    let shown = place.run(&["plan", "stage", "--offline"]).exits(1);
    shown.has(&["create Namespace argocd", told, "--argocd-manifest FILE"]);
    assert!(!shown.stdout.contains("kustomization"), "{}", shown.stdout);
    place.provision(&["--offline"]).exits(2);
    // Nor where its address does not answer; once it is installed, the rest is planned.
    place
        .run(&["plan", "stage"])
        .exits(1)
        .has(&[told, "could not be fetched"]);
    place.server.apply(KINDS).unwrap();
    place.kubectl("wait --for=condition=Established crd --all --timeout=30s");
    let shown = place.run(&["plan", "stage"]).exits(0);
    shown.has(&[
        "create AppProject argocd/stage",
        "not looked   the manifest of Argo CD could not be fetched",
    ]);
}
