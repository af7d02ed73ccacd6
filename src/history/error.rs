//! Why what is kept between runs cannot be used, and how to mend it. None of it ends a run.

use super::database::BUSY;
use envcheck_core::source::Diagnostic;
use std::io;
use std::path::{Path, PathBuf};

/// Why the file cannot be used. It is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is a directory, or a device.
    #[error("{} is no file", .0.display())]
    NotAFile(PathBuf),
    /// The system said no.
    #[error("cannot open {}: {error}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Something else, or so damaged that nobody can tell.
    #[error("{} is not a file of envcheck's", .0.display())]
    Foreign(PathBuf),
    /// It is ours, and damaged.
    #[error("{} is damaged: {why}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where it shows.
        why: String,
    },
    /// A newer envcheck wrote it.
    #[error("{} is of version {found}, and this envcheck knows versions up to {known}", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The newest known one.
        known: i64,
    },
    /// Another run was writing all the while.
    #[error("{} was in use for {} seconds", .0.display(), BUSY.as_secs())]
    Busy(PathBuf),
    /// It may be read and not written.
    #[error("{} cannot be written", .0.display())]
    ReadOnly(PathBuf),
    /// The disk is full.
    #[error("there is no room to write {}", .0.display())]
    Full(PathBuf),
    /// Anything else.
    #[error("cannot use {}: {why}", file.display())]
    Failed {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        why: String,
    },
}

impl StoreError {
    pub(super) fn io(file: &Path, error: io::Error) -> Self {
        Self::Io {
            file: file.to_owned(),
            error,
        }
    }

    pub(super) fn damaged(file: &Path, why: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            why: why.into(),
        }
    }

    /// What SQLite says, by its primary result code (<https://www.sqlite.org/rescode.html>).
    pub(super) fn sqlite(file: &Path, error: &sqlx::Error) -> Self {
        let told = error.as_database_error();
        let code = told.and_then(|told| told.code()?.parse::<i32>().ok());
        let file_of = || file.to_owned();
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy(file_of()),
            // That there is a file was seen before.
            Some(8 | 14) => Self::ReadOnly(file_of()),
            Some(13) => Self::Full(file_of()),
            Some(11) => Self::damaged(file, told.map_or("", |told| told.message())),
            Some(26) => Self::Foreign(file_of()),
            _ => Self::Failed {
                file: file_of(),
                why: told.map_or_else(|| error.to_string(), |told| told.message().to_owned()),
            },
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAFile(_) => "name a file with --state FILE, or keep nothing with --state none",
            Self::Io { error, .. } if error.kind() == io::ErrorKind::NotFound => {
                "create the directory first, or check the path"
            }
            Self::Io { .. } | Self::ReadOnly(_) => {
                "name a file that may be written with --state FILE, or keep nothing with --state none"
            }
            Self::Foreign(_) => {
                "it was not touched: name another file with --state FILE, or move this one away if it is a damaged one"
            }
            Self::Damaged { .. } => {
                "it was not touched: put a copy of it back, or move it away and let the next run begin anew"
            }
            Self::Newer { .. } => {
                "use the newer envcheck that wrote it, or name another file with --state FILE"
            }
            Self::Busy(_) => "another run is writing to it, or hangs; the next run will tell",
            Self::Full(_) => "free some space, or name a file elsewhere with --state FILE",
            Self::Failed { .. } => "see what the message says, or name another file with --state FILE",
        }
    }
}

impl From<StoreError> for Diagnostic {
    fn from(error: StoreError) -> Self {
        Diagnostic::new(error.to_string()).hint(error.hint())
    }
}
