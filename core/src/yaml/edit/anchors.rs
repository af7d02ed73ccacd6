//! Whoever uses an anchor goes on saying what they said, when what it names changes or goes away.

use super::super::Document;
use super::Cannot;
use super::tree::{Body, Map, Slot, Tree};

/// Splits users off from anchors that the marks change or take away: an alias gets its value written in its place, a mapping that
/// merges gets members of its own for what changes. Refuses where neither would leave a user as it was.
pub(super) fn split(document: &Document, tree: &mut Tree, root: usize) -> Result<(), Cannot> {
    let mut seen = Seen {
        state: vec![State::Gone; tree.nodes.len()],
        users: Vec::new(),
    };
    seen.visit(tree, root, Use::Value);
    for user in &seen.users {
        if seen.state(user.target) == State::Kept {
            continue;
        }
        match user.how {
            Use::Value => {
                if let Some(alias) = tree.nodes.get_mut(user.alias) {
                    alias.rewrite = true;
                }
            }
            Use::Merge(map) => {
                let keys = seen.overrides(tree, user.target, map);
                let keys = keys.ok_or_else(|| used_here_too(document, tree, user.alias))?;
                if let Some(Body::Map(map)) = tree.nodes.get_mut(map).map(|node| &mut node.body) {
                    map.added.extend(keys);
                }
            }
            Use::Key => return Err(used_here_too(document, tree, user.alias)),
        }
    }
    Ok(())
}

fn used_here_too(document: &Document, tree: &Tree, alias: usize) -> Cannot {
    let span = tree.node(alias).map(|node| node.span.clone()).unwrap_or_default();
    let name = document.source.text.get(span.clone()).unwrap_or_default();
    let name = name.trim_start_matches('*');
    let reason = format!("the anchor &{name} is used here too and would change");
    Cannot::at(document, span, reason)
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
    Key,
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
}

impl Seen {
    fn state(&self, node: usize) -> State {
        self.state.get(node).copied().unwrap_or(State::Gone)
    }

    /// Notes what becomes of a node and all below; whether anything of it changes. As deep as the document.
    fn visit(&mut self, tree: &Tree, node: usize, how: Use) -> bool {
        let Some(here) = tree.node(node) else { return false };
        let changed = match &here.body {
            // What is written anew as a whole uses nothing any more.
            _ if here.rewrite => true,
            Body::Scalar(..) => false,
            Body::Alias(target) => {
                self.users.push(User {
                    alias: node,
                    target: *target,
                    how,
                });
                false
            }
            Body::List(list) => list.slots.iter().fold(false, |changed, slot| match slot {
                Slot::Old(item) if !item.removed => self.visit(tree, item.value, how) || changed,
                _ => true,
            }),
            Body::Map(map) => map.members.iter().fold(!map.added.is_empty(), |changed, member| {
                if member.removed {
                    return true;
                }
                if let Some(key) = member.key_node {
                    self.visit(tree, key, Use::Key);
                }
                let how = match member.key {
                    Some(_) => Use::Value,
                    None => Use::Merge(node),
                };
                self.visit(tree, member.value, how) || changed
            }),
        };
        if let Some(state) = self.state.get_mut(node) {
            *state = if changed { State::Changed } else { State::Kept };
        }
        changed
    }

    /// The members that a mapping needs of its own for not to notice how one that it merges changes; `None` where members of its
    /// own do not help.
    fn overrides(&self, tree: &Tree, merged: usize, user: usize) -> Option<Vec<String>> {
        let (from, user) = (map(tree, merged)?, map(tree, user)?);
        let rewritten = tree.node(merged).is_none_or(|node| node.rewrite);
        if rewritten || self.state(merged) == State::Gone {
            return None;
        }
        let own = |key: &str| {
            let written = user.members.iter().filter(|member| !member.removed);
            let mut written = written.filter_map(|member| member.key.as_deref());
            written.any(|own| own == key) || user.added.iter().any(|own| own == key)
        };
        let mut keys = Vec::new();
        for member in &from.members {
            let changes = member.removed || self.state(member.value) != State::Kept;
            match member.key.as_deref() {
                Some(key) if changes && !own(key) => keys.push(key.to_owned()),
                // What is merged there reaches further than this mapping's own members.
                None if changes => return None,
                _ => {}
            }
        }
        // A member that is new there, or hides what is merged there, would show here.
        let hides = |key: &String| own(key) || keys.contains(key);
        from.added.iter().all(hides).then_some(keys)
    }
}

fn map(tree: &Tree, node: usize) -> Option<&Map> {
    match &tree.node(node)?.body {
        Body::Map(map) => Some(map),
        _ => None,
    }
}
