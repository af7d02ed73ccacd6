//! Holds what modules refer to against what the modules around them define: calls of absent functions, recursion,
//! and which modules a package needs.

use super::facts::{Call, Facts, Form};
use super::suggest;
use crate::source::{Diagnostic, Place, SourceText};
use regorus::unstable::BUILTINS;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Functions that the engine may have and policies may not use, each with the reason.
const FORBIDDEN: [(&str, &str); 6] = [
    (
        "http.send",
        "policies cannot reach the network; what they need is collected before and stands under `data`",
    ),
    ("opa.runtime", "results may not depend on where they are computed"),
    ("rand.intn", "results must be the same in every run"),
    ("uuid.rfc4122", "results must be the same in every run"),
    (
        "net.lookup_ip_addr",
        "policies cannot reach the network; what they need is collected before and stands under `data`",
    ),
    ("test.sleep", "policies may not wait"),
];
/// Functions that the evaluator handles outside the table.
const OUTSIDE_TABLE: [&str; 1] = ["print"];
/// The function that asks for the time.
const CLOCK: &str = "time.now_ns";

/// How many circles of one module are told.
const MAX_TOLD: usize = 10;

/// A module as linking sees it.
pub(super) struct Linked<'a> {
    pub(super) source: &'a Arc<SourceText>,
    pub(super) facts: &'a Facts,
}

/// The problems of some modules, by index, and what each needs.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// For modules that may not be loaded, why.
    pub(super) problems: BTreeMap<usize, Vec<Diagnostic>>,
    /// For each module the others that it refers to.
    pub(super) needs: Vec<BTreeSet<usize>>,
    /// Modules that name `data.inventory` themselves.
    pub(super) inventory: BTreeSet<usize>,
    /// Modules that ask for the time themselves.
    pub(super) clock: BTreeSet<usize>,
}

/// Links modules that would share an engine.
pub(super) fn link(modules: &[Linked<'_>]) -> Links {
    let mut tree = Tree::default();
    for (index, module) in modules.iter().enumerate() {
        tree.node(&module.facts.package);
        for rule in &module.facts.rules {
            let node = tree.insert(&module.facts.package, &rule.name);
            tree.nodes[node].modules.insert(index);
            tree.nodes[node].is_rule = true;
            tree.nodes[node].is_function |= rule.form == Form::Function;
        }
    }
    let mut links = Links {
        needs: vec![BTreeSet::new(); modules.len()],
        ..Links::default()
    };
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (index, module) in modules.iter().enumerate() {
        for rule in &module.facts.rules {
            let Some(from) = tree.find(&module.facts.package, &rule.name) else {
                continue;
            };
            for mention in &rule.references {
                if mention.path.first().is_some_and(|first| first == "inventory") || mention.path.is_empty() {
                    links.inventory.insert(index);
                }
                tree.reach(&mention.path, |node| {
                    edges.insert((from, node));
                });
            }
            for call in &rule.calls {
                if call.name == CLOCK {
                    links.clock.insert(index);
                }
                match tree.function(call) {
                    Some(node) => {
                        edges.insert((from, node * 2));
                    }
                    None if is_builtin(&call.name) => {}
                    None => {
                        let problem = absent(module, call, &tree);
                        links.problems.entry(index).or_default().push(problem);
                    }
                }
            }
        }
    }
    tree.needs(&edges, &mut links.needs);
    tree.recursion(modules, &edges, &mut links.problems);
    links
}

fn is_builtin(name: &str) -> bool {
    !FORBIDDEN.iter().any(|(forbidden, _)| *forbidden == name)
        && (BUILTINS.contains_key(name) || OUTSIDE_TABLE.contains(&name))
}

fn absent(module: &Linked<'_>, call: &Call, tree: &Tree) -> Diagnostic {
    let place = Place::new(module.source, call.span.clone());
    if let Some((_, reason)) = FORBIDDEN.iter().find(|(name, _)| *name == call.name) {
        return Diagnostic::new(format!("`{}` may not be called", call.name))
            .at(place)
            .label("not available to policies")
            .hint(*reason);
    }
    let own: Vec<String> = module
        .facts
        .rules
        .iter()
        .filter(|rule| rule.form == Form::Function)
        .map(|rule| rule.name.join("."))
        .collect();
    let known = own
        .iter()
        .map(String::as_str)
        .chain(BUILTINS.keys().copied())
        .filter(|name| is_builtin(name) || own.iter().any(|own| own == name));
    let no_function = call
        .candidates
        .iter()
        .any(|path| tree.path(path).is_some_and(|node| tree.nodes[node].is_rule));
    let hint = match suggest::nearest(&call.name, known) {
        _ if no_function => "it is a rule without arguments: leave the parentheses away".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None if call.name.contains('.') => {
            "the engine has no such function, and no file that is loaded here defines it".to_owned()
        }
        None => "define it in this package, or import the package that does".to_owned(),
    };
    Diagnostic::new(format!("there is no function `{}`", call.name))
        .at(place)
        .label("not known to the engine")
        .hint(hint)
}

/// All rules by path. Each node stands twice in the graph: `2n` for its own rules, `2n + 1` for everything below it.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    parent: usize,
    part: String,
    children: BTreeMap<String, usize>,
    modules: BTreeSet<usize>,
    is_rule: bool,
    is_function: bool,
}

impl Tree {
    fn node(&mut self, path: &[String]) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut here = 0;
        for part in path {
            here = match self.nodes[here].children.get(part) {
                Some(child) => *child,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node {
                        parent: here,
                        part: part.clone(),
                        ..Node::default()
                    });
                    self.nodes[here].children.insert(part.clone(), child);
                    child
                }
            };
        }
        here
    }

    fn insert(&mut self, package: &[String], name: &[String]) -> usize {
        let path: Vec<String> = package.iter().chain(name).cloned().collect();
        self.node(&path)
    }

    fn path<'p>(&self, path: impl IntoIterator<Item = &'p String>) -> Option<usize> {
        let mut here = 0;
        for part in path {
            here = *self.nodes.get(here)?.children.get(part)?;
        }
        (!self.nodes.is_empty()).then_some(here)
    }

    fn find(&self, package: &[String], name: &[String]) -> Option<usize> {
        self.path(package.iter().chain(name))
    }

    /// The graph nodes that a reference to `path` reads: rules on the way, and all below its end.
    fn reach(&self, path: &[String], mut found: impl FnMut(usize)) {
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

    fn function(&self, call: &Call) -> Option<usize> {
        call.candidates
            .iter()
            .filter_map(|path| self.path(path))
            .find(|node| self.nodes[*node].is_function)
    }

    /// The edges from everything below a node to its own rules and its children.
    fn downward(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
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
    fn needs(&self, edges: &BTreeSet<(usize, usize)>, needs: &mut [BTreeSet<usize>]) {
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

    /// Rejects every module with a rule that refers to itself in a circle.
    fn recursion(
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

    fn name(&self, node: usize) -> String {
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
            match next[node].get(position) {
                Some(to) => {
                    work.push((node, position + 1));
                    if order[*to] == NEW {
                        work.push((*to, 0));
                    } else if component[*to] == NEW {
                        low[node] = low[node].min(order[*to]);
                    }
                }
                None => {
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
    }
    component
}
