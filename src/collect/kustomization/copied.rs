//! A copy of a kustomization's folder, in which an edit can be rendered before anything of the user's is touched.

use super::MOST;
use crate::clients::{ProgramError, renderers};
use crate::collect::checkout::render::rendered_objects;
use envcheck_core::value::Value;
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
        let words = |error: ProgramError| error.to_string().replace(&root, "");
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
    use super::super::tests::folder;
    use super::*;

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
