//! What roles of namespaces and workloads ask for.

use super::Sheet;
use crate::spec::node::{Content, Node};
use crate::spec::secrecy::shown;
use crate::value::Value;

pub(super) fn check(sheet: &mut Sheet<'_>) {
    for (index, namespace) in sheet.list(&["namespaces"]).iter().enumerate() {
        applications(sheet, namespace, index);
        for workload in namespace.items_at(&["workloads"]) {
            proxies(sheet, workload);
        }
    }
    tenants(sheet);
}

/// Application namespaces say whom they accept.
fn applications(sheet: &mut Sheet<'_>, namespace: &Node, index: usize) {
    let index = index.to_string();
    if namespace.text_at("role") != Some("application")
        || namespace.at(&["network", "accepts"]).is_some()
        || sheet.damaged(&["namespaces", &index, "network"])
        || sheet.damaged(&["namespaces", &index, "network", "accepts"])
    {
        return;
    }
    let name = shown(namespace.text_at("name").unwrap_or("?"));
    sheet.at_key(
        namespace,
        format!("application namespace {name} does not say whom it accepts"),
        "add `network: {accepts: {fromNamespaces: [ingress-nginx]}}`, with `all` for every namespace or [] for none",
    );
}

fn proxies(sheet: &mut Sheet<'_>, workload: &Node) {
    let is_proxy = workload.text_at("role") == Some("proxy");
    match (is_proxy, workload.get("proxyFor")) {
        (true, None) => {
            sheet.at_key(
                workload,
                format!(
                    "proxy {} does not say which workload it stands before",
                    shown(workload.text_at("name").unwrap_or("?"))
                ),
                "add `proxyFor` with the name of a workload of the same namespace",
            );
        }
        (false, Some(node)) => {
            sheet.at_key(
                node,
                "`proxyFor` is for workloads with `role: proxy`",
                "add `role: proxy`, or remove it",
            );
        }
        _ => {}
    }
    if let (false, Some(node)) = (is_proxy, workload.get("annotation")) {
        sheet.at_key(
            node,
            "`annotation` is for workloads with `role: proxy`",
            "add `role: proxy`, or remove it",
        );
    }
}

/// What is declared to run needs a namespace of the role in which policies look for it.
fn tenants(sheet: &mut Sheet<'_>) {
    let roles_damaged = (0..sheet.list(&["namespaces"]).len())
        .any(|index| sheet.damaged(&["namespaces", &index.to_string(), "role"]));
    if roles_damaged || !sheet.trusted(&["namespaces"]) {
        return;
    }
    let watched = |key: &str| {
        sheet
            .section(&["monitoring", key])
            .filter(|node| matches!(node.content, Content::Scalar(Value::Bool(true))))
    };
    let tenants = [
        ("delivery", "Argo CD", sheet.section(&["delivery", "argocd"])),
        ("monitoring", "Prometheus", watched("prometheus")),
        ("monitoring", "Grafana", watched("grafana")),
    ];
    let mut said: Vec<&str> = Vec::new();
    for (role, tenant, node) in tenants {
        let housed = sheet
            .list(&["namespaces"])
            .iter()
            .any(|namespace| namespace.text_at("role") == Some(role));
        if let (false, Some(node), false) = (housed, node, said.contains(&role)) {
            said.push(role);
            sheet.at_key(
                node,
                format!("{tenant} is declared, but no namespace has role {role}"),
                format!("give the namespace that {tenant} runs in `role: {role}`"),
            );
        }
    }
}
