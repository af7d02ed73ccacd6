//! What cannot be changed in a manifest becomes a patch beside it: in the kustomization that lists the file, rendered before and
//! after as on the Git route, in a copy.

use super::file_edit::FileEdit;
use super::rendering::Proof;
use crate::clients::runtime;
use crate::collect::kustomization::{Copied, Listed, listed};
use crate::collect::texts;
use envcheck_core::inventory::{ResourceRef, identify};
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{Differs, Way, comes_out_as};
use envcheck_core::remediate::{Spot, object_at};
use envcheck_core::value::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The kustomizations to which patches are added.
pub(super) struct Beside<'a> {
    /// What the user named.
    pub(super) named: &'a [String],
    interrupt: &'a CancellationToken,
    /// Started for the first one.
    runtime: Option<Runtime>,
    copies: BTreeMap<PathBuf, Result<Copied, String>>,
}

/// A kustomization with a patch more.
pub(super) struct Patched {
    pub(super) kustomization: PathBuf,
    pub(super) before: String,
    pub(super) after: String,
}

/// Why there is no patch.
pub(super) enum Unpatched {
    /// What the kustomization renders is as it should be: an earlier patch made it so.
    Already(String),
    /// In words.
    Cannot(String),
}

impl From<String> for Unpatched {
    fn from(words: String) -> Self {
        Self::Cannot(words)
    }
}

impl<'a> Beside<'a> {
    pub(super) fn of(named: &'a [String], interrupt: &'a CancellationToken) -> Self {
        Self {
            named,
            interrupt,
            runtime: None,
            copies: BTreeMap::new(),
        }
    }

    /// The kustomization that lists a file, or what the user may do where none does.
    pub(super) fn kustomization_of(&self, file: &Path) -> Result<PathBuf, String> {
        let shown = file.display();
        match listed(file, self.named) {
            Listed::By(kustomization) => Ok(kustomization),
            Listed::Twice(one, other) => Err(format!(
                "{} and {} both list {shown}: add a patch to both, or change the manifest by hand",
                one.display(),
                other.display()
            )),
            Listed::Outside(kustomization) => Err(format!(
                "{} lists {shown}: name its folder, and a patch is added there, or change the manifest by hand",
                kustomization.display()
            )),
            Listed::Nowhere => Err(format!(
                "no kustomization lists {shown}: list it in one, and a patch is added there, or change the manifest by hand"
            )),
        }
    }

    /// Adds a patch for the object at a spot to the kustomization that lists its file. `edits` are the files as they would be.
    ///
    /// # Errors
    ///
    /// Why there is no such patch.
    pub(super) fn patched(
        &mut self,
        (file, spot): (&Path, Spot),
        deed: &Deed,
        edits: &BTreeMap<PathBuf, FileEdit>,
    ) -> Result<Patched, Unpatched> {
        let kustomization = self.kustomization_of(file)?;
        let now = |path: &Path| match edits.get(path) {
            Some(edit) => Ok(edit.after.clone()),
            None => texts::text(path).map_err(|error| format!("{}: {error}", path.display())),
        };
        let name = kustomization.display().to_string();
        let before = now(&kustomization)?;
        let object = object_at(&file.display().to_string(), &now(file)?, spot, &deed.target)?;
        let (reference, _) = identify(&object)?;
        let target = comes_out_as(&name, &before, &reference)?;
        let (copy, runtime) = self.copy_of(folder_of(&kustomization))?;
        for edit in edits.values() {
            copy.write(&edit.path, &edit.after)?;
        }
        copy.write(&kustomization, &before)?;
        let rendered = runtime.block_on(copy.rendered())?;
        let index = among(&rendered, &target, &reference)
            .ok_or_else(|| format!("{target} does not come out of {name} once"))?;
        let proof = Proof::of(rendered, index, deed, (&object, Way::ToRendered))
            .map_err(|differs| unpatched(&differs, &name))?;
        let after = proof.with_patch(&name, &before, |after| {
            copy.write(&kustomization, after)?;
            runtime.block_on(copy.rendered())
        })?;
        self.still_built(&kustomization, (&before, &after), edits)?;
        Ok(Patched {
            kustomization,
            before,
            after,
        })
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.is_cancelled()
    }

    /// Makes new copies from here on, without what was tried in those there are.
    pub(super) fn afresh(&mut self) {
        self.copies.clear();
    }

    /// The copy of a folder, made once, and what waits for its renderer.
    pub(super) fn copy_of(&mut self, folder: &Path) -> Result<(&Copied, &Runtime), String> {
        let runtime = if let Some(runtime) = self.runtime.take() {
            runtime
        } else {
            let started = runtime::start();
            let started = started.map_err(|error| format!("cannot start threads for Kustomize: {error}"))?;
            runtime::watch_signals(started.handle(), self.interrupt.clone());
            started
        };
        let runtime = self.runtime.insert(runtime);
        let copy = match self.copies.entry(folder.to_owned()) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => place.insert(Copied::of(folder, self.interrupt)),
        };
        copy.as_ref().map(|copy| (copy, &*runtime)).map_err(Clone::clone)
    }
}

/// Where an object is in what was rendered; `None` where it is not there, or twice.
fn among(rendered: &[Value], target: &ResourceRef, written: &ResourceRef) -> Option<usize> {
    let is_it = |object: &Value| {
        identify(object).is_ok_and(|(found, generated)| {
            // A namespace is given to what can have one only.
            let namespaces = [target.namespace.as_ref(), written.namespace.as_ref()];
            !generated
                && found.group() == target.group()
                && found.kind == target.kind
                && found.name == target.name
                && (found.namespace == target.namespace
                    || namespaces.contains(&None) && found.namespace.is_none())
        })
    };
    let mut found = rendered.iter().enumerate().filter(|(_, object)| is_it(object));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

fn unpatched(differs: &Differs, kustomization: &str) -> Unpatched {
    Unpatched::Cannot(match differs {
        Differs::Synced => {
            return Unpatched::Already(format!(
                "what {kustomization} renders is as it should be, and the manifest is not what is deployed: {}",
                how_to_check(Path::new(kustomization))
            ));
        }
        Differs::Drifted(place) | Differs::Added(place) => {
            format!("what {kustomization} renders has something else at {place} than the manifest")
        }
        Differs::NoPlace(words) => words.clone(),
    })
}

/// How what a kustomization renders is checked.
pub(super) fn how_to_check(kustomization: &Path) -> String {
    let folder = folder_of(kustomization).display();
    format!("kubectl kustomize {folder} | envcheck check - -e ENV")
}

pub(super) fn folder_of(kustomization: &Path) -> &Path {
    let folder = kustomization.parent();
    let named = folder.filter(|folder| !folder.as_os_str().is_empty());
    named.unwrap_or(Path::new("."))
}
