//! The cluster's side: which objects are missing, and in which way those that stand are not as they are declared.

use super::allowing::allows_less;
use super::differences::{applied_by, compared, said};
use super::elsewhere::{Elsewhere, Others, caution, is_done_by_others, is_marked, told};
use super::foreign::declared_of;
use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, Part, without_marks};
use super::steps::Steps;
use crate::findings::FixAction;
use crate::inventory::{ResourceRef, identify};
use crate::path::{FieldPath, PathElement};
use crate::plan::{Conflict, Difference, Provisioning, meaning};
use crate::policy::Risk;
use crate::spec::Spec;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds that let nobody do anything and start nothing, wherever they are made.
const HARMLESS: [&str; 2] = ["Namespace", "ServiceAccount"];
/// Kinds that do no more in a namespace that is new, and in one that stands are in somebody's way: they close, limit, or say what to do.
const HARMLESS_IN_NEW: [&str; 4] = ["ConfigMap", "LimitRange", "NetworkPolicy", "ResourceQuota"];

/// How many differences of one object are told, before the rest is counted.
const MOST_DIFFERENCES: usize = 20;

/// What is known of a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The objects that stand, of those that are desired; `None` where there is no cluster yet.
    pub live: Option<&'k BTreeMap<ResourceRef, Value>>,
    /// What is not made, as it stands under other names.
    pub elsewhere: &'k Elsewhere,
    /// What others made, where that was looked at.
    pub others: Option<&'k Others>,
    /// The Namespaces in which there is nothing that could be disturbed, as those that a run made before it was cut short.
    pub idle: &'k BTreeSet<String>,
}

/// Adds to a plan what the cluster lacks. Where something that stays open is not as it is declared, what closes the rest is no step.
pub fn cluster(spec: &Spec, desired: &Desired, known: Known<'_>, plan: &mut Provisioning) {
    let Known { live, elsewhere, .. } = known;
    let declared = spec.environment.spec.digitalocean.as_ref();
    let cluster = declared.and_then(|declared| declared.cluster.as_ref());
    let cluster = cluster.map(|cluster| format!("Cluster {}", cluster.name));
    let mut steps = Steps {
        makings: std::mem::take(&mut plan.steps),
        ..Steps::default()
    };
    let new: BTreeSet<&str> = desired
        .objects
        .iter()
        .filter(|one| one.part == Part::Namespaces && found(live, one).is_none())
        .map(|one| one.reference.name.as_str())
        .collect();
    for one in &desired.objects {
        if let Some(object) = found(live, one) {
            let mark = object.text_at(&["metadata", "labels", ENVIRONMENT_LABEL]);
            let created = mark == Some(spec.name());
            // What Argo CD is made of is upgraded by whoever upgrades it.
            let own = matches!(one.part, Part::CustomKinds | Part::ArgoCd);
            let wanted = declared_of(&one.value, object, spec.name());
            let differs = if own {
                Vec::new()
            } else {
                let found = difference(&wanted, object).into_iter();
                found
                    .map(|(words, applied)| Difference {
                        // What somebody applied is not taken over.
                        repaired: !applied
                            && (is_repaired(one, created, &words) || is_narrowed(one, object, &words, live)),
                        words,
                    })
                    .collect()
            };
            steps.stands(one.reference.clone(), created, differs);
            continue;
        }
        if let Some(standin) = elsewhere.get(&one.reference) {
            for (target, differs) in &standin.differing {
                let differs = differs.iter().map(|words| {
                    let declared = one.value.at(&["spec", "source", "targetRevision"]);
                    let applied = revision_applied_by(target, words, declared, known);
                    Difference {
                        repaired: applied.is_none() && is_repaired(one, false, words),
                        words: with_who(words.clone(), applied.as_deref()),
                    }
                });
                steps.stands(target.clone(), false, differs.collect());
            }
            continue;
        }
        let namespace = one.reference.namespace.as_deref();
        if one.part == Part::Denying
            && let Some(conflict) = blocked(spec, desired, known, one)
        {
            plan.conflicts.push(conflict);
            continue;
        }
        let home = namespace.map(|namespace| format!("Namespace {namespace}"));
        let after: Vec<&str> = cluster.iter().chain(&home).map(String::as_str).collect();
        let words = format!("create {} {}", one.reference.kind, one.reference.qualified_name());
        steps.make(
            FixAction::KubernetesCreate,
            one.reference.clone(),
            one.value.clone(),
            &words,
            &after,
        );
        // Nothing is closed before what stays open is.
        let opening = (one.part == Part::Denying).then(|| opening(&steps, desired, namespace));
        if let Some(making) = steps.makings.last_mut() {
            making.after.extend(opening.into_iter().flatten());
            let in_new =
                namespace.is_some_and(|namespace| new.contains(namespace) || known.idle.contains(namespace));
            making.step.risk = risk(one, in_new);
            let limited = limited(one).filter(|_| !in_new);
            making.step.cautions.extend(limited.map(ToOwned::to_owned));
            making
                .step
                .cautions
                .extend(known.others.and_then(|others| caution(one, others)));
        }
    }
    plan.steps = steps.makings;
    plan.standing.extend(steps.standing);
    plan.standing.sort();
    plan.notes.extend(desired.notes.iter().cloned());
    plan.instead.extend(elsewhere.keys().cloned());
    plan.notes.extend(told(elsewhere));
}

/// That something which is declared to stay open is not, so that `one` would close it.
fn blocked(spec: &Spec, desired: &Desired, known: Known<'_>, one: &DesiredObject) -> Option<Conflict> {
    let live = |target: &ResourceRef| known.live.and_then(|live| live.get(target));
    // Others may let in what this one does not.
    let by_others = |allowing: &DesiredObject| {
        let network = known.others.and_then(|others| others.network.as_ref());
        network.is_some_and(|network| is_done_by_others(spec, allowing, network))
    };
    let (allowing, why) = not_yet_open(&desired.objects, &one.reference, &live, &by_others)?;
    let (own, closing) = (&allowing.reference, one.reference.qualified_name());
    let stands = live(own);
    let created = stands.is_some_and(|object| is_marked(object, spec.name()));
    let differs = stands.map_or_else(Vec::new, |object| difference(&allowing.value, object));
    let name = own.qualified_name();
    let hint = if created && differs.iter().any(|(_, applied)| *applied) {
        format!(
            "somebody applied what {name} says, and nobody sets that back: make it say what is declared where it is applied; then provision \
             makes {closing}"
        )
    } else if created {
        format!(
            "envcheck remediate {} sets {name} back to what is declared; then provision makes {closing}",
            spec.name()
        )
    } else {
        format!(
            "somebody else made {name}: make it say what is declared, or give it another name, and provision makes its own; network.policies: \
             existing leaves the namespace to others"
        )
    };
    Some(Conflict {
        target: own.clone(),
        why: format!(
            "NetworkPolicy {name} lets through less than is declared ({why}), and {closing} would close that"
        ),
        hint,
    })
}

/// Of the desired policies that keep something open in the namespace of `closing`, one that stands and allows less than is declared,
/// and in which way. What is not there is no such: it is made before.
pub fn not_yet_open<'d, 'l>(
    desired: &'d [DesiredObject],
    closing: &ResourceRef,
    live: &dyn Fn(&ResourceRef) -> Option<&'l Value>,
    by_others: &dyn Fn(&DesiredObject) -> bool,
) -> Option<(&'d DesiredObject, String)> {
    let mut allowing = desired
        .iter()
        .filter(|one| one.part == Part::Allowing && one.reference.namespace == closing.namespace);
    allowing.find_map(|one| {
        let why = allows_less(&one.value, live(&one.reference)?)?;
        (!by_others(one)).then_some((one, why))
    })
}

/// The steps that make the NetworkPolicies by which something gets into a namespace, or out of it.
fn opening(steps: &Steps, desired: &Desired, namespace: Option<&str>) -> Vec<String> {
    let allowing = desired
        .objects
        .iter()
        .filter(|one| one.part == Part::Allowing && one.reference.namespace.as_deref() == namespace);
    let allowing: Vec<&ResourceRef> = allowing.map(|one| &one.reference).collect();
    let made = steps.makings.iter().map(|making| &making.step);
    made.filter(|step| allowing.contains(&&step.deed.target))
        .map(|step| step.id.clone())
        .collect()
}

fn found<'l>(live: Option<&'l BTreeMap<ResourceRef, Value>>, one: &DesiredObject) -> Option<&'l Value> {
    live?.get(&one.reference)
}

/// What the Pods that a namespace has will meet when they are made anew.
fn limited(one: &DesiredObject) -> Option<&'static str> {
    match one.reference.kind.as_str() {
        "ResourceQuota" => Some(
            "it does not stop what runs: a Pod that is made anew, as by a rollout, is refused where it does not fit into what is left, or \
             states no request or limit of what is counted",
        ),
        "LimitRange" => Some(
            "it does not stop what runs: a Pod that is made anew, as by a rollout, gets its defaults, and is refused where it is outside \
             of its bounds",
        ),
        _ => None,
    }
}

/// What grants rights, starts Pods, or closes a way that is open may disturb somebody. Where there was nothing, nobody is.
fn risk(one: &DesiredObject, in_new_namespace: bool) -> Risk {
    let kind = one.reference.kind.as_str();
    if HARMLESS.contains(&kind) || in_new_namespace && HARMLESS_IN_NEW.contains(&kind) {
        Risk::Safe
    } else {
        Risk::Disruptive
    }
}

/// Whether a repair changes that: what was made here is set back, and of others' Applications the revision is, of others' Namespaces
/// the level that they enforce.
fn is_repaired(one: &DesiredObject, created: bool, words: &str) -> bool {
    match one.reference.kind.as_str() {
        "Application" => {
            let of_git = one.value.at(&["spec", "source", "chart"]).is_none();
            of_git && revision_in(words).is_some()
        }
        "Namespace" => created || words.contains("pod-security.kubernetes.io/enforce"),
        "LimitRange" | "NetworkPolicy" | "ResourceQuota" => created,
        _ => false,
    }
}

fn with_who(words: String, applied: Option<&str>) -> String {
    match applied {
        Some(who) => format!("{words}: {who} applied it, change it there"),
        None => words,
    }
}

/// Who applied the revision of an application of others, where that is what differs.
fn revision_applied_by(
    target: &ResourceRef,
    words: &str,
    declared: Option<&Value>,
    known: Known<'_>,
) -> Option<String> {
    let path = revision_in(words)?;
    let applications = known.others.map_or(&[][..], |others| &others.applications);
    let is_it =
        |one: &&Value| identify(one).is_ok_and(|(own, _)| own.qualified_name() == target.qualified_name());
    let application = applications.iter().find(is_it)?;
    applied_by(application, &path, declared)
}

/// Where an application says which revision it delivers, where these words are of that: in its source, in one of several, or in what a
/// hydrator renders from.
fn revision_in(words: &str) -> Option<FieldPath> {
    let (source, rest) = words.strip_prefix("spec.")?.split_once(".targetRevision")?;
    rest.strip_prefix(" is ")?;
    let key = |key: &str| PathElement::Key(key.to_owned());
    let within = match source {
        "source" => vec![key("source")],
        "sourceHydrator.drySource" => vec![key("sourceHydrator"), key("drySource")],
        _ => {
            let index = source.strip_prefix("sources[")?.strip_suffix(']')?;
            vec![key("sources"), PathElement::Index(index.parse().ok()?)]
        }
    };
    let whole = std::iter::once(key("spec"))
        .chain(within)
        .chain([key("targetRevision")]);
    Some(FieldPath(whole.collect()))
}

/// Whether a repair lets a project name its repositories in place of patterns: it does where the project's applications tell which
/// these are.
fn is_narrowed(
    one: &DesiredObject,
    object: &Value,
    words: &str,
    live: Option<&BTreeMap<ResourceRef, Value>>,
) -> bool {
    let is_pattern = |one: &Value| {
        let text = one.text().unwrap_or_default();
        text.contains(['*', '?', '[']) && !text.starts_with('!')
    };
    let of_it = |other: &Value| {
        other.text_at(&["kind"]) == Some("Application")
            && other.text_at(&["spec", "project"]) == Some(&one.reference.name)
    };
    one.reference.kind == "AppProject"
        && words.starts_with("spec.sourceRepos")
        && object.items_at(&["spec", "sourceRepos"]).iter().any(is_pattern)
        && live.is_some_and(|live| live.values().any(of_it))
}

/// Where an object does not say what is desired of it: each such place with both sides, in the order of their paths. What it says
/// besides is the server's, or somebody else's; and by whom it was made is no part of what it should be. With each, whether somebody
/// applied it.
fn difference(desired: &Value, live: &Value) -> Vec<(String, bool)> {
    let desired = without_marks(&meaning(desired));
    let found = compared(&desired, &meaning(live));
    let more = found.len().saturating_sub(MOST_DIFFERENCES);
    let told = found.iter().take(MOST_DIFFERENCES).map(|one| {
        let (path, is, wanted) = said(one);
        let words = format!("{path} is {is}, declared is {wanted}");
        let applied = applied_by(live, &one.path, one.declared.as_ref());
        (with_who(words, applied.as_deref()), applied.is_some())
    });
    let rest = (more > 0).then(|| (format!("and {more} more fields are not as declared"), false));
    told.chain(rest).collect()
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
