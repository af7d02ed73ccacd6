//! What merge keys (`<<`) bring into a mapping, and how it comes to stand in the mapping itself.

use super::tree::{Body, Map, Member, Tree};
use std::collections::HashSet;

impl Tree {
    /// The keys that what is merged has, in the order in which the document says them, each once. Marks do not count.
    pub(super) fn brought(&self, merged: usize) -> Vec<String> {
        enum Step<'t> {
            Node(usize),
            Key(&'t str),
        }
        let (mut nodes, mut keys, mut found) = (HashSet::new(), HashSet::new(), Vec::new());
        // Anchors may merge one another in a chain of any length: no recursion.
        let mut steps = vec![Step::Node(merged)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Key(key) => {
                    if keys.insert(key) {
                        found.push(key.to_owned());
                    }
                }
                Step::Node(node) if !nodes.insert(node) => {}
                Step::Node(node) => match self.node(node).map(|node| &node.body) {
                    Some(Body::Alias(target)) => steps.push(Step::Node(*target)),
                    Some(Body::List(list)) => {
                        steps.extend(list.items().rev().map(|item| Step::Node(item.value)));
                    }
                    Some(Body::Map(map)) => steps.extend(map.members.iter().rev().map(|member| {
                        let merge = Step::Node(member.value);
                        member.key.as_deref().map_or(merge, Step::Key)
                    })),
                    Some(Body::Scalar(..)) | None => {}
                },
            }
        }
        found
    }

    /// Whether what is merged has a key.
    pub(super) fn brings(&self, merged: usize, key: &str) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![merged];
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            match self.node(node).map(|node| &node.body) {
                Some(Body::Alias(target)) => open.push(*target),
                Some(Body::List(list)) => open.extend(list.items().map(|item| item.value)),
                Some(Body::Map(map)) => {
                    for member in &map.members {
                        match &member.key {
                            Some(own) if **own == *key => return true,
                            Some(_) => {}
                            None => open.push(member.value),
                        }
                    }
                }
                Some(Body::Scalar(..)) | None => {}
            }
        }
        false
    }

    /// Marks the merge keys of a mapping to be replaced by the members that they bring: from here on the mapping itself says all
    /// that it says. Whether what it says is the same, its users learn of other marks.
    pub(super) fn write_out(&mut self, mapping: usize) {
        let Some(Body::Map(map)) = self.node(mapping).map(|node| &node.body) else {
            return;
        };
        let mut written: HashSet<String> = map.members.iter().filter_map(own_key).collect();
        let (mut instead, mut overruled) = (Vec::new(), Vec::new());
        for (at, member) in map.members.iter().enumerate() {
            if member.key.is_some() || member.removed || member.instead.is_some() {
                continue;
            }
            let brought = self.brought(member.value);
            let before = map.members.get(..at).unwrap_or_default();
            let hidden = before.iter().filter(|own| {
                let key = own.key.as_deref();
                key.is_some_and(|key| brought.iter().any(|brought| brought == key))
            });
            // A merge key decides about what stands above it, which is written but does not count.
            overruled.extend(hidden.map(|own| own.value));
            let keys: Vec<String> = brought
                .into_iter()
                .filter(|key| written.insert(key.clone()))
                .collect();
            instead.push((at, keys));
        }
        for value in overruled {
            self.write_anew(value);
        }
        let Some(Body::Map(map)) = self.nodes.get_mut(mapping).map(|node| &mut node.body) else {
            return;
        };
        // What was to be added because a merge brought it otherwise is written where that one stands.
        let moved: HashSet<&str> = instead
            .iter()
            .flat_map(|(_, keys)| keys)
            .map(String::as_str)
            .collect();
        let before = map.added.len();
        map.added.retain(|key| !moved.contains(key.as_str()));
        map.changed |= map.added.len() != before;
        map.kept.retain(|key| !moved.contains(key.as_str()));
        for (at, keys) in instead {
            if let Some(member) = map.members.get_mut(at) {
                member.instead = Some(keys);
            }
        }
    }

    /// Marks a value to be written anew although its place goes on saying what it said.
    pub(super) fn write_anew(&mut self, value: usize) {
        if let Some(node) = self.nodes.get_mut(value).filter(|node| !node.rewrite) {
            node.rewrite = true;
            node.same = true;
        }
    }
}

fn own_key(member: &Member) -> Option<String> {
    member.key.as_deref().map(str::to_owned)
}

impl Map {
    /// Whether the mapping itself decides about a key, whatever is merged: `Some(false)` where it has the key, but above a merge
    /// key, which then decides; `None` where it does not have it.
    pub(super) fn decides(&self, key: &str) -> Option<bool> {
        if self.will_say(key) {
            return Some(true);
        }
        let merges = |member: &Member| member.key.is_none() && !member.removed && member.instead.is_none();
        let own = |member: &Member| member.key.as_deref() == Some(key) && !member.removed;
        let at = self.members.iter().rposition(own)?;
        Some(!self.members.iter().skip(at).any(merges))
    }

    /// Whether a key is marked to be written.
    pub(super) fn will_say(&self, key: &str) -> bool {
        let instead = self.members.iter().filter_map(|member| member.instead.as_ref());
        let marked = self.added.iter().chain(&self.kept).chain(instead.flatten());
        marked.into_iter().any(|marked| marked == key)
    }
}
