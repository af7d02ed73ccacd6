//! Unpacks a snapshot's archive into a private directory. The archive may come from anywhere: only the format's own files
//! are written, under names that are made here, and within limits.

use super::SnapshotError;
use envcheck_core::inventory::snapshot::{FORMAT_FILE, MANIFEST_FILE, Subject};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::path::Path;
use tar::EntryType;
use tempfile::TempDir;

/// The most that is unpacked, in bytes.
const MOST: u64 = 16 * 1024 * 1024 * 1024;
/// The most that one byte of the archive may become; objects that are much alike reach some hundreds.
const RATIO: u64 = 1000;
/// What any archive may become, whatever the ratio.
const LEAST: u64 = 64 * 1024 * 1024;
/// The most entries, directories and ignored files included.
const ENTRIES: usize = 100_000;
/// The longest path that an extension header may give.
const LONGEST_PATH: u64 = 4096;
/// The most memory that unpacking zstd may take, as a power of two.
const WINDOW: u32 = 27;
/// How zstd's frames begin.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Unpacks the archive of `length` bytes. The directory is removed when it is dropped.
pub(super) fn unpack(file: &Path, length: u64) -> Result<TempDir, SnapshotError> {
    unpack_within(file, length.saturating_mul(RATIO).clamp(LEAST, MOST))
}

fn unpack_within(file: &Path, most: u64) -> Result<TempDir, SnapshotError> {
    let unreadable = |error| SnapshotError::Io {
        file: file.to_owned(),
        error,
    };
    let mut packed = File::open(file).map_err(unreadable)?;
    let mut magic = Vec::new();
    (&mut packed)
        .take(512)
        .read_to_end(&mut magic)
        .map_err(unreadable)?;
    packed.rewind().map_err(unreadable)?;
    let packed: Box<dyn Read> = if magic.starts_with(&ZSTD) {
        let mut decoder = zstd::Decoder::new(packed).map_err(unreadable)?;
        decoder.window_log_max(WINDOW).map_err(unreadable)?;
        Box::new(decoder)
    } else if magic.get(257..262) == Some(b"ustar") {
        Box::new(BufReader::new(packed))
    } else {
        return Err(SnapshotError::NotASnapshot(file.to_owned()));
    };
    let no_room = |error| SnapshotError::NoRoom {
        file: file.to_owned(),
        into: std::env::temp_dir(),
        error,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix("envcheck-snapshot-");
    // For its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let into = builder.tempdir().map_err(no_room)?;
    let limited = Limited { packed, left: most };
    let stop = match entries(limited, into.path()) {
        Ok(()) => return Ok(into),
        Err(stop) => stop,
    };
    Err(match stop {
        Stop::Hostile(why) => SnapshotError::Hostile {
            file: file.to_owned(),
            why,
        },
        Stop::Read(error) if error.get_ref().is_some_and(|inner| inner.is::<Full>()) => {
            SnapshotError::Hostile {
                file: file.to_owned(),
                why: format!("it unpacks to more than {} MiB", most / 1024 / 1024),
            }
        }
        Stop::Read(error) => SnapshotError::Damaged {
            file: file.to_owned(),
            why: match error.kind() {
                io::ErrorKind::UnexpectedEof => "it was cut short".to_owned(),
                _ => error.to_string(),
            },
        },
        Stop::Write(error) => no_room(error),
    })
}

/// What ends the unpacking early.
enum Stop {
    /// The archive holds what no snapshot has.
    Hostile(String),
    /// The archive cannot be read.
    Read(io::Error),
    /// The disk cannot be written.
    Write(io::Error),
}

/// Goes through the entries. Extension headers are read here and not by the library, which would hold any length of them
/// in memory.
fn entries(limited: Limited, into: &Path) -> Result<(), Stop> {
    let mut archive = tar::Archive::new(limited);
    let mut names = Names::default();
    let mut long_name = None;
    for (number, entry) in archive.entries().map_err(Stop::Read)?.raw(true).enumerate() {
        let mut entry = entry.map_err(Stop::Read)?;
        if number >= ENTRIES {
            return Err(Stop::Hostile(format!("it has more than {ENTRIES} entries")));
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                long_name = Some(text(&mut entry)?.trim_end_matches('\0').to_owned());
                continue;
            }
            EntryType::XHeader => {
                long_name = extended_path(&text(&mut entry)?)?.or(long_name);
                continue;
            }
            EntryType::XGlobalHeader => continue,
            _ => {}
        }
        let path = match long_name.take() {
            Some(path) => path,
            None => String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
        };
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
        if !is_file && kind != EntryType::Directory {
            let why = format!(
                "`{}` in it is no plain file but {}",
                path.escape_debug(),
                called(kind)
            );
            return Err(Stop::Hostile(why));
        }
        if let Some(place) = names.place(&path)?.filter(|_| is_file) {
            write(&mut entry, &into.join(place))?;
        }
    }
    // To the end, where the checksum stands.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(Stop::Read)?;
    Ok(())
}

/// The names that were met.
#[derive(Default)]
struct Names {
    /// The folder around the snapshot, empty when there is none.
    around: Option<String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// Where an entry belongs in the snapshot; `None` for what is no part of the format, which is ignored as in a directory.
    fn place(&mut self, path: &str) -> Result<Option<String>, Stop> {
        let hostile = |why: &str| Err(Stop::Hostile(format!("`{}` in it {why}", path.escape_debug())));
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return hostile("leads outside");
        }
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        let known =
            |path: &str| path == FORMAT_FILE || path == MANIFEST_FILE || Subject::from_path(path).is_some();
        let whole = parts.join("/");
        let (around, place) = if known(&whole) {
            ("", whole)
        } else {
            match parts.split_first() {
                Some((around, rest)) if known(&rest.join("/")) => (*around, rest.join("/")),
                _ => return Ok(None),
            }
        };
        match &self.around {
            None => self.around = Some(around.to_owned()),
            Some(before) if before != around => {
                return hostile("belongs to another snapshot than the files before it");
            }
            Some(_) => {}
        }
        if !self.taken.insert(place.clone()) {
            return hostile("stands there twice");
        }
        Ok(Some(place))
    }
}

/// Writes a file below the private directory; its path is one of the format's.
fn write(content: &mut dyn Read, path: &Path) -> Result<(), Stop> {
    if let Some(around) = path.parent() {
        fs::create_dir_all(around).map_err(Stop::Write)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = options.open(path).map_err(Stop::Write)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => file.write_all(&buffer[..read]).map_err(Stop::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Stop::Read(error)),
        }
    }
}

/// The text of an extension header.
fn text(content: &mut dyn Read) -> Result<String, Stop> {
    let mut bytes = Vec::new();
    content
        .take(LONGEST_PATH * 4 + 1)
        .read_to_end(&mut bytes)
        .map_err(Stop::Read)?;
    if bytes.len() as u64 > LONGEST_PATH * 4 {
        return Err(Stop::Hostile("a header in it is far too long".to_owned()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The path in an extended header's lines `LENGTH KEY=VALUE`. One that gives another size than the entry's own header would
/// make this read something else than other programs do.
fn extended_path(text: &str) -> Result<Option<String>, Stop> {
    let mut path = None;
    let mut rest = text;
    while let Some((length, _)) = rest.split_once(' ') {
        let Some(line) = length.parse().ok().and_then(|length: usize| rest.get(..length)) else {
            break;
        };
        if line.is_empty() {
            break;
        }
        rest = &rest[line.len()..];
        let (key, value) = line[length.len().min(line.len())..]
            .trim_start_matches(' ')
            .trim_end_matches('\n')
            .split_once('=')
            .unwrap_or_default();
        match key {
            "path" => path = Some(value.to_owned()),
            "size" | "linkpath" => {
                return Err(Stop::Hostile(format!("a header in it gives a {key} of its own")));
            }
            _ => {}
        }
    }
    Ok(path)
}

fn called(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        _ => "something else",
    }
}

/// Stops a reader that goes on too long.
struct Limited {
    packed: Box<dyn Read>,
    left: u64,
}

/// More was unpacked than is allowed.
#[derive(Debug, thiserror::Error)]
#[error("too much was unpacked")]
struct Full;

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.packed.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Full))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_unpacked_is_its_owners_alone_and_goes_with_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("x.tar");
        let mut builder = tar::Builder::new(File::create(&file).unwrap());
        let mut header = tar::Header::new_ustar();
        header.set_size(2);
        header.set_mode(0o4777);
        builder.append_data(&mut header, FORMAT_FILE, &b"{}"[..]).unwrap();
        builder.finish().unwrap();

        let unpacked = unpack(&file, 1).unwrap();
        let place = unpacked.path().to_owned();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&place) & 0o7777, 0o700);
        assert_eq!(mode(&place.join(FORMAT_FILE)) & 0o7111, 0);
        drop(unpacked);
        assert!(!place.exists());
    }

    #[test]
    fn more_than_the_limit_is_refused_even_where_it_is_ignored() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("x.tar");
        let mut builder = tar::Builder::new(File::create(&file).unwrap());
        let mut header = tar::Header::new_ustar();
        header.set_size(100_000);
        builder
            .append_data(&mut header, "README", io::repeat(b'x').take(100_000))
            .unwrap();
        builder.finish().unwrap();
        assert!(unpack_within(&file, 200_000).is_ok());
        assert!(matches!(
            unpack_within(&file, 50_000),
            Err(SnapshotError::Hostile { .. })
        ));
    }
}
