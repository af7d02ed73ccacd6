//! Why a snapshot cannot be opened, and how to mend it.

use super::MAX_RECORD;
use envcheck_core::inventory::snapshot::{FORMAT_FILE, MANIFEST_FILE, SnapshotFault};
use envcheck_core::source::Diagnostic;
use std::io;
use std::path::PathBuf;

/// Why a directory or an archive cannot be used as a snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is nothing.
    #[error("snapshot {} does not exist", .0.display())]
    NotFound(PathBuf),
    /// There is something that is neither a directory nor an archive.
    #[error("{} is not a snapshot: it is neither a directory nor a .tar.zst archive", .0.display())]
    NotASnapshot(PathBuf),
    /// An archive that is damaged or was cut short.
    #[error("snapshot {} cannot be unpacked: {why}", file.display())]
    Damaged {
        /// The archive.
        file: PathBuf,
        /// What stopped it.
        why: String,
    },
    /// An archive that holds what no snapshot has.
    #[error("snapshot {} is refused: {why}", file.display())]
    Hostile {
        /// The archive.
        file: PathBuf,
        /// What it holds.
        why: String,
    },
    /// There is no room to unpack an archive.
    #[error("snapshot {} cannot be unpacked into {}: {error}", file.display(), into.display())]
    NoRoom {
        /// The archive.
        file: PathBuf,
        /// The directory for temporary files.
        into: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The directory is something else.
    #[error("{} is not a snapshot: it has no {FORMAT_FILE}", .0.display())]
    NoFormat(PathBuf),
    /// The capture was cut short.
    #[error("snapshot {} is incomplete: it has no {MANIFEST_FILE}, which is written last", .0.display())]
    NoManifest(PathBuf),
    /// One of the two records is wrong.
    #[error("{} {fault}", file.display())]
    Fault {
        /// The record's file.
        file: PathBuf,
        /// What is wrong with it.
        fault: SnapshotFault,
    },
    /// A link leads out of the directory.
    #[error("{} is a link to {}, outside the snapshot", file.display(), target.display())]
    Outside {
        /// The link, or the file below it.
        file: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A record is absurdly large.
    #[error("{} is larger than {} MiB", .0.display(), MAX_RECORD / 1024 / 1024)]
    TooLarge(PathBuf),
    /// The system said no.
    #[error("cannot read {}: {error}", file.display())]
    Io {
        /// What was being read.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl SnapshotError {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound(_) => {
                "check the path; one written in a spec (`target: {snapshot: …}`) is relative to that spec"
            }
            Self::NotASnapshot(_) => {
                "give what `envcheck snapshot` wrote; unpack an archive of another kind first, then give the directory"
            }
            Self::Damaged { .. } => {
                "the archive was damaged, or copied only in part; copy it again (`zstd -t FILE` tests it), or capture again"
            }
            Self::Hostile { .. } => {
                "a snapshot's archive holds the format's files once each and nothing that leads elsewhere; see where it came from"
            }
            Self::NoRoom { .. } => {
                "unpacking needs space for temporary files: name a directory that has it in TMPDIR, or unpack the archive yourself and give the directory"
            }
            Self::NoFormat(_) => "give the directory that `envcheck snapshot` wrote",
            Self::NoManifest(_) => {
                "the capture was interrupted, or copied only in part; capture or copy it again"
            }
            Self::Fault { fault, .. } => fault.hint(),
            Self::Outside { .. } => {
                "a snapshot holds plain files only; copy it with links resolved, or capture again"
            }
            Self::TooLarge(_) => "this is not a record that envcheck wrote; capture again",
            Self::Io { .. } => "check that you may read it, and every file in it",
        }
    }
}

impl From<SnapshotError> for Diagnostic {
    fn from(error: SnapshotError) -> Self {
        Diagnostic::new(error.to_string()).hint(error.hint())
    }
}
