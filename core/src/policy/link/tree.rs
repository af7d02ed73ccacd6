//! All rules of an engine by path, and what a reference reaches.

use crate::policy::facts::Call;
use std::collections::{BTreeMap, BTreeSet};

/// All rules by path. Each node stands twice in the graph: `2n` for its own rules, `2n + 1` for everything below it.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

#[derive(Default)]
pub(super) struct Node {
    pub(super) parent: usize,
    pub(super) part: String,
    pub(super) children: BTreeMap<String, usize>,
    pub(super) modules: BTreeSet<usize>,
    pub(super) is_rule: bool,
    pub(super) is_function: bool,
}

impl Tree {
    pub(super) fn node(&mut self, path: &[String]) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut here = 0;
        for part in path {
            here = if let Some(child) = self.nodes[here].children.get(part) {
                *child
            } else {
                let child = self.nodes.len();
                self.nodes.push(Node {
                    parent: here,
                    part: part.clone(),
                    ..Node::default()
                });
                self.nodes[here].children.insert(part.clone(), child);
                child
            };
        }
        here
    }

    pub(super) fn insert(&mut self, package: &[String], name: &[String]) -> usize {
        let path: Vec<String> = package.iter().chain(name).cloned().collect();
        self.node(&path)
    }

    pub(super) fn path<'p>(&self, path: impl IntoIterator<Item = &'p String>) -> Option<usize> {
        let mut here = 0;
        for part in path {
            here = *self.nodes.get(here)?.children.get(part)?;
        }
        (!self.nodes.is_empty()).then_some(here)
    }

    pub(super) fn find(&self, package: &[String], name: &[String]) -> Option<usize> {
        self.path(package.iter().chain(name))
    }

    /// The graph nodes that a reference to `path` reads: rules on the way, and all below its end.
    pub(super) fn reach(&self, path: &[String], mut found: impl FnMut(usize)) {
        let mut here = 0;
        for part in path {
            let Some(child) = self.nodes.get(here).and_then(|node| node.children.get(part)) else {
                return;
            };
            here = *child;
            if self.nodes[here].is_rule {
                found(here * 2);
            }
        }
        if here < self.nodes.len() {
            found(here * 2 + 1);
        }
    }

    pub(super) fn function(&self, call: &Call) -> Option<usize> {
        call.candidates
            .iter()
            .filter_map(|path| self.path(path))
            .find(|node| self.nodes[*node].is_function)
    }

    /// The edges from everything below a node to its own rules and its children.
    pub(super) fn downward(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.nodes.iter().enumerate().flat_map(|(index, node)| {
            let own = std::iter::once((index * 2 + 1, index * 2));
            own.chain(
                node.children
                    .values()
                    .map(move |child| (index * 2 + 1, child * 2 + 1)),
            )
        })
    }

    /// For each module the modules that define what it refers to.
    pub(super) fn needs(&self, edges: &BTreeSet<(usize, usize)>, needs: &mut [BTreeSet<usize>]) {
        let mut below: Vec<Option<BTreeSet<usize>>> = vec![None; self.nodes.len()];
        for (from, to) in edges {
            let node = to / 2;
            let defining = if to % 2 == 0 {
                &self.nodes[node].modules
            } else {
                below[node].get_or_insert_with(|| {
                    let mut all = BTreeSet::new();
                    let mut open = vec![node];
                    while let Some(here) = open.pop() {
                        all.extend(&self.nodes[here].modules);
                        open.extend(self.nodes[here].children.values());
                    }
                    all
                })
            };
            for module in &self.nodes[*from].modules {
                needs[*module].extend(defining.iter().copied().filter(|other| other != module));
            }
        }
    }

    pub(super) fn name(&self, node: usize) -> String {
        let mut parts = Vec::new();
        let mut here = node;
        while let Some(Node { parent, part, .. }) = self.nodes.get(here).filter(|_| here != 0) {
            parts.push(part.as_str());
            here = *parent;
        }
        parts.push("data");
        parts.reverse();
        parts.join(".")
    }
}
