//! Journals: one for each run, only ever added to, each line kept before the deed that it announces.

mod bucket;
mod bucket_lock;
mod folder;
mod lock;
mod place;

pub use lock::{Lock, NotLocked};
pub use place::JournalPlace;

use crate::clients::spaces::Spaces;
use envcheck_core::plan::journal::{Head, Record};
use std::io::ErrorKind;
use std::path::PathBuf;

/// The journals of a place.
#[derive(Debug)]
pub struct Journals(Kept);

#[derive(Debug)]
enum Kept {
    Folder(PathBuf),
    Bucket(bucket::Bucket),
}

/// The journal of a run that is under way.
#[derive(Debug)]
pub struct Journal(Line);

#[derive(Debug)]
enum Line {
    Folder(folder::Journal),
    Bucket(bucket::Journal),
}

/// Whether a run still goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOn {
    /// It does.
    Yes,
    /// It has ended, however it ended.
    No,
    /// Nobody here can tell: the Lease of the environment has to run out.
    Unknown,
}

impl Journals {
    /// Those below a folder.
    pub fn on_disk(folder: PathBuf) -> Self {
        Self(Kept::Folder(folder))
    }

    /// Those in a bucket, below a prefix.
    pub fn in_bucket(spaces: Spaces, bucket: &str, prefix: &str) -> Self {
        Self(Kept::Bucket(bucket::Bucket {
            spaces,
            name: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }))
    }

    /// Begins the journal of a run. One of that name must not be there.
    ///
    /// # Errors
    ///
    /// In words, why it cannot be kept.
    pub async fn begin(&self, head: &Head) -> Result<Journal, String> {
        match &self.0 {
            Kept::Folder(folder) => {
                let begun = folder::Journal::begin(folder, head);
                begun
                    .map(|journal| Journal(Line::Folder(journal)))
                    .map_err(|error| error.to_string())
            }
            Kept::Bucket(bucket) => Ok(Journal(Line::Bucket(bucket.begin(head).await?))),
        }
    }

    /// The text of a run's journal; `None` when there is no such run.
    ///
    /// # Errors
    ///
    /// In words, why it cannot be read.
    pub async fn text(&self, run: &str) -> Result<Option<String>, String> {
        // A run is named, not where it lies.
        if run.is_empty() || run.contains(['/', '\\']) || run.starts_with('.') {
            return Err("that is no name of a run".to_owned());
        }
        match &self.0 {
            Kept::Folder(folder) => match folder::text(folder, run) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.to_string()),
            },
            Kept::Bucket(bucket) => bucket.text(run).await,
        }
    }

    /// Whether the run still goes on.
    pub fn goes_on(&self, run: &str) -> GoesOn {
        match &self.0 {
            Kept::Folder(folder) => match folder::goes_on(folder, run) {
                Ok(true) => GoesOn::Yes,
                Ok(false) => GoesOn::No,
                Err(_) => GoesOn::Unknown,
            },
            Kept::Bucket(_) => GoesOn::Unknown,
        }
    }

    /// What tells a run's very journal from every copy of it; `None` where nothing does.
    pub fn identity_of(&self, run: &str) -> Option<String> {
        match &self.0 {
            Kept::Folder(folder) => folder::identity_of(folder, run),
            Kept::Bucket(_) => None,
        }
    }

    /// The names of all runs, in order.
    ///
    /// # Errors
    ///
    /// In words, why they cannot be listed.
    pub async fn runs(&self) -> Result<Vec<String>, String> {
        match &self.0 {
            Kept::Folder(folder) => folder::runs(folder).map_err(|error| error.to_string()),
            Kept::Bucket(bucket) => bucket.runs().await,
        }
    }
}

impl Journal {
    /// Where it is.
    pub fn place(&self) -> String {
        match &self.0 {
            Line::Folder(journal) => journal.path().display().to_string(),
            Line::Bucket(journal) => journal.place(),
        }
    }

    /// What tells it from every copy of it; `None` where nothing does.
    pub fn identity(&self) -> Option<String> {
        match &self.0 {
            Line::Folder(journal) => journal.identity(),
            Line::Bucket(_) => None,
        }
    }

    /// Adds a record. Once this returns it is kept.
    ///
    /// # Errors
    ///
    /// In words, why it is not.
    pub async fn add(&mut self, record: &Record) -> Result<(), String> {
        match &mut self.0 {
            Line::Folder(journal) => journal.add(record).map_err(|error| error.to_string()),
            Line::Bucket(journal) => journal.add(record).await,
        }
    }
}
