//! The cluster's side: which objects are missing, and in which way those that stand are not as they are declared.

use super::allowing::allows_less;
use super::differences::differing;
use super::elsewhere::{Elsewhere, Others, caution, is_done_by_others, is_marked, told};
use super::foreign::declared_of;
use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, Part, without_marks};
use super::steps::Steps;
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Conflict, Difference, Provisioning, meaning};
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

/// What is known of a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The objects that stand, of those that are desired; `None` where there is no cluster yet.
    pub live: Option<&'k BTreeMap<ResourceRef, Value>>,
    /// What is not made, as it stands under other names.
    pub elsewhere: &'k Elsewhere,
    /// What others made, where that was looked at.
    pub others: Option<&'k Others>,
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
                    .map(|words| Difference {
                        repaired: is_repaired(one, created, &words) || is_narrowed(one, object, &words, live),
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
            making.step.risk = risk(one, namespace.is_some_and(|namespace| new.contains(namespace)));
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
    let created = live(own).is_some_and(|object| is_marked(object, spec.name()));
    let name = own.qualified_name();
    let hint = if created {
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

    fn stage(network: &str) -> Spec {
        let text = format!(
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
             - {{name: web, role: platform}}\n    - {{name: db, role: application, network: {network}}}\n"
        );
        let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
        loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
    }

    /// What is to be made, and what stands in the way, where of what is declared all but `default-deny` stands, with this in place of
    /// the spec of `accept-declared`.
    fn planned(spec: &str, marked: bool) -> (Vec<String>, Vec<(String, String)>) {
        let declared = stage("{accepts: {fromNamespaces: [web], sameNamespace: false}}");
        let desired =
            super::super::objects::objects(&declared, &super::super::objects::Material::default()).unwrap();
        let mut live: BTreeMap<ResourceRef, Value> = BTreeMap::new();
        for one in desired.objects.iter().filter(|one| one.part != Part::Denying) {
            let replaced = |key: &str| match key {
                "spec" if !spec.is_empty() => Some(crate::yaml::value_of(spec)),
                "metadata" if !marked => {
                    Some(crate::yaml::value_of("{name: accept-declared, namespace: db}"))
                }
                _ => None,
            };
            let allowing = one.part == Part::Allowing;
            let members = one.value.members().map(|(key, member)| {
                let other = replaced(key).filter(|_| allowing);
                (key, other.unwrap_or_else(|| member.clone()))
            });
            live.insert(one.reference.clone(), crate::value::object(members));
        }
        let account = crate::provision::Account::default();
        let mut plan = crate::provision::account(
            &declared,
            &account,
            &crate::provision::Provenance::default(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        let known = Known {
            live: Some(&live),
            elsewhere: &Elsewhere::new(),
            others: None,
        };
        cluster(&declared, &desired, known, &mut plan);
        let made = plan.steps.iter().map(|one| one.step.summary.clone()).collect();
        let in_the_way = plan.conflicts.into_iter().map(|one| (one.why, one.hint));
        (made, in_the_way.collect())
    }

    #[test]
    fn nothing_is_closed_while_what_stays_open_is_not_as_declared() {
        let web = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}";
        let closes = ["create NetworkPolicy db/default-deny".to_owned()];
        let more = format!(
            "{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{web}]}}, {{ports: [{{port: 80}}]}}]}}"
        );
        for spec in ["", &more] {
            assert_eq!(planned(spec, true), (closes.to_vec(), Vec::new()), "{spec}");
        }
        let some = format!(
            "{{podSelector: {{matchLabels: {{app: x}}}}, policyTypes: [Ingress], ingress: [{{from: [{web}]}}]}}"
        );
        let (made, in_the_way) = planned(&some, false);
        assert_eq!(made, [""; 0]);
        let (why, hint) = &in_the_way[0];
        assert!(
            why.contains("db/accept-declared lets through less than is declared")
                && why.contains("it selects only some Pods"),
            "{why}"
        );
        assert!(hint.contains("somebody else made db/accept-declared"), "{hint}");
        let narrowed = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}";
        let (made, in_the_way) = planned(narrowed, true);
        assert_eq!((made.len(), in_the_way.len()), (0, 1));
        assert!(
            in_the_way[0]
                .1
                .starts_with("envcheck remediate stage sets db/accept-declared back"),
            "{in_the_way:?}"
        );
    }

    #[test]
    fn a_project_that_admits_patterns_is_repaired_where_its_applications_tell_what_it_needs() {
        let project = |repositories: &str| {
            crate::yaml::value_of(&format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {{name: stage, namespace: argocd}}, spec: {{sourceRepos: {repositories}}}}}"
            ))
        };
        let application = crate::yaml::value_of(
            "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: web, namespace: argocd}, spec: {project: stage}}",
        );
        let named = |value: &Value| crate::inventory::identify(value).unwrap().0;
        let live = BTreeMap::from([(named(&application), application)]);
        let declared = project("['https://github.com/acme/deploy']");
        let one = DesiredObject {
            part: Part::Projects,
            reference: named(&declared),
            value: declared.clone(),
        };
        let repaired = |object: &Value, live: &BTreeMap<ResourceRef, Value>| {
            let words = difference(&declared, object);
            assert_eq!(words.len(), 1, "{words:?}");
            is_narrowed(&one, object, &words[0], Some(live))
        };
        assert!(repaired(&project("['*']"), &live));
        assert!(!repaired(&project("['*']"), &BTreeMap::new()), "none tells");
        assert!(
            !repaired(&project("['https://github.com/acme/other']"), &live),
            "no policy minds"
        );
    }
}
