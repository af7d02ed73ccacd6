//! Differences that somebody said may be: the spec, an application of Argo CD, or an autoscaler that sets replicas.

use super::thing::Thing;
use crate::fields::{Compared, Writer};
use crate::inventory::ResourceRef;
use crate::inventory::view::manager;
use crate::spec::{IgnoredDifference, Label, ObjectName};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// What is overlooked, and how credentials are compared.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'r> {
    /// The spec's `drift.ignoreDifferences`.
    pub declared: &'r [IgnoredDifference],
    /// The applications of Argo CD.
    pub applications: &'r [Value],
    /// What sets the replicas of whom: kind, namespace and name, and the autoscaler's name.
    pub scaled: &'r BTreeMap<(String, String, String), String>,
    /// The labels by which objects are known that were made from the spec.
    pub marks: &'r [&'r str],
    /// Credentials of all sides are masked under one key, so that digests tell whether they are the same.
    pub one_key: bool,
}

/// A rule that overlooks a difference.
#[derive(Debug)]
pub(super) struct Overlooking {
    /// Which, in words.
    pub(super) words: String,
    /// Of the spec's rules: which of them, and which of its pointers.
    pub(super) of_spec: Option<(usize, usize)>,
}

impl Overlooking {
    fn of(words: String) -> Self {
        Self { words, of_spec: None }
    }
}

/// The rule that overlooks a difference.
pub(super) fn rule(
    thing: &Thing,
    one: &Compared,
    writer: Option<&Writer>,
    live: &Value,
    rules: &Rules<'_>,
) -> Option<Overlooking> {
    let target = &thing.target;
    if one.path.to_string() == "spec.replicas" {
        let key = (
            target.kind.clone(),
            target.namespace.clone().unwrap_or_default(),
            target.name.clone(),
        );
        if let Some(scaler) = rules.scaled.get(&key) {
            return Some(Overlooking::of(format!("{scaler} sets replicas")));
        }
    }
    for (at, rule) in rules
        .declared
        .iter()
        .enumerate()
        .filter(|(_, rule)| is_for(rule, target))
    {
        let mut pointers = rule.json_pointers.iter();
        if let Some(pointer) = pointers.position(|pointer| one.is_at(&tokens(pointer.as_str()))) {
            return Some(Overlooking {
                words: format!("drift.ignoreDifferences of the spec ({})", rule.kind),
                of_spec: Some((at, pointer)),
            });
        }
    }
    let application = application(thing, live, rules.applications)?;
    let name = application.text_at(&["metadata", "name"]).unwrap_or_default();
    let mut of_application = application.items_at(&["spec", "ignoreDifferences"]).iter();
    let found = of_application.any(|rule| {
        is_meant(rule, target)
            && (rule
                .items_at(&["jsonPointers"])
                .iter()
                .filter_map(ValueExt::text)
                .any(|pointer| one.is_at(&tokens(pointer)))
                || writer.is_some_and(|writer| {
                    let managers = rule.items_at(&["managedFieldsManagers"]).iter();
                    managers
                        .filter_map(ValueExt::text)
                        .any(|own| own == writer.manager)
                }))
    });
    found.then(|| Overlooking::of(format!("ignoreDifferences of application {name}")))
}

/// Whether a rule of the spec is for this thing.
pub(super) fn is_for(rule: &IgnoredDifference, target: &ResourceRef) -> bool {
    let own = |wanted: Option<&str>, is: Option<&str>| wanted.is_none_or(|wanted| Some(wanted) == is);
    own(rule.group.as_ref().map(ObjectName::as_str), Some(target.group()))
        && rule.kind.as_str() == target.kind
        && own(
            rule.namespace.as_ref().map(Label::as_str),
            target.namespace.as_deref(),
        )
        && own(rule.name.as_ref().map(ObjectName::as_str), Some(&target.name))
}

/// The application that delivers a thing: what it says of itself, or out of which it was rendered.
fn application<'a>(thing: &Thing, live: &Value, applications: &'a [Value]) -> Option<&'a Value> {
    let delivering = manager(&thing.target, live);
    let tracked = (delivering.text_at(&["type"]) == Some("argocd"))
        .then(|| delivering.text_at(&["name"]))
        .flatten();
    let labelled = || live.text_at(&["metadata", "labels", "app.kubernetes.io/instance"]);
    let committed = || thing.committed.as_ref()?.place.strip_prefix("application ");
    let name = committed().or(tracked).or_else(labelled)?;
    // `NAMESPACE_NAME` where applications live in namespaces of their own.
    let bare = name.rsplit_once('_').map_or(name, |(_, bare)| bare);
    applications.iter().find(|one| {
        one.text_at(&["metadata", "name"])
            .is_some_and(|own| own == name || own == bare)
    })
}

fn is_meant(rule: &Value, target: &ResourceRef) -> bool {
    let says = |key: &str, own: &str, wanted: bool| {
        let text = rule.text_at(&[key]).unwrap_or_default();
        text == own || text == "*" || !wanted && text.is_empty()
    };
    says("group", target.group(), true)
        && says("kind", &target.kind, true)
        && says("name", &target.name, false)
        && says(
            "namespace",
            target.namespace.as_deref().unwrap_or_default(),
            false,
        )
}

/// The steps of a JSON pointer.
fn tokens(pointer: &str) -> Vec<String> {
    let steps = pointer.split('/').skip(1);
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// What applications overlook by expressions that cannot be evaluated here, in words: such differences are shown.
pub fn unread_rules(applications: &[Value]) -> Vec<String> {
    let mut notes: Vec<String> = applications
        .iter()
        .filter_map(|application| {
            let rules = application.items_at(&["spec", "ignoreDifferences"]).iter();
            let count: usize = rules.map(|rule| rule.items_at(&["jqPathExpressions"]).len()).sum();
            let name = application.text_at(&["metadata", "name"]).unwrap_or_default();
            let noun = if count == 1 { "jq expression" } else { "jq expressions" };
            (count > 0).then(|| {
                format!("application {name} overlooks differences by {count} {noun}, which are not evaluated here: what they overlook is shown")
            })
        })
        .collect();
    notes.sort();
    notes
}
