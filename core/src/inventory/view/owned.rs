//! What observed workloads own: no record is made of it. Its labels can select it, and a finding about it is told of its
//! owner; nothing else is kept.

use crate::inventory::by_reference::ByReference;
use crate::inventory::owner::{OwnerIndex, OwnerReference};
use crate::inventory::reference::ResourceRef;
use crate::value::Value;
use std::collections::BTreeMap;

/// Objects of one kind that one object owns.
#[derive(Debug)]
struct Siblings {
    /// One of them, to follow its chain of owners.
    example: ResourceRef,
    owner: OwnerReference,
    /// The labels of their Pods, each once, and how many have them.
    labels: BTreeMap<Value, usize>,
}

/// Owned objects, under the owners that they name.
#[derive(Debug, Default)]
pub(super) struct Owned {
    /// By namespace, the objects' kind, and what they name.
    numbers: BTreeMap<(Option<String>, String, OwnerReference), usize>,
    siblings: Vec<Siblings>,
    /// The siblings and labels of each object.
    members: ByReference<(usize, Value)>,
}

impl Owned {
    /// Takes in an object. Its owner is known to be observed; who is at the top of the chain is asked at the end.
    pub(super) fn insert(&mut self, reference: &ResourceRef, owner: OwnerReference, labels: &Value) {
        let key = (reference.namespace.clone(), reference.kind.clone(), owner);
        let number = self.numbers.get(&key).copied().unwrap_or_else(|| {
            let number = self.siblings.len();
            self.siblings.push(Siblings {
                example: reference.clone(),
                owner: key.2.clone(),
                labels: BTreeMap::new(),
            });
            self.numbers.insert(key, number);
            number
        });
        *self.siblings[number].labels.entry(labels.clone()).or_default() += 1;
        self.members.insert(reference, (number, labels.clone()));
    }

    /// Forgets an object of which another version was read later.
    pub(super) fn remove(&mut self, reference: &ResourceRef) {
        if let Some((number, labels)) = self.members.remove(reference)
            && let Some(count) = self.siblings[number].labels.get_mut(&labels)
        {
            *count -= 1;
        }
    }

    /// Who is at the top of each chain, and with whose labels it can be selected.
    pub(super) fn resolve(self, owners: &OwnerIndex) -> (Owners, Vec<(ResourceRef, Value)>) {
        let mut tops = Vec::with_capacity(self.siblings.len());
        let mut pods = Vec::new();
        for siblings in self.siblings {
            let top = owners.chain(&siblings.example, Some(&siblings.owner)).pop();
            if let Some(top) = &top {
                let present = siblings.labels.into_iter().filter(|(_, count)| *count > 0);
                pods.extend(present.map(|(labels, _)| (top.clone(), labels)));
            }
            tops.push(top);
        }
        let owners = Owners {
            tops,
            members: self.members,
        };
        (owners, pods)
    }
}

/// Who owns what in the view.
#[derive(Debug, Default)]
pub struct Owners {
    tops: Vec<Option<ResourceRef>>,
    members: ByReference<(usize, Value)>,
}

impl Owners {
    /// Each owned workload with the one at the top of its chain of owners.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceRef, &ResourceRef)> {
        self.members.iter().filter_map(|(reference, (number, _))| {
            let top = self.tops.get(*number)?.as_ref()?;
            Some((reference, top))
        })
    }

    /// The workload at the top of the chain of owners of this one; `None` for what nobody owns.
    pub fn get(&self, reference: &ResourceRef) -> Option<&ResourceRef> {
        let (number, _) = self.members.get(reference)?;
        self.tops.get(*number)?.as_ref()
    }
}
