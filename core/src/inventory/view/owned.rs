//! What observed workloads own: no record is made of it. Its labels can select it, and a finding about it is told of its
//! owner; nothing else is kept.

use super::images::OwnedUse;
use crate::inventory::by_reference::ByReference;
use crate::inventory::owner::{OwnerIndex, OwnerReference};
use crate::inventory::reference::ResourceRef;
use crate::value::Value;
use std::collections::BTreeMap;

/// What is kept of an object: the labels of its Pods, and the images that it uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept {
    pub(super) labels: Value,
    pub(super) images: OwnedUse,
}

/// Objects of one kind that one object owns.
#[derive(Debug)]
struct Siblings {
    /// One of them, to follow its chain of owners.
    example: ResourceRef,
    owner: OwnerReference,
    /// What is kept of them by number, each once.
    numbers: BTreeMap<Kept, u32>,
    /// How many have what has this number.
    counts: Vec<usize>,
}

/// Owned objects, under the owners that they name.
#[derive(Debug, Default)]
pub(super) struct Owned {
    /// By namespace, the objects' kind, and what they name.
    numbers: BTreeMap<(Option<String>, String, OwnerReference), usize>,
    siblings: Vec<Siblings>,
    /// The siblings of each object, and the number of what is kept of it.
    members: ByReference<(u32, u32)>,
}

impl Owned {
    /// Takes in an object. Its owner is known to be observed; who is at the top of the chain is asked at the end.
    pub(super) fn insert(&mut self, reference: &ResourceRef, owner: OwnerReference, kept: Kept) {
        let key = (reference.namespace.clone(), reference.kind.clone(), owner);
        let number = self.numbers.get(&key).copied().unwrap_or_else(|| {
            let number = self.siblings.len();
            self.siblings.push(Siblings {
                example: reference.clone(),
                owner: key.2.clone(),
                numbers: BTreeMap::new(),
                counts: Vec::new(),
            });
            self.numbers.insert(key, number);
            number
        });
        let siblings = &mut self.siblings[number];
        let next = siblings.counts.len();
        let variant = *siblings.numbers.entry(kept).or_insert(small(next));
        if variant as usize == next {
            siblings.counts.push(0);
        }
        siblings.counts[variant as usize] += 1;
        self.members.insert(reference, (small(number), variant));
    }

    /// Forgets an object of which another version was read later.
    pub(super) fn remove(&mut self, reference: &ResourceRef) {
        if let Some((number, variant)) = self.members.remove(reference)
            && let Some(siblings) = self.siblings.get_mut(number as usize)
            && let Some(count) = siblings.counts.get_mut(variant as usize)
        {
            *count -= 1;
        }
    }

    /// Who is at the top of each chain, with whose labels it can be selected, and what images its own use.
    pub(super) fn resolve(self, owners: &OwnerIndex) -> (Owners, Vec<(ResourceRef, Kept)>) {
        let mut tops = Vec::with_capacity(self.siblings.len());
        let mut all = Vec::new();
        for siblings in self.siblings {
            let top = owners.chain(&siblings.example, Some(&siblings.owner)).pop();
            if let Some(top) = &top {
                let present = siblings.numbers.into_iter();
                let present = present.filter(|(_, number)| siblings.counts[*number as usize] > 0);
                all.extend(present.map(|(kept, _)| (top.clone(), kept)));
            }
            tops.push(top);
        }
        let owners = Owners {
            tops,
            members: self.members,
        };
        (owners, all)
    }
}

/// Nothing is counted here of which memory could hold more.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Who owns what in the view.
#[derive(Debug, Default)]
pub struct Owners {
    tops: Vec<Option<ResourceRef>>,
    members: ByReference<(u32, u32)>,
}

impl Owners {
    /// Each owned workload with the one at the top of its chain of owners.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceRef, &ResourceRef)> {
        self.members.iter().filter_map(|(reference, (number, _))| {
            let top = self.tops.get(*number as usize)?.as_ref()?;
            Some((reference, top))
        })
    }

    /// The workload at the top of the chain of owners of this one; `None` for what nobody owns.
    pub fn get(&self, reference: &ResourceRef) -> Option<&ResourceRef> {
        let (number, _) = self.members.get(reference)?;
        self.tops.get(*number as usize)?.as_ref()
    }
}
