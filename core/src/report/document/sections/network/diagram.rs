//! Who may talk to whom, as a graph: on the left who, on the right to what. Workloads of a namespace that accept the same
//! share a box, and so do all of a namespace where there would be too many boxes to read.

use super::super::super::drawing::{Graph, Node, Tone};
use super::super::super::observed::text;
use super::super::ports;
use super::more_than;
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// More boxes than this nobody reads: then there is one for each namespace.
const MOST: usize = 60;
/// A box names so many workloads, and counts the rest.
const NAMED: usize = 6;

/// What workloads accept, as far as the drawing shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Accepts {
    /// Why that is not known.
    unknown: bool,
    /// On the network of its node, where no policy is enforced.
    host_network: bool,
    everybody: String,
    outside: bool,
    /// Namespaces beside its own, with what they may.
    others: Vec<(String, String)>,
    own: bool,
}

/// Draws the facts, by workload.
pub(super) fn draw(facts: &[(&str, &Value)]) -> Graph {
    let mut groups: BTreeMap<(String, Accepts), Vec<String>> = BTreeMap::new();
    for (_, facts) in facts {
        let key = (text(facts, "namespace").to_owned(), accepts(facts));
        groups
            .entry(key)
            .or_default()
            .push(text(facts, "name").to_owned());
    }
    let crowded = groups.len() > MOST;
    let mut graph = Graph::default();
    for ((namespace, accepts), names) in groups {
        let target = if crowded {
            graph.node(whole(&namespace))
        } else {
            graph.add(group(&namespace, &accepts, names))
        };
        let mut from = |kind: &str, name: &str, label: &str| {
            let source = graph.node(Node {
                kind: kind.to_owned(),
                name: name.to_owned(),
                notes: Vec::new(),
                place: String::new(),
                tone: if kind == "Addresses" {
                    Tone::Outside
                } else {
                    Tone::Route
                },
            });
            graph.edge(source, target, if crowded { "" } else { label }, false);
        };
        if accepts.outside || accepts.host_network {
            from("Addresses", "outside the cluster", "");
        }
        if accepts.host_network {
            from("Namespaces", "every namespace", "every port");
        } else if !accepts.everybody.is_empty() {
            from("Namespaces", "every namespace", &accepts.everybody);
        }
        for (other, label) in &accepts.others {
            from("Namespace", other, label);
        }
    }
    graph
}

fn accepts(facts: &Value) -> Accepts {
    if facts.text_at(&["notEvaluated"]).is_some() {
        return Accepts {
            unknown: true,
            ..Accepts::default()
        };
    }
    if facts.field("hostNetwork").is_some_and(ValueExt::is_true) {
        return Accepts {
            host_network: true,
            ..Accepts::default()
        };
    }
    let everybody = facts.items_at(&["anyNamespace"]);
    let namespace = text(facts, "namespace");
    let (own, others): (Vec<&Value>, Vec<&Value>) =
        more_than(facts, everybody).partition(|source| text(source, "namespace") == namespace);
    let others = others.into_iter().map(|source| {
        let ports = ports::of_facts(source.items_at(&["ports"]));
        (text(source, "namespace").to_owned(), ports)
    });
    Accepts {
        unknown: false,
        host_network: false,
        everybody: ports::of_facts(everybody),
        outside: text(facts, "acceptsFromOutside") != "none",
        others: others.collect(),
        own: !own.is_empty(),
    }
}

fn group(namespace: &str, accepts: &Accepts, mut names: Vec<String>) -> Node {
    names.sort();
    let mut notes = Vec::new();
    let nobody = accepts.everybody.is_empty() && accepts.others.is_empty() && !accepts.outside;
    if accepts.unknown {
        notes.push("who may is not known".to_owned());
    } else if accepts.host_network {
        notes.push("on the network of its node".to_owned());
    } else if accepts.own {
        let words = if nobody {
            "only its own namespace may"
        } else {
            "its own namespace may, too"
        };
        notes.push(words.to_owned());
    } else if nobody {
        notes.push("nobody may".to_owned());
    }
    let count = names.len();
    let mut names = names.into_iter();
    let first = names.next().unwrap_or_default();
    let (kind, name) = match count {
        1 => ("Workload", first),
        _ => ("Workloads", format!("{first} and {} more", count - 1)),
    };
    let rest = names.len().saturating_sub(NAMED);
    let mut shown: Vec<String> = names.by_ref().take(NAMED).collect();
    if rest > 0 {
        shown.push(format!("and {rest} others"));
    }
    shown.extend(notes);
    Node {
        kind: kind.to_owned(),
        name,
        notes: shown,
        place: namespace.to_owned(),
        tone: if accepts.unknown {
            Tone::Missing
        } else {
            Tone::Workload
        },
    }
}

fn whole(namespace: &str) -> Node {
    Node {
        kind: "Namespace".to_owned(),
        name: namespace.to_owned(),
        notes: vec!["some of its workloads accept".to_owned()],
        place: namespace.to_owned(),
        tone: Tone::Workload,
    }
}
