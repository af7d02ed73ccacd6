//! Writes a capture: a directory or a `.tar.zst` archive in the format of [`envcheck_core::inventory::snapshot`].
//!
//! Objects are streamed: their lines go to a temporary file as they come, and memory holds only where each stands. What
//! is written appears whole or not at all, under a name that was free. Nothing is redacted here: objects come redacted.

mod error;
mod place;
mod spill;
mod target;

pub use error::SnapshotWriteError;

use envcheck_core::inventory::snapshot::{
    Cluster, FORMAT_FILE, Format, Gap, MANIFEST_FILE, Manifest, Row, Subject, reason, sha256,
};
use envcheck_core::value::Value;
use place::Place;
use spill::Spill;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use target::Target;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The directory or archive.
    pub path: PathBuf,
    /// How many Kubernetes objects it holds.
    pub objects: u64,
    /// How many kinds were read completely, those without objects included.
    pub kinds: usize,
    /// How many collections of the account and of Spaces were read completely.
    pub collections: usize,
    /// How many gaps it names.
    pub gaps: usize,
    /// The length of what it holds, in bytes, before it is packed.
    pub bytes: u64,
}

/// Writes one capture. Dropped before [`finish`](Self::finish), it leaves nothing behind.
#[derive(Debug)]
pub struct SnapshotWriter {
    place: Place,
    format: Format,
    spill: Spill,
    /// What was read to its end, and as of which version.
    read: BTreeMap<Subject, Vec<String>>,
    not_served: BTreeSet<Subject>,
    gaps: Vec<Gap>,
    all_kinds: bool,
    read_seconds: Option<u64>,
}

impl SnapshotWriter {
    /// Prepares to write `out`: an archive when its name ends in `.tar.zst`, else a directory. What exists already is
    /// never written over.
    pub fn create(out: &Path, format: Format) -> Result<Self, SnapshotWriteError> {
        let place = Place::prepare(out)?;
        let spill = Spill::create(place.within()).map_err(|error| SnapshotWriteError::io(out, error))?;
        Ok(Self {
            place,
            format,
            spill,
            read: BTreeMap::new(),
            not_served: BTreeSet::new(),
            gaps: Vec::new(),
            all_kinds: false,
            read_seconds: None,
        })
    }

    /// Adds a redacted object or record of `subject`. An object that no reader would accept there is an error of kind
    /// `InvalidData`; any other error is the disk's.
    pub fn add(&mut self, subject: &Subject, value: &Value) -> io::Result<()> {
        let row = Row::of(subject, value).map_err(|fault| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("an object of {subject} {fault}"),
            )
        })?;
        self.spill.add(subject, row)
    }

    /// What could not be read, wholly or in one namespace.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// The cluster does not serve this kind.
    pub fn not_served(&mut self, subject: Subject) {
        self.not_served.insert(subject);
    }

    /// A kind or collection was read to its end; it has the objects that were added, perhaps none. For a kind, with the
    /// version that its list said. What has neither this nor a gap becomes a gap.
    pub fn read(&mut self, subject: Subject, resource_versions: Vec<String>) {
        self.read.insert(subject, resource_versions);
    }

    /// Which cluster it is of, when that is known.
    pub fn cluster(&mut self, cluster: Option<Cluster>) {
        self.format.cluster = cluster;
    }

    /// Says that every kind was asked for, not only what some policies need.
    pub fn all_kinds(&mut self) {
        self.all_kinds = true;
    }

    /// How long the reading took, in whole seconds, for the manifest.
    pub fn took(&mut self, seconds: u64) {
        self.read_seconds = Some(seconds);
    }

    /// Writes everything, the manifest last, makes it durable, and gives it its name. `None`, with nothing left behind, when
    /// `stop`, asked before each file, says so.
    pub fn finish(mut self, stop: &dyn Fn() -> bool) -> Result<Option<Summary>, SnapshotWriteError> {
        self.note_unfinished();
        let out = self.place.out().to_owned();
        let failed = |error| SnapshotWriteError::io(&out, error);
        self.spill.flush().map_err(failed)?;
        let format = self.format.to_bytes();
        let mut manifest = Manifest {
            format_sha256: sha256(&format),
            files: Vec::new(),
            not_served: self.not_served.into_iter().collect(),
            gaps: self.gaps,
            all_kinds: self.all_kinds,
            read_seconds: self.read_seconds,
        };

        let mut target = Target::open(&self.place, self.format.captured_at).map_err(failed)?;
        target
            .add(FORMAT_FILE, format.len() as u64, &mut format.as_slice())
            .map_err(failed)?;
        let mut subjects: BTreeSet<Subject> = self.read.keys().cloned().collect();
        subjects.extend(self.spill.subjects().cloned());
        let mut subjects: Vec<(String, Subject)> = subjects
            .into_iter()
            .map(|subject| (subject.path(), subject))
            .collect();
        subjects.sort();
        for (path, subject) in subjects {
            if stop() {
                return Ok(None);
            }
            let mut lines = self.spill.sorted(&subject).map_err(failed)?;
            target.add(&path, lines.bytes(), &mut lines).map_err(failed)?;
            let mut entry = lines.entry(path);
            entry.resource_versions = self.read.remove(&subject).unwrap_or_default();
            manifest.files.push(entry);
        }
        manifest.verify().map_err(SnapshotWriteError::Contradiction)?;
        let bytes = manifest.to_bytes();
        target
            .add(MANIFEST_FILE, bytes.len() as u64, &mut bytes.as_slice())
            .map_err(failed)?;
        target.close().map_err(failed)?;
        if stop() {
            return Ok(None);
        }
        self.place.publish()?;
        Ok(Some(summary(out, &manifest)))
    }

    /// Sorts the gaps, and makes one of everything that was begun and neither ended nor given up: it would else pass for
    /// complete.
    fn note_unfinished(&mut self) {
        let known: BTreeSet<Subject> = self.gaps.iter().map(|gap| gap.subject.clone()).collect();
        let begun = self
            .spill
            .subjects()
            .filter(|subject| !self.read.contains_key(subject));
        let unfinished: Vec<Gap> = begun
            .filter(|subject| !known.contains(subject))
            .map(|subject| Gap {
                subject: subject.clone(),
                namespace: None,
                reason: reason::UNAVAILABLE.to_owned(),
                detail: "the reading ended before all of it was read".to_owned(),
            })
            .collect();
        self.gaps.extend(unfinished);
        let key = |gap: &Gap| {
            (
                gap.subject.clone(),
                gap.namespace.clone(),
                gap.reason.clone(),
                gap.detail.clone(),
            )
        };
        self.gaps.sort_by_cached_key(key);
        self.gaps.dedup();
    }
}

fn summary(path: PathBuf, manifest: &Manifest) -> Summary {
    let is_kind = |subject: &Subject| matches!(subject, Subject::Kind { .. });
    let kinds = manifest
        .complete()
        .filter(|(subject, _)| is_kind(subject))
        .count();
    Summary {
        path,
        objects: manifest
            .files
            .iter()
            .filter(|entry| Subject::from_path(&entry.path).as_ref().is_some_and(is_kind))
            .map(|entry| entry.count)
            .sum(),
        kinds,
        collections: manifest.complete().count() - kinds,
        gaps: manifest.gaps.len(),
        bytes: manifest.files.iter().map(|entry| entry.bytes).sum(),
    }
}
