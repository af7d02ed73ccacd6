//! One writer, as long as there is no cluster that could hold a Lease: a lock beside the journals.

use super::JournalPlace;
use std::fs::{self, File, OpenOptions, TryLockError};

/// Held by the run that makes an environment. The system lets go of it when the run ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes it. Journals in a bucket have none: object storage has no locks, so there each thing that is made is looked for by
    /// its name at the last moment, and that is all.
    ///
    /// # Errors
    ///
    /// In words: that another run has it, or why nobody can tell.
    pub fn take(journals: &JournalPlace, environment: &str) -> Result<Self, String> {
        let JournalPlace::Folder(folder) = journals else {
            return Ok(Self { _file: None });
        };
        fs::create_dir_all(folder)
            .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
        let path = folder.join(format!("envcheck-{environment}.lock"));
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        let file = options
            .open(&path)
            .map_err(|error| format!("{} cannot be opened: {error}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => {
                Err(format!("another run changes {environment}, on this machine"))
            }
            Err(TryLockError::Error(error)) => Err(format!("{} cannot be locked: {error}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_at_a_time_makes_an_environment() {
        let folder = tempfile::tempdir().unwrap();
        let place = JournalPlace::Folder(folder.path().join("journal"));
        let first = Lock::take(&place, "stage").unwrap();
        assert!(
            Lock::take(&place, "stage")
                .unwrap_err()
                .contains("another run changes stage")
        );
        assert!(Lock::take(&place, "dev").is_ok());
        drop(first);
        assert!(Lock::take(&place, "stage").is_ok());
    }
}
