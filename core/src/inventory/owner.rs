//! Who owns whom, known without the view: what controllers make is led back to what a person wrote.
//!
//! Only objects that can own workloads are kept, each with its uid and its own owner; Pods, of which there are most, are
//! asked for with the reference they carry.

use super::identity::identify;
use super::reference::ResourceRef;
use super::view::workload::{WORKLOAD_KINDS, is_workload, pod_template};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// How far a chain of owners is followed; Kubernetes' own are three long (CronJob, Job, Pod).
const LONGEST_CHAIN: usize = 8;

/// Whether a controller of `owner`'s kind makes objects of `kind`. Owner references can name anything; only these are
/// followed, so that nothing can be hidden behind a forged one.
pub fn made_by(kind: &str, owner: &str) -> bool {
    matches!(
        (kind, owner),
        (
            "Pod",
            "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController"
        ) | ("ReplicaSet", "Deployment")
            | ("Job", "CronJob")
    )
}

/// The controlling owner as an object names it. Whether it exists is for [`OwnerIndex`] to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerReference {
    /// `apps/v1`; `v1` where none is written.
    pub api_version: String,
    /// `ReplicaSet`.
    pub kind: String,
    /// The name; the namespace is that of the object itself.
    pub name: String,
    /// The owner's `metadata.uid`; `None` in hand-written manifests.
    pub uid: Option<String>,
}

impl OwnerReference {
    /// The owner marked `controller` in `ownerReferences`, else the first one.
    pub fn of(object: &Value) -> Option<Self> {
        let owners = object.items_at(&["metadata", "ownerReferences"]);
        let owner = owners
            .iter()
            .find(|owner| owner.field("controller").is_some_and(ValueExt::is_true))
            .or_else(|| owners.first())?;
        let reference = ResourceRef::from_value(owner)?;
        Some(Self {
            api_version: reference.api_version,
            kind: reference.kind,
            name: reference.name,
            uid: known_uid(owner.field("uid")),
        })
    }

    /// The reference, in the namespace of the object that carries it.
    pub fn resource(&self, namespace: Option<&str>) -> ResourceRef {
        ResourceRef::kubernetes(&self.api_version, &self.kind, namespace, &self.name)
    }
}

/// A uid, unless it is missing or empty.
fn known_uid(value: Option<&Value>) -> Option<String> {
    value?.text().filter(|uid| !uid.is_empty()).map(ToOwned::to_owned)
}

/// What a workload says of its place among owners, taken from it before it is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// Its own uid.
    pub uid: Option<String>,
    /// The owner it names.
    pub owner: Option<OwnerReference>,
    /// The containers and init containers of its pod template, by name; empty for a Pod, which owns nothing.
    pub containers: Vec<String>,
}

impl Lineage {
    /// Of a workload; `None` for everything else.
    pub fn of(reference: &ResourceRef, object: &Value) -> Option<Self> {
        if !is_workload(reference) {
            return None;
        }
        let spec = (reference.kind != "Pod")
            .then(|| pod_template(&reference.kind, object)?.field("spec"))
            .flatten();
        let containers = ["initContainers", "containers"]
            .iter()
            .flat_map(|list| spec.map_or(&[][..], |spec| spec.items_at(&[list])))
            .filter_map(|container| container.text_at(&["name"]).map(ToOwned::to_owned))
            .collect();
        Some(Self {
            uid: known_uid(object.at(&["metadata", "uid"])),
            owner: OwnerReference::of(object),
            containers,
        })
    }
}

impl Lineage {
    /// For whom the owners are enough.
    #[must_use]
    pub fn without_containers(self) -> Self {
        Self {
            containers: Vec::new(),
            ..self
        }
    }
}

/// Objects of one name sort by uid, those without one first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    namespace: Option<String>,
    kind: &'static str,
    name: String,
    uid: Option<String>,
}

#[derive(Debug)]
struct Node {
    api_version: String,
    owner: Option<OwnerReference>,
    containers: Vec<String>,
}

/// The observed workloads that can own others. The order in which they were learned does not matter.
#[derive(Debug, Default)]
pub struct OwnerIndex {
    nodes: BTreeMap<Key, Node>,
}

impl OwnerIndex {
    /// Takes in a workload under its settled identity; Pods own nothing and are not kept.
    pub fn learn(&mut self, reference: &ResourceRef, lineage: Lineage) {
        let known = WORKLOAD_KINDS.iter().find(|kind| **kind == reference.kind);
        let Some(kind) = known.filter(|kind| **kind != "Pod") else {
            return;
        };
        let key = Key {
            namespace: reference.namespace.clone(),
            kind,
            name: reference.name.clone(),
            uid: lineage.uid,
        };
        let node = Node {
            api_version: reference.api_version.clone(),
            owner: lineage.owner,
            containers: lineage.containers,
        };
        match self.nodes.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(node);
            }
            // The same object under two versions: the later name wins, whichever came first.
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if node.api_version >= entry.get().api_version {
                    entry.insert(node);
                }
            }
        }
    }

    /// Takes in an object by what it says of itself; of workloads their owners are kept, of others nothing.
    pub fn absorb(&mut self, object: &Value) {
        let Ok((mut reference, _)) = identify(object) else {
            return;
        };
        if let Some(lineage) = Lineage::of(&reference, object) {
            reference.namespace.get_or_insert_with(|| "default".to_owned());
            self.learn(&reference, lineage.without_containers());
        }
    }

    /// The observed owners of an object that names `owner`, nearest first. A reference is followed only to a kind whose
    /// controller makes such objects, and to an object of that uid; where one of the two uids is unknown, by name.
    pub fn chain(&self, reference: &ResourceRef, owner: Option<&OwnerReference>) -> Vec<ResourceRef> {
        let mut chain = Vec::new();
        let mut kind = reference.kind.as_str();
        let mut next = owner;
        while let Some(owner) = next.filter(|owner| made_by(kind, &owner.kind)) {
            let Some((key, node)) = self.find(reference.namespace.as_deref(), owner) else {
                break;
            };
            if chain.len() == LONGEST_CHAIN {
                break;
            }
            chain.push(key.resource(node));
            kind = key.kind;
            next = node.owner.as_ref();
        }
        chain
    }

    /// True when an observed workload owns such an object. Whatever is learned later, it stays true.
    pub fn owned(&self, reference: &ResourceRef, owner: &OwnerReference) -> bool {
        made_by(&reference.kind, &owner.kind) && self.find(reference.namespace.as_deref(), owner).is_some()
    }

    /// True when an observed object has the owner's name and kind and is certainly another one: its uid differs.
    pub fn contradicts(&self, namespace: Option<&str>, owner: &OwnerReference) -> bool {
        self.named(namespace, owner).next().is_some() && self.find(namespace, owner).is_none()
    }

    /// The containers in the pod template of an observed workload, by name; `None` when it was not observed.
    pub fn containers(&self, workload: &ResourceRef) -> Option<&[String]> {
        let (_, node) = self
            .called(
                workload.namespace.as_deref(),
                workload.group(),
                &workload.kind,
                &workload.name,
            )
            .last()?;
        Some(&node.containers)
    }

    fn find(&self, namespace: Option<&str>, owner: &OwnerReference) -> Option<(&Key, &Node)> {
        let agrees = |key: &Key| key.uid == owner.uid;
        self.named(namespace, owner)
            .filter(|(key, _)| agrees(key) || key.uid.is_none() || owner.uid.is_none())
            .max_by_key(|(key, _)| (agrees(key), key.uid.clone()))
    }

    /// The API version may be another one than the observed, the group may not: other groups have Jobs, too.
    fn named(&self, namespace: Option<&str>, owner: &OwnerReference) -> impl Iterator<Item = (&Key, &Node)> {
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        self.called(namespace, group, &owner.kind, &owner.name)
    }

    fn called(
        &self,
        namespace: Option<&str>,
        group: &str,
        kind: &str,
        name: &str,
    ) -> impl Iterator<Item = (&Key, &Node)> {
        let kind = WORKLOAD_KINDS
            .into_iter()
            .find(|known| *known == kind)
            .filter(|_| matches!(group, "" | "apps" | "batch" | "extensions"))
            .unwrap_or_default();
        let from = Key {
            namespace: namespace.map(ToOwned::to_owned),
            kind,
            name: name.to_owned(),
            uid: None,
        };
        let same = (from.namespace.clone(), from.kind, from.name.clone());
        self.nodes
            .range(from..)
            .take_while(move |(key, _)| key.namespace == same.0 && key.kind == same.1 && key.name == same.2)
    }
}

impl Key {
    fn resource(&self, node: &Node) -> ResourceRef {
        ResourceRef::kubernetes(
            &node.api_version,
            self.kind,
            self.namespace.as_deref(),
            &self.name,
        )
    }
}

#[cfg(test)]
mod tests;
