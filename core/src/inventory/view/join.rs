//! What joins records of several kinds: owners, and Services with the workloads they select.

use super::owned::Kept;
use super::record::Record;
use super::workload::{MOST_ORDINALS, pod_labels};
use crate::inventory::by_reference::ByReference;
use crate::inventory::owner::OwnerReference;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object};
use std::collections::{BTreeSet, HashMap, HashSet};

type Records = ByReference<Record>;
/// Workload variants by namespace, key and value of a label.
type ByLabel<'r> = HashMap<(&'r str, &'r str, &'r str), Vec<usize>>;

fn field<'r>(record: &'r Record, key: &str) -> Option<&'r Value> {
    record.get(key)
}

/// The owner that the object named, as its record has kept it.
pub(super) fn owner_of(record: &Record) -> Option<OwnerReference> {
    let owner = field(record, "owner")?;
    Some(OwnerReference {
        api_version: owner.text_at(&["apiVersion"])?.to_owned(),
        kind: owner.text_at(&["kind"])?.to_owned(),
        name: owner.text_at(&["name"])?.to_owned(),
        uid: field(record, "ownerUid")
            .and_then(ValueExt::text)
            .map(ToOwned::to_owned),
    })
}

/// Adds `workloads` to each Service, and `services` and `ports` to each workload. `pods` is what was kept of observed Pods
/// by their top owner: labels that only Pods carry (a StatefulSet's ordinal) select as well as those of the template.
pub(super) fn services_and_workloads(
    workloads: Records,
    services: Records,
    pods: &[(ResourceRef, Kept)],
) -> (Vec<Record>, Vec<Record>) {
    let mut positions: ByReference<usize> = ByReference::default();
    for (position, (reference, _)) in workloads.iter().enumerate() {
        positions.insert(&reference, position);
    }
    let mut workloads: Vec<Record> = workloads.into_values().collect();
    let mut services: Vec<Record> = services.into_values().collect();
    let mut variants: Vec<(usize, Value)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let template = field(workload, "podLabels")
            .cloned()
            .unwrap_or_else(Value::new_object);
        variants.extend(
            ordinals(workload, &template)
                .into_iter()
                .map(|labels| (index, labels)),
        );
        variants.push((index, template));
    }
    variants.extend(
        pods.iter()
            .filter_map(|(owner, kept)| Some((*positions.get(owner)?, kept.labels.clone()))),
    );
    drop(positions);
    let selected = selected_by_each(&services, &workloads, &variants);
    drop(variants);
    let mut selecting: Vec<Vec<usize>> = vec![Vec::new(); workloads.len()];
    for (position, (service, selected)) in services.iter_mut().zip(selected).enumerate() {
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

fn namespace_of(record: &Record) -> &str {
    field(record, "namespace")
        .and_then(ValueExt::text)
        .unwrap_or_default()
}

/// What each Service selects. Only labels that are some selector's first are looked up by.
fn selected_by_each(
    services: &[Record],
    workloads: &[Record],
    variants: &[(usize, Value)],
) -> Vec<Vec<usize>> {
    let firsts: HashSet<&str> = services
        .iter()
        .filter_map(|service| Some(selector(service)?.next()?.0))
        .collect();
    let mut by_label = ByLabel::new();
    for (variant, (index, labels)) in variants.iter().enumerate() {
        let namespace = namespace_of(&workloads[*index]);
        for (key, value) in labels.members().filter(|(key, _)| firsts.contains(key)) {
            // What is no text no API server admits as a label's value: it is found under the empty one, and compared.
            by_label
                .entry((namespace, key, value.text().unwrap_or_default()))
                .or_default()
                .push(variant);
        }
    }
    services
        .iter()
        .map(|service| selected(service, variants, &by_label))
        .collect()
}

fn selector(service: &Record) -> Option<Box<dyn Iterator<Item = (&str, &Value)> + '_>> {
    field(service, "selector").map(ValueExt::members)
}

/// A Service without selector selects nothing: its endpoints are made by hand. That of an ExternalName is ignored.
fn selected(service: &Record, variants: &[(usize, Value)], by_label: &ByLabel<'_>) -> Vec<usize> {
    if field(service, "type").and_then(ValueExt::text) == Some("ExternalName") {
        return Vec::new();
    }
    let selector: Vec<(&str, &Value)> = selector(service).into_iter().flatten().collect();
    let Some((key, value)) = selector.first() else {
        return Vec::new();
    };
    let candidates = by_label.get(&(namespace_of(service), *key, value.text().unwrap_or_default()));
    let found: BTreeSet<usize> = candidates
        .into_iter()
        .flatten()
        .filter_map(|variant| variants.get(*variant))
        .filter(|(_, labels)| {
            selector
                .iter()
                .all(|(key, value)| labels.field(key) == Some(*value))
        })
        .map(|(index, _)| *index)
        .collect();
    found.into_iter().collect()
}

/// The labels of the Pods that a StatefulSet will have: their names and ordinals are labels of theirs alone.
fn ordinals(workload: &Record, template: &Value) -> Vec<Value> {
    let text = |key: &str| field(workload, key).and_then(ValueExt::text).unwrap_or_default();
    if text("kind") != "StatefulSet" {
        return Vec::new();
    }
    let replicas = field(workload, "replicas").and_then(ValueExt::int).unwrap_or(1);
    let first = field(workload, "firstOrdinal")
        .and_then(ValueExt::int)
        .unwrap_or(0);
    (first..first.saturating_add(replicas.clamp(0, MOST_ORDINALS)))
        .map(|ordinal| {
            let mut labels = template.clone();
            if let Ok(members) = labels.as_object_mut() {
                for (key, value) in pod_labels(text("name"), ordinal) {
                    members.insert(Value::from(key), Value::from(value));
                }
            }
            labels
        })
        .collect()
}

fn long_lived_ports(workload: &Record) -> impl Iterator<Item = &Value> {
    field(workload, "containers")
        .map_or(&[] as &[Value], ValueExt::items)
        .iter()
        // Init containers end before the workload serves, but for those that are restarted: sidecars.
        .filter(|container| match container.text_at(&["type"]) {
            Some("ephemeral") => false,
            Some("init") => container.text_at(&["restartPolicy"]) == Some("Always"),
            _ => true,
        })
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
