//! Finds rules that refer to themselves in a circle: the engine would overflow its stack.

use super::Linked;
use super::tree::Tree;
use crate::source::{Diagnostic, Place};
use std::collections::{BTreeMap, BTreeSet};

/// How many circles of one module are told.
const MAX_TOLD: usize = 10;

impl Tree {
    /// Rejects every module with a rule that refers to itself in a circle.
    pub(super) fn recursion(
        &self,
        modules: &[Linked<'_>],
        edges: &BTreeSet<(usize, usize)>,
        problems: &mut BTreeMap<usize, Vec<Diagnostic>>,
    ) {
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len() * 2];
        for (from, to) in edges
            .iter()
            .map(|(from, to)| (from * 2, *to))
            .chain(self.downward())
        {
            next[from].push(to);
        }
        let component = components(&next);
        let mut size: BTreeMap<usize, usize> = BTreeMap::new();
        for id in &component {
            *size.entry(*id).or_default() += 1;
        }
        let circular = |node: usize| {
            let graph = node * 2;
            size.get(&component[graph]).is_some_and(|size| *size > 1) || next[graph].contains(&graph)
        };
        for (index, module) in modules.iter().enumerate() {
            let mut told = BTreeSet::new();
            for rule in &module.facts.rules {
                let Some(node) = self.find(&module.facts.package, &rule.name) else {
                    continue;
                };
                // A rule spread over several definitions is told where the circle leaves it.
                let circle = |to: usize| component[to] == component[node * 2];
                let leaves = edges
                    .range((node, 0)..=(node, usize::MAX))
                    .any(|(_, to)| circle(*to));
                if !circular(node) || !leaves || !told.insert(node) {
                    continue;
                }
                if told.len() > MAX_TOLD {
                    break;
                }
                let mut through: Vec<String> = (0..self.nodes.len())
                    .filter(|other| self.nodes[*other].is_rule && *other != node && circle(other * 2))
                    .map(|other| self.name(other))
                    .take(4)
                    .collect();
                through.sort_unstable();
                let name = rule.name.join(".");
                let message = if through.is_empty() {
                    format!("`{name}` refers to itself")
                } else {
                    format!("`{name}` refers to itself through {}", through.join(", "))
                };
                problems.entry(index).or_default().push(
                    Diagnostic::new(message)
                        .at(Place::new(module.source, rule.name_span.clone()))
                        .label("recursive")
                        .hint("Rego has no recursion; use walk, graph.reachable or a comprehension"),
                );
            }
        }
    }
}

/// The strongly connected component of each node (Tarjan's algorithm, without recursion).
fn components(next: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = next.len();
    let (mut order, mut low, mut component) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut stack, mut clock, mut found) = (Vec::new(), 0, 0);
    for root in 0..count {
        if order[root] != NEW {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, position)) = work.pop() {
            if position == 0 {
                (order[node], low[node]) = (clock, clock);
                clock += 1;
                stack.push(node);
            }
            if let Some(to) = next[node].get(position) {
                work.push((node, position + 1));
                if order[*to] == NEW {
                    work.push((*to, 0));
                } else if component[*to] == NEW {
                    low[node] = low[node].min(order[*to]);
                }
            } else {
                if low[node] == order[node] {
                    while let Some(member) = stack.pop() {
                        component[member] = found;
                        if member == node {
                            break;
                        }
                    }
                    found += 1;
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
            }
        }
    }
    component
}
