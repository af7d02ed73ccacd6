//! Rules of the spec that overlooked nothing: they may be of a time that is gone.

use super::ignored::is_for;
use crate::inventory::ResourceRef;
use crate::path::{FieldPath, PathElement};
use crate::spec::{IgnoredDifference, Label, ObjectName, Spec};
use std::collections::BTreeSet;

/// What of `drift.ignoreDifferences` overlooked nothing, in words and with its line. `used`: what did, by the places of rule and
/// pointer; `compared`: all that was compared. Where only these namespaces were, of no other rule is anything said.
pub fn unused_rules(
    spec: &Spec,
    used: &BTreeSet<(usize, usize)>,
    compared: &[ResourceRef],
    namespaces: &[String],
) -> Vec<String> {
    let rules = spec.environment.spec.drift.ignore_differences.iter();
    let mut notes = Vec::new();
    for (at, rule) in rules.enumerate() {
        let asked = namespaces.is_empty()
            || rule
                .namespace
                .as_ref()
                .is_some_and(|own| namespaces.iter().any(|one| one == own.as_str()));
        let idle: Vec<usize> = (0..rule.json_pointers.len())
            .filter(|pointer| !used.contains(&(at, *pointer)))
            .collect();
        if idle.is_empty() || !asked {
            continue;
        }
        let why = if compared.iter().any(|target| is_for(rule, target)) {
            "nothing differs there"
        } else {
            "nothing that it is for was compared"
        };
        if idle.len() == rule.json_pointers.len() {
            let place = place(spec, at, None);
            notes.push(format!(
                "drift.ignoreDifferences: the rule for {}{place} overlooks nothing: {why}",
                words(rule)
            ));
            continue;
        }
        for pointer in idle {
            let place = place(spec, at, Some(pointer));
            let text = rule.json_pointers[pointer].as_str();
            notes.push(format!(
                "drift.ignoreDifferences: {text} of the rule for {}{place} overlooks nothing: {why}",
                words(rule)
            ));
        }
    }
    notes
}

/// Whom a rule is for.
fn words(rule: &IgnoredDifference) -> String {
    let namespace = rule.namespace.as_ref().map(Label::as_str);
    let name = rule.name.as_ref().map(ObjectName::as_str);
    let whom = match (namespace, name) {
        (Some(namespace), Some(name)) => format!(" {namespace}/{name}"),
        (None, Some(name)) => format!(" {name}"),
        (Some(namespace), None) => format!(" in {namespace}"),
        (None, None) => String::new(),
    };
    format!("{}{whom}", rule.kind)
}

/// Where a rule, or one of its pointers, is written.
fn place(spec: &Spec, rule: usize, pointer: Option<usize>) -> String {
    let key = |name: &str| PathElement::Key(name.to_owned());
    let mut path = vec![
        key("spec"),
        key("drift"),
        key("ignoreDifferences"),
        PathElement::Index(rule),
    ];
    if let Some(pointer) = pointer {
        path.extend([key("jsonPointers"), PathElement::Index(pointer)]);
    }
    let place = spec.place(&FieldPath(path));
    place.map_or_else(String::new, |place| {
        format!(" ({}:{})", place.source.name, place.start().line)
    })
}
