//! Kustomizations among the user's files: which one lists a file, and what it names.

mod built_with;
mod copied;

pub use built_with::{BuiltWith, built_with};
pub use copied::Copied;

use crate::collect::checkout::KUSTOMIZATIONS;
use crate::collect::texts;
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// So many files and folders are looked through, or copied.
const MOST: usize = 20_000;

/// Who lists a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// This kustomization, called as the user called the folders.
    By(PathBuf),
    /// More than one, so that a patch in one would not reach the others.
    Twice(PathBuf, PathBuf),
    /// One that is in none of the folders that the user named.
    Outside(PathBuf),
    /// None.
    Nowhere,
}

impl Listed {
    /// All that are known to list it, also outside of what the user named.
    pub fn all(self) -> Vec<PathBuf> {
        match self {
            Self::By(one) | Self::Outside(one) => vec![one],
            Self::Twice(one, other) => vec![one, other],
            Self::Nowhere => Vec::new(),
        }
    }
}

/// Which kustomization lists a file among its resources: in its folder or above, as far as the folders reach that the user named.
pub fn listed(file: &Path, named: &[String]) -> Listed {
    let Ok(real) = file.canonicalize() else {
        return Listed::Nowhere;
    };
    let folders: Vec<PathBuf> = named
        .iter()
        .filter_map(|path| Path::new(path).canonicalize().ok())
        .collect();
    let (mut within, mut outside) = (Vec::new(), None);
    let mut seen = BTreeSet::new();
    for folder in file.ancestors().skip(1) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // `./web.yaml` has two ancestors that are the working directory.
        let Ok(own) = folder.canonicalize() else { continue };
        if !real.starts_with(&own) || !seen.insert(own) {
            continue;
        }
        let Some(kustomization) = of_folder(folder).filter(|own| lists(own, folder, &real)) else {
            continue;
        };
        let inside = |folder: &Path| {
            folders
                .iter()
                .any(|named| named.is_dir() && folder.starts_with(named))
        };
        if folder.canonicalize().is_ok_and(|folder| inside(&folder)) {
            within.push(kustomization);
        } else if outside.is_none() {
            outside = Some(kustomization);
        }
    }
    let mut within = within.into_iter();
    match (within.next(), within.next(), outside) {
        (Some(one), None, _) => Listed::By(one),
        (Some(one), Some(other), _) => Listed::Twice(one, other),
        (None, _, Some(outside)) => Listed::Outside(outside),
        (None, _, None) => Listed::Nowhere,
    }
}

/// Whether Kustomize takes a file of this name for its own.
pub(in crate::collect) fn is_kustomization(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| KUSTOMIZATIONS.contains(&name))
}

/// The kustomization of a folder, if it has one.
pub fn of_folder(folder: &Path) -> Option<PathBuf> {
    let mut names = KUSTOMIZATIONS.iter().map(|name| folder.join(name));
    let found = names.find(|path| path.is_file())?;
    Some(found.strip_prefix(".").map(Path::to_owned).unwrap_or(found))
}

fn lists(kustomization: &Path, folder: &Path, real: &Path) -> bool {
    named_in(kustomization, folder, &["resources"])
        .iter()
        .any(|path| path == real)
}

/// The real paths of what a kustomization names under these members.
pub(in crate::collect) fn named_in(kustomization: &Path, folder: &Path, members: &[&str]) -> Vec<PathBuf> {
    let text = texts::text(kustomization).unwrap_or_default();
    let Ok(source) = yaml::decode("kustomization", text.as_bytes()) else {
        return Vec::new();
    };
    let limits = Limits::default();
    let documents: Vec<_> = yaml::documents(&source, &limits).filter_map(Result::ok).collect();
    let named = documents.iter().flat_map(|document| {
        let lists = members.iter();
        lists.flat_map(|member| named_by(&document.value, member))
    });
    // An address is the name of no file.
    let paths = named.filter_map(|name| folder.join(name).canonicalize().ok());
    paths.collect()
}

/// What a kustomization names in a list of names, or of entries that have one (`patches.path`).
fn named_by<'v>(kustomization: &'v Value, member: &str) -> Vec<&'v str> {
    let (list, entry) = member.split_once('.').unwrap_or((member, ""));
    let items = kustomization.items_at(&[list]).iter();
    let name = |item: &'v Value| {
        if entry.is_empty() {
            item.text()
        } else {
            item.text_at(&[entry])
        }
    };
    items.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    pub(super) fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_is_listed_by_what_names_it_within_the_folders_named() {
        let folder = folder(&[
            (
                "app/kustomization.yaml",
                "resources: [web.yaml, ../base, 'https://x/y']\n",
            ),
            ("app/web.yaml", ""),
            ("app/other.yaml", ""),
            ("app/deep/there.yaml", ""),
            (
                "kustomization.yml",
                "resources:\n- app/deep/there.yaml\n- ./app/twice.yaml\n",
            ),
            ("app/deep/Kustomization", "resources: [a.yaml]\n"),
            ("app/deep/a.yaml", ""),
        ]);
        let at = |name: &str| folder.path().join(name);
        let by = |file: &str, named: &str| listed(&at(file), &[at(named).display().to_string()]);
        assert_eq!(by("app/web.yaml", ""), Listed::By(at("app/kustomization.yaml")));
        assert_eq!(
            by("app/web.yaml", "app/web.yaml"),
            Listed::Outside(at("app/kustomization.yaml"))
        );
        assert_eq!(by("app/other.yaml", ""), Listed::Nowhere);
        assert_eq!(by("app/deep/there.yaml", ""), Listed::By(at("kustomization.yml")));
        assert_eq!(
            by("app/deep/there.yaml", "app"),
            Listed::Outside(at("kustomization.yml"))
        );
        assert_eq!(
            by("app/deep/a.yaml", "app"),
            Listed::By(at("app/deep/Kustomization"))
        );
        fs::write(at("app/kustomization.yaml"), "resources: [twice.yaml]\n").unwrap();
        fs::write(at("app/twice.yaml"), "").unwrap();
        assert_eq!(
            by("app/twice.yaml", ""),
            Listed::Twice(at("app/kustomization.yaml"), at("kustomization.yml"))
        );
        assert_eq!(by("gone.yaml", ""), Listed::Nowhere);
    }
}
