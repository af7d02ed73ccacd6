//! Workloads: the pod template of every kind, normalised once.

use super::images::volumes;
use super::readiness;
use super::record::{Record, common, map_or_empty, or_null};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, text_or_null};

/// The kinds whose Pods run something.
pub const WORKLOAD_KINDS: [&str; 8] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
];

/// More Pods of a StatefulSet than this are not imagined before they exist.
pub const MOST_ORDINALS: i64 = 64;

/// The labels that the StatefulSet controller gives the Pod of this ordinal besides the template's.
pub fn pod_labels(stateful_set: &str, ordinal: i64) -> [(&'static str, String); 2] {
    [
        (
            "statefulset.kubernetes.io/pod-name",
            format!("{stateful_set}-{ordinal}"),
        ),
        ("apps.kubernetes.io/pod-index", ordinal.to_string()),
    ]
}

/// The ordinal of a StatefulSet's first Pod.
pub fn first_ordinal(workload: &Value) -> i64 {
    workload
        .at(&["spec", "ordinals", "start"])
        .and_then(ValueExt::int)
        .unwrap_or(0)
}

/// True for a workload of Kubernetes' own groups.
pub fn is_workload(reference: &ResourceRef) -> bool {
    matches!(reference.group(), "" | "apps" | "batch" | "extensions")
        && WORKLOAD_KINDS.contains(&reference.kind.as_str())
}

/// The pod template: `{metadata?, spec}`. For a Pod, the Pod itself.
pub fn pod_template<'v>(kind: &str, value: &'v Value) -> Option<&'v Value> {
    match kind {
        "Pod" => Some(value),
        "CronJob" => value.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => value.at(&["spec", "template"]),
    }
}

/// The labels of a workload's Pods as its template says; of a Pod, its own.
pub(super) fn template_labels(reference: &ResourceRef, value: &Value) -> Value {
    let template = pod_template(&reference.kind, value);
    map_or_empty(template.and_then(|template| template.at(&["metadata", "labels"])))
}

/// The record of a workload, without what joins add (ports, services).
pub fn project(reference: &ResourceRef, value: &Value) -> Record {
    let kind = reference.kind.as_str();
    let empty = Value::new_object();
    let template = pod_template(kind, value).unwrap_or(&empty);
    let spec = template.field("spec").unwrap_or(&empty);
    let mut record = common(reference, value);
    record
        .set("id", Value::from(workload_id(reference)))
        .set("kind", Value::from(kind))
        .set("podLabels", template_labels(reference, value))
        .set(
            "hostNetwork",
            Value::from(spec.field("hostNetwork").is_some_and(ValueExt::is_true)),
        )
        .set(
            "serviceAccount",
            text_or_null(spec.text_at(&["serviceAccountName"]).or(Some("default"))),
        )
        .set("pullSecrets", pull_secrets(spec))
        .set("longRunning", Value::from(!matches!(kind, "Job" | "CronJob")))
        .set("finished", Value::from(finished(kind, value)))
        .set("hook", Value::from(hook(&reference.kind, value)))
        .set("replicas", or_null(value.at(&["spec", "replicas"])))
        .set("ready", readiness::ready(kind, value))
        .set("unreadySince", readiness::unready_since(kind, value))
        .set("firstOrdinal", Value::from(first_ordinal(value)))
        .set("containers", containers(spec))
        .set("imageVolumes", image_volumes(spec));
    record
}

/// `ns/name[Kind]`: the key of a workload in `data.network.workloads`.
pub fn workload_id(reference: &ResourceRef) -> String {
    format!(
        "{}/{}[{}]",
        reference.namespace.as_deref().unwrap_or("default"),
        reference.name,
        reference.kind
    )
}

/// True for a Job or Pod that has ended and does not start again.
pub(super) fn finished(kind: &str, value: &Value) -> bool {
    match kind {
        "Job" => value.items_at(&["status", "conditions"]).iter().any(|condition| {
            matches!(condition.text_at(&["type"]), Some("Complete" | "Failed"))
                && condition.text_at(&["status"]) == Some("True")
        }),
        "Pod" => matches!(value.text_at(&["status", "phase"]), Some("Succeeded" | "Failed")),
        _ => false,
    }
}

/// The moments at which Helm and Argo CD run hooks, as their annotations name them.
const HOOKS: [(&str, &[&str]); 2] = [
    (
        "helm.sh/hook",
        &[
            "post-delete",
            "post-install",
            "post-rollback",
            "post-upgrade",
            "pre-delete",
            "pre-install",
            "pre-rollback",
            "pre-upgrade",
            "test",
            "test-failure",
            "test-success",
        ],
    ),
    (
        "argocd.argoproj.io/hook",
        &[
            "PostDelete",
            "PostSync",
            "PreDelete",
            "PreSync",
            "Skip",
            "Sync",
            "SyncFail",
        ],
    ),
];

/// True for what runs while something is installed and ends by itself. What goes on running is none, whatever it says: an
/// annotation must not hide it.
fn hook(kind: &str, value: &Value) -> bool {
    matches!(kind, "Job" | "Pod")
        && HOOKS.iter().any(|(key, known)| {
            let named = value.text_at(&["metadata", "annotations", key]);
            named.is_some_and(|named| named.split(',').all(|one| known.contains(&one.trim())))
        })
}

fn containers(spec: &Value) -> Value {
    let of = |field: &str, kind: &'static str| {
        spec.items_at(&[field])
            .iter()
            .map(|container| {
                object([
                    ("name", or_null(container.field("name"))),
                    ("type", Value::from(kind)),
                    ("image", or_null(container.field("image"))),
                    ("restartPolicy", or_null(container.field("restartPolicy"))),
                    ("ports", array(container.items_at(&["ports"]).iter().map(port))),
                ])
            })
            .collect::<Vec<_>>()
    };
    let mut all = of("containers", "container");
    all.extend(of("initContainers", "init"));
    all.extend(of("ephemeralContainers", "ephemeral"));
    array(all)
}

/// The images that Pods mount as volumes.
fn image_volumes(spec: &Value) -> Value {
    array(
        volumes(spec)
            .map(|(name, image)| object([("name", Value::from(name)), ("image", Value::from(image))])),
    )
}

/// The names of the Secrets that the Pods themselves name for pulling; where they name none, their service account's count.
fn pull_secrets(spec: &Value) -> Value {
    let named = spec.items_at(&["imagePullSecrets"]).iter();
    array(named.filter_map(|secret| secret.field("name").cloned()))
}

fn port(port: &Value) -> Value {
    object([
        ("name", or_null(port.field("name"))),
        ("number", or_null(port.field("containerPort"))),
        (
            "protocol",
            Value::from(port.text_at(&["protocol"]).unwrap_or("TCP")),
        ),
        ("hostPort", or_null(port.field("hostPort"))),
    ])
}
