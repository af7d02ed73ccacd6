//! The operations as marks on the nodes. What is marked gets its text from the patched value later, so that all that
//! matters here is which nodes keep their bytes.

use super::Cannot;
use super::reference::apply;
use super::tree::{Body, List, Map, Slot, Tree};
use crate::value::patch::{Operation, OperationKind, find, index};
use crate::value::{Value, ValueExt};
use crate::yaml::Document;
use std::collections::BTreeMap;

/// What becomes of an alias on the way of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aliases {
    /// Its value is written in its place.
    WrittenOut,
    /// What it names is changed, and with it all that the anchor's other users say.
    Followed,
}

pub(super) struct Replayed {
    pub(super) result: Result<(), Cannot>,
    pub(super) through_alias: bool,
}

/// Marks what the operations change.
pub(super) fn replay(
    document: &Document,
    tree: &mut Tree,
    root: usize,
    changes: &[Operation],
    aliases: Aliases,
) -> Replayed {
    let mut walker = Walker {
        tree,
        aliases,
        through_alias: false,
        done: BTreeMap::new(),
    };
    let mut value = document.value.clone();
    let result = changes.iter().try_for_each(|change| {
        if change.kind != OperationKind::Test {
            walker.change(root, change, &value);
        }
        apply(&mut value, change).map_err(Cannot::new)
    });
    Replayed {
        result,
        through_alias: walker.through_alias,
    }
}

/// Who says what a key of a mapping means.
enum Holder {
    Own(usize),
    /// Written, but a merge key below it decides.
    Overruled,
    Merged,
    /// Marked to be added.
    Added,
    Nobody,
}

/// An operation as the node sees it, and the path on which it was done first.
type Done<'c> = BTreeMap<(usize, OperationKind, &'c str, Option<&'c Value>), &'c [String]>;

struct Walker<'t, 'c> {
    tree: &'t mut Tree,
    aliases: Aliases,
    through_alias: bool,
    done: Done<'c>,
}

impl<'c> Walker<'_, 'c> {
    fn change(&mut self, root: usize, change: &'c Operation, value: &Value) {
        let Some((last, above)) = change.path.split_last() else {
            return self.reconcile(root, value, change.value.as_ref().unwrap_or(&Value::Null));
        };
        let mut node = root;
        for segment in above {
            let Some(inside) = self.settle(node) else {
                return;
            };
            match self.enter(inside, segment) {
                Some(child) => node = child,
                None => return,
            }
        }
        let Some(node) = self.settle(node) else {
            return;
        };
        // The same change on another way to the same node is the one that was done.
        let seen = (node, change.kind, last.as_str(), change.value.as_ref());
        if *self.done.entry(seen).or_insert(&change.path) != change.path.as_slice() {
            return;
        }
        let old = find(value, &change.path);
        match (change.kind, &change.value) {
            (OperationKind::Remove, _) => self.remove(node, last),
            (kind, Some(new)) => self.set(node, last, kind, old, new),
            _ => {}
        }
    }

    /// The collection that a node is or stands for; `None` when it will be written anew.
    fn settle(&mut self, mut node: usize) -> Option<usize> {
        loop {
            let here = self.tree.nodes.get_mut(node)?;
            match here.body {
                _ if here.rewrite => {
                    here.same = false;
                    return None;
                }
                Body::Alias(target) => {
                    self.through_alias = true;
                    if self.aliases == Aliases::WrittenOut {
                        here.rewrite = true;
                        return None;
                    }
                    node = target;
                }
                Body::Scalar(..) => {
                    here.rewrite = true;
                    return None;
                }
                Body::Map(_) | Body::List(_) => return Some(node),
            }
        }
    }

    fn map(&mut self, node: usize) -> Option<&mut Map> {
        match &mut self.tree.nodes.get_mut(node)?.body {
            Body::Map(map) => Some(map),
            _ => None,
        }
    }

    fn list(&mut self, node: usize) -> Option<&mut List> {
        match &mut self.tree.nodes.get_mut(node)?.body {
            Body::List(list) => Some(list),
            _ => None,
        }
    }

    /// The node one step down; `None` when it will be written anew.
    fn enter(&mut self, node: usize, segment: &str) -> Option<usize> {
        if let Some(list) = self.list(node) {
            let slot = index(segment).and_then(|index| list.slot(index));
            return match slot.and_then(|slot| list.slots.get(slot)) {
                Some(Slot::Old(item)) => Some(item.value),
                _ => None,
            };
        }
        match self.holder(node, segment) {
            Holder::Own(member) => {
                let member = self.map(node).and_then(|map| map.members.get(member));
                member.map(|member| member.value)
            }
            Holder::Merged => {
                self.add(node, segment);
                None
            }
            Holder::Added => {
                self.says_otherwise(node);
                None
            }
            Holder::Nobody | Holder::Overruled => None,
        }
    }

    fn add(&mut self, node: usize, key: &str) {
        if let Some(map) = self.map(node) {
            map.added.push(key.to_owned());
        }
    }

    /// Notes that a mapping says another thing now.
    fn says_otherwise(&mut self, node: usize) {
        if let Some(map) = self.map(node) {
            map.changed = true;
        }
    }

    fn holder(&mut self, node: usize, key: &str) -> Holder {
        let holder = self.holder_of(node, key);
        if let Holder::Overruled = holder {
            // Once what the merge key brings stands here, every member counts.
            self.tree.write_out(node);
            return self.holder_of(node, key);
        }
        holder
    }

    fn holder_of(&self, node: usize, key: &str) -> Holder {
        let Some(Body::Map(map)) = self.tree.node(node).map(|node| &node.body) else {
            return Holder::Nobody;
        };
        if map.will_say(key) {
            return Holder::Added;
        }
        let mut merged = false;
        let members = map.members.iter().enumerate().rev();
        for (at, member) in members.filter(|(_, member)| !member.removed && member.instead.is_none()) {
            match &member.key {
                Some(own) if **own == *key && merged => return Holder::Overruled,
                Some(own) if **own == *key => return Holder::Own(at),
                Some(_) => {}
                None => merged = merged || self.tree.brings(member.value, key),
            }
        }
        if merged { Holder::Merged } else { Holder::Nobody }
    }

    fn set(&mut self, node: usize, segment: &str, kind: OperationKind, old: Option<&Value>, new: &Value) {
        if let Some(list) = self.list(node) {
            if kind == OperationKind::Add {
                let at = index(segment).and_then(|index| list.slot(index));
                list.slots.insert(at.unwrap_or(list.slots.len()), Slot::New);
                return;
            }
            if let (Some(child), Some(old)) = (self.enter(node, segment), old) {
                self.reconcile(child, old, new);
            }
            return;
        }
        self.put(node, segment, old, new);
    }

    /// Sets a member of a mapping.
    fn put(&mut self, node: usize, key: &str, old: Option<&Value>, new: &Value) {
        match (self.holder(node, key), old) {
            (Holder::Own(member), Some(old)) => {
                let member = self.map(node).and_then(|map| map.members.get(member));
                if let Some(child) = member.map(|member| member.value) {
                    self.reconcile(child, old, new);
                }
            }
            (Holder::Merged, Some(old)) if old == new => {}
            (Holder::Nobody, _) => {
                let was = self.map(node).and_then(|map| {
                    let mut members = map.members.iter_mut().rev();
                    members.find(|member| member.key.as_deref() == Some(key) && member.removed)
                });
                // What was removed before comes back in its old place.
                if let Some(member) = was {
                    member.removed = false;
                    let value = member.value;
                    self.rewrite(value);
                } else {
                    self.add(node, key);
                }
            }
            (Holder::Added, _) => {
                if old != Some(new) {
                    self.says_otherwise(node);
                }
            }
            (Holder::Merged | Holder::Own(_) | Holder::Overruled, _) => {
                self.add(node, key);
            }
        }
    }

    fn rewrite(&mut self, node: usize) {
        if let Some(node) = self.tree.nodes.get_mut(node) {
            node.rewrite = true;
            node.same = false;
        }
    }

    fn remove(&mut self, node: usize, segment: &str) {
        if let Some(list) = self.list(node) {
            let slot = index(segment).and_then(|index| list.slot(index));
            match slot.and_then(|slot| list.slots.get_mut(slot)) {
                Some(Slot::Old(item)) => item.removed = true,
                Some(Slot::New) => drop(slot.map(|slot| list.slots.remove(slot))),
                None => {}
            }
            return;
        }
        match self.holder(node, segment) {
            Holder::Own(member) => {
                if let Some(member) = self.map(node).and_then(|map| map.members.get_mut(member)) {
                    member.removed = true;
                }
            }
            Holder::Added => {
                if let Some(map) = self.map(node) {
                    map.added.retain(|added| added != segment);
                    map.kept.retain(|kept| kept != segment);
                    map.changed = true;
                }
            }
            Holder::Merged | Holder::Overruled | Holder::Nobody => {}
        }
        if let Holder::Merged = self.holder(node, segment) {
            // A merge key cannot leave out what it brings: written out, it need not be written.
            self.tree.write_out(node);
            self.says_otherwise(node);
        }
    }

    /// Marks what must change for a node to say `new` instead of `old`: as little as possible.
    fn reconcile(&mut self, node: usize, old: &Value, new: &Value) {
        let Some(here) = self.tree.nodes.get_mut(node) else {
            return;
        };
        if here.rewrite {
            here.same &= old == new;
            return;
        }
        match (&here.body, old, new) {
            (Body::Alias(target), ..) => {
                let target = *target;
                self.through_alias |= old != new;
                match self.aliases {
                    _ if old == new => {}
                    Aliases::Followed => self.reconcile(target, old, new),
                    Aliases::WrittenOut => self.rewrite(node),
                }
            }
            (Body::Map(_), Value::Object(before), Value::Object(after)) => {
                for (key, _) in before.iter_sorted().filter(|(key, _)| !after.contains_key(key)) {
                    self.remove(node, key.text().unwrap_or_default());
                }
                for (key, member) in after.iter_sorted() {
                    self.put(node, key.text().unwrap_or_default(), before.get(key), member);
                }
            }
            (Body::List(list), Value::Array(_), Value::Array(_)) => {
                let untouched = list.slots.len() == old.items().len();
                if untouched
                    && list
                        .slots
                        .iter()
                        .all(|slot| matches!(slot, Slot::Old(item) if !item.removed))
                {
                    return self.align(node, old.items(), new.items());
                }
                if old != new {
                    self.rewrite(node);
                }
            }
            _ if old != new => self.rewrite(node),
            _ => {}
        }
    }

    /// Marks a list: what is equal at both ends stays, the elements between are paired, the rest goes or comes.
    fn align(&mut self, node: usize, old: &[Value], new: &[Value]) {
        let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old_rest, new_rest) = (
            old.get(head..).unwrap_or_default(),
            new.get(head..).unwrap_or_default(),
        );
        let same = old_rest
            .iter()
            .rev()
            .zip(new_rest.iter().rev())
            .take_while(|(old, new)| old == new);
        let tail = same.count();
        let (going, coming) = (old_rest.len() - tail, new_rest.len() - tail);
        for (at, (old, new)) in old_rest.iter().zip(new_rest).take(going.min(coming)).enumerate() {
            let slot = self.list(node).and_then(|list| list.slots.get(head + at));
            if let Some(Slot::Old(item)) = slot {
                let value = item.value;
                self.reconcile(value, old, new);
            }
        }
        if let Some(list) = self.list(node) {
            for slot in list
                .slots
                .iter_mut()
                .skip(head + coming)
                .take(going.saturating_sub(coming))
            {
                if let Slot::Old(item) = slot {
                    item.removed = true;
                }
            }
            let at = (head + going).min(list.slots.len());
            list.slots.splice(at..at, (going..coming).map(|_| Slot::New));
        }
    }
}
