//! Opens a snapshot: what it is, its two records, and that every file it lists lies within it.

use super::{MAX_RECORD, SnapshotError, SnapshotReader, archive, open_plain, shares_of};
use envcheck_core::inventory::snapshot::{
    ACCOUNT, FORMAT_FILE, Format, MANIFEST_FILE, Manifest, OBJECTS, SPACES, Subject,
};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Opens the snapshot at `given`, a directory or an archive: reads and verifies its two records, and that every file it
/// lists lies within it.
pub fn open(given: &Path) -> Result<SnapshotReader, SnapshotError> {
    let found = match fs::metadata(given) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SnapshotError::NotFound(given.to_owned()));
        }
        found => found.map_err(|error| unreadable(given, error))?,
    };
    let unpacked = match (found.is_dir(), found.is_file()) {
        (true, _) => None,
        (_, true) => Some(archive::unpack(given, found.len())?),
        _ => return Err(SnapshotError::NotASnapshot(given.to_owned())),
    };
    let dir = unpacked.as_ref().map_or(given, |unpacked| unpacked.path());
    let root = dir.canonicalize().map_err(|error| unreadable(given, error))?;
    let place = Place { given, dir, root };

    let format_bytes = place
        .record(FORMAT_FILE)?
        .ok_or_else(|| SnapshotError::NoFormat(given.to_owned()))?;
    let format = Format::parse(&format_bytes).map_err(|fault| SnapshotError::Fault {
        file: given.join(FORMAT_FILE),
        fault,
    })?;
    let manifest_bytes = place
        .record(MANIFEST_FILE)?
        .ok_or_else(|| SnapshotError::NoManifest(given.to_owned()))?;
    let manifest = Manifest::parse(&manifest_bytes, &format_bytes).map_err(|fault| SnapshotError::Fault {
        file: given.join(MANIFEST_FILE),
        fault,
    })?;

    for entry in &manifest.files {
        place.within(&entry.path)?;
    }
    let listed: BTreeSet<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
    let mut present = Vec::new();
    for folder in [OBJECTS, ACCOUNT, SPACES] {
        place.walk(folder, &mut present)?;
    }
    present.sort();
    let unlisted = present
        .iter()
        .filter(|path| !listed.contains(path.as_str()))
        .filter_map(|path| Subject::from_path(path))
        .collect();
    let files = manifest.files.iter().enumerate();
    let units = files
        .flat_map(|(file, entry)| (0..shares_of(entry)).map(move |share| (file, share)))
        .collect();
    let verified = manifest.files.iter().map(|_| OnceLock::new()).collect();
    Ok(SnapshotReader {
        given: given.to_owned(),
        files: dir.to_owned(),
        _unpacked: unpacked.map(Arc::new),
        format,
        manifest,
        unlisted,
        units,
        verified,
    })
}

/// Where a snapshot's files are, and how messages call that.
struct Place<'a> {
    given: &'a Path,
    dir: &'a Path,
    /// The directory without links.
    root: PathBuf,
}

impl Place<'_> {
    /// One of the two records; `None` when there is none.
    fn record(&self, name: &str) -> Result<Option<Vec<u8>>, SnapshotError> {
        self.within(name)?;
        let shown = self.given.join(name);
        let file = match open_plain(&self.dir.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&shown, error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_RECORD + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&shown, error))?;
        if bytes.len() as u64 > MAX_RECORD {
            return Err(SnapshotError::TooLarge(shown));
        }
        Ok(Some(bytes))
    }

    /// Refuses a path that leads out of the snapshot over a link. What does not exist leads nowhere.
    fn within(&self, path: &str) -> Result<(), SnapshotError> {
        match self.dir.join(path).canonicalize() {
            Ok(target) if target.starts_with(&self.root) => Ok(()),
            Ok(target) => Err(SnapshotError::Outside {
                file: self.given.join(path),
                target,
            }),
            // What cannot be followed cannot be opened either; reading it says why.
            Err(_) => Ok(()),
        }
    }

    /// The format's files below `folder`, as paths from the snapshot's root; links are not followed.
    fn walk(&self, folder: &str, found: &mut Vec<String>) -> Result<(), SnapshotError> {
        let shown = self.given.join(folder);
        let entries = match fs::read_dir(self.dir.join(folder)) {
            Ok(entries) => entries,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(unreadable(&shown, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&shown, error))?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else {
                continue;
            };
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&self.given.join(&name), error))?;
            // objects/<group>/<version>/<Kind>.ndjson is the deepest path there is.
            if kind.is_dir() && name.split('/').count() < 4 {
                self.walk(&name, found)?;
            } else if kind.is_file() {
                found.push(name);
            }
        }
        Ok(())
    }
}

fn unreadable(file: &Path, error: io::Error) -> SnapshotError {
    SnapshotError::Io {
        file: file.to_owned(),
        error,
    }
}
