//! Whether an image is in the registry: what its reference names now, and what runs under it.

use super::digest::Digest;
use super::manifests::{Manifests, Row};
use crate::inventory::view::images::ImageName;
use crate::value::{Value, array, object};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A registry as looked up by image.
#[derive(Debug)]
pub(in crate::inventory::view) struct Presence<'m> {
    manifests: &'m Manifests,
    by_tag: HashMap<(&'m str, &'m str), Row>,
    /// What a tag names, or what that refers to.
    tagged: HashSet<Row>,
    /// Repositories where it is unknown what one of these refers to: it may be anything that is there.
    veiled: HashSet<u32>,
}

/// Whether one manifest is or leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    /// It is unknown what one on the way refers to.
    Perhaps,
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
        let rows = tagged.iter().map(|row| &manifests.rows[*row]);
        let veiled = rows.filter(|row| manifests.children(row).is_none());
        Self {
            veiled: veiled.map(|row| row.repository).collect(),
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

    /// `{digest, repositories}`: where a tag leads to these very bytes. `null` where that is not known.
    pub(in crate::inventory::view) fn copies(&self, digest: Digest) -> Value {
        let rows: Vec<Row> = self.manifests.everywhere(digest).collect();
        let names = self.manifests.names();
        let repositories = || {
            let tagged = rows.iter().filter(|row| self.tagged.contains(row));
            let repositories = tagged.filter_map(|row| names.get(&self.manifests.rows[*row].repository));
            repositories.map(|name| Value::from(*name))
        };
        let unread = rows.iter().any(|row| self.untagged(*row) == "unread");
        if unread && repositories().next().is_none() {
            return Value::Null;
        }
        object([
            ("digest", Value::from(digest.to_string())),
            ("repositories", array(repositories())),
        ])
    }

    /// Why it is unknown what manifests refer to, where that was said.
    pub(in crate::inventory::view) fn why_unread(&self) -> Option<&str> {
        self.manifests.why_veiled.as_deref()
    }

    fn pinned(&self, pinned: Option<Row>, tag: Option<Row>) -> &'static str {
        match (pinned, tag) {
            (None, _) => "missing",
            (Some(row), _) if !self.tagged.contains(&row) => self.untagged(row),
            (Some(row), Some(tag)) => match self.holds(tag, row) {
                Holds::Yes => "present",
                Holds::No => "moved",
                Holds::Perhaps => "unread",
            },
            _ => "present",
        }
    }

    fn named(
        &self,
        repository: &str,
        tag: Option<Row>,
        running: &BTreeSet<Digest>,
    ) -> (&'static str, Option<Row>) {
        let found = running
            .iter()
            .map(|digest| self.manifests.place(repository, *digest));
        let Some(tag) = tag else {
            return match found.flatten().find(|row| !self.tagged.contains(row)) {
                Some(row) => (self.untagged(row), Some(row)),
                None => ("missing", None),
            };
        };
        // What is not in the registry any more is no part of anything there.
        let held: Vec<Holds> = found
            .map(|found| found.map_or(Holds::No, |found| self.holds(tag, found)))
            .collect();
        let status = if held.contains(&Holds::No) {
            "moved"
        } else if held.contains(&Holds::Perhaps) {
            "unread"
        } else {
            "present"
        };
        (status, Some(tag))
    }

    /// What no tag is known to lead to: some tag may, where not all is known of what they lead to.
    fn untagged(&self, row: Row) -> &'static str {
        if self.veiled.contains(&self.manifests.rows[row].repository) {
            "unread"
        } else {
            "untagged"
        }
    }

    /// Whether one is the other, or an index that leads to it: some runtimes tell the platform's manifest.
    fn holds(&self, row: Row, wanted: Row) -> Holds {
        let mut seen = HashSet::from([row]);
        let mut rows = vec![row];
        let mut all_known = true;
        while let Some(row) = rows.pop() {
            if row == wanted {
                return Holds::Yes;
            }
            let manifest = &self.manifests.rows[row];
            all_known &= self.manifests.children(manifest).is_some();
            let referred = self.manifests.referred(manifest);
            rows.extend(referred.filter(|child| seen.insert(*child)));
        }
        if all_known { Holds::No } else { Holds::Perhaps }
    }
}
