//! What is done in a manifest has to show in what is delivered of it: where a kustomization that builds on it sets the same field
//! again, the edit changes nothing there, whatever `check` says of the manifest.

use super::beside::Beside;
use super::file_edit::FileEdit;
use super::set_again::kustomizations;
use super::still_built::within;
use crate::collect::kustomization::{BuiltWith, built_with, listed};
use crate::collect::texts;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::identify;
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{Shows, shows};
use envcheck_core::remediate::{Spot, edited, object_at};
use envcheck_core::value::patch::{self, Operation};
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A member that no object has, by which one is found again in what is rendered, whatever it is called there: no patch touches it.
const MARK: &str = "envcheckMark";

/// A deed that is done in a manifest, or beside it.
pub(super) struct Placed<'d> {
    pub(super) deed: &'d Deed,
    pub(super) file: &'d Path,
    pub(super) spot: Spot,
}

/// An object in a file.
type Key<'d> = (&'d Path, usize, Option<usize>);

impl<'d> Placed<'d> {
    fn key(&self) -> Key<'d> {
        (self.file, self.spot.document, self.spot.item)
    }
}

/// What does not show everywhere.
#[derive(Default)]
pub(super) struct Hidden {
    /// What does not show at all, or does harm: which of the deeds, and why, in words.
    pub(super) refused: BTreeMap<usize, String>,
    /// Of what shows in one place and not in another, or nowhere, or of which nothing is proven.
    pub(super) cautions: Vec<String>,
    /// Something goes on rendering what was found.
    pub(super) remains: bool,
}

/// Objects as they are rendered, by the number of the deed that is done to them.
pub(super) type Found = BTreeMap<usize, Vec<Value>>;

/// The kustomizations that build on the file of a deed, and the object before it.
pub(super) struct Traced {
    pub(super) built: Vec<BuiltWith>,
    pub(super) object: Value,
}

/// The trial of deeds in copies of the kustomizations that build on their files.
pub(super) struct Trial<'a, 'b> {
    pub(super) beside: &'a mut Beside<'b>,
    pub(super) done: &'a [Placed<'a>],
    pub(super) edits: &'a BTreeMap<PathBuf, FileEdit>,
}

/// One of several objects that come out of one kustomization and stand as one in a file.
pub(super) struct Instance {
    pub(super) index: usize,
    pub(super) name: String,
}

/// What a kustomization that is delivered makes of a deed: it, and the folder that holds all on which it builds.
pub(super) struct Judged {
    /// `None`: the object does not come out of it.
    pub(super) shows: Option<Shows>,
    /// Where more than one comes out of it.
    pub(super) copy: Option<Instance>,
    pub(super) root: PathBuf,
    pub(super) top: PathBuf,
}

impl Judged {
    /// The kustomization as it is called.
    pub(super) fn name(&self) -> String {
        within(&self.root, &self.top).display().to_string()
    }
}

/// Kustomizations that could not be rendered, by why.
type Unrendered = BTreeMap<String, Vec<String>>;

impl Beside<'_> {
    /// Which of these deeds do not show in what is rendered of their files: `edits` are these as they would be.
    pub(super) fn hidden(&mut self, done: &[Placed<'_>], edits: &BTreeMap<PathBuf, FileEdit>) -> Hidden {
        // What was tried in the copies so far is none of what is tried now.
        self.afresh();
        let mut trial = Trial {
            beside: self,
            done,
            edits,
        };
        let traced = trial.traced();
        let (judged, unrendered) = trial.judged(&traced);
        let mut hidden = Hidden::default();
        for (number, told) in &judged {
            if let Some(one) = traced.get(number) {
                trial.weigh(*number, one, told, &mut hidden);
            }
        }
        let unproven = unrendered.into_iter().map(|(why, folders)| {
            let them = kustomizations(&folders);
            format!("what the edits change in {them} is not known: rendering fails: {why}")
        });
        hidden.cautions.extend(unproven);
        hidden
    }
}

impl Trial<'_, '_> {
    /// What builds on the files of the deeds. Where that cannot be told, nothing is said of the deed.
    fn traced(&self) -> BTreeMap<usize, Traced> {
        let named = self.beside.named;
        let mut known: BTreeMap<PathBuf, Option<BuiltWith>> = BTreeMap::new();
        let mut objects: BTreeMap<Key<'_>, Value> = BTreeMap::new();
        let mut traced = BTreeMap::new();
        for (number, placed) in self.done.iter().enumerate() {
            let read = || {
                let text = text_of(placed.file, self.edits, false)?;
                let name = placed.file.display().to_string();
                object_at(&name, &text, placed.spot, &placed.deed.target).ok()
            };
            let Some(object) = objects.get(&placed.key()).cloned().or_else(read) else {
                continue;
            };
            // The next deed for the same object finds it as this one left it.
            let next = placed.deed.done_to(Some(&object)).ok().flatten();
            objects.insert(placed.key(), next.unwrap_or_else(|| object.clone()));
            let listing = listed(placed.file, named).all().into_iter();
            let built = listing.filter_map(|one| {
                let built = known.entry(one.clone());
                built.or_insert_with(|| built_with(&one, named).ok()).clone()
            });
            let built: Vec<BuiltWith> = built.collect();
            traced.insert(number, Traced { built, object });
        }
        traced
    }

    /// What becomes of each deed in each kustomization that is delivered and could be rendered before; and which could not be.
    fn judged(&mut self, traced: &BTreeMap<usize, Traced>) -> (BTreeMap<usize, Vec<Judged>>, Unrendered) {
        let mut tops: BTreeMap<(PathBuf, PathBuf), BTreeSet<usize>> = BTreeMap::new();
        for (number, one) in traced {
            for built in &one.built {
                for top in built.tops() {
                    let place = (built.root.clone(), top.clone());
                    tops.entry(place).or_default().insert(*number);
                }
            }
        }
        let mut judged: BTreeMap<usize, Vec<Judged>> = BTreeMap::new();
        let mut unrendered = Unrendered::new();
        for ((root, top), deeds) in tops {
            let before = self.rendered((&root, &top), &deeds, false, None);
            let both = before.and_then(|before| {
                let after = self.rendered((&root, &top), &deeds, true, None)?;
                Ok((before, after))
            });
            let (before, after) = match both {
                Ok(both) => both,
                Err(why) => {
                    let why = why.lines().next().unwrap_or_default().trim_end_matches(':');
                    let folder = within(&root, &top).display().to_string();
                    unrendered.entry(why.to_owned()).or_default().push(folder);
                    continue;
                }
            };
            for number in deeds {
                let (Some(placed), Some(one)) = (self.done.get(number), traced.get(&number)) else {
                    continue;
                };
                let found = (before.get(&number), after.get(&number));
                let each = each_shows(placed.deed, &one.object, found).into_iter().flatten();
                let told = each.map(|(copy, shows)| Judged {
                    shows,
                    copy,
                    root: root.clone(),
                    top: top.clone(),
                });
                judged.entry(number).or_default().extend(told);
            }
        }
        (judged, unrendered)
    }

    /// The objects of these deeds as they come out of a folder, without the edits or with them, and with another text of one more
    /// file.
    ///
    /// # Errors
    ///
    /// In words, why it cannot be rendered.
    pub(super) fn rendered(
        &mut self,
        (root, folder): (&Path, &Path),
        deeds: &BTreeSet<usize>,
        edited: bool,
        other: Option<(&Path, &str)>,
    ) -> Result<Found, String> {
        let (texts, marks) = marked(self.done, deeds, (self.edits, edited));
        let (copy, runtime) = self.beside.copy_of(root)?;
        for edit in self.edits.values() {
            let text = if edited { &edit.after } else { &edit.before };
            copy.write(&edit.path, text)?;
        }
        for (file, text) in texts
            .iter()
            .map(|(file, text)| (file.as_path(), text.as_str()))
            .chain(other)
        {
            copy.write(file, text)?;
        }
        let rendered = runtime.block_on(copy.rendered_at(folder));
        if let Some((file, _)) = other
            && let Some(own) = text_of(file, self.edits, edited)
        {
            copy.write(file, &own)?;
        }
        let rendered = rendered?;
        let mut found = Found::new();
        for (number, mark) in marks {
            let is_it = |object: &&Value| object.text_at(&[MARK]) == Some(mark.as_str());
            let unmarked = |object: &Value| {
                let path = vec![MARK.to_owned()];
                patch::patched(object, &[Operation::remove(path)]).ok()
            };
            let own = rendered.iter().filter(is_it).filter_map(unmarked);
            found.insert(number, own.collect());
        }
        Ok(found)
    }
}

/// What becomes of a deed in one kustomization, of each object that comes out of it; `None` where nothing can be told.
fn each_shows(
    deed: &Deed,
    object: &Value,
    (before, after): (Option<&Vec<Value>>, Option<&Vec<Value>>),
) -> Option<Vec<(Option<Instance>, Option<Shows>)>> {
    let (before, after) = (before?, after?);
    if before.len() != after.len() {
        return None;
    }
    if before.is_empty() {
        return Some(vec![(None, None)]);
    }
    let copy = |index: usize, object: &Value| {
        let (reference, _) = identify(object).ok().filter(|_| before.len() > 1)?;
        Some(Instance {
            index,
            name: reference.to_string(),
        })
    };
    let each = before.iter().zip(after).enumerate();
    let each = each.map(|(index, (before, after))| {
        let shows = shows(deed, object, before, after);
        (copy(index, before), Some(shows))
    });
    Some(each.collect())
}

/// The files of these deeds with a mark in each object; and which mark each deed's object has.
fn marked(
    done: &[Placed<'_>],
    deeds: &BTreeSet<usize>,
    (edits, after): (&BTreeMap<PathBuf, FileEdit>, bool),
) -> (BTreeMap<PathBuf, String>, BTreeMap<usize, String>) {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut marks: BTreeMap<usize, String> = BTreeMap::new();
    let mut by_object: BTreeMap<Key<'_>, String> = BTreeMap::new();
    for number in deeds {
        let Some(placed) = done.get(*number) else {
            continue;
        };
        let Placed { deed, file, spot } = placed;
        let key = placed.key();
        if let Some(mark) = by_object.get(&key) {
            marks.insert(*number, mark.clone());
            continue;
        }
        let text = texts.get(*file).cloned().or_else(|| text_of(file, edits, after));
        let mark = format!("mark-{number}");
        let marking = Deed {
            action: FixAction::KubernetesPatch,
            target: deed.target.clone(),
            data: patch::to_value(&[Operation::add(vec![MARK.to_owned()], Value::from(mark.as_str()))]),
        };
        let name = file.display().to_string();
        // What cannot be marked is not found, and nothing is said of it.
        if let Some(text) = text.and_then(|text| edited(&name, &text, *spot, &marking).ok()) {
            texts.insert(file.to_path_buf(), text);
            by_object.insert(key, mark.clone());
            marks.insert(*number, mark);
        }
    }
    (texts, marks)
}

/// The text of a file, without the edits or with them.
pub(super) fn text_of(file: &Path, edits: &BTreeMap<PathBuf, FileEdit>, after: bool) -> Option<String> {
    let edit = edits
        .get(file)
        .or_else(|| edits.values().find(|edit| texts::is_same(&edit.path, file)));
    match edit {
        Some(edit) if after => Some(edit.after.clone()),
        Some(edit) => Some(edit.before.clone()),
        None => texts::text(file).ok(),
    }
}
