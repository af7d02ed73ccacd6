//! What Argo CD delivers, and what of it a spec can declare: applications into this cluster, from one repository, each from the directory
//! that is called as its namespace.

use super::edge::most;
use super::page::text;
use super::seen::Seen;
use crate::inventory::application::destination::{Cluster, cluster};
use crate::inventory::application::repositories::plain;
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// The applications that lead into this cluster, as far as their words tell.
pub(super) fn applications<'a>(seen: &Seen<'a>) -> impl Iterator<Item = &'a Value> {
    let all = seen.list("applications").iter();
    all.filter(|one| is_here(one))
}

fn is_here(application: &Value) -> bool {
    let destination = application.field("destination");
    destination.is_some_and(|destination| cluster(destination) == Cluster::Own)
}

/// Those that lead into another one, or call this one otherwise than everybody: their names, with what they call it.
pub(super) fn elsewhere<'a>(seen: &Seen<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let all = seen.list("applications").iter();
    let others = all.filter(|one| !is_here(one));
    others.map(|one| {
        let said = |key: &str| one.text_at(&["destination", key]).filter(|said| !said.is_empty());
        let cluster = said("server").or_else(|| said("name"));
        (text(one, "name"), cluster.unwrap_or("none"))
    })
}

/// Where Argo CD delivers from Git: namespace, and the source.
pub(super) fn from_git<'a>(seen: &Seen<'a>) -> impl Iterator<Item = (&'a str, &'a Value)> {
    applications(seen).flat_map(|application| {
        let namespace = application
            .text_at(&["destination", "namespace"])
            .unwrap_or_default();
        let sources = application.items_at(&["sources"]).iter();
        let git =
            sources.filter(|source| text(source, "chart").is_empty() && !text(source, "path").is_empty());
        git.map(move |source| (namespace, source))
    })
}

/// What a spec can declare of it.
pub(super) struct Sources<'a> {
    /// The repository that most applications come from, in its most frequent spelling; empty where none does.
    pub(super) repository: &'a str,
    /// The directory in which most of these have one that is called as their namespace; else the one that all lie in.
    pub(super) directory: String,
    /// What comes from there: namespace, and the source.
    pub(super) own: Vec<(&'a str, &'a Value)>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(seen: &Seen<'a>) -> Self {
        let mut by_repository: BTreeMap<String, Vec<(&str, &Value)>> = BTreeMap::new();
        for (namespace, source) in from_git(seen) {
            let repository = plain(text(source, "repository"));
            by_repository
                .entry(repository)
                .or_default()
                .push((namespace, source));
        }
        let most_of = by_repository.into_values().rev().max_by_key(Vec::len);
        let own = most_of.unwrap_or_default();
        Self {
            repository: most(own.iter().map(|(_, source)| text(source, "repository"))),
            directory: directory(&own),
            own,
        }
    }

    /// What comes from where it would be declared, or from above that or below.
    pub(super) fn declarable(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let above = parts(&self.directory);
        self.own.iter().copied().filter(move |(namespace, source)| {
            let own = parts(text(source, "path"));
            let wanted: Vec<&str> = above.iter().copied().chain([*namespace]).collect();
            own.starts_with(&wanted) || wanted.starts_with(&own)
        })
    }
}

fn parts(path: &str) -> Vec<&str> {
    let parts = path.split('/');
    parts.filter(|part| !matches!(*part, "" | ".")).collect()
}

fn directory(own: &[(&str, &Value)]) -> String {
    let above = own.iter().filter_map(|(namespace, source)| {
        let parts = parts(text(source, "path"));
        let (last, above) = parts.split_last()?;
        (last == namespace).then(|| above.join("/"))
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for above in above {
        *counts.entry(above).or_default() += 1;
    }
    let by_count = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    match by_count {
        Some((above, _)) => above,
        None => common(own.iter().map(|(_, source)| text(source, "path"))),
    }
}

/// The directory that all paths lie in; for the only one, the one above it.
fn common<'p>(paths: impl Iterator<Item = &'p str>) -> String {
    let above = paths.map(|path| {
        let parts = parts(path);
        let above = parts.len().saturating_sub(1);
        parts[..above].to_vec()
    });
    let shared = above.reduce(|one, other| {
        let same = one.iter().zip(&other).take_while(|(own, other)| own == other);
        same.map(|(own, _)| *own).collect()
    });
    shared.unwrap_or_default().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_what_all_paths_share() {
        assert_eq!(common(["stage/b2b", "stage/back"].into_iter()), "stage");
        assert_eq!(common(["a/b/c", "a/d"].into_iter()), "a");
        assert_eq!(common(["stage"].into_iter()), "");
        assert_eq!(common(["."].into_iter()), "");
        assert_eq!(common(std::iter::empty()), "");
    }
}
