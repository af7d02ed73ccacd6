//! A commit of a Git repository as files to be read, rendered and edited: a copy of our own, so that nothing of the user's is
//! touched, and what nobody committed does not count.

pub(super) mod render;
#[cfg(test)]
mod tests;

use crate::clients::git::{self, Entry, Repository};
use crate::collect::manifests::Manifests;
use envcheck_core::inventory::{Gap, LoadedObject};
use envcheck_core::source::Diagnostic;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// No manifest is larger: what is, is left out.
const LARGEST: u64 = 4 << 20;
/// All that is copied.
const ALL: u64 = 512 << 20;
/// Contents are asked for so many bytes at a time.
const AT_ONCE: u64 = 32 << 20;

/// The names under which Kustomize looks for its file, in its order.
pub const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One commit, copied.
#[derive(Debug)]
pub struct Checkout {
    /// The repository with the commit.
    pub repository: Repository,
    /// The commit.
    pub commit: String,
    /// What it is called by people: the branch, or the revision that was asked for.
    pub called: String,
    /// The address that it was fetched from; `None` for a checkout of the user's.
    pub address: Option<String>,
    entries: BTreeMap<String, Entry>,
    /// Files that were edited, as they were committed.
    edited: BTreeMap<String, String>,
    files: TempDir,
    /// Of a repository that was fetched, here.
    _fetched: Option<TempDir>,
    interrupt: CancellationToken,
}

/// How the objects of a folder come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// They stand in its files.
    Plain,
    /// Kustomize renders them.
    Kustomize,
    /// Helm renders them.
    Helm,
}

/// Objects, each with its file.
type InFiles = Vec<(String, LoadedObject)>;

impl Checkout {
    /// Of what is committed in a checkout of the user's.
    pub async fn of(folder: &Path, interrupt: &CancellationToken) -> Result<Self, String> {
        if !folder.is_dir() {
            return Err("there is no such folder".to_owned());
        }
        let repository = Repository::open(folder, interrupt.clone())
            .await
            .map_err(|error| error.to_string())?;
        let commit = repository.commit_of("HEAD").await;
        let commit = commit.map_err(|_| "nothing is committed in it yet".to_owned())?;
        let called = repository.branch().await.unwrap_or_else(|| "HEAD".to_owned());
        Self::copied(repository, commit, called, None, None, interrupt).await
    }

    /// Of a revision of a repository elsewhere.
    pub async fn fetched(
        address: &str,
        revision: &str,
        interrupt: &CancellationToken,
    ) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| format!("no folder can be made for it: {error}"))?;
        let fetched = Repository::fetched(address, revision, folder.path(), interrupt.clone()).await;
        let (repository, commit) = fetched.map_err(|error| error.to_string())?;
        let address = Some(address.to_owned());
        Self::copied(
            repository,
            commit,
            revision.to_owned(),
            address,
            Some(folder),
            interrupt,
        )
        .await
    }

    async fn copied(
        repository: Repository,
        commit: String,
        called: String,
        address: Option<String>,
        fetched: Option<TempDir>,
        interrupt: &CancellationToken,
    ) -> Result<Self, String> {
        let entries = repository
            .entries(&commit)
            .await
            .map_err(|error| error.to_string())?;
        let files =
            TempDir::new().map_err(|error| format!("no folder can be made for a copy of it: {error}"))?;
        let checkout = Self {
            repository,
            commit,
            called,
            address,
            entries: entries
                .into_iter()
                .map(|entry| (entry.path.clone(), entry))
                .collect(),
            edited: BTreeMap::new(),
            files,
            _fetched: fetched,
            interrupt: interrupt.clone(),
        };
        checkout.copy().await?;
        Ok(checkout)
    }

    async fn copy(&self) -> Result<(), String> {
        let small = |entry: &&Entry| entry.size.is_some_and(|size| size <= LARGEST);
        let wanted: Vec<&Entry> = self.entries.values().filter(small).collect();
        if wanted.iter().filter_map(|entry| entry.size).sum::<u64>() > ALL {
            return Err("it is larger than 512 MiB".to_owned());
        }
        let mut rest = &wanted[..];
        let mut links: Vec<(&Entry, Vec<u8>)> = Vec::new();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |entry: &&&Entry| {
                bytes += entry.size.unwrap_or(0);
                bytes <= AT_ONCE
            };
            let number = rest.iter().take_while(fits).count().max(1);
            let (now, later) = rest.split_at(number);
            let objects: Vec<&str> = now.iter().map(|entry| entry.object.as_str()).collect();
            let contents = self
                .repository
                .contents(&objects)
                .await
                .map_err(|error| error.to_string())?;
            for (entry, content) in now.iter().zip(contents) {
                if entry.mode == "120000" {
                    links.push((*entry, content));
                    continue;
                }
                self.put(entry, &content)
                    .map_err(|error| format!("{} cannot be copied: {error}", entry.path))?;
            }
            rest = later;
        }
        self.link(&links)
            .map_err(|error| format!("its links cannot be copied: {error}"))
    }

    fn put(&self, entry: &Entry, content: &[u8]) -> io::Result<()> {
        if !stays_below(&entry.path) || !entry.is_file() {
            return Ok(());
        }
        // No link is there yet that could lead a file elsewhere.
        let path = self.files.path().join(&entry.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content)
    }

    /// Makes the links once all files are there: those that lead, for real and by way of all others, to something in the
    /// repository. A link to a link waits for that one.
    fn link(&self, links: &[(&Entry, Vec<u8>)]) -> io::Result<()> {
        let root = self.files.path().canonicalize()?;
        let inside = |path: &Path| path.canonicalize().is_ok_and(|real| real.starts_with(&root));
        let mut rest: Vec<(PathBuf, &str)> = Vec::new();
        for (entry, content) in links {
            match std::str::from_utf8(content) {
                Ok(target) if stays_below(&entry.path) && !Path::new(target).is_absolute() => {
                    rest.push((root.join(&entry.path), target));
                }
                _ => {}
            }
        }
        loop {
            let before = rest.len();
            rest.retain(|(path, target)| {
                let Some(parent) = path.parent() else { return false };
                // Folders that hold nothing but links are made as deep as they are, unless a link stands in the way.
                if !parent.exists() && !made_below(&root, parent)
                    || !inside(parent)
                    || !inside(&parent.join(target))
                {
                    return true;
                }
                // Where something is already, nothing is made.
                let _ = std::os::unix::fs::symlink(target, path);
                false
            });
            if rest.len() == before {
                return Ok(());
            }
        }
    }

    /// Whether it is the repository of this address. A checkout without remotes says nothing of itself.
    pub async fn is_of(&self, address: &str, only_one: bool) -> Result<bool, String> {
        if let Some(own) = &self.address {
            return Ok(git::same_address(own, address));
        }
        let remotes = self
            .repository
            .remotes()
            .await
            .map_err(|error| error.to_string())?;
        let itself = self.repository.folder().display().to_string();
        let named = remotes.iter().any(|remote| git::same_address(remote, address));
        Ok(named || git::same_address(&itself, address) || only_one && remotes.is_empty())
    }

    /// That it is at the revision that an application follows.
    ///
    /// # Errors
    ///
    /// In words, at which it is instead.
    pub async fn follows(&self, revision: &str) -> Result<(), String> {
        if revision == "HEAD" || self.called == revision || self.commit == revision {
            return Ok(());
        }
        for name in [format!("refs/remotes/origin/{revision}"), revision.to_owned()] {
            if self
                .repository
                .commit_of(&name)
                .await
                .is_ok_and(|commit| commit == self.commit)
            {
                return Ok(());
            }
        }
        Err(format!(
            "the checkout is at {}, and {revision} is what Argo CD follows: check that out",
            self.called
        ))
    }

    /// Where a file of it is to be read. Links stay inside, as they were made; here the letters of the path have to, too.
    fn at(&self, path: &str) -> Result<PathBuf, String> {
        let inside = normal(&self.files.path().join(path.trim_start_matches('/')));
        inside
            .filter(|inside| inside.starts_with(self.files.path()))
            .ok_or_else(|| format!("{path} leads out of the repository"))
    }

    /// How the objects of a folder come about.
    pub fn made(&self, folder: &str) -> Result<Made, String> {
        let at = self.at(folder)?;
        if !at.is_dir() {
            return Err(format!("there is no folder {folder} in {}", self.called));
        }
        Ok(if KUSTOMIZATIONS.iter().any(|name| at.join(name).is_file()) {
            Made::Kustomize
        } else if at.join("Chart.yaml").is_file() {
            Made::Helm
        } else {
            Made::Plain
        })
    }

    /// The first of these files in a folder that is there, as a path in the repository.
    pub fn first_of(&self, folder: &str, names: &[&str]) -> Option<String> {
        let at = self.at(folder).ok()?;
        let name = names.iter().find(|name| at.join(name).is_file())?;
        self.path_of(&at.join(name))
    }

    fn path_of(&self, at: &Path) -> Option<String> {
        // What is a link is edited where it leads.
        let real = at.canonicalize().ok()?;
        let root = self.files.path().canonicalize().ok()?;
        real.strip_prefix(root).ok()?.to_str().map(ToOwned::to_owned)
    }

    /// The objects that stand in the files of a folder, and the file of each.
    pub fn objects(&self, folder: &str, below: bool) -> Result<InFiles, String> {
        Ok(self.read(folder, below)?.0)
    }

    /// The same, where all of it has to be known: what cannot be read of one file is told instead.
    pub fn all_objects(&self, folder: &str, below: bool) -> Result<InFiles, String> {
        match self.read(folder, below)? {
            (objects, unread) if unread.is_empty() => Ok(objects),
            (_, unread) => Err(unread.join("; ")),
        }
    }

    /// The objects, and what could not be read.
    fn read(&self, folder: &str, below: bool) -> Result<(InFiles, Vec<String>), String> {
        let at = self.at(folder)?;
        let names = if below {
            vec![at.display().to_string()]
        } else {
            let entries = fs::read_dir(&at).map_err(|error| error.to_string())?;
            let mut names: Vec<String> = entries
                .filter_map(Result::ok)
                .filter(|entry| entry.path().is_file())
                .map(|entry| entry.path().display().to_string())
                .filter(|name| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)))
                .collect();
            names.sort();
            names
        };
        let manifests = Manifests::find(&names).map_err(|problems| {
            let first = problems.first();
            first.map_or_else(String::new, Diagnostic::one_line)
        })?;
        let words = |gap: &Gap| format!("{}: {}", gap.reason, gap.detail);
        let mut unread: Vec<String> = manifests.gaps.iter().map(words).collect();
        let mut found = Vec::new();
        for unit in 0..manifests.len() {
            let unit = manifests.load(unit);
            unread.extend(unit.gaps.iter().map(words));
            for object in unit.objects {
                let name = match &object.origin {
                    envcheck_core::inventory::Origin::Manifest { document, .. } => {
                        document.source.name.clone()
                    }
                    _ => continue,
                };
                if let Some(path) = self.path_of(Path::new(&name)) {
                    found.push((path, object));
                }
            }
        }
        Ok((found, unread))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.at(path)?).map_err(|error| format!("{path} cannot be read: {error}"))
    }

    /// Puts another text into a file of the copy; the same as it was committed undoes that.
    pub fn write(&mut self, path: &str, text: &str) -> Result<(), String> {
        let before = self.text(path)?;
        if !self.entries.get(path).is_some_and(Entry::is_file) {
            return Err(format!("{path} is not a file of the repository"));
        }
        let at = self.at(path)?;
        fs::write(&at, text).map_err(|error| format!("{path} cannot be written in the copy: {error}"))?;
        let committed = self.edited.entry(path.to_owned()).or_insert(before);
        if committed == text {
            self.edited.remove(path);
        }
        Ok(())
    }

    /// Every file that was edited: its path, its text as committed and its text now.
    pub fn changes(&self) -> Result<Vec<(String, String, String)>, String> {
        let change =
            |(path, before): (&String, &String)| Ok((path.clone(), before.clone(), self.text(path)?));
        self.edited.iter().map(change).collect()
    }

    /// All edits undone.
    pub fn reset(&mut self) -> Result<(), String> {
        for (path, text) in std::mem::take(&mut self.edited) {
            let at = self.at(&path)?;
            fs::write(at, text).map_err(|error| format!("{path} cannot be written in the copy: {error}"))?;
        }
        Ok(())
    }

    /// The file of the tree that this path is.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// A folder of ours for what belongs to this checkout for a while.
    pub fn scratch(&self) -> Result<TempDir, String> {
        TempDir::new().map_err(|error| error.to_string())
    }
}

/// A path of a tree is relative and has no `..`, unless somebody made it by hand.
fn stays_below(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Makes a folder below the root, part by part; not through links.
fn made_below(root: &Path, folder: &Path) -> bool {
    let Ok(below) = folder.strip_prefix(root) else {
        return false;
    };
    let mut here = root.to_owned();
    below.components().all(|part| {
        here.push(part);
        let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|own| own.is_dir());
        is_folder(&here) || fs::create_dir(&here).is_ok()
    })
}

/// A path without `.` and `..`, by its letters alone.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            other => plain.push(other),
        }
    }
    Some(plain)
}
