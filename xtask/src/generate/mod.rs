//! `cargo xtask gen`: files that are written from the code, so that they cannot disagree with it. `gen --check` says
//! which one does. One line in [`entries`] declares each.

mod reference;

use crate::tool;
use std::collections::BTreeSet;
use std::path::Path;

/// A generated file: its path from the repository's root, and its text.
pub(crate) type File = (String, String);

/// Something that is generated.
struct Entry {
    /// What it is, for messages.
    about: &'static str,
    /// A folder that holds nothing but these files, so that old ones are found.
    owns: Option<&'static str>,
    /// Makes the files; none while their source does not exist.
    render: fn(&Path) -> Result<Vec<File>, String>,
}

/// Everything that is generated, in order: later entries may read what earlier ones wrote.
fn entries() -> Vec<Entry> {
    vec![
        Entry {
            about: "command line reference",
            owns: None,
            render: reference::command_line,
        },
        Entry {
            about: "picture in the README",
            owns: None,
            render: reference::readme,
        },
    ]
}

/// Writes what differs and removes what is no longer generated.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    for entry in entries() {
        let files = rendered(&entry, root)?;
        for (path, text) in &files {
            if tool::read(&root.join(path)).ok().as_ref() != Some(text) {
                tool::write(&root.join(path), text)?;
                println!("wrote {path}");
            }
        }
        for path in strays(&entry, root, &files)? {
            std::fs::remove_file(root.join(&path))
                .map_err(|error| format!("cannot remove {path}: {error}"))?;
            println!("removed {path}");
        }
    }
    Ok(())
}

/// One sentence for the first file that is not what would be generated.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    for entry in entries() {
        let files = rendered(&entry, root)?;
        for (path, text) in &files {
            let sentence = match std::fs::read_to_string(root.join(path)) {
                Ok(own) if own == *text => continue,
                Ok(own) => format!("{path} is out of date (line {})", first_difference(&own, text)),
                Err(_) => format!("{path} is missing"),
            };
            return Err(format!("{sentence}: run `cargo xtask gen` and commit the result"));
        }
        if let Some(path) = strays(&entry, root, &files)?.first() {
            return Err(format!(
                "{path} is no longer generated: run `cargo xtask gen` and commit the result"
            ));
        }
    }
    Ok(())
}

fn rendered(entry: &Entry, root: &Path) -> Result<Vec<File>, String> {
    (entry.render)(root).map_err(|error| format!("{}: {error}", entry.about))
}

/// Files in the entry's own folder that it does not generate.
fn strays(entry: &Entry, root: &Path, files: &[File]) -> Result<Vec<String>, String> {
    let Some(folder) = entry.owns else {
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
        let entry = Entry {
            about: "test",
            owns: Some("made"),
            render: |_| Ok(Vec::new()),
        };
        let files = [("made/new.md".to_owned(), String::new())];
        assert_eq!(strays(&entry, &root, &files).unwrap(), ["made/old.md"]);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
