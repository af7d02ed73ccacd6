//! How dangerous a change is by the field that it touches. What is safe is a list; all that is on none is disruptive, since nobody
//! here knows what it stops or lets in.

use super::floor::Never;
use crate::policy::Risk;
use crate::value::patch::{Operation, OperationKind};
use crate::value::{Value, ValueExt};

/// Annotations of Services that give the load balancer another address, or another load balancer.
const OF_ADDRESSES: [&str; 5] = [
    "kubernetes.digitalocean.com/load-balancer-id",
    "service.beta.kubernetes.io/do-loadbalancer-name",
    "service.beta.kubernetes.io/do-loadbalancer-network",
    "service.beta.kubernetes.io/do-loadbalancer-type",
    "service.kubernetes.io/do-loadbalancer-disown",
];
/// Fields of Services by which an address comes or goes.
const OF_SERVICES: [&str; 5] = [
    "type",
    "clusterIP",
    "clusterIPs",
    "loadBalancerClass",
    "loadBalancerIP",
];
/// Metadata that says what an object is, and what has to go first, or goes with it: a change of these makes it another object,
/// or lets it be deleted by itself.
const OF_IDENTITY: [&str; 8] = [
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "name",
    "namespace",
    "ownerReferences",
    "uid",
];
/// Fields that say whether what is stored goes when its object goes.
const OF_DATA: [&str; 4] = [
    "deletionPolicy",
    "persistentVolumeClaimRetentionPolicy",
    "persistentVolumeReclaimPolicy",
    "reclaimPolicy",
];
/// What says that it stays.
const STAYS: &str = "Retain";
/// Fields of an application of Argo CD by which other objects are delivered: those of before are pruned.
const OF_DELIVERY: [&str; 4] = ["chart", "destination", "path", "repoURL"];
/// Kinds whose labels say who watches them and nothing else.
const WATCHED: [&str; 4] = ["PodMonitor", "Probe", "PrometheusRule", "ServiceMonitor"];
/// Kinds whose labels without a domain nobody acts upon, other than those of Namespaces, Nodes and Pods.
const LABELLED: [&str; 9] = [
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HTTPRoute",
    "Ingress",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];
/// Labels of Namespaces by which the server warns and records, and refuses nothing.
const OF_WARNINGS: [&str; 4] = [
    "pod-security.kubernetes.io/audit",
    "pod-security.kubernetes.io/audit-version",
    "pod-security.kubernetes.io/warn",
    "pod-security.kubernetes.io/warn-version",
];
/// Kinds that hold what nobody can bring back.
const STORES: [&str; 3] = ["PersistentVolume", "PersistentVolumeClaim", "StorageClass"];

/// What a patch's operation risks at least. `Err` for what no remediation changes.
pub(super) fn of_change(kind: &str, change: &Operation) -> Result<Risk, Never> {
    let value = match change.kind {
        OperationKind::Add | OperationKind::Replace => change.value.as_ref(),
        _ => None,
    };
    let mut least = Risk::Safe;
    for path in change.touched() {
        least = least.max(of_field(kind, path, value)?);
    }
    Ok(least)
}

/// That an object which is made goes with nobody else's.
pub(super) fn kept(object: &Value) -> Result<(), Never> {
    match object.at(&["metadata", "ownerReferences"]) {
        Some(_) => Err(of_identity("ownerReferences")),
        None => Ok(()),
    }
}

fn of_identity(field: &str) -> Never {
    Never(format!("no remediation changes metadata.{field}"))
}

fn of_field(kind: &str, path: &[String], value: Option<&Value>) -> Result<Risk, Never> {
    let at = |index: usize| path.get(index).map_or("", String::as_str);
    match (at(0), at(1)) {
        ("" | "apiVersion" | "kind", _) => {
            Err(Never("no remediation makes another object of one".to_owned()))
        }
        ("metadata", "") => Err(Never(
            "no remediation changes all of an object's metadata".to_owned(),
        )),
        ("metadata", field) if OF_IDENTITY.contains(&field) => Err(of_identity(field)),
        ("spec", "finalizers") if kind == "Namespace" => Err(Never(
            "no remediation changes a Namespace's finalizers".to_owned(),
        )),
        ("metadata", list @ ("annotations" | "labels")) => Ok(of_mark(kind, list, at(2))),
        _ if path.iter().any(|part| OF_DATA.contains(&part.as_str())) => Ok(of_data(kind, value)),
        _ if STORES.contains(&kind) => Ok(Risk::Destructive),
        // All of what it says: the type of a Service is among it, and what becomes of data.
        ("spec", "") if matches!(kind, "Application" | "Service" | "StatefulSet") => Ok(Risk::Destructive),
        ("spec", field) if kind == "Service" && OF_SERVICES.contains(&field) => Ok(Risk::Destructive),
        ("spec", _) if kind == "Application" => Ok(of_delivery(path)),
        _ => Ok(Risk::Disruptive),
    }
}

/// That data stays when its object goes harms nobody; all else may lose it.
fn of_data(kind: &str, value: Option<&Value>) -> Risk {
    let stays = |value: &Value| value.text() == Some(STAYS);
    let all = |value: &Value| {
        let mut members = value.members().peekable();
        members.peek().is_some() && members.all(|(_, member)| stays(member))
    };
    match value {
        Some(value) if stays(value) || all(value) => match kind {
            "PersistentVolume" | "StatefulSet" => Risk::Safe,
            _ => Risk::Disruptive,
        },
        _ => Risk::Destructive,
    }
}

/// What an application delivers: of another place, or to another, what is there now is pruned.
fn of_delivery(path: &[String]) -> Risk {
    let last = path.last().map_or("", String::as_str);
    let one = path.len() == 3 && path.get(1).is_some_and(|part| part == "sources");
    let whole = one || matches!(last, "source" | "sources" | "drySource" | "sourceHydrator");
    if whole || path.iter().any(|part| OF_DELIVERY.contains(&part.as_str())) {
        Risk::Destructive
    } else {
        Risk::Disruptive
    }
}

/// A label or an annotation, or all of them. Those with a domain are read by somebody, who does as they say.
pub(super) fn of_mark(kind: &str, list: &str, key: &str) -> Risk {
    let safe = match list {
        "labels" if kind == "Namespace" => OF_WARNINGS.contains(&key),
        "labels" => WATCHED.contains(&kind) || LABELLED.contains(&kind) && !key.contains('/'),
        _ => !key.contains('/'),
    };
    match (kind, list) {
        ("Service", "annotations") if key.is_empty() || OF_ADDRESSES.contains(&key) => Risk::Destructive,
        _ if safe && !key.is_empty() => Risk::Safe,
        _ => Risk::Disruptive,
    }
}
