//! What is done in a manifest has to show in what is delivered of it: where a kustomization that builds on it sets the same field
//! again, the edit changes nothing there, whatever `check` says of the manifest.

use super::beside::Beside;
use super::file_edit::FileEdit;
use super::rendering::setter;
use super::still_built::within;
use crate::collect::kustomization::{BuiltWith, built_with, listed, of_folder};
use crate::collect::texts;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{Shows, first_place, is_shown, shows};
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
    /// Of what shows in one place and not in another.
    pub(super) cautions: Vec<String>,
}

/// Objects as they are rendered, by the number of the deed that is done to them.
type Found = BTreeMap<usize, Vec<Value>>;

/// The kustomizations that build on the file of a deed, and the object before it.
struct Traced {
    built: Vec<BuiltWith>,
    object: Value,
}

/// The trial of deeds in copies of the kustomizations that build on their files.
struct Trial<'a, 'b> {
    beside: &'a mut Beside<'b>,
    done: &'a [Placed<'a>],
    edits: &'a BTreeMap<PathBuf, FileEdit>,
}

/// What a kustomization that is delivered makes of a deed: it, and the folder that holds all on which it builds.
struct Judged {
    shows: Shows,
    root: PathBuf,
    top: PathBuf,
}

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
        let judged = trial.judged(&traced);
        let mut hidden = Hidden::default();
        for (number, told) in &judged {
            if let Some(one) = traced.get(number) {
                trial.weigh(*number, one, told, &mut hidden);
            }
        }
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

    /// What becomes of each deed in each kustomization that is delivered and could be rendered before.
    fn judged(&mut self, traced: &BTreeMap<usize, Traced>) -> BTreeMap<usize, Vec<Judged>> {
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
        for ((root, top), deeds) in tops {
            let before = self.rendered((&root, &top), &deeds, false, None);
            let Some(before) = before else { continue };
            let after = self.rendered((&root, &top), &deeds, true, None);
            let Some(after) = after else { continue };
            for number in deeds {
                let (Some(placed), Some(one)) = (self.done.get(number), traced.get(&number)) else {
                    continue;
                };
                let found = (before.get(&number), after.get(&number));
                if let Some(shows) = worst(placed.deed, &one.object, found) {
                    let (root, top) = (root.clone(), top.clone());
                    judged
                        .entry(number)
                        .or_default()
                        .push(Judged { shows, root, top });
                }
            }
        }
        judged
    }

    /// The objects of these deeds as they come out of a folder, without the edits or with them, and with another text of one more
    /// file; `None` where it cannot be rendered.
    fn rendered(
        &mut self,
        (root, folder): (&Path, &Path),
        deeds: &BTreeSet<usize>,
        edited: bool,
        other: Option<(&Path, &str)>,
    ) -> Option<Found> {
        let (texts, marks) = marked(self.done, deeds, (self.edits, edited));
        let (copy, runtime) = self.beside.copy_of(root).ok()?;
        for edit in self.edits.values() {
            let text = if edited { &edit.after } else { &edit.before };
            copy.write(&edit.path, text).ok()?;
        }
        for (file, text) in texts
            .iter()
            .map(|(file, text)| (file.as_path(), text.as_str()))
            .chain(other)
        {
            copy.write(file, text).ok()?;
        }
        let rendered = runtime.block_on(copy.rendered_at(folder)).ok()?;
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
        Some(found)
    }

    /// What is said of one deed, by what becomes of it in each kustomization that is delivered.
    fn weigh(&mut self, number: usize, one: &Traced, told: &[Judged], hidden: &mut Hidden) {
        let Some(placed) = self.done.get(number) else {
            return;
        };
        let place = first_place(placed.deed);
        let (mut harms, mut kept) = (Vec::new(), Vec::new());
        for judged in told {
            let shown = within(&judged.root, &judged.top).display();
            match judged.shows {
                Shows::Lost => harms.push(format!(
                    "the kustomization in {shown} says something of its own of {place}, which would be lost: change it there as well"
                )),
                Shows::Undone => harms.push(format!(
                    "what the kustomization in {shown} renders at {place} is as it should be, and would not be any more"
                )),
                Shows::Kept => kept.push(judged),
                Shows::Already | Shows::Better => {}
            }
        }
        if !harms.is_empty() {
            hidden.refused.insert(number, harms.join("; "));
            return;
        }
        if kept.is_empty() {
            return;
        }
        let kept = kept.into_iter().map(|judged| {
            let shown = within(&judged.root, &judged.top).display();
            let setter = self.setter((number, placed), one, judged);
            format!("the kustomization in {shown} goes on rendering {place} as it is: {setter} sets it again")
        });
        let kept = kept.collect::<Vec<_>>().join("; ");
        if told.iter().any(|judged| judged.shows == Shows::Better) {
            let target = &placed.deed.target;
            let words = format!("{target}: {kept}; change it there as well");
            hidden.cautions.push(words);
        } else {
            hidden.refused.insert(number, format!("{kept}; change it there"));
        }
    }

    /// What sets again what a deed set, in words: the first kustomization in which it does not show, and what in that one it is.
    fn setter(&mut self, (number, placed): (usize, &Placed<'_>), one: &Traced, judged: &Judged) -> String {
        let only = BTreeSet::from([number]);
        let edits = self.edits;
        let mut shows_in = |folder: &Path, other: Option<(&Path, &str)>| {
            let found = self.rendered((&judged.root, folder), &only, true, other)?;
            let found = found.get(&number).filter(|found| !found.is_empty())?;
            let mut all = found.iter();
            Some(all.all(|there| is_shown(placed.deed, &one.object, there)))
        };
        let mut folder = judged.top.clone();
        let built = one.built.iter().find(|built| built.root == judged.root);
        for _ in built.iter().flat_map(|built| &built.folders) {
            let below = built.and_then(|built| built.upon.get(&folder));
            let hides = |below: &&PathBuf| shows_in(below, None) == Some(false);
            let Some(below) = below.into_iter().flatten().find(hides) else {
                break;
            };
            folder.clone_from(below);
        }
        let Some(kustomization) = of_folder(&folder) else {
            return "something".to_owned();
        };
        let name = within(&judged.root, &kustomization).display().to_string();
        let text = text_of(&kustomization, edits, true).unwrap_or_default();
        let found = setter(&name, &text, |without| {
            shows_in(&folder, Some((&kustomization, without))) == Some(true)
        });
        if let Ok((copy, _)) = self.beside.copy_of(&judged.root) {
            // What cannot be put back is rendered as something else, of which nothing is said.
            let _ = copy.write(&kustomization, &text);
        }
        found.unwrap_or_else(|| format!("something in {name}"))
    }
}

/// What becomes of a deed in one kustomization: the worst, where its object comes out of it more than once.
fn worst(
    deed: &Deed,
    object: &Value,
    (before, after): (Option<&Vec<Value>>, Option<&Vec<Value>>),
) -> Option<Shows> {
    let (before, after) = (before?, after?);
    if before.len() != after.len() {
        return None;
    }
    let each = before.iter().zip(after);
    each.map(|(before, after)| shows(deed, object, before, after))
        .max_by_key(|told| match told {
            Shows::Already => 0,
            Shows::Better => 1,
            Shows::Kept => 2,
            Shows::Lost => 3,
            Shows::Undone => 4,
        })
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
fn text_of(file: &Path, edits: &BTreeMap<PathBuf, FileEdit>, after: bool) -> Option<String> {
    let edit = edits
        .get(file)
        .or_else(|| edits.values().find(|edit| texts::is_same(&edit.path, file)));
    match edit {
        Some(edit) if after => Some(edit.after.clone()),
        Some(edit) => Some(edit.before.clone()),
        None => texts::text(file).ok(),
    }
}
