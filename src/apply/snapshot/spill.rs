//! The lines of a capture on their way: one temporary file for all, and in memory where each line stands.

use envcheck_core::inventory::snapshot::{Checksum, Entry, Row, Subject};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Where one line stands.
#[derive(Debug)]
struct Line {
    namespace: Box<str>,
    name: Box<str>,
    offset: u64,
    length: usize,
}

/// The temporary file and its index. The file has no name any more, so that no crash leaves it behind.
#[derive(Debug)]
pub(super) struct Spill {
    file: BufWriter<File>,
    length: u64,
    lines: BTreeMap<Subject, Vec<Line>>,
}

impl Spill {
    /// An empty one, on the disk of `directory`.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(256 * 1024, tempfile::tempfile_in(directory)?),
            length: 0,
            lines: BTreeMap::new(),
        })
    }

    /// Adds a line.
    pub(super) fn add(&mut self, subject: &Subject, row: Row) -> io::Result<()> {
        self.file.write_all(row.json.as_bytes())?;
        let line = Line {
            namespace: row.namespace.into(),
            name: row.name.into(),
            offset: self.length,
            length: row.json.len(),
        };
        self.length += row.json.len() as u64;
        match self.lines.get_mut(subject) {
            Some(lines) => lines.push(line),
            None => {
                self.lines.insert(subject.clone(), vec![line]);
            }
        }
        Ok(())
    }

    /// What has lines.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.lines.keys()
    }

    /// To be called before [`sorted`](Self::sorted).
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// The lines of `subject` by namespace and name; equal ones by what they say, so that order of arrival never shows.
    pub(super) fn sorted(&mut self, subject: &Subject) -> io::Result<Lines<'_>> {
        let mut lines = self.lines.remove(subject).unwrap_or_default();
        lines.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let file = self.file.get_mut();
        for same in lines.chunk_by_mut(|a, b| a.namespace == b.namespace && a.name == b.name) {
            if same.len() > 1 {
                let mut said = Vec::with_capacity(same.len());
                for line in same.iter() {
                    let mut bytes = Vec::new();
                    read_line(file, line, &mut bytes)?;
                    said.push((bytes, line.offset, line.length));
                }
                said.sort();
                for (line, (_, offset, length)) in same.iter_mut().zip(said) {
                    (line.offset, line.length) = (offset, length);
                }
            }
        }
        Ok(Lines {
            file,
            bytes: lines.iter().map(|line| line.length as u64 + 1).sum(),
            count: lines.len() as u64,
            rest: lines.into_iter(),
            checksum: Checksum::default(),
            current: Vec::new(),
            done: 0,
        })
    }
}

/// One file of the capture, read line by line.
pub(super) struct Lines<'a> {
    file: &'a mut File,
    bytes: u64,
    count: u64,
    rest: std::vec::IntoIter<Line>,
    checksum: Checksum,
    current: Vec<u8>,
    done: usize,
}

impl Lines<'_> {
    /// Its length in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its line in the manifest, once it was read to its end.
    pub(super) fn entry(self, path: String) -> Entry {
        Entry {
            path,
            count: self.count,
            bytes: self.bytes,
            sha256: self.checksum.finish(),
            resource_versions: Vec::new(),
        }
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done == self.current.len() {
            let Some(line) = self.rest.next() else {
                return Ok(0);
            };
            read_line(self.file, &line, &mut self.current)?;
            self.current.push(b'\n');
            self.checksum.update(&self.current);
            self.done = 0;
        }
        let piece = &self.current[self.done..];
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        self.done += length;
        Ok(length)
    }
}

fn read_line(file: &mut File, line: &Line, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.resize(line.length, 0);
    file.seek(SeekFrom::Start(line.offset))?;
    file.read_exact(bytes)
}
