//! The STAGE environment on a real API server: its objects, the faults planted among them, and one crowded cluster with
//! these faults that all tests share which only read.

use super::{binaries_with_controllers, start};
use crate::program::{Folder, Outcome, Report, root};
use envcheck_test_cluster::{Binaries, Cluster, Options};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The objects as they should be.
pub(crate) const MENDED: &str = include_str!("../fixtures/stage-live/mended.yaml");
/// What is applied over them: a fault for each policy that can judge a cluster without its account.
pub(crate) const PLANTED: &str = include_str!("../fixtures/stage-live/planted.yaml");

/// Exactly what is wrong once the faults are planted.
pub(crate) const FINDINGS: [&str; 8] = [
    "backend-accepts-all-namespaces critical back/ii[Deployment]",
    "backend-closed-to-outside high back/ii[Service]",
    "exposure-undeclared critical b2b/b2b-direct[Service]",
    "exposure-undeclared critical front-web/web[Ingress]",
    "namespace-isolation high b2b/b2b-web[Deployment]",
    "namespace-isolation high front-web/web[Deployment]",
    "no-apps-in-system-namespaces critical kube-public/headlamp[ConfigMap]",
    "no-apps-in-system-namespaces critical kube-system/headlamp[Deployment]",
];

/// The Pods that the controllers make of the mended objects and of the planted ones.
pub(crate) const PODS: [usize; 2] = [10, 12];

/// Where tests put accounts of their own. It exists from the beginning: what is read stays the same meanwhile.
pub(crate) const ACCOUNTS: &str = "auditing";

/// ConfigMaps beside the environment's own objects, half of them before the faults in the order of a list and half
/// behind: every page but one holds nothing of interest.
pub(crate) const CROWD: usize = 1_300;
/// Deployments without Pods.
const EMPTY_DEPLOYMENTS: usize = 100;

/// The spec, as an argument.
pub(crate) fn spec() -> String {
    let file = root().join("tests/fixtures/stage-live/stage.yaml");
    file.display().to_string()
}

/// Audits as somebody, with more arguments.
pub(crate) fn audit(kubeconfig: &Path, more: &[&str]) -> Outcome {
    let kubeconfig = kubeconfig.display().to_string();
    let spec = spec();
    let arguments = ["audit", &spec, "--kubeconfig", &kubeconfig];
    Folder::new().run(arguments.iter().chain(more))
}

/// The report of an audit that ends with this code.
#[track_caller]
pub(crate) fn report(kubeconfig: &Path, code: i32) -> Report {
    audit(kubeconfig, &["-o", "json"]).exits(code).report()
}

/// Starts a cluster with controllers and makes STAGE of it.
pub(crate) fn mended(binaries: &Binaries) -> Cluster {
    let options = Options {
        controller_manager: true,
        ..Options::default()
    };
    let cluster = start(binaries, &options);
    cluster.apply(MENDED).unwrap();
    cluster
}

/// Waits until the controllers have done their work: all Pods, a ReplicaSet for each Deployment, and the certificate that each
/// namespace gets.
pub(crate) fn settle(cluster: &Cluster, pods: usize) {
    let count = |arguments: &[&str]| {
        let all = [&["get", "--all-namespaces", "-o", "name"], arguments].concat();
        cluster.answer(&all).unwrap().lines().count()
    };
    let begun = Instant::now();
    loop {
        let own = count(&["configmaps", "--field-selector=metadata.name=kube-root-ca.crt"]);
        let seen = (count(&["pods"]), own, count(&["replicasets"]));
        let wanted = (pods, count(&["namespaces"]), count(&["deployments"]));
        if seen == wanted {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{seen:?}, not {wanted:?}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The crowded cluster with all faults. None: the reason was said.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    let made = SHARED.get_or_init(|| {
        let cluster = mended(&binaries_with_controllers()?);
        cluster.apply(PLANTED).unwrap();
        let accounts = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {ACCOUNTS}}}}}");
        cluster.apply(&accounts).unwrap();
        cluster.create(&crowd()).unwrap();
        settle(&cluster, PODS[1]);
        Some(cluster)
    });
    made.as_ref()
}

/// So many ConfigMaps in namespace default: `many-000` and on.
pub(crate) fn config_maps(count: usize) -> String {
    (0..count)
        .map(|number| {
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: many-{number:03}, namespace: default}}}}\n---\n")
        })
        .collect()
}

fn crowd() -> String {
    let mut text = String::new();
    for number in 0..CROWD {
        let namespace = ["argocd", "prometheus"][number % 2];
        writeln!(
            text,
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: crowd-{number:04}, namespace: {namespace}}}}}\n---"
        )
        .unwrap();
    }
    for number in 0..EMPTY_DEPLOYMENTS {
        writeln!(
            text,
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: crowd-{number:04}, namespace: prometheus}}, spec: \
             {{replicas: 0, selector: {{matchLabels: {{app: crowd}}}}, template: {{metadata: {{labels: {{app: crowd}}}}, \
             spec: {{containers: [{{name: one, image: 'nginx:1.29'}}]}}}}}}}}\n---"
        )
        .unwrap();
    }
    text
}
