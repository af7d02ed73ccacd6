//! A map by resource, for many resources: what a hundred thousand of them have in common is kept once.

use super::reference::ResourceRef;
use std::collections::BTreeMap;

/// What the resources of one list share. An account object's id stands here, too: few things have one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Space {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    id: Option<String>,
}

impl Space {
    fn of(reference: &ResourceRef) -> Self {
        Self {
            api_version: reference.api_version.clone(),
            kind: reference.kind.clone(),
            namespace: reference.namespace.clone(),
            id: reference.id.clone(),
        }
    }

    fn reference(&self, name: &str) -> ResourceRef {
        ResourceRef {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: name.to_owned(),
            id: self.id.clone(),
        }
    }
}

/// A map from [`ResourceRef`] to `V` that keeps only the name for each entry. In the order of references, where they have
/// no ids.
#[derive(Debug, Clone)]
pub struct ByReference<V> {
    spaces: BTreeMap<Space, BTreeMap<Box<str>, V>>,
}

impl<V> Default for ByReference<V> {
    fn default() -> Self {
        Self {
            spaces: BTreeMap::new(),
        }
    }
}

impl<V> ByReference<V> {
    /// The value of a resource.
    pub fn get(&self, reference: &ResourceRef) -> Option<&V> {
        self.spaces
            .get(&Space::of(reference))?
            .get(reference.name.as_str())
    }

    /// The value of a resource, or of the same one under another version of its API.
    pub fn of_any_version(&self, reference: &ResourceRef) -> Option<&V> {
        self.get(reference).or_else(|| {
            self.spaces
                .iter()
                .filter(|(space, _)| {
                    space.kind == reference.kind
                        && group(&space.api_version) == reference.group()
                        && space.namespace == reference.namespace
                })
                .find_map(|(_, named)| named.get(reference.name.as_str()))
        })
    }

    /// True when the resource has a value.
    pub fn contains(&self, reference: &ResourceRef) -> bool {
        self.get(reference).is_some()
    }

    /// Sets the value of a resource and gives back the one it had.
    pub fn insert(&mut self, reference: &ResourceRef, value: V) -> Option<V> {
        self.spaces
            .entry(Space::of(reference))
            .or_default()
            .insert(reference.name.as_str().into(), value)
    }

    /// Takes out the value of a resource.
    pub fn remove(&mut self, reference: &ResourceRef) -> Option<V> {
        self.spaces
            .get_mut(&Space::of(reference))?
            .remove(reference.name.as_str())
    }

    /// The value of a resource, to be changed.
    pub fn get_mut(&mut self, reference: &ResourceRef) -> Option<&mut V> {
        self.spaces
            .get_mut(&Space::of(reference))?
            .get_mut(reference.name.as_str())
    }

    /// Takes out all that `take` says, and hands them to `sink`.
    pub fn drain_if(
        &mut self,
        mut take: impl FnMut(&ResourceRef, &V) -> bool,
        mut sink: impl FnMut(&ResourceRef, V),
    ) {
        for (space, named) in &mut self.spaces {
            let taken: Vec<Box<str>> = named
                .iter()
                .filter(|(name, value)| take(&space.reference(name), value))
                .map(|(name, _)| name.clone())
                .collect();
            for name in taken {
                if let Some(value) = named.remove(&name) {
                    sink(&space.reference(&name), value);
                }
            }
        }
    }

    /// Every resource with its value.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceRef, &V)> {
        self.spaces
            .iter()
            .flat_map(|(space, named)| named.iter().map(|(name, value)| (space.reference(name), value)))
    }

    /// Every value.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.spaces.values_mut().flat_map(BTreeMap::values_mut)
    }

    /// Every value, and nothing else.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.spaces.into_values().flat_map(BTreeMap::into_values)
    }
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(api_version: &str, namespace: &str, name: &str) -> ResourceRef {
        ResourceRef::kubernetes(api_version, "Deployment", Some(namespace), name)
    }

    #[test]
    fn resources_come_in_the_order_of_references() {
        let references = [
            deployment("apps/v1", "b", "z"),
            deployment("apps/v1", "b", "a"),
            deployment("apps/v1", "a", "y"),
            ResourceRef::kubernetes("v1", "Node", None, "n"),
        ];
        let mut map = ByReference::default();
        for (number, reference) in references.iter().enumerate() {
            assert_eq!(map.insert(reference, number), None);
        }
        let mut sorted = references.to_vec();
        sorted.sort();
        let seen: Vec<ResourceRef> = map.iter().map(|(reference, _)| reference).collect();
        assert_eq!(seen, sorted);
        assert_eq!(map.get(&references[1]), Some(&1));
        assert_eq!(map.insert(&references[1], 7), Some(1), "the later value");
        assert_eq!(map.remove(&references[1]), Some(7));
        assert!(!map.contains(&references[1]) && map.contains(&references[0]));
    }

    #[test]
    fn another_version_of_the_same_api_is_found_another_group_is_not() {
        let mut map = ByReference::default();
        map.insert(&deployment("apps/v1", "a", "web"), 1);
        assert_eq!(
            map.of_any_version(&deployment("apps/v1beta1", "a", "web")),
            Some(&1)
        );
        assert_eq!(map.of_any_version(&deployment("acme.io/v1", "a", "web")), None);
        assert_eq!(map.of_any_version(&deployment("apps/v1beta1", "b", "web")), None);
        assert_eq!(map.get(&deployment("apps/v1beta1", "a", "web")), None);
    }

    #[test]
    fn account_objects_of_one_name_are_told_apart_by_id() {
        let named = |id: &str| ResourceRef {
            id: Some(id.to_owned()),
            ..ResourceRef::kubernetes("digitalocean.com/v2", "Cluster", None, "acme")
        };
        let mut map = ByReference::default();
        map.insert(&named("1"), 1);
        map.insert(&named("2"), 2);
        assert_eq!((map.get(&named("1")), map.get(&named("2"))), (Some(&1), Some(&2)));
    }
}
