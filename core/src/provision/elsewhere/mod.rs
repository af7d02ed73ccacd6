//! What stands under other names: an environment that was there before its spec has NetworkPolicies and applications already. Made once
//! more they would do nothing, or two would deliver the same. So what others made and does what is declared is used as it is.

mod applications;
#[cfg(test)]
mod tests;

pub(super) use applications::{destination, is_going, source};

use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, Part};
use crate::inventory::ResourceRef;
use crate::network::Network;
use crate::spec::Spec;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// What others made in a cluster.
#[derive(Debug)]
pub struct Others {
    /// What NetworkPolicies allow that select every Pod of their namespace, those left aside that were made from the spec; in each declared
    /// namespace a Pod as it may come ([`crate::network::newcomer`]). `None` where that is not known.
    pub network: Option<Network>,
    /// The applications of Argo CD.
    pub applications: Vec<Value>,
}

impl Others {
    /// Of what stands in for something and is not as it is declared, `read` gives the whole: lists come without who wrote which field,
    /// and without what `kubectl apply` noted.
    ///
    /// # Errors
    ///
    /// What could not be read, and why.
    pub fn complete(
        &mut self,
        elsewhere: &Elsewhere,
        read: &dyn Fn(&ResourceRef) -> Result<Option<Value>, String>,
    ) -> Result<(), (ResourceRef, String)> {
        let differing: BTreeSet<&ResourceRef> = elsewhere
            .values()
            .flat_map(|standin| standin.differing.keys())
            .collect();
        for target in differing {
            let is_it = |one: &&mut Value| {
                let text = |key: &str| one.text_at(&["metadata", key]);
                text("namespace") == target.namespace.as_deref() && text("name") == Some(&target.name)
            };
            let Some(own) = self.applications.iter_mut().find(is_it) else {
                continue;
            };
            // What has gone meanwhile is told as it was.
            if let Some(whole) = read(target).map_err(|why| (target.clone(), why))? {
                *own = whole;
            }
        }
        Ok(())
    }
}

/// What does what a desired object would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standin {
    /// What it is called.
    pub names: BTreeSet<String>,
    /// In which way some of it is not as it is declared.
    pub differing: BTreeMap<ResourceRef, Vec<String>>,
}

impl From<BTreeSet<String>> for Standin {
    fn from(names: BTreeSet<String>) -> Self {
        Self {
            names,
            differing: BTreeMap::new(),
        }
    }
}

/// What is not made, as it stands under other names: what, and under which.
pub type Elsewhere = BTreeMap<ResourceRef, Standin>;

/// Whether an object was made from the spec of this environment.
pub fn is_marked(object: &Value, environment: &str) -> bool {
    object.text_at(&["metadata", "labels", ENVIRONMENT_LABEL]) == Some(environment)
}

/// The object of the cluster that is called so.
pub type Live<'l> = dyn Fn(&ResourceRef) -> Option<&'l Value> + 'l;

/// Which of the desired objects may stand under other names: those that are not there, in namespaces that are.
pub fn sought<'d>(desired: &'d Desired, live: &Live<'_>) -> Vec<&'d DesiredObject> {
    let missing: BTreeSet<&str> = desired
        .objects
        .iter()
        .filter(|one| one.part == Part::Namespaces && live(&one.reference).is_none())
        .map(|one| one.reference.name.as_str())
        .collect();
    let kinds = ["AppProject", "Application", "NetworkPolicy"];
    let sought = desired.objects.iter().filter(move |one| {
        let home = one.reference.namespace.as_deref().unwrap_or_default();
        kinds.contains(&one.reference.kind.as_str())
            && !matches!(one.part, Part::ArgoCd | Part::CustomKinds)
            && !missing.contains(home)
            && live(&one.reference).is_none()
    });
    sought.collect()
}

/// What of the desired objects stands under other names.
pub fn elsewhere(spec: &Spec, desired: &Desired, live: &Live<'_>, others: &Others) -> Elsewhere {
    let mut found = Elsewhere::new();
    for one in sought(desired, live) {
        let standin = match one.reference.kind.as_str() {
            "NetworkPolicy" => others
                .network
                .as_ref()
                .and_then(|network| policies(spec, one, network))
                .map(Standin::from),
            "Application" => applications::standin(one, &others.applications),
            _ => None,
        };
        if let Some(standin) = standin.filter(|standin| !standin.names.is_empty()) {
            found.insert(one.reference.clone(), standin);
        }
    }
    // Where the rest is to be closed, what stays open is made with it: others may come who are not selected yet.
    let closing: BTreeSet<Option<String>> = sought(desired, live)
        .into_iter()
        .filter(|one| one.part == Part::Denying && !found.contains_key(&one.reference))
        .map(|one| one.reference.namespace.clone())
        .collect();
    found.retain(|one, _| one.kind != "NetworkPolicy" || !closing.contains(&one.namespace));
    let projects = projects(spec, desired, live, (&found, &others.applications));
    found.extend(projects);
    found
}

/// What of others is to be minded where a desired object is made beside it.
pub(super) fn caution(one: &DesiredObject, others: &Others) -> Option<String> {
    (one.reference.kind == "Application")
        .then(|| applications::caution(one, &others.applications))
        .flatten()
}

/// Whether policies of others do what this one would, for every Pod that its namespace may ever hold.
pub fn is_done_by_others(spec: &Spec, one: &DesiredObject, network: &Network) -> bool {
    policies(spec, one, network).is_some()
}

/// The names of the policies of others that do what this one would, for every Pod that its namespace may ever hold.
fn policies(spec: &Spec, one: &DesiredObject, network: &Network) -> Option<BTreeSet<String>> {
    let name = one.reference.namespace.as_deref()?;
    let mut namespaces = spec.environment.spec.namespaces.iter();
    let declared = namespaces
        .find(|own| own.name.as_str() == name)?
        .network
        .as_ref()?;
    let mut names = BTreeSet::new();
    for direction in one.value.items_at(&["spec", "policyTypes"]) {
        names.extend(network.for_newcomers(name, declared, direction.text()?)?);
    }
    Some(names)
}

/// Projects of which no application is left that is to be made, was made for the environment, or says that it is of that project.
fn projects(
    spec: &Spec,
    desired: &Desired,
    live: &Live<'_>,
    (found, applications): (&Elsewhere, &[Value]),
) -> Elsewhere {
    let mut idle = Elsewhere::new();
    let sought = sought(desired, live);
    for one in sought.iter().filter(|one| one.reference.kind == "AppProject") {
        let own = desired.objects.iter().filter(|other| {
            other.reference.kind == "Application"
                && other.value.text_at(&["spec", "project"]) == Some(&one.reference.name)
        });
        let of_it = |there: &Value| there.text_at(&["spec", "project"]) == Some(&one.reference.name);
        let of_others = |names: &BTreeSet<String>| {
            let home = one.reference.namespace.as_deref();
            let named = |there: &&Value| {
                let text = |key: &str| there.text_at(&["metadata", key]);
                text("namespace") == home && text("name").is_some_and(|name| names.contains(name))
            };
            !applications.iter().filter(named).any(of_it)
        };
        let under = |application: &DesiredObject| match live(&application.reference) {
            // Others made it, in a project of theirs, and it stays.
            Some(there) if !is_marked(there, spec.name()) && !is_going(there) && !of_it(there) => {
                Some(BTreeSet::from([application.reference.name.clone()]))
            }
            Some(_) => None,
            None => found
                .get(&application.reference)
                .map(|standin| standin.names.clone())
                .filter(of_others),
        };
        let names: Option<BTreeSet<String>> = own.map(under).try_fold(BTreeSet::new(), |mut all, names| {
            all.extend(names?);
            Some(all)
        });
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            idle.insert(one.reference.clone(), names.into());
        }
    }
    idle
}

/// What is not made, in words: one sentence for all of one kind in one namespace that the same does.
pub fn told(elsewhere: &Elsewhere) -> Vec<String> {
    type Same<'e> = (&'e str, &'e str, &'e BTreeSet<String>, bool);
    let mut together: BTreeMap<Same<'_>, Vec<&str>> = BTreeMap::new();
    for (target, Standin { names, differing }) in elsewhere {
        let namespace = target.namespace.as_deref().unwrap_or_default();
        let key = (target.kind.as_str(), namespace, names, differing.is_empty());
        together.entry(key).or_default().push(&target.name);
    }
    let all = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let one = |((kind, namespace, names, exact), own): (Same<'_>, Vec<&str>)| {
        let (of, verb) = (own.join(", "), if own.len() == 1 { "is" } else { "are" });
        let do_it = if names.len() == 1 { "does" } else { "do" };
        let names = all(names);
        match kind {
            "NetworkPolicy" => {
                format!(
                    "NetworkPolicy {of} of {namespace} {verb} not made: {names} {do_it} the same for every Pod there"
                )
            }
            "Application" if exact => {
                format!("Application {of} of {namespace} {verb} not made: {names} {do_it} the same")
            }
            "Application" => {
                format!(
                    "Application {of} of {namespace} {verb} not made: in its place there is {names}, not as declared"
                )
            }
            _ => format!(
                "{kind} {of} of {namespace} {verb} not made: the applications that would be of it, {names}, are of another one"
            ),
        }
    };
    together.into_iter().map(one).collect()
}

/// In which way what stands under other names is not as it is declared, one sentence for each.
pub fn differing(elsewhere: &Elsewhere) -> Vec<String> {
    let all = elsewhere.values().flat_map(|standin| &standin.differing);
    let told: BTreeSet<String> = all
        .flat_map(|(target, ways)| ways.iter().map(move |way| format!("{target}: {way}")))
        .collect();
    told.into_iter().collect()
}
