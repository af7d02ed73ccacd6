//! The cluster's side: which objects are missing, and in which way those that stand are not as they are declared.

use super::differences::differing;
use super::elsewhere::{Elsewhere, told};
use super::foreign::declared_of;
use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, Part, without_marks};
use super::steps::Steps;
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Difference, Provisioning, meaning};
use crate::policy::Risk;
use crate::spec::Spec;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds that let nobody do anything and start nothing.
const HARMLESS: [&str; 6] = [
    "ConfigMap",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "ServiceAccount",
];

/// How many differences of one object are told, before the rest is counted.
const MOST_DIFFERENCES: usize = 20;

/// Adds to a plan what the cluster lacks. `live` are the objects that stand, of those that are desired; `None` where there is no
/// cluster yet. What stands `elsewhere` is not made.
pub fn cluster(
    spec: &Spec,
    desired: &Desired,
    live: Option<&BTreeMap<ResourceRef, Value>>,
    elsewhere: &Elsewhere,
    plan: &mut Provisioning,
) {
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
                    .map(|words| Difference {
                        repaired: is_repaired(one, created, &words),
                        words,
                    })
                    .collect()
            };
            steps.stands(one.reference.clone(), created, differs);
            continue;
        }
        if let Some(standin) = elsewhere.get(&one.reference) {
            for (target, differs) in &standin.differing {
                let differs = differs.iter().map(|words| Difference {
                    repaired: is_repaired(one, false, words),
                    words: words.clone(),
                });
                steps.stands(target.clone(), false, differs.collect());
            }
            continue;
        }
        let namespace = one.reference.namespace.as_deref();
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
            making.step.risk = risk(one, namespace.is_some_and(|namespace| new.contains(namespace)));
        }
    }
    plan.steps = steps.makings;
    plan.standing.extend(steps.standing);
    plan.standing.sort();
    plan.notes.extend(desired.notes.iter().cloned());
    plan.instead.extend(elsewhere.keys().cloned());
    plan.notes.extend(told(elsewhere));
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

/// What grants rights, starts Pods, or closes a way that is open may disturb somebody. Where there was nothing, nobody is.
fn risk(one: &DesiredObject, in_new_namespace: bool) -> Risk {
    let kind = one.reference.kind.as_str();
    let closes = kind == "NetworkPolicy" && !in_new_namespace;
    if HARMLESS.contains(&kind) && !closes {
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
            of_git && words.starts_with("spec.source.targetRevision is ")
        }
        "Namespace" => created || words.contains("pod-security.kubernetes.io/enforce"),
        "LimitRange" | "NetworkPolicy" | "ResourceQuota" => created,
        _ => false,
    }
}

/// Where an object does not say what is desired of it: each such place with both sides, in the order of their paths. What it says
/// besides is the server's, or somebody else's; and by whom it was made is no part of what it should be.
fn difference(desired: &Value, live: &Value) -> Vec<String> {
    let desired = without_marks(&meaning(desired));
    let found = differing(&desired, &meaning(live));
    let more = found.len().saturating_sub(MOST_DIFFERENCES);
    let told = found
        .iter()
        .take(MOST_DIFFERENCES)
        .map(|(path, is, wanted)| format!("{path} is {is}, declared is {wanted}"));
    let rest = (more > 0).then(|| format!("and {more} more fields are not as declared"));
    told.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    #[test]
    fn what_the_server_adds_is_no_difference_and_what_somebody_changed_is() {
        let desired = value(
            r#"{"kind": "NetworkPolicy", "metadata": {"name": "a", "labels": {"envcheck.dev/environment": "stage"}},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}]}}"#,
        );
        let live = |spec: &str| {
            value(&format!(
                r#"{{"kind": "NetworkPolicy", "metadata": {{"name": "a", "uid": "1", "creationTimestamp": "x"}}, "spec": {spec},
                    "status": {{}}}}"#
            ))
        };
        let same = live(
            r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}], "more": 1}"#,
        );
        assert_eq!(difference(&desired, &same), [""; 0]);
        for (spec, words) in [
            // In a rule, what is not said means everything.
            (
                r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 1}]}]}"#,
                "spec.ingress[0].ports is [{\"port\":1}], declared is nothing",
            ),
            (
                r#"{"podSelector": {}, "policyTypes": ["Egress"], "ingress": [{"from": [{"namespaceSelector": {}}]}]}"#,
                r#"spec.policyTypes is ["Egress"], declared is ["Ingress"]"#,
            ),
            (
                r#"{"podSelector": {}, "policyTypes": ["Ingress"]}"#,
                "spec.ingress is nothing",
            ),
            (
                r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}], "egress": [{}]}"#,
                "spec.egress is [{}], declared is nothing",
            ),
            (
                r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}, {}]}"#,
                "spec.ingress is [{},{}]",
            ),
        ] {
            let found = difference(&desired, &live(spec));
            assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
        }
    }

    #[test]
    fn all_that_differs_is_told_and_of_much_how_much() {
        let object = |fields: usize, number: u8| {
            let members: Vec<String> = (0..fields).map(|at| format!(r#""f{at:02}": {number}"#)).collect();
            value(&format!(
                r#"{{"kind": "ResourceQuota", "spec": {{{}}}}}"#,
                members.join(", ")
            ))
        };
        assert_eq!(
            difference(&object(2, 1), &object(2, 2)),
            ["spec.f00 is 2, declared is 1", "spec.f01 is 2, declared is 1"]
        );
        let many = difference(&object(25, 1), &object(25, 2));
        assert_eq!(many.len(), MOST_DIFFERENCES + 1);
        assert_eq!(
            many.last().map(String::as_str),
            Some("and 5 more fields are not as declared")
        );
    }
}
