//! How dangerous a change is, whatever a policy says; and what is never done (safety.md §2).

use super::account::{OF_CLUSTERS, OF_FIREWALLS, OF_NEW_BUCKETS, OF_POOLS, OF_PROJECTS, acceptable};
use super::deed::Deed;
use crate::findings::FixAction;
use crate::inventory::redact::is_credential;
use crate::policy::Risk;
use crate::value::patch::{Operation, OperationKind};
use crate::value::{Value, ValueExt};

/// Why a change is made by no remediation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Never(pub String);

/// Kinds that no remediation deletes.
const NEVER_DELETED: [&str; 5] = [
    "CustomResourceDefinition",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
];
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
/// How the names of firewalls begin that DOKS keeps.
const OF_DOKS: &str = "k8s-";
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The least risk that the change has: the action's, or that of the fields it touches. `Err` for what is never done. What it
/// endangers by what is there now, [`hazard`](super::hazard) says.
pub fn risk(deed: &Deed) -> Result<Risk, Never> {
    let kind = deed.target.kind.as_str();
    let floor = deed.action.floor();
    match deed.action {
        FixAction::KubernetesDelete if NEVER_DELETED.contains(&kind) => {
            return Err(Never(format!("no remediation deletes a {kind}")));
        }
        FixAction::KubernetesPatch
        | FixAction::KubernetesCreate
        | FixAction::KubernetesLabel
        | FixAction::KubernetesAnnotate
            if kind == "Secret" =>
        {
            return Err(Never("no remediation writes a Secret".to_owned()));
        }
        FixAction::ClusterUpdate => only(&deed.data, &OF_CLUSTERS, "the cluster")?,
        FixAction::NodePoolUpdate => only(&deed.data, &OF_POOLS, "a node pool")?,
        FixAction::FirewallAddRules | FixAction::FirewallRemoveRules => {
            only(&deed.data, &OF_FIREWALLS, "a firewall")?;
            if deed.target.name.starts_with(OF_DOKS) {
                return Err(Never(format!(
                    "firewall {} is DigitalOcean's own: what is changed in it is taken back",
                    deed.target.name
                )));
            }
        }
        FixAction::BucketCreate => only(&deed.data, &OF_NEW_BUCKETS, "a bucket")?,
        FixAction::BucketAcl | FixAction::BucketLifecycle | FixAction::BucketVersioning => acceptable(deed)?,
        FixAction::ProjectAssign => only(&deed.data, &OF_PROJECTS, "an assignment")?,
        FixAction::RegistryCollectGarbage => {
            let blobs = deed.data.text_at(&["type"]) == Some("unreferenced blobs only");
            return Ok(if blobs { floor } else { Risk::Destructive });
        }
        _ => {}
    }
    let changes = deed.operations().map_err(Never)?;
    if changes.iter().any(touches_credential) {
        return Err(Never(
            "no remediation rewrites what looks like a credential".to_owned(),
        ));
    }
    let fields = changes.iter().map(|change| of_field(kind, &change.path)).max();
    let marks = deed.marks().into_iter().flat_map(|(_, marks)| marks.members());
    let marks = marks.map(|(key, _)| of_mark(kind, key)).max();
    Ok(floor
        .max(fields.unwrap_or(Risk::Safe))
        .max(marks.unwrap_or(Risk::Safe)))
}

/// A closed list, whatever else the API would take: `ha` and `version` are not on it.
fn only(data: &Value, fields: &[&str], whose: &str) -> Result<(), Never> {
    match data.members().find(|(key, _)| !fields.contains(key)) {
        Some((key, _)) => Err(Never(format!("no remediation changes {whose}'s {key}"))),
        None => Ok(()),
    }
}

fn of_mark(kind: &str, key: &str) -> Risk {
    match kind {
        "Service" if OF_ADDRESSES.contains(&key) => Risk::Destructive,
        "Namespace" if key == ENFORCE => Risk::Disruptive,
        _ => Risk::Safe,
    }
}

fn of_field(kind: &str, path: &[String]) -> Risk {
    let at = |index: usize| path.get(index).map_or("", String::as_str);
    match (kind, at(0), at(1)) {
        // All of it, or all of what it says.
        (_, "", _) | (_, "spec", "") => Risk::Disruptive,
        ("Service", "spec", field) if OF_SERVICES.contains(&field) => Risk::Destructive,
        ("Service" | "Namespace", "metadata", "annotations" | "labels") => of_mark(kind, at(2)),
        ("Ingress" | "NetworkPolicy" | "Pod" | "Service", "spec", _)
        | (_, "spec", "template" | "jobTemplate" | "volumeClaimTemplates" | "replicas") => Risk::Disruptive,
        _ => Risk::Safe,
    }
}

/// A variable of a container that looks like a credential, or a value that holds one.
fn touches_credential(change: &Operation) -> bool {
    if change.kind == OperationKind::Test {
        return false;
    }
    let in_variables = change.path.iter().any(|part| part == "env");
    let named = |value: &Value| value.text_at(&["name"]).is_some_and(is_credential);
    let value = change.value.as_ref();
    let given = value.is_some_and(|value| named(value) || value.items().iter().any(named));
    // Which variable an index means, the patch alone does not say.
    let by_index = in_variables && change.path.last().is_some_and(|last| last == "value");
    in_variables && (given || by_index)
}
