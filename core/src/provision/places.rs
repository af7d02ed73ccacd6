//! In which clusters the journals of an environment tell of objects: where no account says which cluster is the environment's, they
//! alone tell whether it is this one.

use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::PlannedCluster;
use crate::plan::journal::{Ended, Head, Recorded};
use std::collections::BTreeMap;

/// The clusters, by their UIDs. One in which something was made stays known when that has gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places(BTreeMap<String, Place>);

/// A cluster, and what was made in it and not removed by a run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    cluster: PlannedCluster,
    objects: Vec<ResourceRef>,
}

impl Places {
    /// Adds what a later step did, or may have done. Of a cluster that could not tell its UID nothing can be said later.
    pub(super) fn add(&mut self, step: &Recorded, head: &Head) {
        let Some(uid) = &head.cluster.uid else { return };
        let target = &step.intent.deed.target;
        match (step.intent.deed.action, &step.ended) {
            (_, Some(Ended::Failed(_))) => {}
            (FixAction::KubernetesCreate, _) => {
                let place = self.0.entry(uid.clone()).or_insert_with(|| Place {
                    cluster: head.cluster.clone(),
                    objects: Vec::new(),
                });
                // The name by which it was reached last.
                place.cluster = head.cluster.clone();
                place.objects.push(target.clone());
            }
            (FixAction::KubernetesDelete, Some(Ended::Done { .. })) => {
                if let Some(place) = self.0.get_mut(uid) {
                    place.objects.retain(|one| !goes_with(one, target));
                }
            }
            _ => {}
        }
    }

    /// The clusters, but this one, in which something is by the journals.
    pub(super) fn but(&self, here: Option<&str>) -> Vec<&PlannedCluster> {
        let elsewhere = self
            .0
            .iter()
            .filter(|(uid, place)| here != Some(uid.as_str()) && !place.objects.is_empty());
        elsewhere.map(|(_, place)| &place.cluster).collect()
    }

    /// Whether something was ever made in this one.
    pub(super) fn has(&self, here: &str) -> bool {
        self.0.contains_key(here)
    }
}

/// Whether an object has gone when another one has.
fn goes_with(one: &ResourceRef, gone: &ResourceRef) -> bool {
    let is_it = one.kind == gone.kind
        && one.group() == gone.group()
        && one.namespace == gone.namespace
        && one.name == gone.name;
    let is_in = match gone.kind.as_str() {
        "Namespace" => one.namespace.as_ref() == Some(&gone.name),
        "CustomResourceDefinition" => gone.name.split_once('.').is_some_and(|(plural, group)| {
            let kind = one.kind.to_lowercase();
            group == one.group() && plural.starts_with(kind.trim_end_matches('y'))
        }),
        _ => false,
    };
    is_it || is_in
}

#[cfg(test)]
mod tests {
    use super::super::Proofs;
    use crate::plan::journal;
    use std::fmt::Write as _;

    /// A journal of a run in the cluster of this UID: each step's action, its target's kind, and how it ended.
    fn run(uid: &str, steps: &[(&str, &str, &str)]) -> journal::Journal {
        let mut text = format!(
            r#"{{"apiVersion":"envcheck.dev/journal/v1","run":"r","environment":"dev","cluster":{{"name":"kind-{uid}","uid":"{uid}","id":null}},"started":"s","undoes":null,"steps":1}}
"#
        );
        for (at, (action, kind, ended)) in steps.iter().enumerate() {
            let target = match *kind {
                "Namespace" => r#""apiVersion":"v1","kind":"Namespace","name":"web""#,
                "CustomResourceDefinition" => {
                    r#""apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","name":"policies.example.com""#
                }
                "Policy" => r#""apiVersion":"example.com/v1","kind":"Policy","name":"one""#,
                _ => r#""apiVersion":"apps/v1","kind":"Deployment","namespace":"web","name":"one""#,
            };
            let _ = writeln!(
                text,
                r#"{{"phase":"intent","step":"{at}","summary":"s","deed":{{"action":"{action}","target":{{{target}}},"data":{{}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}"#
            );
            if !ended.is_empty() {
                let _ = writeln!(
                    text,
                    r#"{{"phase":"{ended}","step":"{at}","after":null,"uid":null,"why":"w"}}"#
                );
            }
        }
        journal::read(&text).unwrap()
    }

    const MAKE: &str = "kubernetes.create";
    const REMOVE: &str = "kubernetes.delete";

    fn elsewhere(runs: &[journal::Journal], here: Option<&str>) -> (Vec<String>, bool) {
        let mut proofs = Proofs::of("dev");
        for run in runs {
            proofs.add(run);
        }
        let names = proofs.clusters_but(here).into_iter();
        let names = names.map(|cluster| cluster.name.clone()).collect();
        (names, here.is_some_and(|uid| proofs.was_in(uid)))
    }

    fn of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn journals_tell_in_which_other_clusters_something_is() {
        let made = run("a", &[(MAKE, "Namespace", "done"), (MAKE, "Deployment", "")]);
        let one = [made.clone()];
        assert_eq!(elsewhere(&one, Some("a")), (of(&[]), true));
        assert_eq!(elsewhere(&one, Some("b")), (of(&["kind-a"]), false));
        assert_eq!(elsewhere(&one, None), (of(&["kind-a"]), false));
        let both = [made.clone(), run("b", &[(MAKE, "Namespace", "done")])];
        assert_eq!(elsewhere(&both, Some("b")), (of(&["kind-a"]), true));
        // What failed is nowhere, and a repair of what was there made nothing.
        let nothing = run(
            "a",
            &[
                (MAKE, "Namespace", "failed"),
                ("kubernetes.patch", "Deployment", "done"),
            ],
        );
        assert_eq!(elsewhere(&[nothing], Some("b")), (of(&[]), false));
        // That of another environment is not this one's.
        let mut others = made;
        others.head.environment = "stage".to_owned();
        assert_eq!(elsewhere(&[others], Some("b")), (of(&[]), false));
    }

    #[test]
    fn what_a_run_removed_there_is_missed_nowhere() {
        let made = run(
            "a",
            &[
                (MAKE, "Namespace", "done"),
                (MAKE, "Deployment", "done"),
                (MAKE, "CustomResourceDefinition", "done"),
                (MAKE, "Policy", "done"),
            ],
        );
        let half = run("a", &[(REMOVE, "Namespace", "done")]);
        let rest = run("a", &[(REMOVE, "CustomResourceDefinition", "done")]);
        let runs = [made.clone(), half.clone()];
        assert_eq!(elsewhere(&runs, Some("b")), (of(&["kind-a"]), false));
        let runs = [made.clone(), half, rest];
        assert_eq!(elsewhere(&runs, Some("b")), (of(&[]), false));
        assert_eq!(elsewhere(&runs, Some("a")), (of(&[]), true));
        let refused = run("a", &[(REMOVE, "Namespace", "failed")]);
        let elsewhere_removed = run("b", &[(REMOVE, "Namespace", "done")]);
        let runs = [made, refused, elsewhere_removed];
        assert_eq!(elsewhere(&runs, Some("b")), (of(&["kind-a"]), false));
    }
}
