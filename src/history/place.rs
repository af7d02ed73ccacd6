//! Where the file lies.

use super::StoreError;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The default, in the working directory, as environments are looked up there, too.
const DEFAULT: &str = "reports/out/envcheck.sqlite";

/// Where what is kept between runs lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StatePlace {
    /// Beside the reports: `reports/out/envcheck.sqlite`.
    #[default]
    BesideReports,
    /// In this file.
    File(PathBuf),
    /// Nothing is kept.
    Nowhere,
}

impl StatePlace {
    /// What a user writes: a file, or `none`.
    pub fn named(file: PathBuf) -> Self {
        if file.as_os_str() == "none" {
            Self::Nowhere
        } else {
            Self::File(file)
        }
    }

    /// The file; `None` when nothing is kept.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::BesideReports => Some(Path::new(DEFAULT)),
            Self::File(file) => Some(file),
            Self::Nowhere => None,
        }
    }
}

/// Whether there is a file; an error when there is something else.
pub(super) fn exists(file: &Path) -> Result<bool, StoreError> {
    match fs::metadata(file) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(StoreError::NotAFile(file.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io(file, error)),
    }
}

/// Makes an empty file that only its owner may read, unless there is one. Directories are made for the default place only:
/// in a path that a user wrote, a missing one is a mistake.
pub(super) fn create(place: &StatePlace, file: &Path) -> Result<(), StoreError> {
    if *place == StatePlace::BesideReports
        && let Some(folder) = file.parent()
        && !folder.exists()
    {
        fs::create_dir_all(folder).map_err(|error| StoreError::io(file, error))?;
        ignore(folder).map_err(|error| StoreError::io(file, error))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        // Another run was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io(file, error)),
    }
}

/// Keeps a new folder for output out of version control.
fn ignore(folder: &Path) -> io::Result<()> {
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(folder.join(".gitignore"));
    match created {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
