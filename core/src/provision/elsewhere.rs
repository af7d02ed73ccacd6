//! What stands under other names: an environment that was there before its spec has NetworkPolicies and applications already. Made once
//! more they would do nothing, or two would deliver the same. So what others made and does what is declared is used as it is.

use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, Part};
use crate::inventory::ResourceRef;
use crate::network::{Acceptance, Destinations, Network, Sources, WorkloadFacts};
use crate::spec::{Accepts, Egress, Label, NamespaceSet, Spec};
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// What others made in a cluster.
#[derive(Debug)]
pub struct Others {
    /// What NetworkPolicies allow, those left aside that were made from the spec; `None` where that is not known.
    pub network: Option<Network>,
    /// The applications of Argo CD.
    pub applications: Vec<Value>,
}

/// What is not made, as it stands under other names: what, and under which.
pub type Elsewhere = BTreeMap<ResourceRef, BTreeSet<String>>;

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
        let names = match one.reference.kind.as_str() {
            "NetworkPolicy" => others
                .network
                .as_ref()
                .and_then(|network| policies(spec, one, network)),
            "Application" => application(&one.value, &others.applications),
            _ => None,
        };
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            found.insert(one.reference.clone(), names);
        }
    }
    // Where the rest is to be closed, what stays open is made with it: others may come who are not selected yet.
    let closing: BTreeSet<Option<String>> = sought(desired, live)
        .into_iter()
        .filter(|one| one.part == Part::Denying && !found.contains_key(&one.reference))
        .map(|one| one.reference.namespace.clone())
        .collect();
    found.retain(|one, _| one.kind != "NetworkPolicy" || !closing.contains(&one.namespace));
    let projects = projects(spec, desired, live, &found);
    found.extend(projects);
    found
}

/// The names of the policies that do what this one would, for all that runs in its namespace.
fn policies(spec: &Spec, one: &DesiredObject, network: &Network) -> Option<BTreeSet<String>> {
    let name = one.reference.namespace.as_deref()?;
    let mut namespaces = spec.environment.spec.namespaces.iter();
    let declared = namespaces
        .find(|own| own.name.as_str() == name)?
        .network
        .as_ref()?;
    let there = network.workloads();
    let there: Vec<&WorkloadFacts> = there
        .filter(|facts| facts.id.namespace == name && !facts.host_network)
        .collect();
    let mut names = BTreeSet::new();
    for direction in one.value.items_at(&["spec", "policyTypes"]) {
        let (does, own): (bool, fn(&WorkloadFacts) -> &Vec<String>) = match direction.text()? {
            "Ingress" => (
                accepts(declared.accepts.as_ref()?, name, &there, network),
                |facts| &facts.selected_by.ingress,
            ),
            _ => (
                reaches(declared.egress.as_ref()?, name, &there, network),
                |facts| &facts.selected_by.egress,
            ),
        };
        if !does {
            return None;
        }
        names.extend(there.iter().flat_map(|facts| own(facts)).cloned());
    }
    Some(names)
}

/// Whether policies isolate all of a namespace, and let in what is declared: each source somewhere, as the namespaces of applications
/// differ; every namespace everywhere, and by name of it, as the backend has to accept it.
fn accepts(declared: &Accepts, own: &str, there: &[&WorkloadFacts], network: &Network) -> bool {
    let closed = |facts: &&WorkloadFacts| facts.isolated_ingress && facts.not_evaluated.is_none();
    if there.is_empty() || !there.iter().all(closed) {
        return false;
    }
    let sources: Vec<Sources> = there.iter().map(|facts| network.sources_of(&facts.id)).collect();
    let from = |name: &str| {
        let mut all = sources.iter().flat_map(|one| &one.namespaces);
        all.any(|source| source.namespace == name && !source.possible_ports.is_empty())
    };
    let admitted = match &declared.from_namespaces {
        NamespaceSet::All(_) => {
            sources.iter().all(|one| one.any_namespace)
                && there.iter().all(|facts| !facts.explicitly_accepts.is_empty())
        }
        NamespaceSet::Names(names) => {
            names.iter().map(Label::as_str).all(from) && (!declared.same_namespace || from(own))
        }
    };
    let outside = there
        .iter()
        .any(|facts| facts.accepts_from_outside != Acceptance::None);
    // Whoever lets in everybody does not do the same.
    let everybody = !matches!(declared.from_namespaces, NamespaceSet::All(_))
        && sources.iter().any(|one| one.any_namespace);
    admitted && !everybody && declared.outside == outside
}

/// Whether policies hold back all of a namespace, and let out to what is declared, each to somewhere.
fn reaches(declared: &Egress, own: &str, there: &[&WorkloadFacts], network: &Network) -> bool {
    let certain = |facts: &&WorkloadFacts| facts.not_evaluated.is_none();
    let known: Option<Vec<Destinations>> = there
        .iter()
        .map(|facts| network.destinations_of(&facts.id))
        .collect();
    let Some(known) = known.filter(|known| !known.is_empty() && there.iter().all(certain)) else {
        return false;
    };
    let to = |name: &str| {
        let mut all = known.iter();
        all.any(|one| one.any_namespace || one.namespaces.contains(name))
    };
    let namespaces = match &declared.to_namespaces {
        NamespaceSet::All(_) => known.iter().all(|one| one.any_namespace),
        NamespaceSet::Names(names) => {
            names.iter().map(Label::as_str).all(to) && (!declared.same_namespace || to(own))
        }
    };
    let everywhere = known.iter().any(|one| one.everywhere);
    let blocks = known.iter().flat_map(|one| &one.outside);
    let blocks: Vec<ipnet::IpNet> = blocks.flat_map(|range| range.blocks()).collect();
    let networks = declared.networks.iter().all(|wanted| {
        let wanted = wanted.as_str().parse::<ipnet::IpNet>();
        wanted.is_ok_and(|wanted| blocks.iter().any(|block| block.contains(&wanted)))
    });
    namespaces && (everywhere || networks && !declared.outside)
}

/// The applications that deliver the same: a chart into the namespace, or something from the repository. From which directory, the
/// policies judge.
fn application(wanted: &Value, all: &[Value]) -> Option<BTreeSet<String>> {
    let into = wanted.text_at(&["spec", "destination", "namespace"])?;
    let source = wanted.at(&["spec", "source"])?;
    // Its own cluster has an address and a name.
    let here = |live: &Value| {
        let destination = |key: &str| live.text_at(&["spec", "destination", key]);
        let own = wanted.text_at(&["spec", "destination", "server"]);
        destination("server") == own
            || (destination("server").is_none() && destination("name") == Some("in-cluster"))
    };
    let delivers = |live: &&Value| {
        live.text_at(&["spec", "destination", "namespace"]) == Some(into)
            && here(live)
            && sources(live).any(|own| is_same(source, own))
    };
    let names = all.iter().filter(delivers);
    Some(
        names
            .filter_map(|live| live.text_at(&["metadata", "name"]))
            .map(ToOwned::to_owned)
            .collect(),
    )
}

fn sources(application: &Value) -> impl Iterator<Item = &Value> {
    let one = application.at(&["spec", "source"]);
    one.into_iter().chain(application.items_at(&["spec", "sources"]))
}

fn is_same(wanted: &Value, own: &Value) -> bool {
    let chart = |source: &Value| source.text_at(&["chart"]).unwrap_or_default().to_owned();
    let repository = |source: &Value| address(source.text_at(&["repoURL"]).unwrap_or_default());
    chart(wanted) == chart(own) && (!chart(own).is_empty() || repository(wanted) == repository(own))
}

/// A repository, however its address is written.
fn address(text: &str) -> String {
    let text = text.trim_end_matches('/');
    text.strip_suffix(".git").unwrap_or(text).to_ascii_lowercase()
}

/// Projects of which no application is left that is to be made, or was made for the environment.
fn projects(spec: &Spec, desired: &Desired, live: &Live<'_>, found: &Elsewhere) -> Elsewhere {
    let mut idle = Elsewhere::new();
    let sought = sought(desired, live);
    for one in sought.iter().filter(|one| one.reference.kind == "AppProject") {
        let own = desired.objects.iter().filter(|other| {
            other.reference.kind == "Application"
                && other.value.text_at(&["spec", "project"]) == Some(&one.reference.name)
        });
        let under = |application: &DesiredObject| match live(&application.reference) {
            // Others made it, in a project of theirs.
            Some(there) if !is_marked(there, spec.name()) => {
                Some(BTreeSet::from([application.reference.name.clone()]))
            }
            Some(_) => None,
            None => found.get(&application.reference).cloned(),
        };
        let names: Option<BTreeSet<String>> = own.map(under).try_fold(BTreeSet::new(), |mut all, names| {
            all.extend(names?);
            Some(all)
        });
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            idle.insert(one.reference.clone(), names);
        }
    }
    idle
}

/// What is not made, in words: one sentence for all of one kind in one namespace that the same does.
pub fn told(elsewhere: &Elsewhere) -> Vec<String> {
    let mut together: BTreeMap<(&str, &str, &BTreeSet<String>), Vec<&str>> = BTreeMap::new();
    for (target, names) in elsewhere {
        let namespace = target.namespace.as_deref().unwrap_or_default();
        let key = (target.kind.as_str(), namespace, names);
        together.entry(key).or_default().push(&target.name);
    }
    let all = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let one = |((kind, namespace, names), own): ((&str, &str, &BTreeSet<String>), Vec<&str>)| {
        let (of, verb) = (own.join(", "), if own.len() == 1 { "is" } else { "are" });
        let do_it = if names.len() == 1 { "does" } else { "do" };
        let names = all(names);
        match kind {
            "NetworkPolicy" => {
                format!(
                    "NetworkPolicy {of} of {namespace} {verb} not made: {names} {do_it} the same for what runs there"
                )
            }
            "Application" => {
                format!("Application {of} of {namespace} {verb} not made: {names} {do_it} the same")
            }
            _ => format!(
                "{kind} {of} of {namespace} {verb} not made: the applications that would be of it, {names}, are of another one"
            ),
        }
    };
    together.into_iter().map(one).collect()
}
