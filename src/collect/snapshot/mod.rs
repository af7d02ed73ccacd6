//! Reads a snapshot: a directory or an archive in the format of [`envcheck_core::inventory::snapshot`].
//!
//! [`open`] refuses what is no snapshot or was tampered with; [`SnapshotReader::for_each`] streams what is inside. A file
//! that is damaged costs only its own kind: it becomes a gap, and nothing in it is believed. Nothing outside the
//! directory is ever opened; an archive is unpacked into a private directory first.

mod archive;
mod error;
mod open;
mod read;

pub use error::SnapshotError;
pub use open::open;

use envcheck_core::inventory::snapshot::{Entry, Format, Gap, Manifest, Subject};
use envcheck_core::value::Value;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// How large `format.json` and `manifest.json` may be: far more than 100,000 kinds need.
const MAX_RECORD: u64 = 64 * 1024 * 1024;
/// Lines of a share: what is parsed and waits to be taken up is some ten times as large as its lines.
const SHARE: u64 = 250;

/// What a snapshot yields, in the order of its manifest.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A Kubernetes object.
    Object {
        /// The object; Secret values are digests.
        value: Value,
        /// The file it stands in, relative to the snapshot.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// An object of a DigitalOcean collection.
    Account {
        /// The collection, as `load_balancers`.
        collection: String,
        /// The API's own object.
        value: Value,
        /// The file it stands in.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A record of a Spaces collection.
    Spaces {
        /// The collection, as `buckets`.
        collection: String,
        /// The record.
        value: Value,
        /// The file it stands in.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A kind or collection was read completely; it has this many members, perhaps none. Follows them.
    Read {
        /// The kind or collection.
        subject: Subject,
        /// How many members it has.
        count: u64,
    },
    /// The cluster does not serve this kind, so that nothing of it can exist.
    NotServed(Subject),
    /// Something could not be read: when the capture was made, or now.
    Gap(Gap),
}

/// An opened snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotReader {
    /// What was given: the directory or the archive. Messages and reports name this.
    given: PathBuf,
    /// Where the files are: the same, or where the archive was unpacked.
    files: PathBuf,
    /// The directory into which an archive was unpacked, removed with the last reader.
    _unpacked: Option<Arc<TempDir>>,
    format: Format,
    manifest: Manifest,
    unlisted: Vec<Subject>,
    /// File and share of each unit: large files are read in shares, so that no more than one of each worker's is in
    /// memory.
    units: Vec<(usize, usize)>,
    /// Per file, once it was verified: where its shares begin, or why nothing in it is believed.
    verified: Vec<OnceLock<Result<Vec<u64>, Gap>>>,
}

impl SnapshotReader {
    /// What was captured, and as of when.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// What the capture says it holds. What it really holds shows while reading: [`Item::Read`] and [`Item::Gap`].
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The directory or archive, as it was given.
    pub fn dir(&self) -> &Path {
        &self.given
    }
}

/// How many shares a file is read in.
fn shares_of(entry: &Entry) -> usize {
    usize::try_from(entry.count.div_ceil(SHARE))
        .unwrap_or(usize::MAX)
        .max(1)
}

/// Opens a plain file; a pipe or a device would block or never end.
fn open_plain(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("it is not a plain file"))
    }
}
