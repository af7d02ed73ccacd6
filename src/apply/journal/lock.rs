//! One writer, as long as there is no cluster that could hold a Lease: a lock beside the journals.

use super::bucket_lock::BucketLock;
use super::{Journals, Kept};
use jiff::Timestamp;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

/// Held by the run that makes or removes an environment.
#[derive(Debug)]
pub struct Lock(Holding);

#[derive(Debug)]
enum Holding {
    /// The system lets go of it when the run ends, however it ends.
    File { _locked: File },
    /// It ends by itself some minutes after its run.
    Object(BucketLock),
}

/// Why a lock is not had, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLocked {
    /// Another run has it.
    #[error("{0}")]
    Taken(String),
    /// Nobody can tell who has it.
    #[error("{0}")]
    Unknown(String),
}

impl From<String> for NotLocked {
    fn from(why: String) -> Self {
        Self::Unknown(why)
    }
}

impl Journals {
    /// Takes the lock of an environment. `token`: a word by which this run knows it as its own.
    ///
    /// # Errors
    ///
    /// Another run has it, or nobody can tell.
    pub async fn lock(
        &self,
        environment: &str,
        run: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Lock, NotLocked> {
        match &self.0 {
            Kept::Folder(folder) => {
                of_folder(folder, environment).map(|file| Lock(Holding::File { _locked: file }))
            }
            Kept::Bucket(bucket) => {
                let taken = BucketLock::take(bucket, environment, run, token, now).await;
                taken.map(|lock| Lock(Holding::Object(lock)))
            }
        }
    }
}

impl Lock {
    /// Says that the run still goes on.
    ///
    /// # Errors
    ///
    /// In words: that somebody else has it by now.
    pub async fn renew(&mut self, now: Timestamp) -> Result<(), String> {
        match &mut self.0 {
            Holding::File { .. } => Ok(()),
            Holding::Object(lock) => lock.renew(now).await.map_err(|why| why.to_string()),
        }
    }

    /// Gives it back.
    pub async fn release(self) {
        if let Holding::Object(lock) = self.0 {
            lock.release().await;
        }
    }
}

fn of_folder(folder: &Path, environment: &str) -> Result<File, NotLocked> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    let path = folder.join(format!("envcheck-{environment}.lock"));
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    let file = options
        .open(&path)
        .map_err(|error| format!("{} cannot be opened: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(NotLocked::Taken(format!(
            "another run changes {environment}, on this machine"
        ))),
        Err(TryLockError::Error(error)) => {
            Err(format!("{} cannot be locked: {error}", path.display()).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_at_a_time_makes_an_environment() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("journal");
        let first = of_folder(&place, "stage").unwrap();
        assert!(
            of_folder(&place, "stage")
                .unwrap_err()
                .to_string()
                .contains("another run changes stage")
        );
        assert!(of_folder(&place, "dev").is_ok());
        drop(first);
        assert!(of_folder(&place, "stage").is_ok());
    }
}
