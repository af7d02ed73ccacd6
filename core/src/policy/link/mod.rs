//! Holds what modules refer to against what the modules around them define: calls of absent functions, recursion,
//! and which modules a package needs.

mod circles;
mod tree;

use super::facts::{Call, Facts, Form};
use super::{reads, suggest};
use crate::source::{Diagnostic, Place, SourceText};
use regorus::unstable::BUILTINS;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tree::Tree;

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
    /// For each module the documents below `data` that it names itself.
    pub(super) documents: Vec<BTreeSet<String>>,
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
        documents: vec![BTreeSet::new(); modules.len()],
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
                links.documents[index].extend(reads::document(&mention.path));
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
