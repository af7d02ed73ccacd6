//! The STAGE environment on a real API server: its objects, the faults planted among them, and one crowded cluster with
//! these faults that all tests share which only read.

use super::{binaries_with_controllers, start};
use crate::program::{Folder, Outcome, Report, root};
use envcheck_test_cluster::{Binaries, Cluster, Options};
use envcheck_test_fakes::{furnish, settle};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

/// What is applied over the objects as they should be.
pub(crate) const PLANTED: &str = include_str!("../fixtures/stage-live/planted.yaml");

/// What is found where nothing is wrong: ingress-nginx is what the spec declares, and was retired.
pub(crate) const RETIRED: &str =
    "ingress-controller-supported medium ingress-nginx/ingress-nginx-controller[Deployment]";

/// Exactly what is found once the faults are planted.
pub(crate) const FINDINGS: [&str; 11] = [
    "backend-accepts-all-namespaces critical back/ii[Deployment]",
    "backend-closed-to-outside high back/ii[Service]",
    "exposure-undeclared critical b2b/b2b-direct[Service]",
    "exposure-undeclared critical front-web/web[Ingress]",
    RETIRED,
    "ingress-tls medium front-web/web[Ingress]",
    "namespace-isolation high b2b/b2b-web[Deployment]",
    "namespace-isolation high front-web/web[Deployment]",
    "namespace-undeclared medium auditing[Namespace]",
    "no-apps-in-system-namespaces critical kube-public/headlamp[ConfigMap]",
    "no-apps-in-system-namespaces critical kube-system/headlamp[Deployment]",
];

/// Where tests have accounts of their own. They and what they may do are judged, too: what several tests read stays as it is.
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
    furnish(&cluster).unwrap();
    cluster
}

/// The crowded cluster with all faults. None: the reason was said.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    let made = SHARED.get_or_init(|| {
        let cluster = mended(&binaries_with_controllers()?);
        cluster.apply(PLANTED).unwrap();
        cluster.create(&crowd()).unwrap();
        settle(&cluster).unwrap();
        Some(cluster)
    });
    made.as_ref()
}

/// So many ConfigMaps in a namespace: `many-000` and on.
pub(crate) fn config_maps(namespace: &str, count: usize) -> String {
    (0..count)
        .map(|number| {
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: many-{number:03}, namespace: {namespace}}}}}\n---\n")
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
