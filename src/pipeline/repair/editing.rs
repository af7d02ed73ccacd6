//! Edits as they come together: where objects stand in files, and what becomes of these texts.

use super::beside::{Beside, Unpatched};
use super::file_edit::FileEdit;
use crate::collect::manifests::Manifests;
use crate::collect::sources::Sources;
use crate::collect::texts;
use crate::pipeline::ended::Ended;
use crate::pipeline::input::numbered;
use envcheck_core::findings::Finding;
use envcheck_core::inventory::identity::Scopes;
use envcheck_core::inventory::{Feed, ResourceRef};
use envcheck_core::plan::{Deed, LeftAlone, Repaired};
use envcheck_core::remediate::{NotEdited, Spot, contradiction, edited, spot};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files as they would be, and what is left alone.
#[derive(Default)]
pub(super) struct Work {
    pub(super) files: BTreeMap<PathBuf, FileEdit>,
    pub(super) left: Vec<LeftAlone>,
}

impl Work {
    pub(super) fn leave(&mut self, finding: &Finding, why: String) {
        self.left.push(LeftAlone {
            finding: Repaired::from(finding),
            why,
        });
    }

    pub(super) fn edit(
        &mut self,
        finding: &Finding,
        deed: &Deed,
        places: Option<&Place>,
        done: &[Deed],
    ) -> Result<(), NotEdited> {
        let (path, spot) = only_place(deed, places, done)?;
        let repaired = Repaired::from(finding);
        if done.contains(deed)
            && let Some(file) = self.files.get_mut(path)
        {
            file.repairs.push(repaired);
            return Ok(());
        }
        let before = match self.files.get(path) {
            Some(file) => file.after.clone(),
            None => texts::text(path).map_err(|error| error.to_string())?,
        };
        let after = edited(&path.display().to_string(), &before, *spot, deed)?;
        if after == before {
            return Err("it is as it should be by now".into());
        }
        self.keep(path, (before, after), false, finding);
        Ok(())
    }

    /// Leaves a file as it is after all.
    pub(super) fn take_back(&mut self, path: &Path, why: &str) {
        let repairs = self.files.remove(path).map(|file| file.repairs);
        self.left
            .extend(repairs.into_iter().flatten().map(|finding| LeftAlone {
                finding,
                why: why.to_owned(),
            }));
    }

    /// Adds a patch to the kustomization that lists the file of what cannot be changed in it.
    pub(super) fn patch(
        &mut self,
        beside: &mut Beside<'_>,
        finding: &Finding,
        deed: &Deed,
        places: Option<&Place>,
        done: &[Deed],
    ) -> Result<PathBuf, Unpatched> {
        let (path, spot) = only_place(deed, places, done)?;
        if done.contains(deed) {
            let kustomization = beside.kustomization_of(path)?;
            if let Some(file) = self.files.get_mut(&kustomization) {
                file.repairs.push(Repaired::from(finding));
                return Ok(kustomization);
            }
        }
        let patched = beside.patched((path, *spot), deed, &self.files)?;
        let kustomization = patched.kustomization;
        self.keep(&kustomization, (patched.before, patched.after), true, finding);
        Ok(kustomization)
    }

    /// The text of a file as it would be, by the fix of this finding.
    fn keep(&mut self, path: &Path, (before, after): (String, String), patches: bool, finding: &Finding) {
        let file = self.files.entry(path.to_owned()).or_insert_with(|| FileEdit {
            path: path.to_owned(),
            before,
            after: String::new(),
            summaries: Vec::new(),
            repairs: Vec::new(),
            patches: false,
            name: String::new(),
            from_root: false,
        });
        file.after = after;
        file.patches |= patches;
        let summary = finding.fix.as_ref().map(|fix| fix.summary.clone());
        file.summaries.push(summary.unwrap_or_default());
        file.repairs.push(Repaired::from(finding));
    }
}

/// Where the target of a deed stands, if only there and nothing that is done speaks against it.
fn only_place<'p>(
    deed: &Deed,
    places: Option<&'p Place>,
    done: &[Deed],
) -> Result<&'p (PathBuf, Spot), String> {
    if places.is_some_and(|place| place.named_when_made) {
        return Err(format!(
            "what is called {} here gets its name only when it is made (generateName): change it by hand",
            deed.target
        ));
    }
    let place = match places.map_or(&[][..], |place| place.places.as_slice()) {
        [] => return Err(format!("{} stands in none of these files", deed.target)),
        [place] => place,
        [(first, _), (second, _), ..] if first == second => {
            return Err(format!(
                "{} stands more than once in {}: only a person can choose",
                deed.target,
                first.display()
            ));
        }
        [(first, _), (second, _), ..] => {
            return Err(format!(
                "{} stands in {} and in {}: only a person can choose",
                deed.target,
                first.display(),
                second.display()
            ));
        }
    };
    match done.iter().find_map(|other| contradiction(other, deed)) {
        Some(place) => Err(format!(
            "it contradicts another edit at {place}: only a person can choose"
        )),
        None => Ok(place),
    }
}

/// Where an object stands in files.
#[derive(Default)]
pub(super) struct Place {
    pub(super) places: Vec<(PathBuf, Spot)>,
    /// It has no name of its own yet, and is only called so: no file says this name of it.
    named_when_made: bool,
}

pub(super) type Places = BTreeMap<ResourceRef, Place>;

pub(super) fn places<'d>(
    paths: &[String],
    wanted: impl Iterator<Item = &'d ResourceRef>,
) -> Result<Places, Ended> {
    let mut places: Places = wanted.map(|target| (target.clone(), Place::default())).collect();
    let mut unnamed: Vec<ResourceRef> = Vec::new();
    let mut scopes = Scopes::default();
    let feed = numbered(Arc::new(Sources::new(Some(Manifests::find(paths)?), None)));
    while let Some(unit) = feed.next() {
        for object in unit().objects {
            scopes.learn(&object.value);
            let mut reference = object.reference.clone();
            if object.generated {
                unnamed.push(reference);
                continue;
            }
            if reference.namespace.is_none() && !places.contains_key(&reference) {
                reference.namespace = Some("default".to_owned());
            }
            let Some(found) = places.get_mut(&reference) else {
                continue;
            };
            if let Some((document, spot)) = spot(&object.origin) {
                found.places.push((PathBuf::from(&document.source.name), spot));
            }
        }
    }
    // They are numbered, whichever is which.
    let mut numbers: BTreeMap<ResourceRef, usize> = BTreeMap::new();
    for mut reference in unnamed {
        scopes.settle(&mut reference);
        let number = numbers.entry(reference.clone()).or_default();
        *number += 1;
        reference.name = format!("{}{number}", reference.name);
        if let Some(found) = places.get_mut(&reference) {
            found.named_when_made = true;
        }
    }
    Ok(places)
}
