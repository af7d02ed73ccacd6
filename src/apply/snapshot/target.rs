//! What the files of a capture go into: a directory, or an archive whose bytes depend on nothing but them.

use super::place::{Place, sync_directory};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How hard zstd tries: its own default.
const LEVEL: i32 = 3;

type Archive = tar::Builder<zstd::Encoder<'static, BufWriter<File>>>;

/// An open directory or archive.
pub(super) enum Target {
    /// Files in directories.
    Directory {
        root: PathBuf,
        /// The directories below it that were made.
        made: BTreeSet<PathBuf>,
    },
    /// One file for all.
    Archive {
        archive: Box<Archive>,
        /// The time that every file in it bears: the capture's, in seconds since 1970.
        time: u64,
    },
}

impl Target {
    /// A new one in the temporary place.
    pub(super) fn open(place: &Place, captured_at: Timestamp) -> io::Result<Self> {
        let root = place.made();
        if !place.is_archive() {
            make_directory(&root)?;
            return Ok(Self::Directory {
                root,
                made: BTreeSet::new(),
            });
        }
        let mut packed = zstd::Encoder::new(BufWriter::new(create(&root)?), LEVEL)?;
        packed.include_checksum(true)?;
        Ok(Self::Archive {
            archive: Box::new(tar::Builder::new(packed)),
            time: u64::try_from(captured_at.as_second()).unwrap_or_default(),
        })
    }

    /// Adds a file of `length` bytes. In an archive files follow one another as they are added.
    pub(super) fn add(&mut self, path: &str, length: u64, content: &mut dyn Read) -> io::Result<()> {
        match self {
            Self::Directory { root, made } => {
                let file = root.join(path);
                if let Some(around) = Path::new(path).parent() {
                    make_below(root, around, made)?;
                }
                let mut out = BufWriter::new(create(&file)?);
                let written = io::copy(content, &mut out)?;
                out.flush()?;
                out.get_ref().sync_all()?;
                same_length(written, length)
            }
            Self::Archive { archive, time } => {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(tar::EntryType::Regular);
                header.set_size(length);
                header.set_mode(0o644);
                header.set_uid(0);
                header.set_gid(0);
                header.set_mtime(*time);
                let mut counted = Counted { content, read: 0 };
                archive.append_data(&mut header, path, &mut counted)?;
                same_length(counted.read, length)
            }
        }
    }

    /// Makes everything durable.
    pub(super) fn close(self) -> io::Result<()> {
        match self {
            Self::Directory { root, made } => {
                for directory in made.iter().rev() {
                    sync_directory(&root.join(directory))?;
                }
                sync_directory(&root)
            }
            Self::Archive { archive, .. } => {
                let mut file = archive.into_inner()?.finish()?;
                file.flush()?;
                file.get_ref().sync_all()
            }
        }
    }
}

/// Counts what is read, since tar pads what is short without a word.
struct Counted<'a> {
    content: &'a mut dyn Read,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

fn same_length(found: u64, expected: u64) -> io::Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "{found} bytes came where {expected} were announced"
        )))
    }
}

/// Makes a file that only its owner may read: a capture is an inventory of an environment.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Makes the directories of a relative path that were not made yet.
fn make_below(root: &Path, path: &Path, made: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    let mut below = PathBuf::new();
    for part in path.components() {
        below.push(part);
        if !made.contains(&below) {
            make_directory(&root.join(&below))?;
            made.insert(below.clone());
        }
    }
    Ok(())
}
