//! Applications of others that deliver what is declared, and whether they deliver it from where, and in which version, it is declared.

use super::Standin;
use crate::inventory::ResourceRef;
use crate::inventory::application::destination::{self, Cluster, OWN_NAME};
use crate::inventory::application::repositories::{is_oci, plain};
use crate::provision::objects::DesiredObject;
use crate::value::{Value, ValueExt, array, object};
use std::collections::{BTreeMap, BTreeSet};

const HYDRATOR: &str = "sourceHydrator";

/// The applications that deliver the same: a chart into the namespace, or what is below the declared path of the repository. What is
/// being deleted delivers nothing for long. Where one is exactly as declared, the others do not matter; otherwise it is said in which
/// way they are not.
pub(super) fn standin(wanted: &DesiredObject, all: &[Value]) -> Option<Standin> {
    let source = wanted.value.at(&["spec", "source"])?;
    let home = wanted.reference.namespace.as_deref();
    let found = into_the_same(wanted, all).filter_map(|live| {
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

/// What to mind where a declared application is to be made. Another directory of the repository may hold the same objects, which nobody
/// knows without rendering both; and a cluster of which only Argo CD knows which one it is may be this one.
pub(super) fn caution(wanted: &DesiredObject, all: &[Value]) -> Option<String> {
    let source = wanted.value.at(&["spec", "source"])?;
    let beside =
        |own: &Value| chart(source).is_empty() && chart(own).is_empty() && origin(source) == origin(own);
    let mut others = BTreeSet::new();
    let mut elsewhere = BTreeSet::new();
    for live in into_namespace(wanted, all) {
        let Some(name) = live.text_at(&["metadata", "name"]) else {
            continue;
        };
        let concerned = sources(live).find(|(_, own)| beside(own) || delivers_it(source, own));
        let Some((_, own)) = concerned else { continue };
        let path = parts(text(own, "path"));
        let place = match (chart(own), path.join("/")) {
            ("", root) if root.is_empty() => "the root".to_owned(),
            ("", path) => path,
            (chart, _) => format!("chart {chart}"),
        };
        let told = format!("{name} ({place})");
        match cluster_of(live) {
            Cluster::Own if beside(own) => {
                others.insert(told);
            }
            Cluster::Named(cluster) => {
                elsewhere.insert(format!("{told} into {cluster}"));
            }
            Cluster::Own | Cluster::None => {}
        }
    }
    let verb = |all: &BTreeSet<String>| if all.len() == 1 { "delivers" } else { "deliver" };
    let listed = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    let mut words = Vec::new();
    if !others.is_empty() {
        let verb = verb(&others);
        words.push(format!(
            "{} {verb} from the same repository into the same namespace: an object that both deliver would go back and forth between them",
            listed(others)
        ));
    }
    if !elsewhere.is_empty() {
        let verb = verb(&elsewhere);
        words.push(format!(
            "{} {verb} into a namespace of that name: where that is this cluster, an object that both deliver would go back and \
             forth between them",
            listed(elsewhere)
        ));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// The applications that deliver into the namespace of a declared one in this cluster, whatever it is, and are not being deleted.
fn into_the_same<'v>(wanted: &'v DesiredObject, all: &'v [Value]) -> impl Iterator<Item = &'v Value> {
    into_namespace(wanted, all).filter(|live| cluster_of(live) == Cluster::Own)
}

/// Those that deliver into a namespace of this name, in whatever cluster.
fn into_namespace<'v>(wanted: &'v DesiredObject, all: &'v [Value]) -> impl Iterator<Item = &'v Value> {
    let into = wanted.value.text_at(&["spec", "destination", "namespace"]);
    // Argo CD reads those of its own namespace, unless told otherwise for others.
    // <https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/>
    let home = wanted.reference.namespace.as_deref();
    all.iter().filter(move |live| {
        live.text_at(&["metadata", "namespace"]) == home
            && into.is_some()
            && live.text_at(&["spec", "destination", "namespace"]) == into
            && !is_going(live)
    })
}

/// The cluster that an application delivers into; the declared ones deliver into Argo CD's own.
fn cluster_of(live: &Value) -> Cluster<'_> {
    let destination = live.at(&["spec", "destination"]);
    destination.map_or(Cluster::None, destination::cluster)
}

/// The cluster that a declared application delivers into, said as a live one says its own: by its address, or by its name.
fn cluster(wanted: &Value, live: &Value) -> (&'static str, Option<Value>) {
    let said = |key: &str| live.text_at(&["spec", "destination", key]).unwrap_or_default();
    let by_name = said("server").is_empty() && !said("name").is_empty();
    let key = if by_name { "name" } else { "server" };
    let own = match cluster_of(live) {
        Cluster::Own => live.at(&["spec", "destination", key]).cloned(),
        _ if by_name => Some(Value::from(OWN_NAME)),
        _ => wanted.at(&["spec", "destination", "server"]).cloned(),
    };
    (key, own)
}

/// Into what a declared application delivers, as far as it is said of one that others made under its name.
pub(in crate::provision) fn destination(wanted: &Value, live: &Value) -> Value {
    let (key, cluster) = cluster(wanted, live);
    let namespace = wanted.at(&["spec", "destination", "namespace"]).cloned();
    let members = [("namespace", namespace), (key, cluster)];
    object(members.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

/// What is declared of the source of an application that others made under that name, where it stands there: of several that of the one
/// that comes closest. Where none delivers anything, the declared source is missing as a whole.
pub(in crate::provision) fn source(wanted: &Value, live: &Value) -> Option<(&'static str, Value)> {
    let source = wanted.at(&["spec", "source"])?;
    if let Some(dry) = dry_source(live) {
        return Some((HYDRATOR, object([("drySource", said_of(source, dry))])));
    }
    let several = live.items_at(&["spec", "sources"]);
    if several.is_empty() {
        let own = live.at(&["spec", "source"]).unwrap_or(&Value::Null);
        return Some(("source", said_of(source, own)));
    }
    let ways = |own: &Value| {
        let said = said_of(source, own);
        let differ = said
            .members()
            .filter(|(key, value)| own.field(key) != Some(*value));
        (!delivers_it(source, own), differ.count())
    };
    let delivering = several.iter().enumerate().filter(|(_, own)| !lends_values(own));
    let Some((closest, _)) = delivering.min_by_key(|(_, own)| ways(own)) else {
        return Some(("source", said_of(source, &Value::Null)));
    };
    // Nothing is said of the others.
    let said = several.iter().enumerate().map(|(at, own)| {
        if at == closest {
            said_of(source, own)
        } else {
            Value::new_object()
        }
    });
    Some(("sources", array(said)))
}

/// What is declared of a source: in its own words, where they mean that. How the declared directory is laid out below is theirs.
fn said_of(wanted: &Value, own: &Value) -> Value {
    let said = |key: &'static str, same: bool| {
        let side = if same { own } else { wanted };
        Some((key, side.field(key)?.clone()))
    };
    let from = origin(wanted) == origin(own);
    let all = [
        said("chart", from),
        said("repoURL", from),
        said("targetRevision", revision(wanted) == revision(own)),
        said("path", is_of_directory(own, wanted)),
    ];
    object(all.into_iter().flatten())
}

/// Whether an object is being deleted.
pub(in crate::provision) fn is_going(live: &Value) -> bool {
    live.text_at(&["metadata", "deletionTimestamp"]).is_some()
}

/// Where what is declared is found that a hydrator renders into a branch: Argo CD ignores the other sources then.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/>
fn dry_source(application: &Value) -> Option<&Value> {
    application.at(&["spec", HYDRATOR, "drySource"])
}

/// Each source that delivers something, and where it is said. Where there are several, Argo CD ignores the one.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/>
fn sources(application: &Value) -> impl Iterator<Item = (String, &Value)> {
    let dry = dry_source(application);
    let several = application.items_at(&["spec", "sources"]);
    let several = if dry.is_some() { &[] } else { several };
    let one = application.at(&["spec", "source"]).filter(|_| several.is_empty());
    let one = match dry {
        Some(dry) => Some((format!("spec.{HYDRATOR}.drySource"), dry)),
        None => one.map(|own| ("spec.source".to_owned(), own)),
    };
    let several = several.iter().enumerate();
    one.into_iter()
        .chain(several.map(|(at, own)| (format!("spec.sources[{at}]"), own)))
        .filter(|(_, own)| !lends_values(own))
}

/// One that other sources take values from and that delivers nothing itself.
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
fn is_within(own: &Value, wanted: &Value) -> bool {
    parts(text(own, "path")).starts_with(&parts(text(wanted, "path")))
}

/// Whether a source delivers whatever lies below its own directory, that which another one names too. Without this Argo CD takes of plain
/// manifests those of the directory itself.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/directory/>
fn takes_in(own: &Value, wanted: &Value) -> bool {
    is_within(wanted, own) && own.at(&["directory", "recurse"]).is_some_and(ValueExt::is_true)
}

/// By what a source that delivers directories leaves some of their files out, or takes only some: the key with what it says.
fn filters(own: &Value) -> impl Iterator<Item = (&'static str, &str)> {
    let said = |key| {
        Some((
            key,
            own.text_at(&["directory", key]).filter(|text| !text.is_empty())?,
        ))
    };
    ["exclude", "include"].into_iter().filter_map(said)
}

/// Whether a source delivers the directory that another one names, or what is below it.
fn is_of_directory(own: &Value, wanted: &Value) -> bool {
    is_within(own, wanted) || takes_in(own, wanted) && filters(own).next().is_none()
}

/// Two of a chart in one namespace would be in each other's way, wherever they come from. Of the repository it has to be the declared
/// directory: what lies beside it is something else, and nobody would deliver what is declared.
fn delivers_it(wanted: &Value, own: &Value) -> bool {
    match (chart(wanted), chart(own)) {
        ("", "") => origin(wanted) == origin(own) && (is_within(own, wanted) || takes_in(own, wanted)),
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
    if origin(wanted) != origin(own) {
        differs("repoURL", text(own, "repoURL"), text(wanted, "repoURL"));
    }
    let (is, declared) = (revision(own), revision(wanted));
    if is != declared {
        differs("targetRevision", is, declared);
    }
    // How the declared directory is laid out is theirs; what of a wider one they leave out may be all of it.
    if chart(wanted).is_empty() && !is_within(own, wanted) {
        let told = |(key, is): (&str, &str)| {
            format!("{place}.directory.{key} is {}, declared is nothing", quoted(is))
        };
        ways.extend(filters(own).map(told));
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
