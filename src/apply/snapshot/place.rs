//! Where a capture is made until it is whole: a private directory beside its final name.

use super::SnapshotWriteError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How the name of an archive ends.
const ARCHIVE: &str = ".tar.zst";
/// Names that promise an archive of another kind.
const OTHER_ARCHIVES: [&str; 8] = [
    ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip", ".zst", ".gz",
];

/// The name that was asked for, and the temporary directory beside it, which only its owner may enter and which is
/// removed with this.
#[derive(Debug)]
pub(super) struct Place {
    out: PathBuf,
    around: PathBuf,
    is_archive: bool,
    temporary: TempDir,
}

impl Place {
    /// Checks the name and makes the temporary directory.
    pub(super) fn prepare(out: &Path) -> Result<Self, SnapshotWriteError> {
        let name = out
            .file_name()
            .ok_or_else(|| SnapshotWriteError::NoName(out.to_owned()))?;
        let lower = name.to_string_lossy().to_lowercase();
        let is_archive = lower.ends_with(ARCHIVE);
        if !is_archive && OTHER_ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
            return Err(SnapshotWriteError::OtherArchive(out.to_owned()));
        }
        // A dangling link is something, too.
        match fs::symlink_metadata(out) {
            Ok(_) => return Err(SnapshotWriteError::Exists(out.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) => return Err(SnapshotWriteError::io(out, error)),
        }
        let around = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        if !around.is_dir() {
            return Err(SnapshotWriteError::NoParent {
                out: out.to_owned(),
                parent: around,
            });
        }
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".partial-");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        // For its owner alone, as are the files within.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let temporary = builder
            .tempdir_in(&around)
            .map_err(|error| SnapshotWriteError::io(out, without_path(&error)))?;
        Ok(Self {
            out: out.to_owned(),
            around,
            is_archive,
            temporary,
        })
    }

    /// The final name.
    pub(super) fn out(&self) -> &Path {
        &self.out
    }

    /// Whether an archive is wanted.
    pub(super) fn is_archive(&self) -> bool {
        self.is_archive
    }

    /// The temporary directory.
    pub(super) fn within(&self) -> &Path {
        self.temporary.path()
    }

    /// Where the capture itself is made.
    pub(super) fn made(&self) -> PathBuf {
        self.temporary.path().join("capture")
    }

    /// Gives the capture its name, unless something took it meanwhile.
    pub(super) fn publish(self) -> Result<(), SnapshotWriteError> {
        let failed = |error| SnapshotWriteError::io(&self.out, error);
        if fs::symlink_metadata(&self.out).is_ok() {
            return Err(SnapshotWriteError::Exists(self.out.clone()));
        }
        fs::rename(self.made(), &self.out).map_err(failed)?;
        sync_directory(&self.around).map_err(failed)?;
        self.temporary.close().map_err(failed)
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// The system's words alone: the temporary name means nothing to people.
fn without_path(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error)
}
