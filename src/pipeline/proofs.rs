//! What the journals of earlier runs prove of an environment.

use super::repair::{Remembered, runs};
use crate::apply::journal::JournalPlace;
use envcheck_core::provision::Proofs;
use envcheck_core::source::Diagnostic;

/// What the journals prove, and those that could not be read: each run and why.
pub(super) fn proofs(
    place: &JournalPlace,
    environment: &str,
) -> Result<(Proofs, Vec<(String, String)>), Diagnostic> {
    let mut proofs = Proofs::of(environment);
    let mut unread = Vec::new();
    for Remembered {
        name: run, journal, ..
    } in runs(place)?
    {
        match journal {
            Ok(journal) => proofs.add(&journal),
            Err(why) => unread.push((run, why)),
        }
    }
    Ok((proofs, unread))
}
