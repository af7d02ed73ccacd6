//! Workloads are reported once: what is found on Pods, ReplicaSets and Jobs is told of the workload at the top.
//!
//! A finding that the top owner has itself absorbs the equal ones of what it owns. What only owned objects have (a policy
//! about Pods, an injected sidecar, the template of an older ReplicaSet) becomes one finding about the owner, which says
//! how many objects show it and names one. Nothing is dropped: what cannot be compared stays apart.

use super::counterpart::{container, counterpart};
use super::generated::{renamed, without_kinds};
use crate::findings::{Draft, Finding, Fix, FixAction};
use crate::inventory::{Inventory, ResourceRef};
use crate::path::FieldPath;
use crate::policy::Severity;
use crate::value::{Value, object};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A finding of an object policy, and the observed owners of its object, nearest first.
pub(super) type Owned = (Finding, Vec<ResourceRef>);

/// What makes two findings about one workload the same finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    policy: Arc<str>,
    top: ResourceRef,
    place: Place,
    key: Option<String>,
    /// The words without generated names and kinds.
    words: String,
}

/// Where in the owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Path(Option<FieldPath>),
    /// The field of the owned object, as text; the owner has none like it.
    OnlyOwned(String),
}

impl Same {
    /// Of a finding that its own workload has.
    fn of(finding: &Finding) -> Self {
        Self {
            policy: Arc::clone(&finding.policy),
            top: finding.resource().clone(),
            place: Place::Path(finding.path.clone()),
            key: finding.key.clone(),
            words: without_kinds(&finding.message),
        }
    }
}

/// An owned object's finding, and its message with the owner's name in it.
struct Member {
    finding: Finding,
    message: String,
}

/// Folds findings of object policies into those of top owners. The result, sorted, does not depend on the order of
/// `findings`; folding it again changes nothing, as nothing in it is owned.
pub(super) fn fold(findings: Vec<Owned>, inventory: &Inventory) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    let mut groups: BTreeMap<Same, Vec<Member>> = BTreeMap::new();
    for (finding, chain) in findings {
        match chain.last() {
            None => told.push(finding),
            Some(top) => {
                let (same, member) = seen_from(top, finding, &chain, inventory);
                groups.entry(same).or_default().push(member);
            }
        }
    }
    if groups.is_empty() {
        return told;
    }
    let mut absorbed = BTreeSet::new();
    for finding in &mut told {
        let same = Same::of(finding);
        if let Some(members) = groups.get(&same) {
            raise(finding, highest(members));
            absorbed.insert(same);
        }
    }
    for (same, members) in groups {
        if !absorbed.contains(&same) {
            told.extend(only_owned(same, members, inventory));
        }
    }
    told
}

/// What the finding says about the owner at the top of its object's chain.
fn seen_from(
    top: &ResourceRef,
    finding: Finding,
    chain: &[ResourceRef],
    inventory: &Inventory,
) -> (Same, Member) {
    let resource = finding.resource();
    let generated: Vec<&str> = std::iter::once(resource)
        .chain(chain.iter().filter(|owner| *owner != top))
        .map(|owned| owned.name.as_str())
        .collect();
    let rename = |text: &str| renamed(text, &generated, &top.name);
    let message = rename(&finding.message);
    let place = match &finding.path {
        None => Place::Path(None),
        Some(path) => counterpart(&resource.kind, &top.kind, path)
            .filter(|_| {
                let containers = inventory.owners.containers(top);
                let in_template = |name: &str| {
                    containers.is_none_or(|containers| containers.iter().any(|known| known == name))
                };
                container(path).is_none_or(in_template)
            })
            // A generated name in the path is in no template.
            .filter(|path| rename(&path.to_string()) == path.to_string())
            .map_or_else(
                || Place::OnlyOwned(rename(&path.to_string())),
                |path| Place::Path(Some(path)),
            ),
    };
    let same = Same {
        policy: Arc::clone(&finding.policy),
        top: top.clone(),
        place,
        key: finding.key.as_deref().map(rename),
        words: without_kinds(&message),
    };
    (same, Member { finding, message })
}

fn highest(members: &[Member]) -> Option<Severity> {
    members.iter().map(|member| member.finding.severity).max()
}

fn raise(finding: &mut Finding, severity: Option<Severity>) {
    let Some(severity) = severity.filter(|severity| *severity > finding.severity) else {
        return;
    };
    let draft = Draft {
        severity,
        ..Draft::clone(finding)
    };
    if let Ok(raised) = Finding::new(draft) {
        *finding = raised;
    }
}

/// One finding about the owner for what only owned objects have. Its key holds the words without generated names: two such
/// findings differ in nothing else, and how many objects there are today and what they are called is not its identity.
fn only_owned(same: Same, members: Vec<Member>, inventory: &Inventory) -> Vec<Finding> {
    let order = |member: &Member| {
        let resource = member.finding.resource();
        (
            resource.kind.clone(),
            resource.name.clone(),
            member.message.clone(),
        )
    };
    let Some(example) = members.iter().min_by_key(|member| order(member)) else {
        return Vec::new();
    };
    let (path, field) = match same.place {
        Place::Path(path) => (path, None),
        Place::OnlyOwned(field) => (None, Some(field)),
    };
    let place = field
        .as_ref()
        .map(|field| format!(", at {field}"))
        .unwrap_or_default();
    let message = format!("{} ({}{place})", example.message, who(&members, example));
    let key: Vec<String> = [same.key, field, Some(same.words)]
        .into_iter()
        .flatten()
        .collect();
    let finding = Finding::new(Draft {
        severity: highest(&members).unwrap_or(example.finding.severity),
        origin: inventory
            .origin(&same.top)
            .unwrap_or(&example.finding.origin)
            .clone(),
        resource: Some(same.top),
        owner: None,
        path,
        key: Some(key.join("; ")),
        message,
        fix: example.finding.fix.as_ref().map(in_words),
        ..Draft::clone(&example.finding)
    });
    match finding {
        Ok(finding) => vec![finding],
        // Nothing is lost for a finding that cannot be told of its owner.
        Err(_) => members.into_iter().map(|member| member.finding).collect(),
    }
}

/// `3 Pods, such as web-7d9f-x2k4q`; `1 Pod: web-7d9f-x2k4q`; `2 Pods and 1 ReplicaSet, such as web-7d9f-x2k4q`.
fn who(members: &[Member], example: &Member) -> String {
    let mut kinds: BTreeMap<&str, BTreeSet<&ResourceRef>> = BTreeMap::new();
    for member in members {
        let resource = member.finding.resource();
        kinds.entry(&resource.kind).or_default().insert(resource);
    }
    let counts: Vec<String> = kinds
        .iter()
        .map(|(kind, objects)| match objects.len() {
            1 => format!("1 {kind}"),
            several => format!("{several} {kind}s"),
        })
        .collect();
    let such_as = if kinds.values().map(BTreeSet::len).sum::<usize>() == 1 {
        ":"
    } else {
        ", such as"
    };
    format!(
        "{}{such_as} {}",
        counts.join(" and "),
        example.finding.resource().name
    )
}

/// Whether a finding about a workload is none of its own, but of what it owns: of Pods that still are as they were, say. It is told
/// by its words, in which `who` has it.
pub fn is_of_owned(finding: &Finding) -> bool {
    let told = finding
        .message
        .strip_suffix(')')
        .and_then(|message| message.rsplit_once(" ("));
    told.is_some_and(|(_, who)| {
        let mut words = who.split_whitespace();
        let counted = words.next().is_some_and(|number| number.parse::<usize>().is_ok());
        let kind = words.next().unwrap_or_default().trim_end_matches([',', ':', 's']);
        counted && finding.key.is_some() && ["Job", "Pod", "ReplicaSet"].contains(&kind)
    })
}

/// A fix for one owned object is advice to whoever writes the owner: applied to the owner its paths would be wrong, applied
/// to the object the controller would undo it.
fn in_words(fix: &Fix) -> Fix {
    Fix {
        action: FixAction::Instructions,
        risk: fix.risk,
        summary: fix.summary.clone(),
        data: object([
            ("action", Value::from(FixAction::Instructions.as_str())),
            ("risk", Value::from(fix.risk.as_str())),
            ("summary", Value::from(fix.summary.as_str())),
        ]),
    }
}

#[cfg(test)]
mod tests;
