//! The document that policies read as `data.network`; `docs/network.md` describes it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::value::{Value, array, object, text_or_null};

use super::address::AddressRange;
use super::graph::{ClassId, Network, WorkloadFacts};
use super::pairs::Pairs;
use super::port_table::PortTable;
use super::ports::PortSet;
use super::sources::{Source, SourceFinder, Sources};

/// How many workloads a source names; the rest is only counted.
const NAMED: usize = 20;
/// How many pairs of classes `allowed` may list before it is left out.
const PAIRS: usize = 500_000;

impl Network {
    /// The facts for policies.
    pub fn facts(&self) -> Value {
        let mut finder = SourceFinder::new(self);
        let mut ports = PortValues::default();
        let workloads: Vec<(String, Value)> = self
            .workloads()
            .map(|facts| {
                (
                    facts.id.to_string(),
                    workload(facts, &finder.sources(facts), &mut ports),
                )
            })
            .collect();
        let classes: Vec<(String, Value)> = self
            .classes()
            .map(|(class, namespace, members)| {
                let members = members.iter().map(|id| Value::from(id.to_string()));
                let class_facts = [
                    ("namespace", Value::from(namespace)),
                    ("workloads", array(members)),
                ];
                (class.0.to_string(), object(class_facts))
            })
            .collect();
        object([
            ("workloads", object(workloads)),
            ("classes", object(classes)),
            ("allowed", self.allowed_pairs(&mut ports)),
        ])
    }

    /// Per source class the destination classes it may reach; null when there are too many.
    fn allowed_pairs(&self, values: &mut PortValues) -> Value {
        let mut pairs = Pairs::new(self);
        let mut left = PAIRS;
        let mut rows = Vec::new();
        for (ClassId(source), ..) in self.classes() {
            let mut row = Vec::new();
            for (ClassId(destination), ..) in self.classes() {
                let ports = pairs.classes(source, destination);
                if ports == PortTable::NONE {
                    continue;
                }
                let Some(rest) = left.checked_sub(1) else {
                    return Value::Null;
                };
                left = rest;
                row.push((destination.to_string(), values.of(pairs.table.get(ports))));
            }
            rows.push((source.to_string(), object(row)));
        }
        object(rows)
    }
}

/// Port sets as values, each made once.
#[derive(Default)]
struct PortValues(HashMap<PortSet, Value>);

impl PortValues {
    fn of(&mut self, ports: &PortSet) -> Value {
        if let Some(value) = self.0.get(ports) {
            return value.clone();
        }
        let value = array(ports.ranges().map(|range| {
            object([
                ("protocol", Value::from(range.protocol.name())),
                ("from", Value::from(u64::from(range.from))),
                ("to", Value::from(u64::from(range.to))),
            ])
        }));
        self.0.insert(ports.clone(), value.clone());
        value
    }
}

fn workload(facts: &WorkloadFacts, sources: &Sources, ports: &mut PortValues) -> Value {
    let texts = |names: &[String]| array(names.iter().map(|name| Value::from(name.as_str())));
    object([
        ("namespace", Value::from(facts.id.namespace.as_str())),
        ("name", Value::from(facts.id.name.as_str())),
        ("kind", Value::from(facts.id.kind.as_str())),
        (
            "acceptsFromAllNamespaces",
            Value::from(facts.accepts_from_all.name()),
        ),
        ("acceptsFromAll", ports.of(&facts.ports)),
        ("explicitlyAccepts", ports.of(&facts.explicitly_accepts)),
        (
            "acceptsFromOutside",
            Value::from(facts.accepts_from_outside.name()),
        ),
        (
            "outside",
            array(facts.outside.iter().flat_map(|range| outside(range, ports))),
        ),
        ("isolatedIngress", Value::from(facts.isolated_ingress)),
        ("isolatedEgress", Value::from(facts.isolated_egress)),
        (
            "selectedBy",
            object([
                ("ingress", texts(&facts.selected_by.ingress)),
                ("egress", texts(&facts.selected_by.egress)),
            ]),
        ),
        (
            "sources",
            array(sources.namespaces.iter().map(|one| source(one, ports))),
        ),
        ("anyNamespace", ports.of(&sources.any_namespace_ports)),
        ("hostNetwork", Value::from(facts.host_network)),
        ("class", Value::from(facts.class.0.to_string())),
        (
            "classes",
            array(facts.classes.iter().map(|class| Value::from(class.0.to_string()))),
        ),
        ("notEvaluated", text_or_null(facts.not_evaluated.as_deref())),
    ])
}

fn outside((range, ports): &(AddressRange, Arc<PortSet>), values: &mut PortValues) -> Vec<Value> {
    let ports = values.of(ports);
    let blocks = range.blocks().into_iter();
    blocks
        .map(|cidr| object([("cidr", Value::from(cidr.to_string())), ("ports", ports.clone())]))
        .collect()
}

fn source(source: &Source, ports: &mut PortValues) -> Value {
    let named = source.workloads.iter().take(NAMED);
    object([
        ("namespace", Value::from(source.namespace.as_str())),
        ("workloads", array(named.map(|id| Value::from(id.to_string())))),
        ("count", Value::from(source.workloads.len() as u64)),
        ("ports", ports.of(&source.ports)),
        ("everyPod", ports.of(&source.every_pod_ports)),
        ("possible", ports.of(&source.possible_ports)),
    ])
}
