//! What goes wrong in STAGE, each with what makes it so, what mends it, and what an audit says: in the account as people do it,
//! through the API and with S3, in the cluster with kubectl.

mod account;
mod balancers;
mod datastores;
mod delivery;
mod ingress;
mod isolation;
mod monitoring;
mod namespaces;
mod registry;
mod spaces;

use super::team::Team;
use envcheck_test_cluster::Cluster;
use envcheck_test_fakes::{World, settle, stage_object};
use serde_json::{Value, json};

/// One thing that goes wrong.
pub(super) struct Fault {
    pub(super) plant: fn(&Team, &Cluster),
    pub(super) mend: fn(&Team, &Cluster),
    /// `policy severity resource`, as the report has them.
    pub(super) findings: &'static [&'static str],
}

/// What is found only after a day, over several runs.
pub(super) const AGED: [&str; 1] = ["load-balancer-orphan medium stage-web-old[LoadBalancer]"];

const CLUSTER: &str = World::STAGE_CLUSTER;

/// All of them. Pods become unready last: what changes a workload makes others of them.
pub(super) fn all() -> Vec<&'static Fault> {
    let tables: [&[Fault]; 10] = [
        &balancers::FAULTS,
        &account::FAULTS,
        &registry::FAULTS,
        &spaces::FAULTS,
        &delivery::FAULTS,
        &namespaces::FAULTS,
        &isolation::FAULTS,
        &ingress::FAULTS,
        &datastores::FAULTS,
        &monitoring::FAULTS,
    ];
    tables.into_iter().flatten().collect()
}

/// How most changes of the environment's own objects are mended: after all mends they are applied again.
fn again(_: &Team, _: &Cluster) {}

fn ask(team: &Team, method: &str, path: &str, body: &Value) -> Value {
    team.fake.ask(method, path, body).unwrap()
}

fn id_of(team: &Team, collection: &str, name: &str, field: &str) -> String {
    team.fake.with(|world| {
        world.named(collection, name).unwrap()[field]
            .as_str()
            .unwrap()
            .to_owned()
    })
}

/// Deletes what is called like `service/web`, and waits until all that belonged to it is gone.
fn delete(cluster: &Cluster, namespace: &str, object: &str) {
    cluster
        .answer(&["delete", object, "-n", namespace, "--cascade=foreground"])
        .unwrap();
}

/// Applies an object of the environment, which is called like `Service back/keydb`, with parts of its text replaced.
fn alter(cluster: &Cluster, place: &str, changes: &[(&str, &str)]) {
    let mut text = stage_object(place).unwrap().to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in {place}");
        text = text.replace(from, to);
    }
    cluster.apply(&text).unwrap();
}

/// Says for the kubelet that the Pods with a label are not ready, once all workloads have their Pods.
fn unready(cluster: &Cluster, namespace: &str, label: &str) {
    settle(cluster).unwrap();
    let now = jiff::Timestamp::now().to_string();
    let conditions = ["ContainersReady", "Ready"].map(
        |kind| json!({"type": kind, "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": now}),
    );
    let status = json!({"status": {"conditions": conditions}}).to_string();
    let pods = cluster
        .answer(&["get", "pods", "-n", namespace, "-l", label, "-o", "name"])
        .unwrap();
    assert_ne!(pods, "", "no Pod of {namespace} has {label}");
    for pod in pods.lines() {
        let words = [
            "patch",
            pod,
            "-n",
            namespace,
            "--subresource=status",
            "--type=merge",
            "-p",
            &status,
        ];
        cluster.answer(&words).unwrap();
    }
}

/// Deletes the Pods with a label: those that follow are ready.
fn replace(cluster: &Cluster, namespace: &str, label: &str) {
    cluster
        .answer(&["delete", "pods", "-n", namespace, "-l", label])
        .unwrap();
}
