//! Whoever uses an anchor goes on saying what they said, when what it names changes or goes away.

use super::super::Document;
use super::Cannot;
use super::tree::{Body, Map, Slot, Tree};

/// Splits users off from anchors that the marks change or take away: an alias gets its value written in its place; a mapping that
/// merges gets members of its own for what changes, or, where these do not help, all that it merges written in the place of its
/// merge key; a key that is an alias is spelt out.
pub(super) fn split(document: &Document, tree: &mut Tree, root: usize) -> Result<(), Cannot> {
    /// What is written out takes anchors within it away, and so may go on; so often it does in no document of a person's.
    const ROUNDS: usize = 16;
    for _ in 0..ROUNDS {
        let mut seen = Seen {
            state: vec![State::Gone; tree.nodes.len()],
            users: Vec::new(),
            within: None,
        };
        seen.visit(tree, root, Use::Value);
        let mut more = false;
        for user in &seen.users {
            more |= seen.state(user.target) != State::Kept && seen.part(tree, user);
        }
        if !more {
            return Ok(());
        }
    }
    let reason = "its anchors are too entangled to be told apart";
    Err(Cannot::at(document, document.range.clone(), reason))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Gone,
    Kept,
    Changed,
}

/// As what an alias is used.
#[derive(Debug, Clone, Copy)]
enum Use {
    Value,
    /// By the merge key of this mapping.
    Merge(usize),
    /// As the key of this member of a mapping.
    Key(usize, usize),
    /// Somewhere in a mapping that stands at the merge key of this one itself, with no anchor of its own to be changed at.
    Within(usize),
}

/// An alias that stays.
struct User {
    alias: usize,
    target: usize,
    how: Use,
}

struct Seen {
    state: Vec<State>,
    users: Vec<User>,
    /// The mapping that merges what is being visited, where that stands at its merge key.
    within: Option<usize>,
}

impl Seen {
    fn state(&self, node: usize) -> State {
        self.state.get(node).copied().unwrap_or(State::Gone)
    }

    /// Notes what becomes of a node and all below; whether anything of it changes. As deep as the document.
    fn visit(&mut self, tree: &Tree, node: usize, how: Use) -> bool {
        let Some(here) = tree.node(node) else { return false };
        if here.rewrite {
            // What is written anew as a whole uses nothing any more; what its anchor names is another thing from here on.
            if let Some(state) = self.state.get_mut(node) {
                *state = State::Changed;
            }
            return !here.same;
        }
        let changed = match &here.body {
            Body::Scalar(..) => false,
            Body::Alias(target) => {
                self.users.push(User {
                    alias: node,
                    target: *target,
                    how: self.within.map_or(how, Use::Within),
                });
                false
            }
            Body::List(list) => list.slots.iter().fold(false, |changed, slot| match slot {
                Slot::Old(item) if !item.removed => self.visit(tree, item.value, how) || changed,
                _ => true,
            }),
            Body::Map(map) => {
                let outer = self.within;
                if let Use::Merge(merging) = how {
                    self.within.get_or_insert(merging);
                }
                let changed = self.members(tree, node, map);
                self.within = outer;
                changed
            }
        };
        if let Some(state) = self.state.get_mut(node) {
            *state = if changed { State::Changed } else { State::Kept };
        }
        changed
    }

    fn members(&mut self, tree: &Tree, node: usize, map: &Map) -> bool {
        let mut changed = map.changed || !map.added.is_empty();
        for (at, member) in map.members.iter().enumerate() {
            if member.removed {
                changed = true;
                continue;
            }
            if let Some(key) = member.key_node.filter(|_| !member.respelt) {
                self.visit(tree, key, Use::Key(node, at));
            }
            let how = match (&member.key, &member.instead) {
                (Some(_), _) => Use::Value,
                (None, None) => Use::Merge(node),
                (None, Some(_)) => continue,
            };
            changed |= self.visit(tree, member.value, how);
        }
        changed
    }

    /// Marks a user to be split off; whether there was anything to mark.
    fn part(&self, tree: &mut Tree, user: &User) -> bool {
        match user.how {
            Use::Value => tree.write_anew(user.alias),
            Use::Merge(map) => match self.overrides(tree, user.target, map) {
                Some(keys) if keys.is_empty() => return false,
                Some(keys) => {
                    if let Some(Body::Map(map)) = tree.nodes.get_mut(map).map(|node| &mut node.body) {
                        map.kept.extend(keys);
                    }
                }
                None => tree.write_out(map),
            },
            Use::Within(map) => tree.write_out(map),
            Use::Key(map, at) => {
                if let Some(Body::Map(map)) = tree.nodes.get_mut(map).map(|node| &mut node.body)
                    && let Some(member) = map.members.get_mut(at)
                {
                    member.respelt = true;
                }
            }
        }
        true
    }

    /// The members that a mapping needs of its own for not to notice how one that it merges changes; `None` where members of its
    /// own do not help.
    fn overrides(&self, tree: &Tree, merged: usize, user: usize) -> Option<Vec<String>> {
        let (from, user) = (map(tree, merged)?, map(tree, user)?);
        let rewritten = tree.node(merged).is_none_or(|node| node.rewrite);
        if rewritten || self.state(merged) == State::Gone {
            return None;
        }
        let mut keys = Vec::new();
        for member in &from.members {
            let changes = member.removed || self.state(member.value) != State::Kept;
            match member.key.as_deref().map(|key| (key, user.decides(key))) {
                _ if !changes => {}
                Some((key, None)) => keys.push(key.to_owned()),
                Some((_, Some(true))) => {}
                // What is merged there, or written here above the merge key, no further member makes good.
                Some((_, Some(false))) | None => return None,
            }
        }
        // A member that is new there, or hides what is merged there, would show here.
        let hides = |key: &String| user.decides(key) == Some(true) || keys.contains(key);
        from.added.iter().all(hides).then_some(keys)
    }
}

fn map(tree: &Tree, node: usize) -> Option<&Map> {
    match &tree.node(node)?.body {
        Body::Map(map) => Some(map),
        _ => None,
    }
}
