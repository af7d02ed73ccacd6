//! The manifests of the declared registry, each taken in compactly as it is read: no row is kept.

use super::digest::{Digest, Digests};
use crate::inventory::view::record::or_null;
use crate::value::{Value, ValueExt, array, object};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// A manifest. Lists are ranges of the lists that all share.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) repository: u32,
    pub(super) digest: u32,
    /// When it was written last: RFC 3339, as the API says it.
    pub(super) updated: Option<Box<str>>,
    pub(super) tags: Box<[Box<str>]>,
    /// What it is made of; `None` where the row does not say.
    blobs: Option<Range<usize>>,
    /// The manifests that it refers to; `None` where that could not be read.
    children: Option<Range<usize>>,
}

/// All manifests of one registry.
#[derive(Debug, Default)]
pub(in crate::inventory::view) struct Manifests {
    pub(super) digests: Digests,
    repositories: BTreeMap<Box<str>, u32>,
    pub(super) rows: Vec<Manifest>,
    parts: Vec<u32>,
    /// Rows by repository and digest.
    places: HashMap<(u32, u32), usize>,
    /// Rows whose own digest or whose blobs' digests are none: nothing can be said of them.
    pub(super) unreadable: usize,
    /// Why it could not be read what some manifest refers to: of several reasons the first in their order.
    pub(super) why_veiled: Option<Box<str>>,
}

/// A manifest of a closed list.
pub(super) type Row = usize;

impl Manifests {
    /// Takes in a row of `registry_manifests`. Of what was read twice, as when pages shift, the later one counts.
    pub(in crate::inventory::view) fn absorb(&mut self, row: &Value) {
        let digest = row.text_at(&["digest"]).and_then(Digest::read);
        let (Some(repository), Some(digest)) = (row.text_at(&["repository"]), digest) else {
            self.unreadable += 1;
            return;
        };
        if let Some(why) = row.text_at(&["children_unread"])
            && self.why_veiled.as_deref().is_none_or(|known| why < known)
        {
            self.why_veiled = Some(why.into());
        }
        let digest = self.digests.number(digest);
        let repository = self.repository(repository);
        let tags = row.items_at(&["tags"]).iter().filter_map(ValueExt::text);
        let manifest = Manifest {
            repository,
            digest,
            updated: row.text_at(&["updated_at"]).map(Into::into),
            tags: tags.map(Into::into).collect(),
            blobs: self.list(row.field("blobs"), |blob| {
                (blob.text_at(&["digest"]), blob.field("compressed_size_bytes"))
            }),
            children: self.list(row.field("children"), |child| (child.text(), None)),
        };
        let next = self.rows.len();
        let place = *self.places.entry((repository, digest)).or_insert(next);
        if let Some(earlier) = self.rows.get_mut(place) {
            *earlier = manifest;
        } else {
            self.rows.push(manifest);
        }
    }

    fn repository(&mut self, name: &str) -> u32 {
        if let Some(number) = self.repositories.get(name) {
            return *number;
        }
        let number = u32::try_from(self.repositories.len()).unwrap_or(u32::MAX);
        self.repositories.insert(name.into(), number);
        number
    }

    fn list<'v>(
        &mut self,
        list: Option<&'v Value>,
        part: impl Fn(&'v Value) -> (Option<&'v str>, Option<&'v Value>),
    ) -> Option<Range<usize>> {
        let list = list.filter(|list| list.as_array().is_ok())?;
        let start = self.parts.len();
        let mut unreadable = false;
        for item in list.items() {
            let (digest, size) = part(item);
            let Some(digest) = digest.and_then(Digest::read) else {
                unreadable = true;
                continue;
            };
            let number = self.digests.number(digest);
            if let Some(size) = size
                .and_then(ValueExt::int)
                .and_then(|size| u64::try_from(size).ok())
            {
                self.digests.set_size(number, size);
            }
            self.parts.push(number);
        }
        self.unreadable += usize::from(unreadable);
        Some(start..self.parts.len())
    }

    /// How many there are.
    pub(in crate::inventory::view) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn blobs(&self, manifest: &Manifest) -> Option<&[u32]> {
        self.parts.get(manifest.blobs.clone()?)
    }

    /// The children that were read; `None` where that was impossible.
    pub(super) fn children(&self, manifest: &Manifest) -> Option<&[u32]> {
        self.parts.get(manifest.children.clone()?)
    }

    /// The manifests that one refers to: its children, and what else it is made of that is a manifest itself.
    pub(super) fn referred(&self, manifest: &Manifest) -> impl Iterator<Item = Row> {
        let parts = self.children(manifest).into_iter().chain(self.blobs(manifest));
        let (repository, own) = (manifest.repository, manifest.digest);
        parts
            .flatten()
            .filter(move |part| **part != own)
            .filter_map(move |part| self.places.get(&(repository, *part)).copied())
    }

    /// The row of a digest in a repository.
    pub(super) fn place(&self, repository: &str, digest: Digest) -> Option<Row> {
        let repository = self.repositories.get(repository)?;
        let digest = self.digests.find(digest)?;
        self.places.get(&(*repository, digest)).copied()
    }

    /// The rows of a digest, in any repository: the same bytes.
    pub(super) fn everywhere(&self, digest: Digest) -> impl Iterator<Item = Row> {
        let digest = self.digests.find(digest);
        let repositories = self.repositories.values();
        repositories.filter_map(move |repository| self.places.get(&(*repository, digest?)).copied())
    }

    /// The name of a repository.
    pub(super) fn names(&self) -> BTreeMap<u32, &str> {
        let names = self.repositories.iter();
        names.map(|(name, number)| (*number, name.as_ref())).collect()
    }

    /// Which manifest each tag names, by repository.
    pub(super) fn by_tag(&self) -> HashMap<(&str, &str), Row> {
        let names = self.names();
        let rows = self.rows.iter().enumerate();
        rows.flat_map(|(row, manifest)| {
            let repository = names.get(&manifest.repository).copied().unwrap_or_default();
            manifest
                .tags
                .iter()
                .map(move |tag| ((repository, tag.as_ref()), row))
        })
        .collect()
    }

    /// `{digest, tags, updated}` of a row.
    pub(super) fn shown(&self, row: Row) -> Value {
        let Some(manifest) = self.rows.get(row) else {
            return Value::Null;
        };
        object([
            ("digest", self.digest(manifest)),
            ("tags", tags(manifest)),
            ("updated", updated(manifest)),
        ])
    }

    pub(super) fn digest(&self, manifest: &Manifest) -> Value {
        let digest = self.digests.digest(manifest.digest);
        digest.map_or(Value::Null, |digest| Value::from(digest.to_string()))
    }
}

pub(super) fn tags(manifest: &Manifest) -> Value {
    let mut tags: Vec<&str> = manifest.tags.iter().map(AsRef::as_ref).collect();
    tags.sort_unstable();
    array(tags.into_iter().map(Value::from))
}

pub(super) fn updated(manifest: &Manifest) -> Value {
    or_null(manifest.updated.as_deref().map(Value::from).as_ref())
}
