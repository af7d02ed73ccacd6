//! Streams what is in an opened snapshot, each file verified before its first object is passed on.

use super::{Item, SHARE, SnapshotReader, open_plain};
use envcheck_core::inventory::snapshot::{
    Checksum, Entry, Gap, LineFault, MANIFEST_FILE, MAX_LINE, Subject, parse_line, reason,
};
use envcheck_core::value::Value;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

/// How many bad lines of one file are named one by one.
const NAMED_LINES: usize = 3;

impl SnapshotReader {
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
                self.given.join(subject.path()).display()
            );
            sink(Item::Gap(gap(subject, reason::UNLISTED, detail)));
        }
        for gap in &self.manifest.gaps {
            sink(Item::Gap(gap.clone()));
        }
    }

    /// Where the shares of a file begin, or why nothing in it is believed.
    fn verify(&self, subject: &Subject, entry: &Entry) -> Result<Vec<u64>, Gap> {
        let path = self.files.join(&entry.path);
        let shown = self.given.join(&entry.path);
        let shown = shown.display();
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
        let path = self.files.join(&entry.path);
        let shown = self.given.join(&entry.path).display().to_string();
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
    let same = found == entry.sha256;
    Ok(if same && bytes != entry.bytes {
        // The record is wrong, and not the file.
        Err(format!("has {bytes} bytes, the manifest says {}", entry.bytes))
    } else if bytes < entry.bytes {
        Err(format!(
            "was cut short: {bytes} of {} bytes are left",
            entry.bytes
        ))
    } else if !same {
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
