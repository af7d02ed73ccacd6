//! Journals on disk: a file for each run, only ever added to.

use envcheck_core::plan::journal::{Head, Record};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The journal of a run that is under way.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins the journal of a run below `place`. One of that name must not be there.
    pub(super) fn begin(place: &Path, head: &Head) -> io::Result<Self> {
        fs::create_dir_all(place)?;
        let path = place.join(format!("{}.jsonl", head.run));
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // What was changed where is nobody else's business.
            options.mode(0o600);
        }
        let mut journal = Self {
            file: options.open(&path)?,
            path,
        };
        // As long as the run goes on: so that it is not taken back meanwhile. The system lets go when it ends, however it ends.
        // Whoever asks in this very moment whether it goes on lets go at once.
        journal.file.lock()?;
        journal.line(&head.line())?;
        // The name of a new file is on the disk only once its folder is.
        File::open(place)?.sync_all()?;
        Ok(journal)
    }

    /// Adds a record. Once this returns it is on the disk.
    pub(super) fn add(&mut self, record: &Record) -> io::Result<()> {
        self.line(&record.line())
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// See [`identity`].
    pub(super) fn identity(&self) -> Option<String> {
        identity(&self.file)
    }
}

/// What tells this very file from every copy of it, as long as this machine runs: only of the file that a run locks can be
/// said that nobody locks it any more. `None` where the system tells it of no file.
#[cfg(target_os = "linux")]
fn identity(file: &File) -> Option<String> {
    use sha2::{Digest, Sha256};
    use std::os::unix::fs::MetadataExt;
    let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let metadata = file.metadata().ok()?;
    let place = format!("{} {} {}", machine.trim(), metadata.dev(), metadata.ino());
    Some(format!("{:x}", Sha256::digest(place)))
}

#[cfg(not(target_os = "linux"))]
fn identity(_file: &File) -> Option<String> {
    None
}

/// The same of a run that is over.
pub(super) fn identity_of(place: &Path, run: &str) -> Option<String> {
    identity(&File::open(place.join(format!("{run}.jsonl"))).ok()?)
}

/// The text of a run's journal.
pub(super) fn text(place: &Path, run: &str) -> io::Result<String> {
    let path = place.join(format!("{run}.jsonl"));
    // What is no file may have no end, or never begin.
    if !fs::metadata(&path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    fs::read_to_string(path)
}

/// Whether the run still goes on, on this machine.
pub(super) fn goes_on(place: &Path, run: &str) -> io::Result<bool> {
    let file = File::open(place.join(format!("{run}.jsonl")))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The names of all runs below `place`, in order.
pub(super) fn runs(place: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !entry.path().is_file() {
            continue;
        }
        let name = entry.file_name();
        runs.extend(
            name.to_str()
                .and_then(|name| name.strip_suffix(".jsonl"))
                .map(ToOwned::to_owned),
        );
    }
    runs.sort();
    Ok(runs)
}
