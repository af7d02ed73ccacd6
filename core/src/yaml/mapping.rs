//! A mapping while it is read: its members, what `<<` merges into it, and keys that stand twice.

use crate::value::Value;
use crate::value::texts::Texts;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Which of a member and of what a `<<` below it brings under the same key decides. Readers of YAML differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Merges {
    /// The later one: go-yaml v2, with which kubectl, Helm and Argo CD read.
    #[default]
    WhereTheyStand,
    /// The member, wherever it stands: go-yaml v3, with which Kustomize reads, and the specification.
    BelowMembers,
}

/// A mapping being read.
#[derive(Default)]
pub(super) struct Mapping {
    merges: Merges,
    /// Members in the order in which they take effect.
    members: Vec<(Arc<str>, Value)>,
    /// Where each member's key stands; nothing for merged ones, which may override and be overridden.
    places: Vec<Option<Range<usize>>>,
    /// What the next value is.
    pub(super) next: Next,
}

/// What the next value of a mapping is.
#[derive(Default)]
pub(super) enum Next {
    /// A key.
    #[default]
    Key,
    /// The value of this key, which stands there.
    Member(Arc<str>, Range<usize>),
    /// What `<<` merges.
    Merged,
}

/// A key that stands twice.
pub(super) struct Duplicate {
    pub(super) key: Arc<str>,
    pub(super) first: Range<usize>,
    pub(super) second: Range<usize>,
}

impl Mapping {
    pub(super) fn new(merges: Merges) -> Self {
        Self {
            merges,
            ..Self::default()
        }
    }

    /// Adds a member that the document writes here.
    pub(super) fn push(&mut self, key: Arc<str>, place: Range<usize>, value: Value) {
        self.members.push((key, value));
        self.places.push(Some(place));
    }

    /// Adds what `<<` names: a mapping, or a list of mappings of which the first to name a key decides. As in go-yaml
    /// v2 the merge acts where it stands: members written after it override it, and it overrides those before it.
    /// False when `value` is neither; nothing is told of a list that is an alias itself, because go-yaml refuses it.
    pub(super) fn merge(&mut self, value: &Value, aliased: bool, keys: &mut Texts) -> bool {
        let sources = match value {
            Value::Object(_) => std::slice::from_ref(value),
            Value::Array(items) if !aliased => items.as_slice(),
            _ => return false,
        };
        for source in sources.iter().rev() {
            let Value::Object(object) = source else {
                return false;
            };
            for (key, value) in object.iter() {
                if let Value::String(key) = key {
                    self.members.push((keys.share(key), value.clone()));
                    self.places.push(None);
                }
            }
        }
        true
    }

    /// The finished object.
    pub(super) fn finish(self) -> Result<Value, Duplicate> {
        if let Some((first, second)) = self.duplicate() {
            let place = |index: usize| self.places.get(index).cloned().flatten().unwrap_or_default();
            return Err(Duplicate {
                key: Arc::clone(&self.members[second].0),
                first: place(first),
                second: place(second),
            });
        }
        let mut members = self.members;
        if self.merges == Merges::BelowMembers && self.places.contains(&None) {
            let mut places = self.places.iter();
            let all = members.into_iter();
            let (own, mut merged): (Vec<_>, Vec<_>) =
                all.partition(|_| places.next().is_some_and(Option::is_some));
            merged.extend(own);
            members = merged;
        }
        // Of equal keys the last one stays.
        let object: BTreeMap<Value, Value> = members
            .into_iter()
            .map(|(key, value)| (Value::String(key), value))
            .collect();
        Ok(Value::from(object))
    }

    /// Two members that the document itself writes under one key. Texts are shared, so comparing addresses is enough.
    fn duplicate(&self) -> Option<(usize, usize)> {
        /// Up to here comparing each with each is faster than sorting.
        const FEW: usize = 12;
        let address = |index: usize| Arc::as_ptr(&self.members[index].0).cast::<u8>().addr();
        let own = |index: &usize| self.places[*index].is_some();
        let count = self.members.len();
        if count <= FEW {
            return (1..count).filter(own).find_map(|second| {
                let twice = |first: &usize| own(first) && address(*first) == address(second);
                (0..second).find(twice).map(|first| (first, second))
            });
        }
        let mut order: Vec<(usize, usize)> = (0..count)
            .filter(own)
            .map(|index| (address(index), index))
            .collect();
        order.sort_unstable();
        order
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| (pair[0].1, pair[1].1))
            .min_by_key(|(_, second)| *second)
    }
}
