//! Repairs as data, checked against a closed list of actions before anything else looks at them.

use crate::policy::Risk;
use crate::value::{Value, ValueExt};
use std::str::FromStr;

/// What a repair may do. Nothing else can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixAction {
    /// An RFC 6902 patch of an object.
    KubernetesPatch,
    /// A new object.
    KubernetesCreate,
    /// Removes an object.
    KubernetesDelete,
    /// Sets labels.
    KubernetesLabel,
    /// Sets annotations.
    KubernetesAnnotate,
    /// Updates the cluster's settings in the account.
    ClusterUpdate,
    /// Updates a node pool.
    NodePoolUpdate,
    /// Starts a garbage collection of a registry.
    RegistryCollectGarbage,
    /// Deletes a manifest of a registry.
    RegistryDeleteManifest,
    /// Adds firewall rules.
    FirewallAddRules,
    /// Removes firewall rules.
    FirewallRemoveRules,
    /// Deletes a load balancer.
    LoadBalancerDelete,
    /// Creates a bucket.
    BucketCreate,
    /// Sets a bucket's ACL.
    BucketAcl,
    /// Sets a bucket's lifecycle.
    BucketLifecycle,
    /// Sets a bucket's versioning.
    BucketVersioning,
    /// Assigns a resource to a project.
    ProjectAssign,
    /// Words for a person; nothing is done.
    Instructions,
    /// Creates a project. This and what follows only provisioning does: no policy may propose it.
    ProjectCreate,
    /// Creates a network.
    VpcCreate,
    /// Creates the registry.
    RegistryCreate,
    /// Creates a cluster with its node pools.
    ClusterCreate,
    /// Creates a node pool.
    NodePoolCreate,
    /// Lets a cluster pull from a registry.
    RegistryIntegrate,
    /// Creates a firewall.
    FirewallCreate,
    /// Creates a key for buckets, and the Secret that holds it.
    SpacesKeyCreate,
    /// Destroys a cluster with its load balancers. This and what follows only `destroy` does: no policy may propose it.
    ClusterDestroy,
    /// Deletes a firewall.
    FirewallDelete,
    /// Deletes a key for buckets.
    SpacesKeyDelete,
    /// Deletes a volume and what is on it.
    VolumeDelete,
    /// Deletes a snapshot of a volume.
    SnapshotDelete,
    /// Deletes a bucket in which nothing is.
    BucketDelete,
    /// Deletes the registry with its images.
    RegistryDelete,
    /// Deletes a network.
    VpcDelete,
    /// Deletes a project.
    ProjectDelete,
}

impl FixAction {
    const NAMES: [(Self, &'static str); 35] = [
        (Self::KubernetesPatch, "kubernetes.patch"),
        (Self::KubernetesCreate, "kubernetes.create"),
        (Self::KubernetesDelete, "kubernetes.delete"),
        (Self::KubernetesLabel, "kubernetes.label"),
        (Self::KubernetesAnnotate, "kubernetes.annotate"),
        (Self::ClusterUpdate, "cluster.update"),
        (Self::NodePoolUpdate, "node_pool.update"),
        (Self::RegistryCollectGarbage, "registry.collect_garbage"),
        (Self::RegistryDeleteManifest, "registry.delete_manifest"),
        (Self::FirewallAddRules, "firewall.add_rules"),
        (Self::FirewallRemoveRules, "firewall.remove_rules"),
        (Self::LoadBalancerDelete, "load_balancer.delete"),
        (Self::BucketCreate, "bucket.create"),
        (Self::BucketAcl, "bucket.acl"),
        (Self::BucketLifecycle, "bucket.lifecycle"),
        (Self::BucketVersioning, "bucket.versioning"),
        (Self::ProjectAssign, "project.assign"),
        (Self::Instructions, "instructions"),
        (Self::ProjectCreate, "project.create"),
        (Self::VpcCreate, "vpc.create"),
        (Self::RegistryCreate, "registry.create"),
        (Self::ClusterCreate, "cluster.create"),
        (Self::NodePoolCreate, "node_pool.create"),
        (Self::RegistryIntegrate, "registry.integrate"),
        (Self::FirewallCreate, "firewall.create"),
        (Self::SpacesKeyCreate, "spaces_key.create"),
        (Self::ClusterDestroy, "cluster.destroy"),
        (Self::FirewallDelete, "firewall.delete"),
        (Self::SpacesKeyDelete, "spaces_key.delete"),
        (Self::VolumeDelete, "volume.delete"),
        (Self::SnapshotDelete, "snapshot.delete"),
        (Self::BucketDelete, "bucket.delete"),
        (Self::RegistryDelete, "registry.delete"),
        (Self::VpcDelete, "vpc.delete"),
        (Self::ProjectDelete, "project.delete"),
    ];

    /// Whether only provisioning does it: it makes what costs money, and no policy may ask for that.
    pub fn is_of_provisioning(self) -> bool {
        matches!(
            self,
            Self::ProjectCreate
                | Self::VpcCreate
                | Self::RegistryCreate
                | Self::ClusterCreate
                | Self::NodePoolCreate
                | Self::RegistryIntegrate
                | Self::FirewallCreate
                | Self::SpacesKeyCreate
        )
    }

    /// Whether only `destroy` does it: what it removes does not come back, and no policy may ask for that.
    pub fn is_of_removal(self) -> bool {
        matches!(
            self,
            Self::ClusterDestroy
                | Self::FirewallDelete
                | Self::SpacesKeyDelete
                | Self::VolumeDelete
                | Self::SnapshotDelete
                | Self::BucketDelete
                | Self::RegistryDelete
                | Self::VpcDelete
                | Self::ProjectDelete
        )
    }

    /// The name in policies and reports.
    pub fn as_str(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(action, _)| *action == self)
            .map_or("", |(_, name)| name)
    }

    /// The least risk this action has, whatever a policy says (safety.md §2).
    pub fn floor(self) -> Risk {
        match self {
            action if action.is_of_removal() => Risk::Destructive,
            Self::KubernetesDelete
            | Self::RegistryDeleteManifest
            | Self::LoadBalancerDelete
            | Self::FirewallRemoveRules => Risk::Destructive,
            Self::ClusterUpdate
            | Self::NodePoolUpdate
            | Self::RegistryCollectGarbage
            | Self::FirewallAddRules
            | Self::FirewallCreate
            | Self::BucketAcl => Risk::Disruptive,
            // What a lifecycle endangers, only the one that is there tells: the plan looks at both.
            _ => Risk::Safe,
        }
    }
}

impl FromStr for FixAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(action, _)| *action)
            .ok_or_else(|| format!("{text:?} is not an action that a fix may take"))
    }
}

/// A repair that a policy proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does.
    pub action: FixAction,
    /// The higher of the policy's word and the action's floor.
    pub risk: Risk,
    /// One line for people.
    pub summary: String,
    /// The whole data as the policy gave it: target, patch, object, params.
    pub data: Value,
}

impl Fix {
    /// Reads a policy's `fix`; the error says what is wrong with it.
    pub fn from_value(data: &Value) -> Result<Self, String> {
        let action: FixAction = data
            .text_at(&["action"])
            .ok_or("the fix has no action")?
            .parse()?;
        if action.is_of_provisioning() {
            return Err(format!("{} is done by provisioning alone", action.as_str()));
        }
        if action.is_of_removal() {
            return Err(format!("{} is done by destroy alone", action.as_str()));
        }
        let stated: Risk = data.text_at(&["risk"]).ok_or("the fix has no risk")?.parse()?;
        let summary = data.text_at(&["summary"]).unwrap_or("").trim().to_owned();
        if summary.is_empty() {
            return Err("the fix has no summary".to_owned());
        }
        match action {
            FixAction::KubernetesPatch => check_patch(data)?,
            FixAction::KubernetesCreate if data.at(&["object", "kind"]).is_none() => {
                return Err("kubernetes.create needs an object with a kind".to_owned());
            }
            _ => {}
        }
        Ok(Self {
            action,
            risk: stated.max(action.floor()),
            summary,
            data: data.clone(),
        })
    }
}

/// RFC 6902: a list of operations with op, an absolute path, and a value or from where one is needed.
fn check_patch(data: &Value) -> Result<(), String> {
    let operations = data.items_at(&["patch"]);
    if operations.is_empty() {
        return Err("kubernetes.patch needs a patch: a list of RFC 6902 operations".to_owned());
    }
    for operation in operations {
        let op = operation.text_at(&["op"]).unwrap_or("");
        let path = operation.text_at(&["path"]).unwrap_or("");
        if !path.starts_with('/') && !path.is_empty() {
            return Err(format!("patch path {path:?} does not start with /"));
        }
        if path == "/metadata/resourceVersion" {
            return Err("a policy may not write /metadata/resourceVersion; applying does".to_owned());
        }
        match op {
            "add" | "replace" | "test" if operation.field("value").is_none() => {
                return Err(format!("patch operation {op} at {path:?} has no value"));
            }
            "move" | "copy" if operation.text_at(&["from"]).is_none() => {
                return Err(format!("patch operation {op} at {path:?} has no from"));
            }
            "add" | "replace" | "test" | "remove" | "move" | "copy" => {}
            other => return Err(format!("{other:?} is not an RFC 6902 operation")),
        }
    }
    Ok(())
}
