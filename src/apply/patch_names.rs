//! How the files of a patch are called, so that `git apply` finds them: from where it is called, or from the root of the
//! repository.

use std::path::{Path, PathBuf};

/// Where a patch can be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// Here.
    Here,
    /// At the root of this repository: it changes what is not below the current directory.
    At(PathBuf),
    /// Nowhere: these files lie in no repository of ours.
    Nowhere,
}

/// The names of these files in one patch, and where that can be applied.
pub fn named(files: &[&Path]) -> (Vec<String>, Applied) {
    let Ok(here) = std::env::current_dir().and_then(|here| here.canonicalize()) else {
        let names = files.iter().map(|file| file.display().to_string());
        return (names.collect(), Applied::Nowhere);
    };
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    let places: Vec<PathBuf> = files.iter().map(|file| place(&here, file)).collect();
    let (from, applied) = match root {
        _ if places.iter().all(|place| place.starts_with(&here)) => (here.as_path(), Applied::Here),
        Some(root) if places.iter().all(|place| place.starts_with(root)) => {
            (root, Applied::At(root.to_owned()))
        }
        _ => (Path::new("/"), Applied::Nowhere),
    };
    let names = places
        .iter()
        .map(|place| place.strip_prefix(from).unwrap_or(place).display().to_string());
    (names.collect(), applied)
}

/// Where a file is. Git patches no link: what it leads to is what is edited.
fn place(here: &Path, path: &Path) -> PathBuf {
    let whole = here.join(path);
    whole.canonicalize().unwrap_or(whole)
}
