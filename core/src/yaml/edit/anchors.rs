//! Whether what anchors name stays as it was for everyone who still uses them.

use super::super::Document;
use super::Cannot;
use super::tree::{Body, Slot, Tree};

/// Refuses marks that would change or take away what an alias names that stays.
pub(super) fn untouched(document: &Document, tree: &Tree, root: usize) -> Result<(), Cannot> {
    let mut seen = Seen {
        state: vec![State::Gone; tree.nodes.len()],
        users: Vec::new(),
    };
    seen.visit(tree, root);
    for (alias, target) in seen.users {
        if seen.state.get(target) == Some(&State::Kept) {
            continue;
        }
        let span = tree.node(alias).map(|node| node.span.clone()).unwrap_or_default();
        let name = document.source.text.get(span.clone()).unwrap_or_default();
        let name = name.trim_start_matches('*');
        let reason = format!("the anchor &{name} is used here too and would change");
        return Err(Cannot::at(document, span, reason));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Gone,
    Kept,
    Changed,
}

struct Seen {
    state: Vec<State>,
    /// Aliases that stay, with what they name.
    users: Vec<(usize, usize)>,
}

impl Seen {
    /// Notes what becomes of a node and all below; whether anything of it changes. As deep as the document.
    fn visit(&mut self, tree: &Tree, node: usize) -> bool {
        let Some(here) = tree.node(node) else { return false };
        let changed = here.rewrite
            || match &here.body {
                Body::Scalar(..) => false,
                Body::Alias(target) => {
                    self.users.push((node, *target));
                    false
                }
                Body::List(list) => list.slots.iter().fold(false, |changed, slot| match slot {
                    Slot::Old(item) if !item.removed => self.visit(tree, item.value) || changed,
                    _ => true,
                }),
                Body::Map(map) => map.members.iter().fold(!map.added.is_empty(), |changed, member| {
                    if member.removed {
                        return true;
                    }
                    if let Some(key) = member.key_node {
                        self.visit(tree, key);
                    }
                    self.visit(tree, member.value) || changed
                }),
            };
        if let Some(state) = self.state.get_mut(node) {
            *state = if changed { State::Changed } else { State::Kept };
        }
        changed
    }
}
