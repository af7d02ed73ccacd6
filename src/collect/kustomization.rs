//! Kustomizations among the user's files: which one lists a file, and a copy of its folder in which an edit can be rendered before
//! anything of the user's is touched.

use crate::clients::renderers;
use crate::collect::checkout::KUSTOMIZATIONS;
use crate::collect::checkout::render::rendered_objects;
use crate::collect::texts;
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// No manifest is larger: what is, is left out.
const LARGEST: u64 = 4 << 20;
/// All that is copied.
const ALL: u64 = 64 << 20;
/// So many files and folders.
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
pub(super) fn is_kustomization(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| KUSTOMIZATIONS.contains(&name))
}

/// The kustomization of a folder, if it has one.
pub(super) fn of_folder(folder: &Path) -> Option<PathBuf> {
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
pub(super) fn named_in(kustomization: &Path, folder: &Path, members: &[&str]) -> Vec<PathBuf> {
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

/// A kustomization with what builds on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltWith {
    /// Its own real folder.
    pub own: PathBuf,
    /// The folder that holds all of them.
    pub root: PathBuf,
    /// Its own, and those of the kustomizations that build on it, by whatever is in between: real ones.
    pub folders: Vec<PathBuf>,
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
    Ok(BuiltWith {
        own,
        root,
        folders: found.into_iter().collect(),
    })
}

/// A copy of the folder of a kustomization. The folders beside and above it, which hold the bases that it names, are links to the
/// real ones.
#[derive(Debug)]
pub struct Copied {
    root: TempDir,
    /// The real folder.
    folder: PathBuf,
    interrupt: CancellationToken,
}

impl Copied {
    /// Copies a folder.
    ///
    /// # Errors
    ///
    /// In words, why that cannot be done.
    pub fn of(folder: &Path, interrupt: &CancellationToken) -> Result<Self, String> {
        let cannot = |error: io::Error| format!("folder {} cannot be copied: {error}", folder.display());
        let folder = folder.canonicalize().map_err(cannot)?;
        let root = TempDir::new().map_err(cannot)?;
        let copied = Self {
            root,
            folder,
            interrupt: interrupt.clone(),
        };
        copied.surroundings().map_err(cannot)?;
        let mut left = (ALL, MOST);
        copied.copy(&copied.folder, &mut left).map_err(cannot)?;
        Ok(copied)
    }

    /// Where the copy of a real path is.
    fn at(&self, real: &Path) -> PathBuf {
        let parts = real
            .components()
            .filter(|part| matches!(part, Component::Normal(_)));
        self.root.path().join(parts.collect::<PathBuf>())
    }

    /// Links to what is beside the folder and beside those above it, up to the root of the repository: what is named by `..` is
    /// found there. Only what is a folder: files of others Kustomize does not read.
    fn surroundings(&self) -> io::Result<()> {
        fs::create_dir_all(self.at(&self.folder))?;
        let mut below = self.folder.as_path();
        while let Some(above) = below.parent().filter(|_| !below.join(".git").exists()) {
            let entries = fs::read_dir(above).into_iter().flatten().filter_map(Result::ok);
            for entry in entries
                .map(|entry| entry.path())
                .filter(|path| path != below && path.is_dir())
            {
                // What cannot be linked is not found there, and rendering says so.
                let _ = symlink(&entry, self.at(&entry));
            }
            below = above;
        }
        Ok(())
    }

    fn copy(&self, folder: &Path, left: &mut (u64, usize)) -> io::Result<()> {
        let enough = || io::Error::other("it holds too much");
        for entry in fs::read_dir(folder)? {
            let entry = entry?.path();
            let copy = self.at(&entry);
            left.1 = left.1.checked_sub(1).ok_or_else(enough)?;
            // What goes away meanwhile, or may not be read, is not found there, and rendering says so where it matters.
            let Some(metadata) = readable(fs::symlink_metadata(&entry))? else {
                continue;
            };
            if metadata.is_symlink() {
                if let Some(target) = readable(fs::read_link(&entry))? {
                    symlink(target, copy)?;
                }
            } else if metadata.is_dir() {
                if entry.file_name().is_some_and(|name| name == ".git") {
                    continue;
                }
                fs::create_dir(&copy)?;
                readable(fs::read_dir(&entry))?.map_or(Ok(()), |_| self.copy(&entry, left))?;
            } else if metadata.is_file() && metadata.len() <= LARGEST {
                left.0 = left.0.checked_sub(metadata.len()).ok_or_else(enough)?;
                readable(fs::copy(&entry, &copy))?;
            }
        }
        Ok(())
    }

    /// Puts another text into the copy of one of the user's files, if it is in this folder.
    pub fn write(&self, file: &Path, text: &str) -> Result<(), String> {
        let cannot = |error: io::Error| format!("{} cannot be copied: {error}", file.display());
        let real = file.canonicalize().map_err(cannot)?;
        if !real.starts_with(&self.folder) {
            return Ok(());
        }
        let copy = self.at(&real);
        // What was copied from a file that nobody may write is none of ours, either.
        fs::remove_file(&copy)
            .and_then(|()| fs::write(&copy, text))
            .map_err(cannot)
    }

    /// What Kustomize makes of the copy.
    pub async fn rendered(&self) -> Result<Vec<Value>, String> {
        self.rendered_at(&self.folder).await
    }

    /// What it makes of a folder within the copy, called by its real path.
    pub async fn rendered_at(&self, real: &Path) -> Result<Vec<Value>, String> {
        let rendered = renderers::kustomize(&self.at(real), &self.interrupt).await;
        // Where our copy is says nothing to anybody.
        let root = self.root.path().display().to_string();
        let words = |error: crate::clients::ProgramError| error.to_string().replace(&root, "");
        rendered_objects("kustomize", &rendered.map_err(words)?)
    }
}

/// What was read, where it is there and may be.
fn readable<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
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
        };
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
        };
        assert_eq!(on(&["base", "other"]), alone);
        // In one repository nothing has to be named.
        fs::create_dir(at(".git")).unwrap();
        assert_eq!(on(&["base"]), all);
    }

    #[test]
    fn a_copy_has_what_is_beside_it_and_takes_edits_of_its_own_files_only() {
        let folder = folder(&[
            ("app/kustomization.yaml", "resources: [web.yaml]\n"),
            ("app/below/web.yaml", "a"),
            ("app/below/.git/config", "x"),
            ("base/b.yaml", "b"),
        ]);
        symlink("below/web.yaml", folder.path().join("app/link.yaml")).unwrap();
        let at = |name: &str| folder.path().join(name);
        let copied = Copied::of(&at("app"), &CancellationToken::new()).unwrap();
        let copy = |name: &str| copied.at(&at(name).canonicalize().unwrap());
        copied.write(&at("app/link.yaml"), "new").unwrap();
        copied.write(&at("base/b.yaml"), "new").unwrap();
        assert_eq!(fs::read_to_string(copy("app").join("link.yaml")).unwrap(), "new");
        assert_eq!(
            fs::read_to_string(copy("app").join("../base/b.yaml")).unwrap(),
            "b"
        );
        assert!(!copy("app/below").join(".git").exists());
        for (name, text) in [("app/below/web.yaml", "a"), ("base/b.yaml", "b")] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), text);
        }
    }
}
