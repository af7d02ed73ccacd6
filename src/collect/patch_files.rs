//! Patch files of Kustomize: they look like the objects that they change, and are none themselves.

use super::kustomization::{is_kustomization, named_in};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where a kustomization names files that are objects.
const OBJECTS: [&str; 3] = ["resources", "bases", "crds"];
/// And files that are patches.
const PATCHES: [&str; 3] = ["patchesStrategicMerge", "patches.path", "patchesJson6902.path"];

/// What the kustomizations that were met name as patches.
#[derive(Debug, Default)]
pub(super) struct PatchFiles {
    met: BTreeSet<PathBuf>,
    /// By their real paths, with the first kustomization that names them.
    patches: BTreeMap<PathBuf, PathBuf>,
    objects: BTreeSet<PathBuf>,
}

impl PatchFiles {
    /// Takes note of a file if it is a kustomization.
    pub(super) fn meet(&mut self, path: &Path) {
        if !is_kustomization(path) || !self.met.insert(path.to_owned()) {
            return;
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        self.objects.extend(named_in(path, folder, &OBJECTS));
        for patch in named_in(path, folder, &PATCHES) {
            self.patches.entry(patch).or_insert_with(|| path.to_owned());
        }
    }

    /// Whether no kustomization has a patch in a file.
    pub(super) fn is_empty(&self) -> bool {
        self.patches.is_empty()
    }

    /// Why a file is not read, where all that it is is a patch.
    pub(super) fn reason(&self, path: &Path) -> Option<String> {
        let real = path.canonicalize().ok()?;
        let kustomization = self
            .patches
            .get(&real)
            .filter(|_| !self.objects.contains(&real))?;
        let folder = kustomization
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Some(format!(
            "a patch of {}; render it: kubectl kustomize {} | envcheck check -",
            kustomization.display(),
            folder.unwrap_or(Path::new(".")).display()
        ))
    }
}
