//! Reads a snapshot: a directory in the format of [`envcheck_core::inventory::snapshot`].
//!
//! [`open`] refuses what is no snapshot or was tampered with; [`SnapshotReader::for_each`] streams what is inside. A file
//! that is damaged costs only its own kind: it becomes a gap, and nothing in it is believed. Nothing outside the
//! directory is ever opened.

mod error;

pub use error::SnapshotError;

use envcheck_core::inventory::snapshot::{
    ACCOUNT, Checksum, Entry, FORMAT_FILE, Format, Gap, LineFault, MANIFEST_FILE, MAX_LINE, Manifest,
    OBJECTS, SPACES, Subject, parse_line, reason,
};
use envcheck_core::value::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// How large `format.json` and `manifest.json` may be: far more than 100,000 kinds need.
const MAX_RECORD: u64 = 64 * 1024 * 1024;
/// How many bad lines of one file are named one by one.
const NAMED_LINES: usize = 3;

/// What a snapshot yields, in the order of its manifest.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A Kubernetes object.
    Object {
        /// The object; Secret values are digests.
        value: Value,
        /// The file it stands in, relative to the snapshot.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// An object of a DigitalOcean collection.
    Account {
        /// The collection, as `load_balancers`.
        collection: String,
        /// The API's own object.
        value: Value,
        /// The file it stands in.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A record of a Spaces collection.
    Spaces {
        /// The collection, as `buckets`.
        collection: String,
        /// The record.
        value: Value,
        /// The file it stands in.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A kind or collection was read completely; it has this many members, perhaps none. Follows them.
    Read {
        /// The kind or collection.
        subject: Subject,
        /// How many members it has.
        count: u64,
    },
    /// The cluster does not serve this kind, so that nothing of it can exist.
    NotServed(Subject),
    /// Something could not be read: when the capture was made, or now.
    Gap(Gap),
}

/// An opened snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotReader {
    dir: PathBuf,
    format: Format,
    manifest: Manifest,
    unlisted: Vec<Subject>,
    /// File and share of each unit: large files are read in shares, so that no more than one of each worker's is in
    /// memory.
    units: Vec<(usize, usize)>,
    /// Per file, once it was verified: where its shares begin, or why nothing in it is believed.
    verified: Vec<OnceLock<Result<Vec<u64>, Gap>>>,
}

/// Lines of a share: what is parsed and waits to be taken up is some ten times as large as its lines.
const SHARE: u64 = 250;

/// Opens the snapshot in `dir`: reads and verifies its two records, and that every file it lists lies within it.
pub fn open(dir: &Path) -> Result<SnapshotReader, SnapshotError> {
    match fs::metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SnapshotError::NotFound(dir.to_owned()));
        }
        Err(error) => return Err(unreadable(dir, error)),
        Ok(found) if !found.is_dir() => return Err(SnapshotError::NotADirectory(dir.to_owned())),
        Ok(_) => {}
    }
    let root = dir.canonicalize().map_err(|error| unreadable(dir, error))?;

    let format_file = dir.join(FORMAT_FILE);
    let format_bytes =
        read_record(&root, &format_file)?.ok_or_else(|| SnapshotError::NoFormat(dir.to_owned()))?;
    let format = Format::parse(&format_bytes).map_err(|fault| SnapshotError::Fault {
        file: format_file,
        fault,
    })?;

    let manifest_file = dir.join(MANIFEST_FILE);
    let manifest_bytes =
        read_record(&root, &manifest_file)?.ok_or_else(|| SnapshotError::NoManifest(dir.to_owned()))?;
    let manifest = Manifest::parse(&manifest_bytes, &format_bytes).map_err(|fault| SnapshotError::Fault {
        file: manifest_file,
        fault,
    })?;

    for entry in &manifest.files {
        within(&root, &dir.join(&entry.path))?;
    }
    let listed: BTreeSet<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
    let mut present = Vec::new();
    for folder in [OBJECTS, ACCOUNT, SPACES] {
        walk(dir, folder, &mut present)?;
    }
    present.sort();
    let unlisted = present
        .iter()
        .filter(|path| !listed.contains(path.as_str()))
        .filter_map(|path| Subject::from_path(path))
        .collect();
    let shares = |entry: &Entry| {
        usize::try_from(entry.count.div_ceil(SHARE))
            .unwrap_or(usize::MAX)
            .max(1)
    };
    let files = manifest.files.iter().enumerate();
    let units = files
        .flat_map(|(file, entry)| (0..shares(entry)).map(move |share| (file, share)))
        .collect();
    let verified = manifest.files.iter().map(|_| OnceLock::new()).collect();
    Ok(SnapshotReader {
        dir: dir.to_owned(),
        format,
        manifest,
        unlisted,
        units,
        verified,
    })
}

impl SnapshotReader {
    /// What was captured, and as of when.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// What the capture says it holds. What it really holds shows while reading: [`Item::Read`] and [`Item::Gap`].
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The directory, as it was given.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Streams everything into `sink`, one file after the other in the manifest's order, gaps last. A file is verified
    /// before its first object is passed on; memory holds one line at a time.
    pub fn for_each(&self, sink: &mut dyn FnMut(Item)) {
        for unit in 0..self.units() {
            self.read_unit(unit, sink);
        }
        self.for_each_known(sink);
    }

    /// How many units there are; each can be read by itself.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// Streams one unit: a file of the manifest, or a share of a large one. Nothing of a file is passed on before the
    /// whole file was verified.
    pub fn read_unit(&self, unit: usize, sink: &mut dyn FnMut(Item)) {
        let Some((file, share)) = self.units.get(unit).copied() else {
            return;
        };
        let Some(entry) = self.manifest.files.get(file) else {
            return;
        };
        // A path that is no subject's cannot be in a verified manifest.
        let Some(subject) = Subject::from_path(&entry.path) else {
            return;
        };
        match self.verified[file].get_or_init(|| self.verify(&subject, entry)) {
            Ok(starts) => self.read_share(&subject, entry, share, starts, sink),
            Err(gap) if share == 0 => sink(Item::Gap(gap.clone())),
            Err(_) => {}
        }
    }

    /// What is known without reading a file: kinds that are not served, files that are not listed, and the capture's gaps.
    pub fn for_each_known(&self, sink: &mut dyn FnMut(Item)) {
        for subject in &self.manifest.not_served {
            sink(Item::NotServed(subject.clone()));
        }
        for subject in &self.unlisted {
            let detail = format!(
                "{} is not listed in {MANIFEST_FILE}, so nothing in it is believed",
                self.dir.join(subject.path()).display()
            );
            sink(Item::Gap(gap(subject, reason::UNLISTED, detail)));
        }
        for gap in &self.manifest.gaps {
            sink(Item::Gap(gap.clone()));
        }
    }

    /// Where the shares of a file begin, or why nothing in it is believed.
    fn verify(&self, subject: &Subject, entry: &Entry) -> Result<Vec<u64>, Gap> {
        let path = self.dir.join(&entry.path);
        let shown = path.display();
        let mut file = open_plain(&path).map_err(|error| {
            let (reason, why) = match error.kind() {
                io::ErrorKind::NotFound => (reason::MISSING, "does not exist".to_owned()),
                _ => (reason::UNREADABLE, format!("cannot be read: {error}")),
            };
            gap(subject, reason, format!("{shown} {why}"))
        })?;
        match shares(&mut file, entry) {
            Ok(Ok(starts)) => Ok(starts),
            Ok(Err(why)) => Err(gap(
                subject,
                reason::CORRUPT,
                format!("{shown} {why}; nothing in it is believed"),
            )),
            Err(error) => Err(gap(
                subject,
                reason::UNREADABLE,
                format!("{shown} cannot be read: {error}"),
            )),
        }
    }

    fn read_share(
        &self,
        subject: &Subject,
        entry: &Entry,
        share: usize,
        starts: &[u64],
        sink: &mut dyn FnMut(Item),
    ) {
        let path = self.dir.join(&entry.path);
        let shown = path.display().to_string();
        let Some(start) = starts.get(share) else { return };
        let first = share * usize::try_from(SHARE).unwrap_or(usize::MAX) + 1;
        let mut faults: Vec<(usize, LineFault)> = Vec::new();
        let read = open_plain(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(*start))?;
            for_each_line(file, first, &mut |number, line| match parse_line(subject, line) {
                Ok(value) => sink(item(subject, value, &entry.path, number)),
                Err(fault) => faults.push((number, fault)),
            })
        });
        if let Err(error) = read {
            let detail = format!("{shown} cannot be read to its end: {error}");
            return sink(Item::Gap(gap(subject, reason::UNREADABLE, detail)));
        }
        for (number, fault) in faults.iter().take(NAMED_LINES) {
            let detail = format!("{shown}:{number} {fault}");
            sink(Item::Gap(gap(subject, reason::INVALID, detail)));
        }
        if faults.len() > NAMED_LINES {
            let detail = format!("{shown} has {} more such lines", faults.len() - NAMED_LINES);
            sink(Item::Gap(gap(subject, reason::INVALID, detail)));
        }
        // With a gap (declared for a part of it, or found just now) a kind is not completely read. A gap of an earlier
        // share outweighs this.
        let last = share + 1 == starts.len();
        if last && faults.is_empty() && !self.manifest.gaps.iter().any(|gap| gap.subject == *subject) {
            sink(Item::Read {
                subject: subject.clone(),
                count: entry.count,
            });
        }
    }
}

fn item(subject: &Subject, value: Value, file: &str, line: usize) -> Item {
    match subject {
        Subject::Kind { .. } => Item::Object {
            value,
            file: file.to_owned(),
            line,
        },
        Subject::Account(collection) => Item::Account {
            collection: collection.clone(),
            value,
            file: file.to_owned(),
            line,
        },
        Subject::Spaces(collection) => Item::Spaces {
            collection: collection.clone(),
            value,
            file: file.to_owned(),
            line,
        },
    }
}

fn gap(subject: &Subject, reason: &str, detail: String) -> Gap {
    Gap {
        subject: subject.clone(),
        namespace: None,
        reason: reason.to_owned(),
        detail,
    }
}

fn unreadable(file: &Path, error: io::Error) -> SnapshotError {
    SnapshotError::Io {
        file: file.to_owned(),
        error,
    }
}

/// Where each share of the file begins, or why it is not the file that the manifest lists.
fn shares(file: &mut File, entry: &Entry) -> io::Result<Result<Vec<u64>, String>> {
    let mut starts = vec![0];
    let mut checksum = Checksum::default();
    let (mut bytes, mut lines, mut line, mut longest) = (0u64, 0u64, 0usize, 0usize);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = &buffer[..read];
        checksum.update(chunk);
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            bytes += piece.len() as u64;
            line += piece.len();
            longest = longest.max(line);
            if piece.ends_with(b"\n") {
                lines += 1;
                line = 0;
                if lines % SHARE == 0 && lines < entry.count {
                    starts.push(bytes);
                }
            }
        }
    }
    let found = checksum.finish();
    Ok(if bytes < entry.bytes {
        Err(format!(
            "was cut short: {bytes} of {} bytes are left",
            entry.bytes
        ))
    } else if bytes > entry.bytes || found != entry.sha256 {
        Err(format!(
            "was changed after the capture: its SHA-256 is {found}, the manifest says {}",
            entry.sha256
        ))
    } else if line > 0 {
        Err("does not end with a line feed".to_owned())
    } else if lines != entry.count {
        Err(format!("has {lines} lines, the manifest says {}", entry.count))
    } else if longest > MAX_LINE + 1 {
        Err(format!("has a line that {}", LineFault::TooLong))
    } else {
        Ok(starts)
    })
}

/// Passes the lines of a share, without their line feeds, numbered from `first`. Lines are known to be of bounded length.
fn for_each_line(file: File, first: usize, visit: &mut dyn FnMut(usize, &[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let mut line = Vec::new();
    let share = usize::try_from(SHARE).unwrap_or(usize::MAX);
    for number in first..first.saturating_add(share) {
        line.clear();
        let limit = MAX_LINE as u64 + 1;
        if reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        visit(number, line.strip_suffix(b"\n").unwrap_or(&line));
    }
    Ok(())
}

/// Opens a plain file; a pipe or a device would block or never end.
fn open_plain(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::other("it is not a plain file"))
    }
}

/// One of the two records; `None` when there is none.
fn read_record(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, SnapshotError> {
    within(root, path)?;
    let file = match open_plain(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_RECORD + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > MAX_RECORD {
        return Err(SnapshotError::TooLarge(path.to_owned()));
    }
    Ok(Some(bytes))
}

/// Refuses a path that leads out of the snapshot over a link. What does not exist leads nowhere.
fn within(root: &Path, path: &Path) -> Result<(), SnapshotError> {
    match path.canonicalize() {
        Ok(target) if target.starts_with(root) => Ok(()),
        Ok(target) => Err(SnapshotError::Outside {
            file: path.to_owned(),
            target,
        }),
        // What cannot be followed cannot be opened either; reading it says why.
        Err(_) => Ok(()),
    }
}

/// The format's files below `folder`, as paths from `dir`; links are not followed.
fn walk(dir: &Path, folder: &str, found: &mut Vec<String>) -> Result<(), SnapshotError> {
    let path = dir.join(folder);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(());
        }
        Err(error) => return Err(unreadable(&path, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(&path, error))?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else {
            continue;
        };
        let kind = entry
            .file_type()
            .map_err(|error| unreadable(&entry.path(), error))?;
        // objects/<group>/<version>/<Kind>.ndjson is the deepest path there is.
        if kind.is_dir() && name.split('/').count() < 4 {
            walk(dir, &name, found)?;
        } else if kind.is_file() {
            found.push(name);
        }
    }
    Ok(())
}
