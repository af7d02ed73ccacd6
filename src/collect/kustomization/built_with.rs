//! What builds on a kustomization: the overlays that name it, by whatever is in between.

use super::{MOST, named_in, of_folder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A kustomization with what builds on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltWith {
    /// Its own real folder.
    pub own: PathBuf,
    /// The folder that holds all of them.
    pub root: PathBuf,
    /// Its own, and those of the kustomizations that build on it, by whatever is in between: real ones.
    pub folders: Vec<PathBuf>,
    /// Of each of these folders, on which others of them it builds.
    pub upon: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl BuiltWith {
    /// Those folders on which no other one builds: what is delivered comes out of them.
    pub fn tops(&self) -> impl Iterator<Item = &PathBuf> {
        let below: BTreeSet<&PathBuf> = self.upon.values().flatten().collect();
        self.folders.iter().filter(move |folder| !below.contains(*folder))
    }
}

/// This kustomization, and what builds on it: in its repository, and in the folders that the user named.
///
/// # Errors
///
/// In words, why that cannot be told.
pub fn built_with(kustomization: &Path, named: &[String]) -> Result<BuiltWith, String> {
    let unknown = |why: &str| format!("what builds on {} is not known: {why}", kustomization.display());
    let real = kustomization
        .canonicalize()
        .map_err(|error| unknown(&error.to_string()))?;
    let own = real.parent().unwrap_or(&real).to_owned();
    let repository = own.ancestors().find(|folder| folder.join(".git").exists());
    let named = named
        .iter()
        .filter_map(|path| Path::new(path).canonicalize().ok());
    let named = named.filter(|path| path.is_dir());
    let mut folders: Vec<PathBuf> = repository.map(Path::to_owned).into_iter().chain(named).collect();
    let (mut references, mut left) = (BTreeMap::new(), MOST);
    while let Some(folder) = folders.pop() {
        if references.contains_key(&folder) {
            continue;
        }
        let named =
            of_folder(&folder).map(|own| named_in(&own, &folder, &["resources", "bases", "components"]));
        references.insert(folder.clone(), named.unwrap_or_default());
        for entry in fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
            left = left
                .checked_sub(1)
                .ok_or_else(|| unknown("there are too many files to look through"))?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && entry.file_name() != ".git" {
                folders.push(entry.path());
            }
        }
    }
    let mut found = BTreeSet::from([own.clone()]);
    loop {
        let more = references
            .iter()
            .filter(|(folder, named): &(&PathBuf, &Vec<PathBuf>)| {
                !found.contains(*folder) && named.iter().any(|one| found.contains(one))
            });
        let more: Vec<PathBuf> = more.map(|(folder, _)| folder.clone()).collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    let holds_all = |folder: &&Path| found.iter().all(|one| one.starts_with(folder));
    let root = own.ancestors().find(holds_all).unwrap_or(&own).to_owned();
    let upon = found.iter().map(|folder| {
        let named = references.get(folder).into_iter().flatten();
        // A folder that names itself is rendered by nobody.
        let named = named.filter(|one| found.contains(*one) && *one != folder);
        (folder.clone(), named.cloned().collect())
    });
    Ok(BuiltWith {
        upon: upon.collect(),
        own,
        root,
        folders: found.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    #[test]
    fn what_builds_on_a_kustomization_is_found_in_whatever_order_folders_are_named() {
        let folder = folder(&[
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("base/web.yaml", ""),
            ("between/kustomization.yaml", "components: [../base]\n"),
            ("over/deep/kustomization.yaml", "resources: [../../between]\n"),
            ("other/kustomization.yaml", "resources: []\n"),
        ]);
        let at = |name: &str| folder.path().join(name);
        let root = folder.path().canonicalize().unwrap();
        let on = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| at(name).display().to_string()).collect();
            built_with(&at("base/kustomization.yaml"), &named).unwrap()
        };
        let all = BuiltWith {
            own: root.join("base"),
            root: root.clone(),
            folders: ["base", "between", "over/deep"]
                .map(|name| root.join(name))
                .into(),
            upon: [
                ("base", None),
                ("between", Some("base")),
                ("over/deep", Some("between")),
            ]
            .map(|(name, upon)| {
                (
                    root.join(name),
                    upon.map(|one| root.join(one)).into_iter().collect(),
                )
            })
            .into(),
        };
        assert_eq!(all.tops().collect::<Vec<_>>(), [&root.join("over/deep")]);
        for named in [
            &["."][..],
            &["base", "."],
            &["base", "between", "over"],
            &["over", "base", "between"],
        ] {
            assert_eq!(on(named), all, "{named:?}");
        }
        let alone = BuiltWith {
            own: root.join("base"),
            root: root.join("base"),
            folders: vec![root.join("base")],
            upon: [(root.join("base"), BTreeSet::new())].into(),
        };
        assert_eq!(alone.tops().count(), 1);
        assert_eq!(on(&["base", "other"]), alone);
        // In one repository nothing has to be named.
        fs::create_dir(at(".git")).unwrap();
        assert_eq!(on(&["base"]), all);
    }
}
