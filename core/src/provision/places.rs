//! In which clusters the journals of an environment tell of objects: where no account says which cluster is the environment's, they
//! alone tell whether it is this one.

use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::journal::{Ended, Head, Recorded};
use crate::plan::{Deed, PlannedCluster};
use crate::value::ValueExt;
use std::collections::BTreeMap;

const CUSTOM_KIND: &str = "CustomResourceDefinition";

/// The clusters, by their UIDs. One in which something was made stays known when that has gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    clusters: BTreeMap<String, Place>,
    /// Group and kind of what custom kinds define that were made, by their names.
    kinds: BTreeMap<String, (String, String)>,
}

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
                self.kinds.extend(defined(&step.intent.deed));
                let place = self.clusters.entry(uid.clone()).or_insert_with(|| Place {
                    cluster: head.cluster.clone(),
                    objects: Vec::new(),
                });
                // The name by which it was reached last.
                place.cluster = head.cluster.clone();
                place.objects.push(target.clone());
            }
            (FixAction::KubernetesDelete, Some(Ended::Done { .. })) => {
                let defined = self.kinds.get(&target.name);
                let defined = defined.filter(|_| target.kind == CUSTOM_KIND);
                let of_kind = |one: &ResourceRef| {
                    defined.is_some_and(|(group, kind)| one.group() == group && one.kind == *kind)
                };
                if let Some(place) = self.clusters.get_mut(uid) {
                    place
                        .objects
                        .retain(|one| !goes_with(one, target) && !of_kind(one));
                }
            }
            _ => {}
        }
    }

    /// The clusters, but this one, in which something is by the journals.
    pub(super) fn but(&self, here: Option<&str>) -> Vec<&PlannedCluster> {
        let elsewhere = self
            .clusters
            .iter()
            .filter(|(uid, place)| here != Some(uid.as_str()) && !place.objects.is_empty());
        elsewhere.map(|(_, place)| &place.cluster).collect()
    }

    /// Leaves out a cluster; `None` where nothing was ever made in it.
    pub(super) fn forget(&mut self, uid: &str) -> Option<PlannedCluster> {
        Some(self.clusters.remove(uid)?.cluster)
    }

    /// Whether something was ever made in this one.
    pub(super) fn has(&self, here: &str) -> bool {
        self.clusters.contains_key(here)
    }
}

/// Whether an object has gone when another one has, or is in it.
fn goes_with(one: &ResourceRef, gone: &ResourceRef) -> bool {
    let is_it = one.kind == gone.kind
        && one.group() == gone.group()
        && one.namespace == gone.namespace
        && one.name == gone.name;
    is_it || gone.kind == "Namespace" && one.namespace.as_ref() == Some(&gone.name)
}

/// The custom kind that a deed makes: its name, with the group and the kind of its objects.
fn defined(deed: &Deed) -> Option<(String, (String, String))> {
    if deed.target.kind != CUSTOM_KIND {
        return None;
    }
    let text = |path: &[&str]| deed.data.text_at(path).map(ToOwned::to_owned);
    let defined = (text(&["spec", "group"])?, text(&["spec", "names", "kind"])?);
    Some((deed.target.name.clone(), defined))
}

#[cfg(test)]
mod tests {
    use super::super::Proofs;
    use crate::plan::{PlannedCluster, journal};
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
            let data = match *kind {
                "CustomResourceDefinition" if *action == MAKE => {
                    r#""spec":{"group":"example.com","names":{"kind":"Policy"}}"#
                }
                _ => "",
            };
            let _ = writeln!(
                text,
                r#"{{"phase":"intent","step":"{at}","summary":"s","deed":{{"action":"{action}","target":{{{target}}},"data":{{{data}}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}"#
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
        let this = PlannedCluster {
            uid: here.map(ToOwned::to_owned),
            ..PlannedCluster::default()
        };
        (names, !proofs.only_elsewhere(&this).is_empty())
    }

    fn of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn journals_tell_in_which_other_clusters_something_is() {
        let made = run("a", &[(MAKE, "Namespace", "done"), (MAKE, "Deployment", "")]);
        let one = [made.clone()];
        assert_eq!(elsewhere(&one, Some("a")), (of(&[]), false));
        assert_eq!(elsewhere(&one, Some("b")), (of(&["kind-a"]), true));
        assert_eq!(elsewhere(&one, None), (of(&["kind-a"]), false));
        let both = [made.clone(), run("b", &[(MAKE, "Namespace", "done")])];
        assert_eq!(elsewhere(&both, Some("b")), (of(&["kind-a"]), false));
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
        assert_eq!(elsewhere(&runs, Some("b")), (of(&["kind-a"]), true));
        let runs = [made.clone(), half, rest];
        assert_eq!(elsewhere(&runs, Some("b")), (of(&[]), false));
        assert_eq!(elsewhere(&runs, Some("a")), (of(&[]), false));
        let refused = run("a", &[(REMOVE, "Namespace", "failed")]);
        let elsewhere_removed = run("b", &[(REMOVE, "Namespace", "done")]);
        let runs = [made, refused, elsewhere_removed];
        assert_eq!(elsewhere(&runs, Some("b")), (of(&["kind-a"]), true));
    }

    #[test]
    fn a_cluster_that_is_no_more_is_forgotten() {
        let made = |uid| run(uid, &[(MAKE, "Namespace", "done")]);
        let mut proofs = Proofs::of("dev");
        proofs.add(&made("a"));
        proofs.add(&made("b"));
        assert_eq!(proofs.forget_cluster("c"), None);
        assert_eq!(
            proofs.forget_cluster("a").unwrap().named(),
            "kind-a (kube-system a)"
        );
        let left: Vec<String> = proofs
            .clusters_but(None)
            .into_iter()
            .map(PlannedCluster::named)
            .collect();
        assert_eq!(left, ["kind-b (kube-system b)"]);
    }
}
