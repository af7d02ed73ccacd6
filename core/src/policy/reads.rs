//! Holds what a policy reads against what it declares. Of a cluster only declared kinds are read: a list that is made of
//! others would be empty, and the policy would pass without having looked.

use super::suggest;
use super::types::{Dialect, KindPattern, Kinds, Policy, Scope};
use crate::inventory::view::Section;
use crate::network;
use crate::source::{Diagnostic, Place};
use std::collections::BTreeSet;

/// Members of `data.view` that are no list: what they tell is known in every run.
const ALWAYS: [&str; 1] = ["complete"];
/// Members of `data.view` that are made of collections.
const OF_THE_ACCOUNT: [(&str, &str); 5] = [
    ("buckets", "spaces.buckets"),
    ("cluster", "digitalocean.kubernetes_clusters"),
    ("firewalls", "digitalocean.firewalls"),
    ("load_balancers", "digitalocean.load_balancers"),
    ("registries", "digitalocean.registries"),
];
/// Members of `data.view` that are made of the objects of another list.
const OF_A_LIST: [(&str, &str); 1] = [("images", "workloads")];

/// What a reference below `data` reads of the observed: a list of the view, a collection, or `network`. A reference to
/// `data` itself reads everything.
pub(super) fn document(path: &[String]) -> Vec<String> {
    let all = ["view", "network", "digitalocean", "spaces"];
    match path {
        [] => all.map(str::to_owned).to_vec(),
        [root, ..] if root == "network" => vec![root.clone()],
        [root] if all.contains(&root.as_str()) => vec![root.clone()],
        [root, member, ..] if all.contains(&root.as_str()) => vec![format!("{root}.{member}")],
        _ => Vec::new(),
    }
}

/// What a policy reads without declaring it. Only policies of ours judge environments.
pub(super) fn undeclared(policy: &Policy) -> Vec<Diagnostic> {
    if policy.dialect != Dialect::Envcheck {
        return Vec::new();
    }
    if policy.scope == Scope::Object {
        let whole = policy.uses_inventory.then_some("inventory");
        let read = policy.reads.iter().map(String::as_str).chain(whole);
        return read.map(|document| out_of_scope(policy, document)).collect();
    }
    policy
        .reads
        .iter()
        .filter_map(|document| problem(policy, document))
        .collect()
}

/// Objects are judged while they stream by, before anything is joined.
fn out_of_scope(policy: &Policy, document: &str) -> Diagnostic {
    let id = &policy.id;
    Diagnostic::new(format!(
        "{id} judges objects one by one, where data.{document} does not exist"
    ))
    .at(place(policy))
    .hint("write `evaluates: environment`, or judge by `input` alone")
}

fn place(policy: &Policy) -> Place {
    let package = policy.source.text.find("\npackage ").map_or(0, |at| at + 1);
    Place::new(&policy.source, package..package + "package".len())
}

fn problem(policy: &Policy, document: &str) -> Option<Diagnostic> {
    let said = |words: String, hint: String| Some(Diagnostic::new(words).at(place(policy)).hint(hint));
    let (root, member) = document.split_once('.').unwrap_or((document, ""));
    let id = &policy.id;
    if root == "view" {
        if ALWAYS.contains(&member) {
            return None;
        }
        if !member.is_empty() && list_kinds(member).is_none() && collection_of(member).is_none() {
            let names: BTreeSet<&str> = Section::names()
                .chain(OF_THE_ACCOUNT.map(|(name, _)| name))
                .chain(OF_A_LIST.map(|(name, _)| name))
                .chain(ALWAYS)
                .collect();
            let all = names.iter().copied().collect::<Vec<_>>().join(", ");
            let hint = suggest::hint(member, names.iter().copied(), || format!("it has {all}"));
            return said(format!("{id} reads data.{document}, which does not exist"), hint);
        }
    }
    let kinds: Vec<&str> = kinds_of(root, member)
        .into_iter()
        .filter(|kind| !declares(&policy.kinds, kind))
        .collect();
    let collections: Vec<String> = collections_of(root, member)
        .into_iter()
        .filter(|collection| !policy.needs.contains(collection))
        .collect();
    let (list, missing) = match (kinds.is_empty(), collections.is_empty()) {
        (true, true) => return None,
        (false, true) => ("kinds", kinds.join(", ")),
        (true, false) => ("needs", collections.join(", ")),
        (false, false) => (
            "kinds and needs",
            format!("{}, {}", kinds.join(", "), collections.join(", ")),
        ),
    };
    let hint = match (root, member) {
        ("view", "") => format!(
            "name the lists that it reads, as data.view.services; else add to `{list}` what any of them may be"
        ),
        _ => format!(
            "add to `{list}`: only what is declared is read of a cluster, and the policy would pass without having looked"
        ),
    };
    said(
        format!("{id} reads data.{document}, but does not declare {missing}"),
        hint,
    )
}

/// The kinds that a document is made of; of the view as a whole, all.
fn kinds_of(root: &str, member: &str) -> Vec<&'static str> {
    match (root, member) {
        ("network", _) => network::reads().collect(),
        ("view", "") => Section::names()
            .filter_map(Section::kinds)
            .flatten()
            .copied()
            .collect(),
        ("view", list) => list_kinds(list).unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}

/// The kinds of which a list of the view is made; `None` when there is no such list of Kubernetes objects.
fn list_kinds(name: &str) -> Option<&'static [&'static str]> {
    let made_of = OF_A_LIST.iter().find(|(own, _)| *own == name);
    Section::kinds(made_of.map_or(name, |(_, list)| list))
}

fn collection_of(member: &str) -> Option<&'static str> {
    let found = OF_THE_ACCOUNT.iter().find(|(name, _)| *name == member);
    found.map(|(_, collection)| *collection)
}

/// The collections that a document is made of. Which ones the account has at all is not known here.
fn collections_of(root: &str, member: &str) -> Vec<String> {
    match (root, member) {
        ("view", "") => OF_THE_ACCOUNT
            .map(|(_, collection)| collection.to_owned())
            .to_vec(),
        ("view", member) => collection_of(member).map(ToOwned::to_owned).into_iter().collect(),
        ("digitalocean" | "spaces", member) if !member.is_empty() => vec![format!("{root}.{member}")],
        _ => Vec::new(),
    }
}

/// Whether a kind is among the declared; versions do not matter.
fn declares(declared: &Kinds, kind: &str) -> bool {
    let Ok(wanted) = kind.parse::<KindPattern>() else {
        return false;
    };
    let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
    match declared {
        Kinds::All => true,
        Kinds::Only(patterns) => patterns
            .iter()
            .any(|own| fits(&own.group, &wanted.group) && fits(&own.kind, &wanted.kind)),
    }
}
