//! How dangerous a change is, whatever a policy says; and what is never done (safety.md §2).

use super::account::{
    OF_CLUSTERS, OF_COLLECTIONS, OF_FIREWALLS, OF_NEW_BUCKETS, OF_POOLS, OF_PROJECTS, acceptable,
};
use super::credential::{NEVER_A_CREDENTIAL, brought, holds};
use super::deed::Deed;
use super::fields::{kept, of_change, of_mark};
use crate::findings::FixAction;
use crate::policy::Risk;
use crate::value::patch::Operation;
use crate::value::{Value, ValueExt, object};

/// Why a change is made by no remediation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Never(pub String);

/// Kinds that no remediation deletes.
pub(super) const NEVER_DELETED: [&str; 7] = [
    // Of those who keep buckets as objects of the cluster.
    "Bucket",
    "CustomResourceDefinition",
    "Namespace",
    "Node",
    "ObjectBucketClaim",
    "PersistentVolume",
    "PersistentVolumeClaim",
];
/// Kinds of which a new object harms nobody.
const SAFE_TO_MAKE: [&str; 2] = ["Namespace", "NetworkPolicy"];
/// What clients keep for themselves, and take the next change from.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// As whom changes are made, for the server's records of who set which field.
pub const MANAGER: &str = "envcheck";
/// The only Secret that may be deleted.
pub const FIRST_PASSWORD: &str = "argocd-initial-admin-secret";
/// How the names of firewalls begin that DOKS keeps.
const OF_DOKS: &str = "k8s-";

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
            only(&deed.data, &OF_COLLECTIONS, "a collection")?;
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
    if deed.action == FixAction::KubernetesCreate {
        kept(&deed.data)?;
    }
    let mut least = floor;
    for change in &changes {
        least = least.max(of_change(kind, change)?);
    }
    if let Some((list, marks)) = deed.marks() {
        let marks = marks.members().map(|(key, _)| of_mark(kind, list, key));
        least = least.max(marks.max().unwrap_or(Risk::Safe));
    }
    Ok(least)
}

/// What grants rights, or changes what everybody's requests mean, is done by its name only. Of what is made, only that is safe
/// which starts nothing, costs nothing and stands in nobody's way; NetworkPolicies have a proof of their own.
fn of_kind(deed: &Deed) -> Risk {
    match deed.target.group() {
        "rbac.authorization.k8s.io"
        | "admissionregistration.k8s.io"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "certificates.k8s.io" => Risk::Destructive,
        _ if deed.action != FixAction::KubernetesCreate => Risk::Safe,
        _ if SAFE_TO_MAKE.contains(&deed.target.kind.as_str()) => Risk::Safe,
        _ => Risk::Disruptive,
    }
}

/// A closed list, whatever else the API would take: `ha` and `version` are not on it.
fn only(data: &Value, fields: &[&str], whose: &str) -> Result<(), Never> {
    match data.members().find(|(key, _)| !fields.contains(key)) {
        Some((key, _)) => Err(Never(format!("no remediation changes {whose}'s {key}"))),
        None => Ok(()),
    }
}
