//! Policies that the user brings: `.rego` files of a directory, or one file.

use envcheck_core::policy::RegoFile;
use envcheck_core::source::{Diagnostic, SourceText};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the library beside a category or a policy, where there is one.
pub fn library(directory: &Path) -> Option<PathBuf> {
    let beside = ["../lib", "../../lib"].map(|path| directory.join(path));
    beside.into_iter().find(|path| path.is_dir())
}

/// Reads every `.rego` file at or below `path`, in name order. `Err` tells what could not be read.
pub fn read(path: &Path) -> Result<Vec<RegoFile>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => walk(path, &mut files, &mut problems),
        Ok(_) => files.push(path.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => problems.push(
            Diagnostic::new(format!("{} does not exist", path.display()))
                .hint("-p takes a directory of .rego files, or one file"),
        ),
        Err(error) => problems.push(unreadable(path, &error)),
    }
    let mut policies = Vec::new();
    for file in &files {
        match fs::read(file) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => {
                    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
                    policies.push(RegoFile {
                        source: SourceText::new(file.display().to_string(), text),
                    });
                }
                Err(error) => problems.push(Diagnostic::new(format!(
                    "{}: not UTF-8 text (byte {})",
                    file.display(),
                    error.utf8_error().valid_up_to()
                ))),
            },
            Err(error) => problems.push(unreadable(file, &error)),
        }
    }
    if policies.is_empty() && problems.is_empty() {
        problems.push(
            Diagnostic::new(format!("{} holds no .rego file", path.display()))
                .hint("give the directory of the policies"),
        );
    }
    if problems.is_empty() {
        Ok(policies)
    } else {
        Err(problems)
    }
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Diagnostic>) {
    let mut paths: Vec<PathBuf> = match fs::read_dir(directory) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(error) => return problems.push(unreadable(directory, &error)),
    };
    paths.sort();
    for path in paths {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        if path.is_dir() {
            if !hidden && !link {
                walk(&path, files, problems);
            }
        } else if !hidden && path.extension().is_some_and(|kind| kind == "rego") {
            // Nobody would ever write into a pipe that lies among policies.
            match fs::metadata(&path) {
                Ok(metadata) if !metadata.is_file() => problems.push(
                    Diagnostic::new(format!("{} is no plain file", path.display()))
                        .hint("take it out of the directory, or give the policies one by one"),
                ),
                _ => files.push(path),
            }
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let words = match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Diagnostic::new(format!("cannot read {}: {words}", path.display()))
}
