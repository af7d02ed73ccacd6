//! What a garbage collection could free: everything that nobody runs, declares, refers to or asked to keep.

use super::digest::Digest;
use super::manifests::{Manifest, Manifests, Row, tags, updated};
use crate::value::{Value, array, object};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is used of a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::inventory::view) enum Used {
    /// What a tag of a repository names.
    Tag(String, String),
    /// What a reference names by its digest, or what runs. The same digest is the same bytes in every repository.
    Digest(Digest),
}

/// Why a manifest is kept: the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    InUse,
    Newest,
    Child,
}

/// What is kept, and what is not.
#[derive(Debug)]
pub(in crate::inventory::view) struct Garbage<'m> {
    manifests: &'m Manifests,
    kept: Vec<Option<Kept>>,
}

impl<'m> Garbage<'m> {
    /// Decides for each manifest. `newest` is how many of the newest tags of each repository are kept.
    pub(in crate::inventory::view) fn of<'u>(
        manifests: &'m Manifests,
        used: impl IntoIterator<Item = &'u Used>,
        newest: usize,
    ) -> Self {
        let mut garbage = Self {
            manifests,
            kept: vec![None; manifests.rows.len()],
        };
        let by_tag = manifests.by_tag();
        for used in used {
            match used {
                Used::Tag(repository, tag) => {
                    garbage.keep(
                        by_tag.get(&(repository.as_str(), tag.as_str())).copied(),
                        Kept::InUse,
                    );
                }
                Used::Digest(digest) => garbage.keep(manifests.everywhere(*digest), Kept::InUse),
            }
        }
        let rows = newest_tagged(manifests, newest);
        garbage.keep(rows, Kept::Newest);
        let mut parents: Vec<Row> = garbage.rows(|kept| kept.is_some()).collect();
        while let Some(parent) = parents.pop() {
            for child in manifests.referred(&manifests.rows[parent]) {
                if garbage.kept[child].is_none() {
                    garbage.kept[child] = Some(Kept::Child);
                    parents.push(child);
                }
            }
        }
        garbage
    }

    fn keep(&mut self, rows: impl IntoIterator<Item = Row>, why: Kept) {
        for row in rows {
            self.kept[row].get_or_insert(why);
        }
    }

    fn rows(&self, which: impl Fn(Option<Kept>) -> bool) -> impl Iterator<Item = Row> {
        let rows = self.kept.iter().enumerate();
        rows.filter_map(move |(row, kept)| which(*kept).then_some(row))
    }

    /// Why the figures may be wrong, and nothing should be removed by them.
    pub(in crate::inventory::view) fn doubts(&self) -> Vec<String> {
        let manifests = self.manifests;
        let count = |doubted: &dyn Fn(&Manifest, bool) -> bool| {
            let rows = manifests.rows.iter().zip(&self.kept);
            rows.filter(|(manifest, kept)| doubted(manifest, kept.is_some()))
                .count()
        };
        let unknown_children = count(&|manifest, kept| {
            (kept || !manifest.tags.is_empty()) && manifests.children(manifest).is_none()
        });
        // Captures by others may hold an index that nobody asked for its children.
        let hidden_children = count(&|manifest, kept| {
            kept && manifests.children(manifest).is_some_and(<[u32]>::is_empty)
                && manifests
                    .blobs(manifest)
                    .is_some_and(|blobs| blobs.iter().all(|blob| *blob == manifest.digest))
        });
        let why = manifests.why_veiled.as_deref().filter(|_| unknown_children > 0);
        let unknown_blobs = count(&|manifest, _| manifests.blobs(manifest).is_none());
        [
            (
                unknown_children,
                "kept or tagged manifests of which it is unknown what they refer to",
            ),
            (
                hidden_children,
                "kept manifests without layers, which may refer to others",
            ),
            (unknown_blobs, "manifests that do not say what they are made of"),
            (
                manifests.unreadable,
                "manifests with digests that are not SHA-256",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{words}: {count}"))
        .chain(why.map(ToOwned::to_owned))
        .collect()
    }

    /// `garbage` of a registry's record: `storage` is the usage that the API tells, `why` the doubts of others.
    pub(in crate::inventory::view) fn record(&self, storage: Option<u64>, mut why: Vec<String>) -> Value {
        why.extend(self.doubts());
        let count = |which: Kept| Value::from(self.rows(|kept| kept == Some(which)).count());
        let mut candidates: Vec<Row> = self.rows(|kept| kept.is_none()).collect();
        let names = self.manifests.names();
        let row = |row: Row| &self.manifests.rows[row];
        let name = |manifest: &Manifest| names.get(&manifest.repository).copied().unwrap_or_default();
        // What others are a part of goes before its parts: where it ends halfway, no index is left without them.
        let parts: BTreeSet<Row> = candidates
            .iter()
            .flat_map(|candidate| self.manifests.referred(row(*candidate)))
            .collect();
        candidates.sort_by_cached_key(|candidate| {
            let manifest = row(*candidate);
            let digest = self.manifests.digests.digest(manifest.digest);
            (
                name(manifest),
                parts.contains(candidate),
                manifest.updated.clone(),
                digest,
            )
        });
        let freed = self.freed(&candidates);
        let untagged = candidates
            .iter()
            .filter(|candidate| row(**candidate).tags.is_empty())
            .count();
        let reclaimable: u64 = freed.iter().sum();
        let unreferenced = storage.map(|storage| storage.saturating_sub(self.manifests.digests.bytes()));
        let candidates = candidates.iter().zip(freed).map(|(candidate, bytes)| {
            let manifest = row(*candidate);
            object([
                ("repository", Value::from(name(manifest))),
                ("digest", self.manifests.digest(manifest)),
                ("bytes", Value::from(bytes)),
                ("updated", updated(manifest)),
                ("tags", tags(manifest)),
            ])
        });
        object([
            ("reclaimableBytes", Value::from(reclaimable)),
            ("unreferencedBytes", unreferenced.map_or(Value::Null, Value::from)),
            ("untaggedManifests", Value::from(untagged)),
            ("candidates", array(candidates)),
            (
                "kept",
                object([
                    ("inUse", count(Kept::InUse)),
                    ("newest", count(Kept::Newest)),
                    ("children", count(Kept::Child)),
                ]),
            ),
            ("complete", Value::from(why.is_empty())),
            ("why", array(why.into_iter().map(Value::from))),
        ])
    }

    /// What each candidate adds to what is freed: a blob that several share counts for the first.
    fn freed(&self, candidates: &[Row]) -> Vec<u64> {
        let manifests = self.manifests;
        let parts = |row: Row| {
            let manifest = &manifests.rows[row];
            let blobs = manifests.blobs(manifest).unwrap_or_default().iter().copied();
            blobs.chain([manifest.digest])
        };
        let mut counted = vec![false; manifests.digests.len()];
        for part in self.rows(|kept| kept.is_some()).flat_map(parts) {
            counted[part as usize] = true;
        }
        let freed = candidates.iter().map(|candidate| {
            let parts = parts(*candidate);
            parts
                .filter(|part| !std::mem::replace(&mut counted[*part as usize], true))
                .filter_map(|part| manifests.digests.size(part))
                .sum()
        });
        freed.collect()
    }
}

/// The manifests of the newest tags of each repository. What has no readable time is kept without counting.
fn newest_tagged(manifests: &Manifests, newest: usize) -> Vec<Row> {
    let mut kept = Vec::new();
    let mut dated = Vec::new();
    for (row, manifest) in manifests
        .rows
        .iter()
        .enumerate()
        .filter(|(_, m)| !m.tags.is_empty())
    {
        match manifest
            .updated
            .as_deref()
            .and_then(|text| text.parse::<Timestamp>().ok())
        {
            Some(time) => dated.push((manifest.repository, std::cmp::Reverse(time), row)),
            None => kept.push(row),
        }
    }
    // One moment's manifests in an order that does not depend on that of reading.
    dated.sort_by_key(|(repository, time, row)| {
        let digest = manifests.digests.digest(manifests.rows[*row].digest);
        (*repository, *time, digest)
    });
    let (mut repository, mut left) = (None, newest);
    for (of, _, row) in dated {
        if repository.replace(of) != Some(of) {
            left = newest;
        }
        if left > 0 {
            kept.push(row);
            left = left.saturating_sub(manifests.rows[row].tags.len());
        }
    }
    kept
}

#[cfg(test)]
mod tests;
