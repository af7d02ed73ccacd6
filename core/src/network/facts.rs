//! The document that policies read as `data.network`; `docs/network.md` describes it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::value::{Value, array, object, text_or_null};

use super::address::AddressRange;
use super::graph::{ClassId, Network, WorkloadFacts};
use super::pairs::Pairs;
use super::port_table::PortTable;
use super::ports::PortSet;
use super::sources::{FoundSource, SourceFinder};

/// How many workloads a source names; the rest is only counted.
const NAMED: usize = 20;
/// How many pairs of classes `allowed` may list before it is left out.
const PAIRS: usize = 500_000;

impl Network {
    /// The facts for policies.
    pub fn facts(&self) -> Value {
        let mut finder = SourceFinder::new(self);
        let mut ports = PortValues::default();
        let mut shown = SourceValues::default();
        let acceptor = |facts: &WorkloadFacts| self.classes[facts.class.0].acceptor;
        let mut order: Vec<&WorkloadFacts> = self.workloads().collect();
        order.sort_by_key(|facts| acceptor(facts));
        let workloads: Vec<(String, Value)> = order
            .into_iter()
            .map(|facts| {
                let found = finder.sources(facts);
                let sources = found.namespaces.into_iter();
                let sources = array(sources.map(|source| shown.of(source, &finder, self, &mut ports)));
                let anywhere = ports.of(finder.pairs.table.get(found.any_namespace));
                (
                    facts.id.to_string(),
                    workload(facts, sources, anywhere, &mut ports),
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

fn workload(facts: &WorkloadFacts, sources: Value, any_namespace: Value, ports: &mut PortValues) -> Value {
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
        ("sources", sources),
        ("anyNamespace", any_namespace),
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

/// Sources as values, equal ones made once: a namespace is a source of the same kind for many workloads.
#[derive(Default)]
struct SourceValues(HashMap<FoundSource, Value>);

impl SourceValues {
    fn of(
        &mut self,
        mut source: FoundSource,
        finder: &SourceFinder<'_>,
        network: &Network,
        ports: &mut PortValues,
    ) -> Value {
        let count = source.workloads.len();
        source.workloads.truncate(NAMED);
        // The number of workloads is part of what is shown.
        source.workloads.push(count);
        if let Some(value) = self.0.get(&source) {
            return value.clone();
        }
        let named = source.workloads.iter().take(count.min(NAMED));
        let mut set = |id| ports.of(finder.pairs.table.get(id));
        let value = object([
            (
                "namespace",
                Value::from(network.namespaces[source.place].0.as_str()),
            ),
            (
                "workloads",
                array(named.map(|number| Value::from(network.workloads[*number].id.to_string()))),
            ),
            ("count", Value::from(count as u64)),
            ("ports", set(source.ports)),
            ("everyPod", set(source.admitted.every)),
            ("possible", set(source.admitted.some)),
        ]);
        self.0.insert(source, value.clone());
        value
    }
}
