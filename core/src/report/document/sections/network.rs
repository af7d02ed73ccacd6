//! Who may talk to whom, as NetworkPolicies allow: a drawing, and a table that says it for each workload.

mod diagram;

use super::super::model::{Block, Cell, Drawing, Section, Table, Words};
use super::super::observed::{Observed, text};
use super::services::short_id;
use super::{ports, told};
use crate::network;
use crate::value::{Value, ValueExt};

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let kinds: Vec<&str> = network::reads().collect();
    let mut blocks = told(observed.unread(&kinds));
    blocks.extend(told(observed.network_gaps.to_vec()));
    let facts: Vec<(&str, &Value)> = observed
        .network
        .field("workloads")
        .into_iter()
        .flat_map(ValueExt::members)
        .collect();
    if facts.is_empty() {
        blocks.push(Block::Say("There are no workloads.".to_owned()));
    } else {
        blocks.push(Block::Say(
            "What NetworkPolicies let through. From outside the cluster somebody gets only as far as a load balancer, an \
             Ingress or a port of the nodes leads; those stand above."
                .to_owned(),
        ));
        blocks.push(Block::Drawing(Drawing {
            name: "network".to_owned(),
            title: "Who may talk to whom".to_owned(),
            graph: diagram::draw(&facts),
        }));
        blocks.push(Block::Table(Table {
            columns: vec![
                "Workload",
                "Every namespace may",
                "Beyond that",
                "Outside may",
                "NetworkPolicies",
            ],
            rows: facts.iter().map(|(id, facts)| row(id, facts)).collect(),
        }));
    }
    Section {
        id: "network",
        title: "Network",
        blocks,
    }
}

/// Workloads of which nobody can tell.
pub(super) fn not_evaluated(observed: &Observed<'_>) -> Vec<String> {
    let facts = observed.network.field("workloads").into_iter();
    let facts = facts.flat_map(ValueExt::members);
    facts
        .filter_map(|(id, facts)| Some(format!("{id}: {}", facts.text_at(&["notEvaluated"])?)))
        .collect()
}

fn row(id: &str, facts: &Value) -> Vec<Cell> {
    let namespace = text(facts, "namespace");
    let mut row = vec![Cell::name(format!("{namespace}/{}", short_id(id, namespace)))];
    if let Some(why) = facts.text_at(&["notEvaluated"]) {
        let mut cell = Cell::default();
        cell.told("not known:", why, "");
        row.extend([cell, Cell::default(), Cell::default()]);
    } else if facts.field("hostNetwork").is_some_and(ValueExt::is_true) {
        let cell =
            Cell::plain("every port: it is on the network of its node, where no NetworkPolicy is enforced");
        row.extend([cell, Cell::default(), Cell::default()]);
    } else {
        let everybody = facts.items_at(&["anyNamespace"]);
        row.push(Cell::optional(Some(&ports::of_facts(everybody))));
        row.push(others(facts, everybody));
        row.push(outside(facts));
    }
    let policies = facts
        .items_at(&["selectedBy", "ingress"])
        .iter()
        .filter_map(ValueExt::text);
    row.push(Cell::names(policies.map(ToOwned::to_owned)));
    row
}

/// The namespaces that may do more than every namespace may.
fn others(facts: &Value, everybody: &[Value]) -> Cell {
    let mut cell = Cell::default();
    for source in more_than(facts, everybody) {
        let own = text(source, "namespace") == text(facts, "namespace");
        let mut words = vec![Words::Name(text(source, "namespace").to_owned())];
        if own {
            words.push(Words::Plain("(its own)".to_owned()));
        }
        words.push(Words::Name(ports::of_facts(source.items_at(&["ports"]))));
        cell.line(words);
    }
    cell
}

/// The sources whose ports are not just those of everybody.
fn more_than<'v>(facts: &'v Value, everybody: &[Value]) -> impl Iterator<Item = &'v Value> {
    let sources = facts.items_at(&["sources"]).iter();
    let everybody = everybody.to_vec();
    sources.filter(move |source| {
        let ports = source.items_at(&["ports"]);
        !ports.is_empty() && ports != everybody
    })
}

fn outside(facts: &Value) -> Cell {
    match text(facts, "acceptsFromOutside") {
        "all" => Cell::plain("every port, from everywhere"),
        "none" => Cell::default(),
        _ => {
            let mut cell = Cell::default();
            for block in facts.items_at(&["outside"]) {
                let ports = ports::of_facts(block.items_at(&["ports"]));
                cell.line([Words::Name(text(block, "cidr").to_owned()), Words::Name(ports)]);
            }
            cell
        }
    }
}
