//! Whatever is changed, by an edit or by a patch: what could be built of the kustomizations before can be built after.

use super::beside::Beside;
use super::file_edit::FileEdit;
use crate::collect::kustomization::{BuiltWith, built_with, listed};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Beside<'_> {
    /// That what builds on a kustomization can be built with its new text, as far as it could be before.
    pub(super) fn still_built(
        &mut self,
        kustomization: &Path,
        (before, after): (&str, &str),
        edits: &BTreeMap<PathBuf, FileEdit>,
    ) -> Result<(), String> {
        let BuiltWith {
            own,
            root,
            mut folders,
            ..
        } = built_with(kustomization, self.named)?;
        // Its own folder is rendered already.
        folders.retain(|folder| *folder != own);
        if folders.is_empty() {
            return Ok(());
        }
        let (copy, runtime) = self.copy_of(&root)?;
        for edit in edits.values() {
            copy.write(&edit.path, &edit.after)?;
        }
        copy.write(kustomization, before)?;
        let mut built = Vec::new();
        for folder in folders {
            if runtime.block_on(copy.rendered_at(&folder)).is_ok() {
                built.push(folder);
            }
        }
        copy.write(kustomization, after)?;
        for folder in built {
            let shown = folder.strip_prefix(&root).unwrap_or(&folder).display();
            if let Err(why) = runtime.block_on(copy.rendered_at(&folder)) {
                return Err(format!(
                    "with a patch in {} the kustomization in {shown}, which builds on it, could not be built any more: {why}",
                    kustomization.display()
                ));
            }
        }
        Ok(())
    }

    /// A file with whose edit a kustomization that lists it, or one that builds on that one, could not be built any more: in words,
    /// which and why. What cannot be rendered at all says nothing of any edit.
    pub(super) fn broken(&mut self, edits: &BTreeMap<PathBuf, FileEdit>) -> Option<(PathBuf, String)> {
        let mut affected: BTreeMap<(PathBuf, PathBuf), Vec<&FileEdit>> = BTreeMap::new();
        for edit in edits.values() {
            let kustomizations = listed(&edit.path, self.named).all();
            // Where what builds on it cannot be told, nothing is said of the edit either.
            let built = kustomizations
                .iter()
                .filter_map(|one| built_with(one, self.named).ok());
            for BuiltWith { root, folders, .. } in built {
                for folder in folders {
                    affected.entry((root.clone(), folder)).or_default().push(edit);
                }
            }
        }
        affected
            .into_iter()
            .find_map(|((root, folder), edits)| self.breaks(&root, &folder, &edits).ok().flatten())
    }

    fn breaks(
        &mut self,
        root: &Path,
        folder: &Path,
        edits: &[&FileEdit],
    ) -> Result<Option<(PathBuf, String)>, String> {
        let (copy, runtime) = self.copy_of(root)?;
        let built = || runtime.block_on(copy.rendered_at(folder));
        let put = |edited: &dyn Fn(&FileEdit) -> bool| {
            edits.iter().try_for_each(|edit| {
                copy.write(&edit.path, if edited(edit) { &edit.after } else { &edit.before })
            })
        };
        put(&|_| true)?;
        let Err(why) = built() else { return Ok(None) };
        put(&|_| false)?;
        if built().is_err() {
            return Ok(None);
        }
        // The one without which the others do no harm, else any of them.
        let mut culprit = None;
        for edit in edits {
            put(&|other| other.path != edit.path)?;
            if built().is_ok() {
                culprit = Some(*edit);
                break;
            }
        }
        put(&|_| false)?;
        let words = format!(
            "with this edit the kustomization in {} could not be built any more: {why}",
            within(root, folder).display()
        );
        Ok(culprit
            .or(edits.first().copied())
            .map(|edit| (edit.path.clone(), words)))
    }
}

/// A folder as it is called from the one that holds all of them.
pub(super) fn within<'f>(root: &Path, folder: &'f Path) -> &'f Path {
    let shown = folder.strip_prefix(root).unwrap_or(folder);
    if shown.as_os_str().is_empty() {
        Path::new(".")
    } else {
        shown
    }
}
