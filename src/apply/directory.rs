//! A directory that belongs to envcheck whole: every file in it is one that it wrote, or it is left alone.

use super::files::{Readers, write_atomically};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// So many strange entries are named before looking on is given up: the directory may be anything.
const NAMED: usize = 5;
/// How much of a file is read to see whose it is.
const BEGINNING: u64 = 4096;

/// What a directory holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Our files with their bytes, by their path below the directory, with `/` between its parts.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The first few entries that are not ours: other files, links, devices.
    pub strange: Vec<String>,
}

/// Looks through a directory, which may not exist; `ours` tells a file by how it begins.
pub fn survey(root: &Path, ours: &dyn Fn(&[u8]) -> bool) -> io::Result<Survey> {
    let mut survey = Survey::default();
    match fs::metadata(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(link) = dangling(root) {
                return Err(io::Error::other(link));
            }
        }
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no directory"));
        }
        Ok(_) => below(root, "", ours, &mut survey)?,
    }
    Ok(survey)
}

/// What a link on the way says that leads nowhere: no directory can be made in its place, nor below it.
fn dangling(root: &Path) -> Option<String> {
    let mut ways = root.ancestors();
    let link = ways.find(|way| fs::symlink_metadata(way).is_ok())?;
    if !fs::symlink_metadata(link).ok()?.is_symlink() || fs::metadata(link).is_ok() {
        return None;
    }
    let target = fs::read_link(link).ok()?;
    Some(format!(
        "{} is a link to {}, which does not exist: make that directory, or remove the link",
        link.display(),
        target.display()
    ))
}

/// As deep as the directories are.
fn below(folder: &Path, prefix: &str, ours: &dyn Fn(&[u8]) -> bool, survey: &mut Survey) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if survey.strange.len() >= NAMED {
            return Ok(());
        }
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            below(&entry.path(), &format!("{name}/"), ours, survey)?;
            continue;
        }
        let readable = kind.is_file() && entry.file_name().to_str().is_some();
        match readable.then(|| own(&entry.path(), ours)).transpose()?.flatten() {
            Some(bytes) => {
                survey.files.insert(name, bytes);
            }
            None => survey.strange.push(name),
        }
    }
    Ok(())
}

/// The bytes of a file that is ours.
fn own(path: &Path, ours: &dyn Fn(&[u8]) -> bool) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut bytes)?;
    if !ours(&bytes) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a file below the directory, whole or not at all, with the folders above it as needed.
pub fn write(root: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let file = root.join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    write_atomically(&file, Readers::Usual, &mut |out| out.write_all(bytes))
}

/// Removes a file below the directory, and the folders above it that it leaves empty.
pub fn remove(root: &Path, path: &str) -> io::Result<()> {
    fs::remove_file(root.join(path))?;
    let mut folder = Path::new(path).parent();
    while let Some(inner) = folder.filter(|inner| !inner.as_os_str().is_empty()) {
        if fs::remove_dir(root.join(inner)).is_err() {
            break;
        }
        folder = inner.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(bytes: &[u8]) -> bool {
        bytes.starts_with(b"# ours")
    }

    #[test]
    fn files_are_ours_by_how_they_begin_and_the_rest_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new");
        assert_eq!(survey(&root, &ours).unwrap(), Survey::default());
        write(&root, "a/b/c.yaml", b"# ours\n").unwrap();
        write(&root, "d.yaml", b"# ours too\n").unwrap();
        let found = survey(&root, &ours).unwrap();
        assert_eq!(found.files.keys().collect::<Vec<_>>(), ["a/b/c.yaml", "d.yaml"]);
        assert!(found.strange.is_empty());
        fs::write(root.join("a/theirs.yaml"), "a: 1\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.join("d.yaml"), root.join("link.yaml")).unwrap();
        let found = survey(&root, &ours).unwrap();
        assert_eq!(found.strange[0], "a/theirs.yaml");
        #[cfg(unix)]
        assert_eq!(found.strange[1], "link.yaml");
        remove(&root, "a/b/c.yaml").unwrap();
        assert!(!root.join("a/b").exists() && root.join("a/theirs.yaml").exists());
        assert!(survey(&root.join("d.yaml"), &ours).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_told_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("gone", &link).unwrap();
        for root in [link.clone(), link.join("stage")] {
            let why = survey(&root, &ours).unwrap_err().to_string();
            assert!(
                why.contains("link is a link to gone, which does not exist"),
                "{why}"
            );
        }
        fs::create_dir(folder.path().join("gone")).unwrap();
        for root in [link.clone(), link.join("stage")] {
            assert_eq!(survey(&root, &ours).unwrap(), Survey::default());
        }
    }
}
