//! Files, written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Who may read a file that was not there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever may read what the user writes.
    Usual,
    /// The user alone: it may hold secrets.
    Owner,
}

/// Writes through a temporary file beside `path` and renames it, so that no reader and no crash sees half a file.
/// Devices and pipes (`/dev/stdout`, a process substitution) cannot be renamed over and are written directly. A link stays one:
/// what it leads to is written, also where that is not there yet. The permissions of a file that is there stay.
pub fn write_atomically(
    path: &Path,
    readers: Readers,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = io::BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let path = led_to(path)?;
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if path.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no file"));
    }
    let permissions = fs::metadata(&path).ok().map(|metadata| metadata.permissions());
    let mut draft = draft_in(directory, readers, permissions.is_some())?;
    {
        let mut out = io::BufWriter::new(draft.as_file_mut());
        write(&mut out)?;
        out.flush()?;
    }
    if let Some(permissions) = permissions {
        draft.as_file().set_permissions(permissions)?;
    }
    draft.as_file().sync_all()?;
    draft.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// A new file under a name that nobody can guess, which goes away unless it is kept. What takes the place of another file is
/// nobody's to read until it has that one's permissions.
fn draft_in(directory: &Path, readers: Readers, replaces: bool) -> io::Result<tempfile::NamedTempFile> {
    let mut draft = tempfile::Builder::new();
    draft.prefix(".envcheck-");
    #[cfg(unix)]
    if readers == Readers::Usual && !replaces {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes its share.
        draft.permissions(fs::Permissions::from_mode(0o666));
    }
    draft.tempfile_in(directory)
}

/// Where links lead, if only to where nothing is yet.
fn led_to(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new(".")).join(target);
    }
    Err(io::Error::other("its links lead around in a circle"))
}

/// Whether a file of this name stands, were it a link that leads nowhere. Devices and pipes are no files.
pub fn is_taken(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.is_file() || metadata.is_symlink() || metadata.is_dir())
}

/// How a file was rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewritten {
    /// It holds the new content.
    Done,
    /// It did not hold any more what it should: nothing was written.
    Changed,
}

/// Puts new content into a file that holds `before`, whole or not at all. A link stays one, what it leads to is rewritten;
/// permissions stay.
pub fn rewrite(path: &Path, before: &[u8], after: &[u8]) -> io::Result<Rewritten> {
    let real = fs::canonicalize(path)?;
    let directory = real.parent().unwrap_or(Path::new("."));
    let metadata = fs::metadata(&real)?;
    let refused = |words: &str| io::Error::new(io::ErrorKind::PermissionDenied, words.to_owned());
    if metadata.permissions().readonly() {
        return Err(refused("it is read-only"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // A new file would take the place of one of its names only.
        if metadata.nlink() > 1 {
            return Err(refused(
                "it has other names (hard links), which would keep the old text",
            ));
        }
    }
    let permissions = metadata.permissions();
    let mut draft = draft_in(directory, Readers::Usual, true)?;
    draft.write_all(after)?;
    draft.as_file().set_permissions(permissions)?;
    draft.as_file().sync_all()?;
    // As late as can be: what somebody wrote meanwhile is not lost.
    if fs::read(&real)? != before {
        return Ok(Rewritten::Changed);
    }
    draft.persist(&real).map_err(|error| error.error)?;
    Ok(Rewritten::Done)
}

/// Creates a folder with these files, whole or not at all; the folders above it are made as needed. Fails with
/// `AlreadyExists` when something of that name is there.
pub fn create_folder(folder: &Path, files: &[(PathBuf, String)]) -> io::Result<()> {
    let taken = || io::Error::new(io::ErrorKind::AlreadyExists, "it exists already");
    if fs::symlink_metadata(folder).is_ok() {
        return Err(taken());
    }
    let above = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(above)?;
    // Filled under a hidden name, which no reader takes for a policy's.
    let draft = tempfile::Builder::new().prefix(".new-").tempdir_in(above)?;
    let whole = draft.path().join("folder");
    for (name, text) in files {
        let file = whole.join(name);
        fs::create_dir_all(file.parent().unwrap_or(&whole))?;
        fs::write(file, text)?;
    }
    fs::rename(&whole, folder)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn hello(path: &Path) -> io::Result<()> {
        write_atomically(path, Readers::Usual, &mut |out| out.write_all(b"hello"))
    }

    fn mode(path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o777)
    }

    #[test]
    fn permissions_stay_and_secrets_are_the_user_s() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for own in [0o600, 0o640, 0o755] {
            fs::write(at("old"), "old").unwrap();
            fs::set_permissions(at("old"), fs::Permissions::from_mode(own)).unwrap();
            hello(&at("old")).unwrap();
            assert_eq!(mode(&at("old")).unwrap(), own);
            assert_eq!(fs::read_to_string(at("old")).unwrap(), "hello");
        }
        fs::write(at("usual"), "").unwrap();
        hello(&at("new")).unwrap();
        assert_eq!(mode(&at("new")).unwrap(), mode(&at("usual")).unwrap());
        write_atomically(&at("secret"), Readers::Owner, &mut |out| out.write_all(b"hello")).unwrap();
        assert_eq!(mode(&at("secret")).unwrap(), 0o600);
    }

    #[test]
    fn nobody_guesses_where_it_is_written_first_and_nothing_is_left_of_what_fails() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), "mine").unwrap();
        let guessed = at(&format!(".report.{}.tmp", std::process::id()));
        symlink(at("victim"), &guessed).unwrap();
        let mut names: Vec<_> = Vec::new();
        for _ in 0..2 {
            write_atomically(&at("report"), Readers::Usual, &mut |_| {
                let entries = fs::read_dir(folder.path()).unwrap();
                let all = entries.map(|entry| entry.unwrap().path());
                names
                    .extend(all.filter(|path| ![at("victim"), at("report"), guessed.clone()].contains(path)));
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1]);
        assert_eq!(fs::read_to_string(at("victim")).unwrap(), "mine");
        let failed = write_atomically(&at("report"), Readers::Usual, &mut |_| {
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn links_stay_and_what_they_lead_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("below")).unwrap();
        fs::write(at("old"), "old").unwrap();
        for (link, target) in [("a", "old"), ("b", "below/new"), ("c", "b"), ("d", "nowhere/new")] {
            symlink(target, at(link)).unwrap();
        }
        hello(&at("a")).unwrap();
        assert_eq!(fs::read_to_string(at("old")).unwrap(), "hello");
        hello(&at("c")).unwrap();
        assert_eq!(fs::read_to_string(at("below/new")).unwrap(), "hello");
        for link in ["a", "b", "c"] {
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        }
        assert!(hello(&at("d")).is_err(), "its folder is not there");
        symlink("circle", at("circle")).unwrap();
        assert!(hello(&at("circle")).is_err());
        assert_eq!(fs::read_dir(at("below")).unwrap().count(), 1);
    }
}
