//! Applications of others that deliver what is declared, and whether they deliver it from where, and in which version, it is declared.

use super::Standin;
use super::repositories::{is_oci, plain};
use crate::inventory::ResourceRef;
use crate::provision::objects::DesiredObject;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// The applications that deliver the same: a chart into the namespace, or what is below the declared path of the repository. What is
/// being deleted delivers nothing for long. Where one is exactly as declared, the others do not matter; otherwise it is said in which
/// way they are not.
pub(super) fn standin(wanted: &DesiredObject, all: &[Value]) -> Option<Standin> {
    let into = wanted.value.text_at(&["spec", "destination", "namespace"])?;
    let source = wanted.value.at(&["spec", "source"])?;
    // Its own cluster has an address and a name.
    let here = |live: &Value| {
        let destination = |key: &str| live.text_at(&["spec", "destination", key]);
        let own = wanted.value.text_at(&["spec", "destination", "server"]);
        destination("server") == own
            || (destination("server").is_none() && destination("name") == Some("in-cluster"))
    };
    // Argo CD reads those of its own namespace, unless told otherwise for others.
    // <https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/>
    let home = wanted.reference.namespace.as_deref();
    let delivers = |live: &&Value| {
        live.text_at(&["metadata", "namespace"]) == home
            && live.text_at(&["spec", "destination", "namespace"]) == Some(into)
            && here(live)
            && !is_going(live)
    };
    let found = all.iter().filter(delivers).filter_map(|live| {
        let name = live.text_at(&["metadata", "name"])?;
        let own = sources(live).filter(|(_, own)| delivers_it(source, own));
        // Of several sources the one that comes closest.
        let ways = own.map(|(place, own)| differences(source, own, &place));
        Some((name, ways.min_by_key(Vec::len)?))
    });
    let found: Vec<(&str, Vec<String>)> = found.collect();
    let exact = found.iter().any(|(.., ways)| ways.is_empty());
    let told = found.into_iter().filter(|(.., ways)| !exact || ways.is_empty());
    let mut names = BTreeSet::new();
    let mut differing = BTreeMap::new();
    for (name, ways) in told {
        names.insert(name.to_owned());
        if !ways.is_empty() {
            let target = ResourceRef::kubernetes(&wanted.reference.api_version, "Application", home, name);
            differing.insert(target, ways);
        }
    }
    Some(Standin { names, differing })
}

/// Whether an object is being deleted.
pub(in crate::provision) fn is_going(live: &Value) -> bool {
    live.text_at(&["metadata", "deletionTimestamp"]).is_some()
}

/// Each source that delivers something, and where it is said.
fn sources(application: &Value) -> impl Iterator<Item = (String, &Value)> {
    let one = application.at(&["spec", "source"]);
    let one = one.map(|own| ("spec.source".to_owned(), own));
    let several = application.items_at(&["spec", "sources"]).iter().enumerate();
    one.into_iter()
        .chain(several.map(|(at, own)| (format!("spec.sources[{at}]"), own)))
        .filter(|(_, own)| !lends_values(own))
}

/// One that other sources take values from and that delivers nothing itself.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/>
fn lends_values(source: &Value) -> bool {
    let said = |key: &str| !text(source, key).is_empty();
    said("ref") && !said("path") && !said("chart")
}

fn text<'v>(source: &'v Value, key: &str) -> &'v str {
    source.text_at(&[key]).unwrap_or_default()
}

/// The chart's name; of one that a registry holds, the address ends in it.
fn chart(source: &Value) -> &str {
    let (chart, repository) = (text(source, "chart"), text(source, "repoURL"));
    let of = if chart.is_empty() && is_oci(repository) {
        repository
    } else {
        chart
    };
    of.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// From where: the chart with its repository, or the repository.
fn origin(source: &Value) -> String {
    let address = plain(text(source, "repoURL"));
    match text(source, "chart") {
        "" => address,
        chart => format!("{address}/{}", chart.to_ascii_lowercase()),
    }
}

/// The parts of a directory in a repository, without `.` and needless slashes.
fn parts(path: &str) -> Vec<&str> {
    let parts = path.trim().split('/');
    parts.filter(|part| !matches!(*part, "" | ".")).collect()
}

/// Whether what a source delivers is in the directory that another one names, or below it.
pub(in crate::provision) fn is_within(own: &Value, wanted: &Value) -> bool {
    parts(text(own, "path")).starts_with(&parts(text(wanted, "path")))
}

/// Two of a chart in one namespace would be in each other's way, wherever they come from. Of the repository it delivers what belongs
/// to the environment: what is below the declared path, in which each namespace has a directory.
fn delivers_it(wanted: &Value, own: &Value) -> bool {
    match (chart(wanted), chart(own)) {
        ("", "") => {
            let declared = parts(text(wanted, "path"));
            let of_all = &declared[..declared.len().saturating_sub(1)];
            origin(wanted) == origin(own) && parts(text(own, "path")).starts_with(of_all)
        }
        (one, other) => one == other,
    }
}

/// In which way a source is not the declared one.
fn differences(wanted: &Value, own: &Value, place: &str) -> Vec<String> {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let mut ways = Vec::new();
    let mut differs = |key: &str, is: &str, declared: &str| {
        let (is, declared) = (quoted(is), quoted(declared));
        ways.push(format!("{place}.{key} is {is}, declared is {declared}"));
    };
    if chart(wanted).is_empty() && !is_within(own, wanted) {
        differs("path", text(own, "path"), text(wanted, "path"));
    }
    if origin(wanted) != origin(own) {
        differs("repoURL", text(own, "repoURL"), text(wanted, "repoURL"));
    }
    let (is, declared) = (revision(own), revision(wanted));
    if is != declared {
        differs("targetRevision", is, declared);
    }
    ways
}

/// A version, branch, tag or commit. Nothing written is the default branch.
fn revision(source: &Value) -> &str {
    let written = text(source, "targetRevision").trim();
    let written = written.strip_prefix("refs/heads/").unwrap_or(written);
    let written = written.strip_prefix("refs/tags/").unwrap_or(written);
    if written.is_empty() { "HEAD" } else { written }
}
