//! What the parts of a spec must be to one another: rules that no schema can say.
//!
//! They read the merged tree, not the typed spec, so that they can speak even when something else is wrong; where the
//! shape of what they need is damaged, they keep silent rather than repeat the same mistake in other words.

mod account;
mod network;
mod references;
mod workloads;

use super::files::{Files, Origin, Trail};
use super::node::Node;
use super::secrecy;
use super::shape::Found;
use crate::source::{Diagnostic, Place};

/// Adds what is wrong with the meaning of `root` to what is wrong with its shape.
pub(super) fn check(files: &Files, root: &Node, found: &mut Found) {
    let damaged = std::mem::take(&mut found.damaged);
    let mut sheet = Sheet {
        files,
        root,
        damaged: &damaged,
        problems: Vec::new(),
    };
    identity(&mut sheet);
    references::check(&mut sheet);
    network::check(&mut sheet);
    account::check(&mut sheet);
    workloads::check(&mut sheet);
    found.problems.append(&mut sheet.problems);
}

/// An environment's name is its own: a forgotten one would be that of the base, and two environments would be one.
fn identity(sheet: &mut Sheet<'_>) {
    let Some(name) = sheet.root.at(&["metadata", "name"]) else {
        return;
    };
    if name.origin.file == 0 {
        return;
    }
    let related = sheet.value_place(&name.origin);
    let shown = secrecy::shown(name.text().unwrap_or_default());
    let metadata = Origin {
        file: 0,
        trail: Trail::default().key("metadata").key("name"),
    };
    let place = sheet.value_place(&metadata);
    sheet.push(
        Diagnostic::new("`metadata.name` is missing: each environment needs a name of its own")
            .at(place)
            .related(
                related,
                format!("{shown} is the name of the spec that this one extends"),
            )
            .hint("write `metadata: {name: NAME}` with the name of this file"),
    );
}

/// What the rules read and where they write.
struct Sheet<'s> {
    files: &'s Files,
    root: &'s Node,
    damaged: &'s [Vec<String>],
    problems: Vec<Diagnostic>,
}

impl<'s> Sheet<'s> {
    /// The section at a path below `spec`.
    fn section(&self, keys: &[&str]) -> Option<&'s Node> {
        self.root.get("spec")?.at(keys)
    }

    /// The items of the list at a path below `spec`.
    fn list(&self, keys: &[&str]) -> &'s [Node] {
        self.section(keys).map_or(&[], Node::items)
    }

    /// Whether the names that a list declares can be trusted: nothing on the way to them is damaged.
    fn trusted(&self, keys: &[&str]) -> bool {
        let whole: Vec<&str> = std::iter::once("spec").chain(keys.iter().copied()).collect();
        !self.damaged.iter().any(|path| {
            let shared = path
                .iter()
                .zip(&whole)
                .take_while(|(own, other)| own == other)
                .count();
            match path.len() {
                length if length <= whole.len() => shared == length,
                _ if shared < whole.len() => false,
                length if length == whole.len() + 1 => true,
                length => length == whole.len() + 2 && path.last().is_some_and(|last| last == "name"),
            }
        })
    }

    /// Whether exactly this field is damaged.
    fn damaged(&self, keys: &[&str]) -> bool {
        self.damaged
            .iter()
            .any(|path| path.len() == keys.len() + 1 && path[0] == "spec" && path[1..] == *keys)
    }

    fn value_place(&self, origin: &Origin) -> Place {
        self.files.value_place(origin)
    }

    fn key_place(&self, origin: &Origin) -> Place {
        self.files.key_place(origin)
    }

    /// A problem at a value.
    fn at(&mut self, node: &Node, message: impl Into<String>, hint: impl Into<String>) -> &mut Diagnostic {
        let place = self.value_place(&node.origin);
        self.push(Diagnostic::new(message).at(place).hint(hint))
    }

    /// A problem at the key of a value, or at what names a list's item.
    fn at_key(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> &mut Diagnostic {
        let place = match node.get("name") {
            Some(name) => self.value_place(&name.origin),
            None => self.key_place(&node.origin),
        };
        self.push(Diagnostic::new(message).at(place).hint(hint))
    }

    fn push(&mut self, problem: Diagnostic) -> &mut Diagnostic {
        let last = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[last]
    }
}
