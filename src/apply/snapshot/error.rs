//! Why a snapshot cannot be written, and how to mend it.

use envcheck_core::inventory::snapshot::SnapshotFault;
use envcheck_core::source::Diagnostic;
use std::io;
use std::path::{Path, PathBuf};

/// Why a snapshot was not written. Nothing is left behind in any case.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotWriteError {
    /// There is something of that name.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The path ends in no name, as `..`.
    #[error("{} names no file to write", .0.display())]
    NoName(PathBuf),
    /// An archive of a kind that is not written.
    #[error("{} is no name for a snapshot: archives are written as .tar.zst only", .0.display())]
    OtherArchive(PathBuf),
    /// The directory around it is missing.
    #[error("cannot write {}: {} is no directory", out.display(), parent.display())]
    NoParent {
        /// What was to be written.
        out: PathBuf,
        /// Where.
        parent: PathBuf,
    },
    /// The same kind was said to be read and not to be served.
    #[error("the capture contradicts itself: its manifest {0}")]
    Contradiction(SnapshotFault),
    /// The system said no.
    #[error("cannot write {}: {error}", file.display())]
    Io {
        /// What was being written.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl SnapshotWriteError {
    /// The system's no while writing `file`. This also makes one of an error of [`add`](super::SnapshotWriter::add).
    pub fn io(file: &Path, error: io::Error) -> Self {
        Self::Io {
            file: file.to_owned(),
            error,
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Exists(_) => "a capture is never written over: choose another name, or remove it first",
            Self::NoName(_) => "give the directory or the .tar.zst file that is to be written",
            Self::OtherArchive(_) => "end the name in .tar.zst, or give a directory's name",
            Self::NoParent { .. } => "create the directory first, or check the path",
            Self::Contradiction(_) => {
                "this is an error in envcheck: please report it with the kinds that the message names"
            }
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    "check that you may create files in the directory around it"
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "a capture needs about twice its size while it is written: free some space, or write elsewhere"
                }
                io::ErrorKind::ReadOnlyFilesystem => "write it to a place that can be written to",
                io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                    "something of that name appeared meanwhile: choose another name"
                }
                _ => "nothing was left behind; try again, or write it elsewhere",
            },
        }
    }
}

impl From<SnapshotWriteError> for Diagnostic {
    fn from(error: SnapshotWriteError) -> Self {
        Diagnostic::new(error.to_string()).hint(error.hint())
    }
}
