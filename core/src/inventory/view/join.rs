//! What joins records of several kinds: owners, and Services with the workloads they select.

use super::record::Record;
use super::workload::WORKLOAD_KINDS;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};
use std::collections::{BTreeMap, BTreeSet};

type Records = BTreeMap<ResourceRef, Record>;

/// How far a chain of owners is followed; Kubernetes' own are three long (CronJob, Job, Pod).
const LONGEST_CHAIN: usize = 8;

fn field<'r>(record: &'r Record, key: &str) -> Option<&'r Value> {
    record
        .0
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

/// For each workload that an observed workload owns: the one at the top of the chain.
pub(super) fn top_owners(workloads: &Records) -> BTreeMap<ResourceRef, ResourceRef> {
    // Owners are named by kind and name; their API version may be another one than the observed.
    let index: BTreeMap<(Option<&str>, &str, &str), &ResourceRef> = workloads
        .keys()
        .map(|reference| {
            (
                (
                    reference.namespace.as_deref(),
                    reference.kind.as_str(),
                    reference.name.as_str(),
                ),
                reference,
            )
        })
        .collect();
    let owner_of = |reference: &ResourceRef| -> Option<&ResourceRef> {
        let owner = field(workloads.get(reference)?, "owner")?;
        let kind = owner
            .text_at(&["kind"])
            .filter(|kind| WORKLOAD_KINDS.contains(kind))?;
        index
            .get(&(reference.namespace.as_deref(), kind, owner.text_at(&["name"])?))
            .copied()
    };
    let mut tops = BTreeMap::new();
    for reference in workloads.keys() {
        let mut top = reference;
        for _ in 0..LONGEST_CHAIN {
            match owner_of(top) {
                Some(owner) if owner != reference => top = owner,
                _ => break,
            }
        }
        if top != reference {
            tops.insert(reference.clone(), top.clone());
        }
    }
    tops
}

/// Adds `workloads` to each Service, and `services` and `ports` to each workload.
pub(super) fn services_and_workloads(workloads: Records, services: Records) -> (Vec<Record>, Vec<Record>) {
    let mut workloads: Vec<Record> = workloads.into_values().collect();
    let mut services: Vec<Record> = services.into_values().collect();
    let mut by_label: BTreeMap<(Value, Value, Value), Vec<usize>> = BTreeMap::new();
    for (index, workload) in workloads.iter().enumerate() {
        let namespace = field(workload, "namespace").cloned().unwrap_or(Value::Null);
        for (key, value) in field(workload, "podLabels")
            .into_iter()
            .flat_map(ValueExt::members)
        {
            by_label
                .entry((namespace.clone(), Value::from(key), value.clone()))
                .or_default()
                .push(index);
        }
    }
    let mut selecting: Vec<Vec<usize>> = vec![Vec::new(); workloads.len()];
    for (position, service) in services.iter_mut().enumerate() {
        let selected = selected(service, &workloads, &by_label);
        for workload in &selected {
            selecting[*workload].push(position);
        }
        let ids = selected
            .iter()
            .filter_map(|index| field(&workloads[*index], "id").cloned());
        let ids = array(ids);
        service.set("workloads", ids);
    }
    for (workload, services_of) in workloads.iter_mut().zip(selecting) {
        let mut ports: BTreeSet<(i64, String)> = container_ports(workload);
        for position in &services_of {
            target_ports(workload, &services[*position], &mut ports);
        }
        let references = array(
            services_of
                .iter()
                .filter_map(|position| field(&services[*position], "ref").cloned()),
        );
        let ports = array(ports.into_iter().map(|(number, protocol)| {
            object([
                ("number", Value::from(number)),
                ("protocol", Value::from(protocol)),
            ])
        }));
        workload.set("services", references).set("ports", ports);
    }
    (workloads, services)
}

/// A Service without selector selects nothing: its endpoints are made by hand.
fn selected(
    service: &Record,
    workloads: &[Record],
    by_label: &BTreeMap<(Value, Value, Value), Vec<usize>>,
) -> Vec<usize> {
    let namespace = field(service, "namespace").cloned().unwrap_or(Value::Null);
    let selector: Vec<(&str, &Value)> = field(service, "selector")
        .into_iter()
        .flat_map(ValueExt::members)
        .collect();
    let Some((key, value)) = selector.first() else {
        return Vec::new();
    };
    let candidates = by_label.get(&(namespace, Value::from(*key), (*value).clone()));
    candidates
        .into_iter()
        .flatten()
        .copied()
        .filter(|index| {
            selector.iter().all(|(key, value)| {
                field(&workloads[*index], "podLabels").and_then(|labels| labels.field(key)) == Some(*value)
            })
        })
        .collect()
}

fn long_lived_ports(workload: &Record) -> impl Iterator<Item = &Value> {
    field(workload, "containers")
        .map_or(&[] as &[Value], ValueExt::items)
        .iter()
        // Init containers end before the workload serves; a sidecar among them serves as long as the others, but
        // Kubernetes resolves named target ports of those too, so that only plain ports matter here.
        .filter(|container| container.text_at(&["type"]) != Some("ephemeral"))
        .flat_map(|container| container.items_at(&["ports"]))
}

fn container_ports(workload: &Record) -> BTreeSet<(i64, String)> {
    long_lived_ports(workload)
        .filter_map(|port| {
            Some((
                port.field("number")?.int()?,
                port.text_at(&["protocol"])?.to_owned(),
            ))
        })
        .collect()
}

/// The target ports of a Service at a workload; a named one is looked up in its containers.
fn target_ports(workload: &Record, service: &Record, ports: &mut BTreeSet<(i64, String)>) {
    for port in field(service, "ports").map_or(&[] as &[Value], ValueExt::items) {
        let protocol = port.text_at(&["protocol"]).unwrap_or("TCP");
        let Some(target) = port.field("targetPort") else {
            continue;
        };
        if let Some(number) = target.int() {
            ports.insert((number, protocol.to_owned()));
        } else if let Some(name) = target.text() {
            let named = long_lived_ports(workload)
                .filter(|port| {
                    port.text_at(&["name"]) == Some(name) && port.text_at(&["protocol"]) == Some(protocol)
                })
                .filter_map(|port| port.field("number")?.int());
            ports.extend(named.map(|number| (number, protocol.to_owned())));
        }
    }
}
