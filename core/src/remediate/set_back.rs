//! What was made from the spec and somebody changed since, put back to what is declared: labels of Namespaces, quotas, limits and
//! NetworkPolicies. Of most of it no policy knows what it should be, so it is not a policy that asks for it, but drift.

use super::contradiction::concerns;
use super::managers::taken_over;
use crate::fields::{Compared, Sides, agrees, compare};
use crate::findings::{Draft, Finding, Fix, FixAction};
use crate::inventory::{Origin, ResourceRef};
use crate::path::{FieldPath, PathElement};
use crate::plan::{DRIFT, Deed, meaning};
use crate::policy::{Risk, Severity};
use crate::value::patch::{self, Operation};
use crate::value::{Value, object};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that are put back.
const KINDS: [&str; 4] = ["LimitRange", "Namespace", "NetworkPolicy", "ResourceQuota"];

/// Which level a Namespace enforces, the policies put back: what is warned of comes first, and a stricter level than the declared one is
/// nothing to mend.
const ENFORCES: &str = "pod-security.kubernetes.io/enforce";

/// Whether a field of such an object is put back, by its path in words.
pub fn is_put_back_field(path: &str) -> bool {
    !path.contains(ENFORCES)
}

/// Whether objects of this kind are put back.
pub fn is_set_back(target: &ResourceRef) -> bool {
    KINDS.contains(&target.kind.as_str()) && matches!(target.group(), "" | "networking.k8s.io")
}

/// The fields of an object that differ, as drift tells them.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// Those that are declared otherwise, and that nobody overlooks.
    pub told: &'a BTreeSet<String>,
    /// All that nobody overlooks.
    pub looked_at: &'a BTreeSet<String>,
    /// What the fixes of findings do to the object: what they have to do with is left to them.
    pub repaired: &'a [Deed],
}

/// What is wrong with an object and puts it back; and, each for itself, what stays as somebody else applied it. Nothing where none of
/// the fields is one that is put back: what the spec overlooks stays, and so does what could only be put back with it, or what a
/// finding's fix repairs.
pub fn set_back(
    environment: &str,
    target: &ResourceRef,
    declared: &Value,
    live: &Value,
    fields: Fields<'_>,
) -> Vec<Finding> {
    let recorded = live;
    let (declared, live) = (meaning(declared), meaning(live));
    let sides = Sides {
        declared: Some(&declared),
        committed: None,
        live: &live,
    };
    let (looked_at, overlooked): (Vec<Compared>, Vec<Compared>) = compare(sides)
        .into_iter()
        .partition(|one| fields.looked_at.contains(&one.path.to_string()));
    let with_it: BTreeSet<_> = overlooked.iter().filter_map(|one| place(&one.path.0)).collect();
    let is_told = |one: &Compared| {
        let place = place(&one.path.0);
        let free = |place: Vec<String>| {
            !with_it.contains(&place) && !fields.repaired.iter().any(|deed| concerns(deed, &place))
        };
        fields.told.contains(&one.path.to_string()) && place.is_none_or(free)
    };
    let differences: Vec<Compared> = looked_at.into_iter().filter(is_told).collect();
    let mut changes: BTreeMap<Vec<String>, Operation> = BTreeMap::new();
    for one in &differences {
        if let Some(place) = place(&one.path.0) {
            let change = match patch::find(&declared, &place) {
                Some(value) => Operation::add(place.clone(), value.clone()),
                None => Operation::remove(place.clone()),
            };
            changes.insert(place, change);
        }
    }
    let words = |places: &dyn Fn(&[String]) -> bool| {
        let all = differences.iter();
        let own = all.filter(|one| place(&one.path.0).is_some_and(|place| places(&place)));
        own.map(difference).collect::<Vec<_>>().join("; ")
    };
    let mut found = Vec::new();
    // What somebody applies keeps nothing else from being put back.
    changes.retain(|place, change| {
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: target.clone(),
            data: patch::to_value(std::slice::from_ref(change)),
        };
        let Some(why) = taken_over(&deed, recorded) else {
            return true;
        };
        let fix = Fix {
            action: FixAction::Instructions,
            risk: Risk::Safe,
            summary: why,
            data: Value::new_object(),
        };
        let path = FieldPath(place.iter().cloned().map(PathElement::Key).collect());
        let message = words(&|other| other == place.as_slice());
        found.extend(drifted(environment, target, Some(path), message, fix));
        false
    });
    if changes.is_empty() {
        return found;
    }
    let message = words(&|place| changes.contains_key(place));
    let operations: Vec<Operation> = changes.into_values().collect();
    let fix = Fix {
        action: FixAction::KubernetesPatch,
        risk: Risk::Safe,
        summary: format!(
            "set {} {} back to what is declared",
            target.kind,
            target.qualified_name()
        ),
        data: object([
            ("target", target.to_value()),
            ("patch", patch::to_value(&operations)),
        ]),
    };
    found.extend(drifted(environment, target, None, message, fix));
    found
}

/// That an object, or a field of it, is not as it is declared.
fn drifted(
    environment: &str,
    target: &ResourceRef,
    path: Option<FieldPath>,
    message: String,
    fix: Fix,
) -> Option<Finding> {
    let draft = Draft {
        policy: DRIFT.into(),
        title: "What was made is as it is declared".into(),
        category: DRIFT.into(),
        severity: Severity::Medium,
        environment: Some(environment.into()),
        resource: Some(target.clone()),
        path,
        key: None,
        message,
        owner: None,
        origin: Origin::Live,
        declared: None,
        fix: Some(fix),
        foreign: false,
    };
    Finding::new(draft).ok()
}

/// Whether an object is by now as such a deed makes it, whatever the server completes.
pub fn is_put_back(deed: &Deed, live: &Value) -> bool {
    let live = meaning(live);
    let Ok(operations) = deed.operations() else {
        return false;
    };
    let kind = deed.target.kind.as_str();
    operations.iter().all(|one| {
        let path = FieldPath(one.path.iter().cloned().map(PathElement::Key).collect());
        let wanted = one.value.as_ref().unwrap_or(&Value::Undefined);
        let there = patch::find(&live, &one.path).unwrap_or(&Value::Undefined);
        agrees(kind, &path, wanted, there)
    })
}

/// What is put back as a whole: a label, an amount, or a member of what the object says.
fn place(path: &[PathElement]) -> Option<Vec<String>> {
    let keys: Vec<String> = path
        .iter()
        .map_while(|element| match element {
            PathElement::Key(key) => Some(key.clone()),
            _ => None,
        })
        .collect();
    if keys.iter().any(|key| key.starts_with(ENFORCES)) {
        return None;
    }
    let depth = match keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["metadata", "labels", _, ..] | ["spec", "hard", _, ..] => 3,
        ["spec", _, ..] => 2,
        _ => return None,
    };
    Some(keys[..depth].to_vec())
}

fn difference(one: &Compared) -> String {
    let words = |value: Option<&Value>| match value {
        None | Some(Value::Null | Value::Undefined) => "nothing".to_owned(),
        Some(value) => value.to_json_str().unwrap_or_default(),
    };
    format!(
        "{} is {}, declared is {}",
        one.path,
        words(Some(&one.live)),
        words(one.declared.as_ref())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::risk;
    use crate::yaml::value_of as read;

    /// The object once it is put back, and how dangerous that is.
    fn put_back(declared: &str, live: &str, told: &[&str]) -> Option<(Value, Risk)> {
        put_back_beside(declared, live, told, &[])
    }

    /// The same where findings of policies have fixes for the object.
    fn put_back_beside(
        declared: &str,
        live: &str,
        told: &[&str],
        repaired: &[Deed],
    ) -> Option<(Value, Risk)> {
        let (declared, live) = (read(declared), read(live));
        let (target, _) = crate::inventory::identify(&live).unwrap();
        let told: BTreeSet<String> = told.iter().map(|path| (*path).to_owned()).collect();
        let fields = Fields {
            told: &told,
            looked_at: &told,
            repaired,
        };
        let found = set_back("stage", &target, &declared, &live, fields);
        assert!(found.len() < 2, "{found:?}");
        let finding = found.into_iter().next()?;
        let deed = Deed::of(finding.fix.as_ref().unwrap(), finding.resource()).unwrap();
        let after = deed.done_to(Some(&live)).unwrap().unwrap();
        assert!(!is_put_back(&deed, &live) && is_put_back(&deed, &after));
        Some((after, risk(&deed).unwrap()))
    }

    #[test]
    fn what_somebody_changed_is_as_declared_afterwards_and_the_rest_stays() {
        let quota = |hard: &str| {
            format!(
                "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: declared, namespace: a}}, spec: {{hard: {hard}}}}}"
            )
        };
        let (after, risk) = put_back(
            &quota("{pods: '10', limits.cpu: '4'}"),
            &quota("{pods: '50', limits.cpu: '4', services: '3'}"),
            &["spec.hard.pods"],
        )
        .unwrap();
        assert_eq!(
            after,
            read(&quota("{pods: '10', limits.cpu: '4', services: '3'}"))
        );
        assert_eq!(risk, Risk::Disruptive);
        let policy = |rules: &str| {
            format!(
                "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: default-deny, namespace: a}}, spec: \
                 {{podSelector: {{}}, policyTypes: [Ingress]{rules}}}}}"
            )
        };
        let (after, _) = put_back(&policy(""), &policy(", ingress: [{}]"), &["spec.ingress"]).unwrap();
        assert_eq!(after, read(&policy("")));
        let namespace = |labels: &str| {
            format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {{{labels}}}}}}}")
        };
        let warn = r#"metadata.labels["pod-security.kubernetes.io/warn"]"#;
        let (after, _) = put_back(
            &namespace("pod-security.kubernetes.io/warn: baseline"),
            &namespace("team: x"),
            &[warn],
        )
        .unwrap();
        assert_eq!(
            after,
            read(&namespace("team: x, pod-security.kubernetes.io/warn: baseline"))
        );
        // Which level is enforced, the policies know better.
        let enforce = r#"metadata.labels["pod-security.kubernetes.io/enforce"]"#;
        for live in ["team: x", "pod-security.kubernetes.io/enforce: restricted"] {
            let declared = namespace("pod-security.kubernetes.io/enforce: baseline");
            assert_eq!(put_back(&declared, &namespace(live), &[enforce]), None);
        }
    }

    #[test]
    fn what_is_overlooked_stays_as_it_is() {
        let (declared, live) = (
            "{apiVersion: v1, kind: ResourceQuota, metadata: {name: declared, namespace: a}, spec: {hard: {pods: '1'}}}",
            "{apiVersion: v1, kind: ResourceQuota, metadata: {name: declared, namespace: a}, spec: {hard: {pods: '2'}}}",
        );
        assert_eq!(put_back(declared, live, &[]), None);
        assert_eq!(put_back(declared, declared, &["spec.hard.pods"]), None);
    }

    #[test]
    fn what_a_fix_repairs_is_left_to_it_and_the_rest_is_put_back() {
        let namespace = |labels: &str| {
            format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {{{labels}}}}}}}")
        };
        let deed = |action, data: &str| Deed {
            action,
            target: ResourceRef::kubernetes("v1", "Namespace", None, "a"),
            data: read(data),
        };
        let declared = namespace("team: x, owner: y, pod-security.kubernetes.io/enforce: baseline");
        let live = namespace("team: z, owner: z, pod-security.kubernetes.io/enforce: privileged");
        let enforce = r#"metadata.labels["pod-security.kubernetes.io/enforce"]"#;
        let told = ["metadata.labels.team", "metadata.labels.owner", enforce];
        // Nothing is enforced in the run that begins to warn.
        let warns = deed(
            FixAction::KubernetesLabel,
            "{labels: {pod-security.kubernetes.io/warn: baseline}}",
        );
        let (after, _) = put_back_beside(&declared, &live, &told, &[warns]).unwrap();
        let wanted = "team: x, owner: y, pod-security.kubernetes.io/enforce: privileged";
        assert_eq!(after, read(&namespace(wanted)));
        // A patch of one label, and one that says all of them.
        let team = "[{op: replace, path: /metadata/labels/team, value: x}]";
        let team = deed(FixAction::KubernetesPatch, team);
        let (after, _) = put_back_beside(&declared, &live, &told, &[team]).unwrap();
        let wanted = "team: z, owner: y, pod-security.kubernetes.io/enforce: privileged";
        assert_eq!(after, read(&namespace(wanted)));
        for all in [
            deed(
                FixAction::KubernetesPatch,
                "[{op: add, path: /metadata/labels, value: {}}]",
            ),
            deed(FixAction::KubernetesDelete, "{}"),
        ] {
            assert_eq!(put_back_beside(&declared, &live, &told, &[all]), None);
        }
    }

    #[test]
    fn what_somebody_applied_stays_and_keeps_nothing_else() {
        let namespace = |labels: &str, record: &str| {
            format!(
                "{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {{{labels}}}{record}}}}}"
            )
        };
        let record = ", managedFields: [{manager: flux, operation: Apply, fieldsV1: {'f:metadata': {'f:labels': {'f:team': {}}}}}, \
                      {manager: kubectl-label, operation: Update, fieldsV1: {'f:metadata': {'f:labels': {'f:owner': {}}}}}]";
        let declared = read(&namespace("team: x, owner: w", ""));
        let live = read(&namespace("team: z, owner: z", record));
        let (target, _) = crate::inventory::identify(&live).unwrap();
        let told: BTreeSet<String> = ["team", "owner"]
            .map(|key| format!("metadata.labels.{key}"))
            .into();
        let fields = Fields {
            told: &told,
            looked_at: &told,
            repaired: &[],
        };
        let found = set_back("stage", &target, &declared, &live, fields);
        let [left, back] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(left.message, r#"metadata.labels.team is "z", declared is "x""#);
        let fix = left.fix.as_ref().unwrap();
        assert_eq!(fix.action, FixAction::Instructions);
        assert_eq!(
            fix.summary,
            "flux applied metadata.labels.team (server-side apply), which is not taken over: change it there"
        );
        assert_eq!(back.message, r#"metadata.labels.owner is "z", declared is "w""#);
        assert_ne!(left.fingerprint(), back.fingerprint());
        let deed = Deed::of(back.fix.as_ref().unwrap(), back.resource()).unwrap();
        let after = deed.done_to(Some(&live)).unwrap().unwrap();
        assert_eq!(after, read(&namespace("team: z, owner: w", record)));
        assert_eq!(
            super::super::managers::cautions(&deed, &live, true),
            ["kubectl-label (Update) wrote another metadata.labels.owner, and may do so again"]
        );
        // Who asks for it as a policy asks for what it found, not as what drifted.
        assert!(super::super::managers::cautions(&deed, &live, false).is_empty());
        // All of it is theirs.
        let told: BTreeSet<String> = ["metadata.labels.team".to_owned()].into();
        let fields = Fields {
            told: &told,
            looked_at: &told,
            repaired: &[],
        };
        assert_eq!(set_back("stage", &target, &declared, &live, fields).len(), 1);
    }
}
