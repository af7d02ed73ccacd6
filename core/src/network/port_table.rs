//! The table that keeps each set of ports once and remembers unions and intersections.

use std::collections::HashMap;
use std::sync::Arc;

use super::ports::PortSet;

/// The number of a [`PortSet`] in a [`PortTable`].
pub(super) type PortId = u32;

/// Each set once, with remembered unions and intersections.
#[derive(Debug, Clone)]
pub(super) struct PortTable {
    sets: Vec<Arc<PortSet>>,
    ids: HashMap<Arc<PortSet>, PortId>,
    unions: HashMap<(PortId, PortId), PortId>,
    intersections: HashMap<(PortId, PortId), PortId>,
}

impl PortTable {
    pub(super) const NONE: PortId = 0;
    pub(super) const ALL: PortId = 1;

    pub(super) fn new() -> Self {
        let mut table = Self {
            sets: Vec::new(),
            ids: HashMap::new(),
            unions: HashMap::new(),
            intersections: HashMap::new(),
        };
        table.intern(PortSet::none());
        table.intern(PortSet::all());
        table
    }

    pub(super) fn intern(&mut self, set: PortSet) -> PortId {
        if let Some(id) = self.ids.get(&set) {
            return *id;
        }
        let id = PortId::try_from(self.sets.len()).unwrap_or(PortId::MAX);
        let set = Arc::new(set);
        self.sets.push(Arc::clone(&set));
        self.ids.insert(set, id);
        id
    }

    pub(super) fn get(&self, id: PortId) -> &Arc<PortSet> {
        &self.sets[id as usize]
    }

    pub(super) fn union(&mut self, left: PortId, right: PortId) -> PortId {
        match (left, right) {
            (Self::ALL, _) | (_, Self::ALL) => Self::ALL,
            (Self::NONE, other) | (other, Self::NONE) => other,
            (left, right) if left == right => left,
            (left, right) => {
                let key = (left.min(right), left.max(right));
                if let Some(id) = self.unions.get(&key) {
                    return *id;
                }
                let id = self.intern(self.get(left).union(self.get(right)));
                self.unions.insert(key, id);
                id
            }
        }
    }

    pub(super) fn intersection(&mut self, left: PortId, right: PortId) -> PortId {
        match (left, right) {
            (Self::NONE, _) | (_, Self::NONE) => Self::NONE,
            (Self::ALL, other) | (other, Self::ALL) => other,
            (left, right) if left == right => left,
            (left, right) => {
                let key = (left.min(right), left.max(right));
                if let Some(id) = self.intersections.get(&key) {
                    return *id;
                }
                let id = self.intern(self.get(left).intersection(self.get(right)));
                self.intersections.insert(key, id);
                id
            }
        }
    }
}
