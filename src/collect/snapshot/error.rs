//! Why a snapshot cannot be opened, and how to mend it.

use super::MAX_RECORD;
use envcheck_core::inventory::snapshot::{FORMAT_FILE, MANIFEST_FILE, SnapshotFault};
use envcheck_core::source::Diagnostic;
use std::io;
use std::path::PathBuf;

/// Why a directory cannot be used as a snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is nothing.
    #[error("snapshot {} does not exist", .0.display())]
    NotFound(PathBuf),
    /// There is a file.
    #[error("snapshot {} is a file, not a directory", .0.display())]
    NotADirectory(PathBuf),
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
            Self::NotADirectory(_) => {
                "unpack an archive first: `tar --zstd -xf FILE`, then give the directory"
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
            Self::Io { .. } => "check that you may read the directory and every file in it",
        }
    }
}

impl From<SnapshotError> for Diagnostic {
    fn from(error: SnapshotError) -> Self {
        Diagnostic::new(error.to_string()).hint(error.hint())
    }
}
