//! `cargo xtask gen`: files that are written from the code, so that they cannot disagree with it. `gen --check` says
//! which one does. One line in [`entries`] declares each: where its files go and the function that makes them.

mod reference;
mod schemas;

use crate::{demo, tool};
use std::collections::BTreeSet;
use std::path::Path;

/// A generated file: its path from the repository's root, and its text.
pub(crate) type File = (String, String);

/// Something that is generated.
struct Entry {
    /// Its name on the command line.
    name: &'static str,
    /// How it is made.
    how: How,
}

enum How {
    /// Texts: a folder that holds nothing else (so that old files are found) if there is one, and what makes the files;
    /// none while their source does not exist.
    Texts(Option<&'static str>, fn(&Path) -> Result<Vec<File>, String>),
    /// A part that writes and checks its own files.
    Own(fn(&Path) -> Result<(), String>, fn(&Path) -> Result<(), String>),
}

/// Everything that is generated, in order: later entries may read what earlier ones wrote.
fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "demo",
            how: How::Own(demo::generate, demo::check),
        },
        Entry {
            name: "environment-schema",
            how: How::Texts(Some("environments/schema"), schemas::environment),
        },
        Entry {
            name: "report-schema",
            how: How::Texts(Some("reports/schema"), schemas::report),
        },
        Entry {
            name: "samples",
            how: How::Own(schemas::write_samples, schemas::check_samples),
        },
        Entry {
            name: "policies",
            how: How::Texts(Some("docs/reference/policies"), reference::policies),
        },
        Entry {
            name: "cli",
            how: How::Texts(None, reference::command_line),
        },
        Entry {
            name: "readme",
            how: How::Texts(None, reference::readme),
        },
    ]
}

/// `gen [--check] [NAME…]`.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let named: Vec<&&str> = options.iter().filter(|option| **option != "--check").collect();
    let only_check = named.len() < options.len();
    let mut entries = entries();
    if let Some(unknown) = named
        .iter()
        .find(|name| entries.iter().all(|entry| entry.name != ***name))
    {
        let known: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        return Err(format!(
            "nothing called {unknown} is generated; there are: {}",
            known.join(", ")
        ));
    }
    entries.retain(|entry| named.is_empty() || named.iter().any(|name| **name == entry.name));
    for entry in entries {
        let done = if only_check {
            check_one(root, &entry)
        } else {
            write_one(root, &entry)
        };
        done.map_err(|error| format!("{}: {error}", entry.name))?;
    }
    Ok(())
}

/// One sentence for the first file that is not what would be generated.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    run(root, &["--check"])
}

/// Writes what differs and removes what is no longer generated.
fn write_one(root: &Path, entry: &Entry) -> Result<(), String> {
    let (folder, files) = match entry.how {
        How::Own(write, _) => return write(root),
        How::Texts(folder, render) => (folder, render(root)?),
    };
    for (path, text) in &files {
        if tool::read(&root.join(path)).ok().as_ref() != Some(text) {
            tool::write(&root.join(path), text)?;
            println!("wrote {path}");
        }
    }
    for path in strays(folder, root, &files)? {
        std::fs::remove_file(root.join(&path)).map_err(|error| format!("cannot remove {path}: {error}"))?;
        println!("removed {path}");
    }
    Ok(())
}

fn check_one(root: &Path, entry: &Entry) -> Result<(), String> {
    let (folder, files) = match entry.how {
        How::Own(_, check) => return check(root),
        How::Texts(folder, render) => (folder, render(root)?),
    };
    let mend = "run `cargo xtask gen` and commit the result";
    for (path, text) in &files {
        match std::fs::read_to_string(root.join(path)) {
            Ok(own) if own == *text => {}
            Ok(own) => {
                return Err(format!(
                    "{path} is out of date from line {}: {mend}",
                    first_difference(&own, text)
                ));
            }
            Err(_) => return Err(format!("{path} is missing: {mend}")),
        }
    }
    match strays(folder, root, &files)?.first() {
        Some(path) => Err(format!("{path} is no longer generated: {mend}")),
        None => Ok(()),
    }
}

/// Files in a folder of generated files that are not among them.
fn strays(folder: Option<&str>, root: &Path, files: &[File]) -> Result<Vec<String>, String> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let made: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let there = tool::files_below(&root.join(folder))?;
    Ok(there
        .iter()
        .filter_map(|file| file.strip_prefix(root).ok())
        .map(|file| file.to_string_lossy().replace('\\', "/"))
        .filter(|file| !made.contains(file.as_str()))
        .collect())
}

/// The first line, from 1, in which two texts differ.
fn first_difference(left: &str, right: &str) -> usize {
    let same = left
        .lines()
        .zip(right.lines())
        .take_while(|(left, right)| left == right)
        .count();
    same + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("a\nb\nc", "a\nx\nc"), 2);
        assert_eq!(first_difference("a\n", "a\nb\n"), 2);
    }

    #[test]
    fn files_left_behind_in_an_owned_folder_are_found() {
        let root = std::env::temp_dir().join(format!("envcheck-xtask-{}", std::process::id()));
        tool::write(&root.join("made/old.md"), "").unwrap();
        tool::write(&root.join("made/new.md"), "").unwrap();
        let files = [("made/new.md".to_owned(), String::new())];
        assert_eq!(strays(Some("made"), &root, &files).unwrap(), ["made/old.md"]);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
