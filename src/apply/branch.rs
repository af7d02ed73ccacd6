//! Edits of files of a repository as a commit on a branch of its own. Nothing that is there moves.

use crate::clients::ProgramError;
use crate::clients::git::{Entry, Repository};
use std::path::Path;

/// A file with its new content.
pub type NewContent<'a> = (&'a Entry, &'a [u8]);

/// Where the branch goes.
#[derive(Debug, Clone, Copy)]
pub enum Where<'a> {
    /// Into the repository itself.
    Here,
    /// To this address, from which it was fetched.
    There(&'a str),
}

/// Commits on top of `parent` and makes the branch, which must not be there yet. Returns the commit.
pub async fn commit(
    repository: &Repository,
    parent: &str,
    files: &[NewContent<'_>],
    message: &str,
    branch: (&str, Where<'_>),
    scratch: &Path,
) -> Result<String, ProgramError> {
    let commit = repository
        .commit(parent, files, message, &scratch.join("index"))
        .await?;
    let (name, place) = branch;
    match place {
        Where::Here => repository.make_branch(name, &commit).await?,
        Where::There(address) => repository.push(address, name, &commit).await?,
    }
    Ok(commit)
}
