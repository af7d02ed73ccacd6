//! A file with its edits: how it is shown, and how it is written.

use crate::apply::files::{Rewritten, rewrite};
use crate::collect::texts;
use envcheck_core::plan::{Repaired, git_name, masked_diff, text_diff};
use envcheck_core::source::Diagnostic;
use std::path::{Path, PathBuf};

/// A file with its edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Its text as it was read.
    pub before: String,
    /// Its text with all edits.
    pub after: String,
    /// What the edits do, one line each.
    pub summaries: Vec<String>,
    /// The findings that they are for.
    pub repairs: Vec<Repaired>,
    /// It is a kustomization that gets a patch, which was rendered with all other edits done.
    pub(super) patches: bool,
    /// What a patch calls it.
    pub(super) name: String,
    /// It is called so from the root of its repository.
    pub(super) from_root: bool,
}

impl FileEdit {
    /// What differs, as a patch that `git apply` takes.
    pub fn diff(&self) -> String {
        self.heading() + &text_diff(&self.name, &self.before, &self.after)
    }

    /// The same as it may be shown, and how many of its lines are hidden since they may be secret.
    pub fn shown(&self) -> (String, usize) {
        let (lines, hidden) = masked_diff(&self.name, &self.before, &self.after);
        (self.heading() + &lines.join("\n") + "\n", hidden)
    }

    /// Whether lines end otherwise than with a line feed alone: what is shown leaves that out.
    pub fn has_carriage_returns(&self) -> bool {
        self.before.contains('\r')
    }

    /// By which Git knows that a name is meant from the root.
    fn heading(&self) -> String {
        if self.from_root {
            let side = |side: &str| git_name(&format!("{side}/{}", self.name));
            format!("diff --git {} {}\n", side("a").trim_end(), side("b").trim_end())
        } else {
            String::new()
        }
    }
}

/// Writes the edits, each file whole or not at all. A file that was changed since it was read is left as it is. The
/// kustomizations come last, and only with all that they were rendered with.
pub fn write_files(edits: &[FileEdit]) -> Vec<(PathBuf, Result<(), String>)> {
    let (last, first): (Vec<&FileEdit>, Vec<&FileEdit>) = edits.iter().partition(|edit| edit.patches);
    let mut written: Vec<(PathBuf, Result<(), String>)> = Vec::new();
    for edit in first.into_iter().chain(last) {
        let without = written.iter().find(|(_, result)| result.is_err());
        let result = match without.filter(|_| edit.patches) {
            Some((file, _)) => Err(format!(
                "its patch was tried together with the edit of {}, which was not written",
                file.display()
            )),
            None => match rewrite(&edit.path, edit.before.as_bytes(), edit.after.as_bytes()) {
                Ok(Rewritten::Done) => Ok(()),
                Ok(Rewritten::Changed) => Err("it was changed since it was read".to_owned()),
                Err(error) => Err(error.to_string()),
            },
        };
        written.push((edit.path.clone(), result));
    }
    written
}

/// Refuses what cannot be edited in place: standard input and pipes have no file.
pub fn editable(paths: &[String]) -> Result<(), Diagnostic> {
    if let Some(path) = paths.iter().find(|path| texts::is_special(Path::new(path))) {
        let problem = format!("{path} is neither a file nor a directory, and cannot be edited");
        return Err(Diagnostic::new(problem).hint("name files or directories"));
    }
    if paths.iter().any(|path| path == "-") {
        return Err(Diagnostic::new("standard input cannot be edited").hint("name files or directories"));
    }
    Ok(())
}
