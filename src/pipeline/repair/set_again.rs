//! Of an edit that does not show everywhere: where it does not, and what sets the field again there, in words.

use super::overlaid::{Hidden, Judged, Placed, Traced, Trial, text_of};
use super::rendering::setter;
use super::still_built::within;
use crate::collect::kustomization::of_folder;
use envcheck_core::remediate::committed::{Shows, is_shown_at};
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A deed with its number, and what builds on its file.
type Numbered<'n> = (usize, &'n Placed<'n>, &'n Traced);

impl Trial<'_, '_> {
    /// What is said of one deed, by what becomes of it in each kustomization that is delivered.
    pub(super) fn weigh(&mut self, number: usize, one: &Traced, told: &[Judged], hidden: &mut Hidden) {
        let done = self.done;
        let Some(placed) = done.get(number) else {
            return;
        };
        let harms: Vec<String> = told.iter().filter_map(harm).collect();
        if !harms.is_empty() {
            hidden.refused.insert(number, harms.join("; "));
            return;
        }
        let mut kept = Vec::new();
        for judged in told {
            if let Some(Shows::Kept(places)) = &judged.shows {
                kept.extend(self.kept((number, placed, one), judged, places));
            }
        }
        let target = &placed.deed.target;
        if !kept.is_empty() {
            let kept = kept.join("; ");
            if told.iter().any(|judged| judged.shows == Some(Shows::Better)) {
                let words = format!("{target}: {kept}; change it there as well");
                hidden.cautions.push(words);
                hidden.remains = true;
            } else {
                hidden.refused.insert(number, format!("{kept}; change it there"));
            }
        } else if !told.is_empty() && told.iter().all(|judged| is_nowhere(judged.shows.as_ref())) {
            let folders: Vec<String> = told.iter().map(Judged::name).collect();
            let them = kustomizations(&folders);
            let what = if told.iter().all(|judged| judged.shows.is_none()) {
                "no such object"
            } else {
                "nothing of what it changes"
            };
            let words = format!("{target}: the edit shows nowhere: {what} comes out of {them}");
            hidden.cautions.push(words);
        }
    }

    /// Which places a kustomization goes on rendering, with each what sets it again.
    fn kept(&mut self, numbered: Numbered<'_>, judged: &Judged, places: &[String]) -> Vec<String> {
        let mut by_setter: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for place in places {
            let setter = self.setter(numbered, judged, place);
            let those = by_setter.entry(setter).or_default();
            if !those.contains(place) {
                those.push(place.clone());
            }
        }
        let folder = judged.name();
        let copy = of_copy(judged);
        let each = by_setter.into_iter().map(|(setter, places)| {
            let (are, them) = if places.len() == 1 {
                ("it is", "it")
            } else {
                ("they are", "them")
            };
            let places = places.join(" and ");
            format!("the kustomization in {folder} goes on rendering {places}{copy} as {are}: {setter} sets {them} again")
        });
        each.collect()
    }

    /// What sets again a place that a deed set, in words: the first kustomization in which it does not show, and what in that one it is.
    fn setter(&mut self, (number, placed, one): Numbered<'_>, judged: &Judged, place: &str) -> String {
        let only = BTreeSet::from([number]);
        let edits = self.edits;
        let mut shows_in = |folder: &Path, copy: Option<usize>, other: Option<(&Path, &str)>| {
            let found = self.rendered((&judged.root, folder), &only, true, other).ok()?;
            let found = found.get(&number).filter(|found| !found.is_empty())?;
            let is_shown = |there: &Value| is_shown_at(placed.deed, &one.object, there, place);
            match copy {
                Some(index) => found.get(index).map(is_shown),
                None => Some(found.iter().all(is_shown)),
            }
        };
        let built = one.built.iter().find(|built| built.root == judged.root);
        let (mut open, mut seen) = (vec![judged.top.clone()], BTreeSet::new());
        let mut otherwise = None;
        while let Some(folder) = open.pop() {
            if !seen.insert(folder.clone()) {
                continue;
            }
            let below = built
                .and_then(|built| built.upon.get(&folder))
                .into_iter()
                .flatten();
            let hides = |below: &&PathBuf| shows_in(below, None, None) == Some(false);
            let below: Vec<PathBuf> = below.filter(hides).cloned().collect();
            if !below.is_empty() {
                // The first of them is looked at first.
                open.extend(below.into_iter().rev());
                continue;
            }
            let Some(kustomization) = of_folder(&folder) else {
                continue;
            };
            let name = within(&judged.root, &kustomization).display().to_string();
            let text = text_of(&kustomization, edits, true).unwrap_or_default();
            // Of several copies only the top tells which is which.
            let copy = judged.copy.as_ref().map(|copy| copy.index);
            let there = if copy.is_some() { &judged.top } else { &folder };
            let found = setter(&name, &text, |without| {
                shows_in(there, copy, Some((&kustomization, without))) == Some(true)
            });
            if let Some(found) = found {
                return found;
            }
            otherwise.get_or_insert(format!("something in {name}"));
        }
        otherwise.unwrap_or_else(|| "something".to_owned())
    }
}

/// By which an edit is not made at all, in words.
fn harm(judged: &Judged) -> Option<String> {
    let (folder, copy) = (judged.name(), of_copy(judged));
    match judged.shows.as_ref()? {
        Shows::Lost(place) => Some(format!(
            "the kustomization in {folder} says something of its own of {place}{copy}, which would be lost: change it there as well"
        )),
        Shows::Undone(place) => Some(format!(
            "what the kustomization in {folder} renders at {place}{copy} is as it should be, and would not be any more"
        )),
        Shows::Kept(_) | Shows::Absent | Shows::Already | Shows::Better => None,
    }
}

/// Whether what a deed changes is not rendered at all.
fn is_nowhere(shows: Option<&Shows>) -> bool {
    matches!(shows, None | Some(Shows::Absent))
}

fn of_copy(judged: &Judged) -> String {
    let copy = judged.copy.as_ref();
    copy.map_or_else(String::new, |copy| format!(" of {}", copy.name))
}

/// Kustomizations by their folders, in words.
pub(super) fn kustomizations(folders: &[String]) -> String {
    /// More names help nobody.
    const NAMED: usize = 3;
    let named = folders.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match folders.len() {
        1 => format!("the kustomization in {named}"),
        all if all <= NAMED => format!("the kustomizations in {named}"),
        all => format!("the kustomizations in {named} and {} more", all - NAMED),
    }
}
