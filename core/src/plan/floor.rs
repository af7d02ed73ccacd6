//! How dangerous a change is, whatever a policy says; and what is never done (safety.md §2).

use super::account::{OF_CLUSTERS, OF_FIREWALLS, OF_NEW_BUCKETS, OF_POOLS, OF_PROJECTS, acceptable};
use super::credential::{NEVER_A_CREDENTIAL, brought, holds};
use super::deed::Deed;
use crate::findings::FixAction;
use crate::policy::Risk;
use crate::value::patch::Operation;
use crate::value::{Value, ValueExt, object};

/// Why a change is made by no remediation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Never(pub String);

/// Kinds that no remediation deletes.
const NEVER_DELETED: [&str; 7] = [
    // Of those who keep buckets as objects of the cluster.
    "Bucket",
    "CustomResourceDefinition",
    "Namespace",
    "Node",
    "ObjectBucketClaim",
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
/// Annotations of Services that decide who gets in.
const OF_FIREWALLS_BY_SERVICE: [&str; 3] = [
    "kubernetes.digitalocean.com/firewall-managed",
    "service.beta.kubernetes.io/do-loadbalancer-allow-rules",
    "service.beta.kubernetes.io/do-loadbalancer-deny-rules",
];
/// The class of an Ingress as it used to be written, and how annotations begin by which its certificates come.
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";
const OF_CERTIFICATES: &str = "cert-manager.io/";
/// The kinds of which all that they say is who is reached, how, and with which certificate.
const ROUTING: [&str; 10] = [
    "Certificate",
    "ClusterIssuer",
    "Gateway",
    "HTTPRoute",
    "Ingress",
    "IngressClass",
    "Issuer",
    "NetworkPolicy",
    "Pod",
    "Service",
];
/// What clients keep for themselves, and take the next change from.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The only Secret that may be deleted.
pub const FIRST_PASSWORD: &str = "argocd-initial-admin-secret";
/// How the names of firewalls begin that DOKS keeps.
const OF_DOKS: &str = "k8s-";
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The least risk that the change has: the action's, or that of the fields it touches. `Err` for what is never done. What it
/// endangers by what is there now, [`hazard`](super::hazard) says.
pub fn risk(deed: &Deed) -> Result<Risk, Never> {
    let kind = deed.target.kind.as_str();
    let floor = deed.action.floor().max(of_kind(deed));
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
        FixAction::KubernetesDelete if kind == "Secret" && deed.target.name != FIRST_PASSWORD => {
            return Err(Never(format!(
                "no remediation deletes a Secret but {FIRST_PASSWORD}"
            )));
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
    let whole = match deed.action {
        FixAction::KubernetesCreate => Some(deed.data.clone()),
        _ => deed
            .marks()
            .map(|(list, marks)| object([("metadata", object([(list, marks.clone())]))])),
    };
    if changes.iter().any(|change| brought(&deed.target, change))
        || whole.is_some_and(|whole| holds(&deed.target, &whole))
    {
        return Err(Never(NEVER_A_CREDENTIAL.to_owned()));
    }
    let places = changes.iter().flat_map(Operation::touched);
    let mut marks = deed.marks().into_iter().flat_map(|(_, marks)| marks.members());
    if places.clone().flatten().any(|part| part == LAST_APPLIED) || marks.any(|(key, _)| key == LAST_APPLIED)
    {
        return Err(Never(format!("no remediation writes {LAST_APPLIED}")));
    }
    let fields = places.map(|path| of_field(kind, path)).max();
    let marks = deed.marks().into_iter().flat_map(|(_, marks)| marks.members());
    let marks = marks.map(|(key, _)| of_mark(kind, key)).max();
    Ok(floor
        .max(fields.unwrap_or(Risk::Safe))
        .max(marks.unwrap_or(Risk::Safe)))
}

/// What grants rights, or changes what everybody's requests mean, is done by its name only; what starts Pods is not safe.
fn of_kind(deed: &Deed) -> Risk {
    let group = deed.target.group();
    let kind = deed.target.kind.as_str();
    let starts_pods = matches!(
        kind,
        "CronJob"
            | "DaemonSet"
            | "Deployment"
            | "Job"
            | "Pod"
            | "ReplicaSet"
            | "ReplicationController"
            | "StatefulSet"
    );
    match group {
        "rbac.authorization.k8s.io"
        | "admissionregistration.k8s.io"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "certificates.k8s.io" => Risk::Destructive,
        _ if starts_pods && deed.action == FixAction::KubernetesCreate => Risk::Disruptive,
        _ => Risk::Safe,
    }
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
        // All of them.
        "Service" if key.is_empty() => Risk::Destructive,
        "Namespace" | "Ingress" if key.is_empty() => Risk::Disruptive,
        "Service" if OF_ADDRESSES.contains(&key) => Risk::Destructive,
        "Service" if OF_FIREWALLS_BY_SERVICE.contains(&key) => Risk::Disruptive,
        "Namespace" if key == ENFORCE => Risk::Disruptive,
        "Ingress" if key == INGRESS_CLASS || key.starts_with(OF_CERTIFICATES) => Risk::Disruptive,
        _ => Risk::Safe,
    }
}

fn of_field(kind: &str, path: &[String]) -> Risk {
    let at = |index: usize| path.get(index).map_or("", String::as_str);
    match (kind, at(0), at(1)) {
        // All of it, or all of what it says: the type of a Service is among it.
        ("Service", "", _) | ("Service", "spec", "") => Risk::Destructive,
        (_, "", _) | (_, "spec", "") => Risk::Disruptive,
        ("Service", "spec", field) if OF_SERVICES.contains(&field) => Risk::Destructive,
        (_, "metadata", "") => of_mark(kind, "").max(Risk::Disruptive),
        ("Ingress" | "Service", "metadata", "annotations") | ("Namespace", "metadata", "labels") => {
            of_mark(kind, at(2))
        }
        (_, "spec", _) if ROUTING.contains(&kind) => Risk::Disruptive,
        (_, "spec", "template" | "jobTemplate" | "volumeClaimTemplates" | "replicas") => Risk::Disruptive,
        _ => Risk::Safe,
    }
}
