//! Programs of other ecosystems, installed below `target/fakes` from lists that the repository pins.

use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something that is installed: where from, where to, and whether that is done.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The folder of the pinned lists.
    from: PathBuf,
    /// The folder that it is installed to.
    pub(crate) to: PathBuf,
    /// The files that say which versions.
    pinned: &'static [&'static str],
}

impl Place {
    pub(crate) fn new(root: &Path, name: &str, pinned: &'static [&'static str]) -> Self {
        Self {
            from: root.join("tests/fakes").join(name),
            to: root.join("target/fakes").join(name),
            pinned,
        }
    }

    fn stamp_file(&self) -> PathBuf {
        self.to.join("installed-from")
    }

    fn stamp(&self) -> Result<String, String> {
        let mut hash = Sha256::new();
        for name in self.pinned {
            let file = self.from.join(name);
            let bytes =
                std::fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            hash.update(bytes);
        }
        Ok(format!("{:x}\n", hash.finalize()))
    }

    /// Whether what is there was installed from the present lists.
    pub(crate) fn is_current(&self) -> bool {
        let stamp = std::fs::read_to_string(self.stamp_file());
        stamp.is_ok_and(|own| self.stamp().is_ok_and(|wanted| wanted == own))
    }

    /// Installs with `with`, which is given the folder that holds copies of the lists, unless it is there already. One
    /// process installs at a time.
    pub(crate) fn install(&self, with: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
        let failed = |what: &Path, error| format!("cannot write {}: {error}", what.display());
        std::fs::create_dir_all(&self.to).map_err(|error| failed(&self.to, error))?;
        let path = self.to.join("lock");
        let lock = File::create(&path).map_err(|error| failed(&path, error))?;
        lock.lock().map_err(|error| failed(&path, error))?;
        if self.is_current() {
            return Ok(());
        }
        let stamp = self.stamp()?;
        let file = self.stamp_file();
        if file.exists() {
            std::fs::remove_file(&file).map_err(|error| failed(&file, error))?;
        }
        for name in self.pinned {
            let copy = self.to.join(name);
            std::fs::copy(self.from.join(name), &copy).map_err(|error| failed(&copy, error))?;
        }
        with(&self.to)?;
        std::fs::write(&file, stamp).map_err(|error| failed(&file, error))
    }
}

/// Runs a program to its end; what it said when it failed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
    Err(format!("{name} failed ({}): {}", output.status, last.join("; ")))
}

/// A program in PATH.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    in_folders(std::env::var_os("PATH").as_deref(), name)
}

fn in_folders(path: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_installed_counts_until_its_list_changes() {
        let root = tempfile::tempdir().unwrap();
        let list = root.path().join("tests/fakes/thing/list");
        std::fs::create_dir_all(list.parent().unwrap()).unwrap();
        std::fs::write(&list, "one").unwrap();
        let place = Place::new(root.path(), "thing", &["list"]);
        assert!(!place.is_current());
        let reason = place.install(|_| Err("no network".to_owned())).unwrap_err();
        assert_eq!(reason, "no network");
        assert!(!place.is_current());
        place
            .install(|to| {
                assert_eq!(std::fs::read_to_string(to.join("list")).unwrap(), "one");
                Ok(())
            })
            .unwrap();
        place.install(|_| panic!("it is there")).unwrap();
        std::fs::write(&list, "two").unwrap();
        assert!(!place.is_current());
    }

    #[test]
    fn a_failed_program_is_quoted() {
        let reason = run(Command::new("sh").args(["-c", "echo it broke >&2; exit 3"])).unwrap_err();
        assert!(reason.contains("it broke"), "{reason}");
        assert_eq!(in_folders(None, "sh"), None);
    }
}
