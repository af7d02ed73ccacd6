//! Whether an image is in the registry: what its reference names now, and what runs under it.

use super::digest::Digest;
use super::manifests::{Manifests, Row};
use crate::inventory::view::images::ImageName;
use crate::value::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A registry as looked up by image.
#[derive(Debug)]
pub(in crate::inventory::view) struct Presence<'m> {
    manifests: &'m Manifests,
    by_tag: HashMap<(&'m str, &'m str), Row>,
    /// What a tag names, or what that refers to.
    tagged: HashSet<Row>,
}

impl<'m> Presence<'m> {
    /// Of these manifests.
    pub(in crate::inventory::view) fn of(manifests: &'m Manifests) -> Self {
        let by_tag = manifests.by_tag();
        let mut tagged: HashSet<Row> = by_tag.values().copied().collect();
        let mut parents: Vec<Row> = tagged.iter().copied().collect();
        while let Some(parent) = parents.pop() {
            let children = manifests.referred(&manifests.rows[parent]);
            parents.extend(children.filter(|child| tagged.insert(*child)));
        }
        Self {
            manifests,
            by_tag,
            tagged,
        }
    }

    /// `status` and `manifest` of an image whose containers run these digests.
    pub(in crate::inventory::view) fn status(
        &self,
        image: &ImageName<'_>,
        running: &BTreeSet<Digest>,
    ) -> (&'static str, Value) {
        let repository = image.repository.as_str();
        let tag = image
            .tag
            .and_then(|tag| self.by_tag.get(&(repository, tag)).copied());
        let (status, manifest) = match image.digest {
            // A digest beside a tag is what is pulled.
            Some(digest) => {
                let pinned = Digest::read(digest).and_then(|digest| self.manifests.place(repository, digest));
                (self.pinned(pinned, tag), pinned)
            }
            None => self.named(repository, tag, running),
        };
        (
            status,
            manifest.map_or(Value::Null, |row| self.manifests.shown(row)),
        )
    }

    fn pinned(&self, pinned: Option<Row>, tag: Option<Row>) -> &'static str {
        match (pinned, tag) {
            (None, _) => "missing",
            (Some(row), _) if !self.tagged.contains(&row) => "untagged",
            (Some(row), Some(tag)) if !self.is_or_holds(tag, row) => "moved",
            _ => "present",
        }
    }

    fn named(
        &self,
        repository: &str,
        tag: Option<Row>,
        running: &BTreeSet<Digest>,
    ) -> (&'static str, Option<Row>) {
        let mut found = running
            .iter()
            .map(|digest| self.manifests.place(repository, *digest));
        match tag {
            Some(row) if found.all(|found| found.is_some_and(|found| self.is_or_holds(row, found))) => {
                ("present", tag)
            }
            Some(_) => ("moved", tag),
            None => match found.flatten().find(|row| !self.tagged.contains(row)) {
                Some(row) => ("untagged", Some(row)),
                None => ("missing", None),
            },
        }
    }

    /// Whether one is the other, or an index that leads to it: some runtimes tell the platform's manifest.
    fn is_or_holds(&self, row: Row, wanted: Row) -> bool {
        let mut seen = HashSet::from([row]);
        let mut rows = vec![row];
        while let Some(row) = rows.pop() {
            if row == wanted {
                return true;
            }
            let referred = self.manifests.referred(&self.manifests.rows[row]);
            rows.extend(referred.filter(|child| seen.insert(*child)));
        }
        false
    }
}
