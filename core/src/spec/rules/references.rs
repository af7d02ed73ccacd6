//! Everything that is named must be declared.

use super::Sheet;
use crate::spec::node::Node;
use crate::spec::secrecy::shown;
use crate::spec::types::SYSTEM_NAMES;
use crate::spec::wording::meant;
use std::collections::BTreeSet;

const NAMESPACES: &[&str] = &["namespaces"];
const BUCKETS: &[&str] = &["digitalocean", "spaces", "buckets"];

/// What a spec declares.
struct Declared<'s> {
    /// `None` where the declarations are damaged and nothing can be said.
    namespaces: Option<BTreeSet<&'s str>>,
    system: BTreeSet<&'s str>,
    workloads: Option<BTreeSet<String>>,
    buckets: Option<BTreeSet<&'s str>>,
}

pub(super) fn check(sheet: &mut Sheet<'_>) {
    let declared = declared(sheet);
    system_namespaces(sheet, &declared);
    workloads(sheet, &declared);
    storage(sheet, &declared);
    edge(sheet, &declared);
    delivery(sheet, &declared);
    owner(sheet);
}

fn names<'s>(sheet: &Sheet<'s>, keys: &[&str]) -> Option<BTreeSet<&'s str>> {
    sheet.trusted(keys).then(|| {
        sheet
            .list(keys)
            .iter()
            .filter_map(|item| item.text_at("name"))
            .collect()
    })
}

fn declared<'s>(sheet: &Sheet<'s>) -> Declared<'s> {
    let system = match sheet.section(&["systemNamespaces", "names"]) {
        Some(names) => names.items().iter().filter_map(Node::text).collect(),
        None => SYSTEM_NAMES.into_iter().collect(),
    };
    let namespaces = names(sheet, NAMESPACES);
    let mut workloads = namespaces.is_some().then(BTreeSet::new);
    for (index, namespace) in sheet.list(NAMESPACES).iter().enumerate() {
        if !sheet.trusted(&["namespaces", &index.to_string(), "workloads"]) {
            workloads = None;
        }
        let (Some(name), Some(found)) = (namespace.text_at("name"), &mut workloads) else {
            continue;
        };
        for workload in namespace.items_at(&["workloads"]) {
            found.extend(
                workload
                    .text_at("name")
                    .map(|workload| format!("{name}/{workload}")),
            );
        }
    }
    Declared {
        namespaces,
        system,
        workloads,
        buckets: names(sheet, BUCKETS),
    }
}

/// Says that `node` names something that is not among `known`.
fn undeclared<'k>(
    sheet: &mut Sheet<'_>,
    node: &Node,
    name: &str,
    what: &str,
    known: impl IntoIterator<Item = &'k str>,
    declare: &str,
) {
    let hint = match meant(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("declare it under {declare}, or correct the name"),
    };
    sheet.at(node, format!("{what} {} is not declared", shown(name)), hint);
}

fn namespace(
    sheet: &mut Sheet<'_>,
    declared: &Declared<'_>,
    node: Option<&Node>,
    name: Option<&str>,
    system: bool,
) {
    let (Some(node), Some(name), Some(namespaces)) = (node, name, &declared.namespaces) else {
        return;
    };
    if namespaces.contains(name) || (system && declared.system.contains(name)) {
        return;
    }
    undeclared(
        sheet,
        node,
        name,
        "namespace",
        namespaces.iter().copied(),
        "`namespaces`",
    );
}

fn workload(sheet: &mut Sheet<'_>, declared: &Declared<'_>, node: Option<&Node>) {
    let (Some(node), Some(workloads)) = (node, &declared.workloads) else {
        return;
    };
    let Some(name) = node.text().filter(|name| name.matches('/').count() == 1) else {
        return;
    };
    if !workloads.contains(name) {
        undeclared(
            sheet,
            node,
            name,
            "workload",
            workloads.iter().map(String::as_str),
            "its namespace's `workloads`",
        );
    }
}

fn bucket(sheet: &mut Sheet<'_>, declared: &Declared<'_>, node: Option<&Node>) {
    let (Some(node), Some(buckets)) = (node, &declared.buckets) else {
        return;
    };
    let Some(name) = node.text().filter(|name| !buckets.contains(name)) else {
        return;
    };
    undeclared(
        sheet,
        node,
        name,
        "bucket",
        buckets.iter().copied(),
        "`spaces.buckets`",
    );
}

fn system_namespaces(sheet: &mut Sheet<'_>, declared: &Declared<'_>) {
    for namespace in sheet.list(NAMESPACES) {
        let Some(name) = namespace.get("name") else {
            continue;
        };
        if name.text().is_some_and(|name| declared.system.contains(name)) {
            let shown = shown(name.text().unwrap_or_default());
            sheet.at(
                name,
                format!("{shown} is a system namespace"),
                "leave it out: system namespaces hold nothing of ours; exceptions stand under `systemNamespaces.allow`",
            );
        }
    }
}

fn workloads(sheet: &mut Sheet<'_>, declared: &Declared<'_>) {
    for own in sheet.list(NAMESPACES) {
        for way in [
            ["network", "accepts", "fromNamespaces"],
            ["network", "egress", "toNamespaces"],
        ] {
            for item in own.items_at(&way) {
                namespace(sheet, declared, Some(item), item.text(), true);
            }
        }
        for item in own.items_at(&["workloads"]) {
            for used in item.items_at(&["uses"]) {
                workload(sheet, declared, Some(used));
            }
            let (Some(target), Some(own_name), Some(workloads)) =
                (item.get("proxyFor"), own.text_at("name"), &declared.workloads)
            else {
                continue;
            };
            let Some(name) = target.text() else { continue };
            let beginning = format!("{own_name}/");
            let neighbours: Vec<&str> = workloads
                .iter()
                .filter_map(|name| name.strip_prefix(&beginning))
                .collect();
            if Some(name) == item.text_at("name") {
                sheet.at(
                    target,
                    "a proxy cannot stand before itself",
                    "name the workload that it stands before",
                );
            } else if !neighbours.contains(&name) {
                let what = format!("in namespace `{own_name}` the workload");
                undeclared(
                    sheet,
                    target,
                    name,
                    &what,
                    neighbours,
                    "the same namespace's `workloads`",
                );
            }
        }
    }
}

fn storage(sheet: &mut Sheet<'_>, declared: &Declared<'_>) {
    for backup in sheet.list(&["digitalocean", "spaces", "backups"]) {
        workload(sheet, declared, backup.get("of"));
        bucket(sheet, declared, backup.get("bucket"));
    }
    for key in sheet.list(&["digitalocean", "spaces", "keys"]) {
        for grant in key.items_at(&["grants"]) {
            bucket(sheet, declared, grant.get("bucket"));
        }
        let node = key.at(&["secretTo", "namespace"]);
        namespace(sheet, declared, node, node.and_then(Node::text), false);
    }
}

fn edge(sheet: &mut Sheet<'_>, declared: &Declared<'_>) {
    let part = |node: Option<&Node>| {
        node.and_then(Node::text)?
            .split_once('/')
            .map(|(namespace, _)| namespace.to_owned())
    };
    for exposed in sheet.list(&["exposure"]) {
        let node = exposed.get("service");
        namespace(sheet, declared, node, part(node).as_deref(), true);
    }
    let node = sheet.section(&["ingress", "defaultCertificate"]);
    namespace(sheet, declared, node, part(node).as_deref(), false);
    let (Some(hosts), Some(namespaces)) = (sheet.section(&["ingress", "hosts"]), &declared.namespaces) else {
        return;
    };
    for (name, node) in hosts.members().filter(|(name, _)| !namespaces.contains(name)) {
        let hint = match meant(name, namespaces.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "hosts stand below the namespace that serves them; declare it under `namespaces`".to_owned()
            }
        };
        sheet.at_key(node, format!("namespace {} is not declared", shown(name)), hint);
    }
}

fn delivery(sheet: &mut Sheet<'_>, declared: &Declared<'_>) {
    install(sheet);
    for item in sheet.list(&["delivery", "argocd", "applications"]) {
        namespace(sheet, declared, Some(item), item.text(), false);
    }
    for chart in sheet.list(&["delivery", "charts"]) {
        let node = chart.get("namespace");
        // Charts of node agents and the like belong into kube-system.
        namespace(sheet, declared, node, node.and_then(Node::text), true);
    }
}

/// Argo CD's manifest is in one place.
fn install(sheet: &mut Sheet<'_>) {
    let keys = ["delivery", "argocd", "install"];
    let Some(node) = sheet.section(&keys).filter(|_| !sheet.damaged(&keys)) else {
        return;
    };
    match (node.get("url"), node.get("file")) {
        (Some(url), Some(file)) => {
            let related = sheet.key_place(&url.origin);
            let problem = sheet.at_key(
                file,
                "`delivery.argocd.install` has both an address and a file",
                "keep one of them; `url: null` takes away what the spec says that this one extends",
            );
            problem.related = Some((related, "the address is here".to_owned()));
        }
        (None, None) => {
            sheet.at_key(
                node,
                "`delivery.argocd.install` does not say where the manifest is",
                "add its address as `url`, or its file, relative to the spec, as `file`",
            );
        }
        _ => {}
    }
}

/// The registry's owner is this environment, or one that shares the registry with this one.
fn owner(sheet: &mut Sheet<'_>) {
    let Some(registry) = sheet.section(&["digitalocean", "registry"]) else {
        return;
    };
    let Some(own) = sheet.root.at(&["metadata", "name"]).and_then(Node::text) else {
        return;
    };
    let Some(owner) = registry.get("owner") else {
        return;
    };
    let Some(owner_name) = owner.text() else { return };
    let shared = registry.items_at(&["sharedWith"]);
    if owner_name != own
        && !shared.iter().any(|other| other.text() == Some(own))
        && !sheet.damaged(&["digitalocean", "registry", "sharedWith"])
    {
        let own = shown(own);
        sheet.at(
            owner,
            format!(
                "the registry belongs to {}, which does not share it with {own}",
                shown(owner_name),
            ),
            format!("add {own} to `sharedWith`, or make {own} the owner"),
        );
    }
    if let Some(itself) = shared.iter().find(|other| other.text() == Some(owner_name)) {
        sheet.at(
            itself,
            "the owner of the registry shares it with itself",
            "list the other environments only",
        );
    }
}
