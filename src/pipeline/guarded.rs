//! One writer for each environment, as long as no cluster holds its Lease: the lock beside the journals, taken before anything and
//! renewed as long as the run goes on.

use super::ended::Ended;
use super::journals::opened;
use super::live::random_key;
use crate::apply::journal::{JournalPlace, Lock, NotLocked};
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::fmt::Write as _;

/// Takes the lock of an environment for a run. `nothing` was done where somebody else has it, as `nothing was made`.
pub(super) async fn locked(
    place: &JournalPlace,
    environment: &str,
    run: &str,
    now: Timestamp,
    nothing: &str,
) -> Result<Lock, Ended> {
    let key = random_key()?;
    let token = key.iter().take(8).fold(String::new(), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    });
    let taken = opened(place)?.lock(environment, run, &token, now).await;
    taken.map_err(|why| {
        let hint = match why {
            NotLocked::Taken(_) => {
                "wait until the other run has ended; a lock in a bucket that nobody renews is free after five minutes"
            }
            NotLocked::Unknown(_) => "the lock lies beside the journals: see that their place can be read and written",
        };
        Diagnostic::new(format!("{nothing}: {why}")).hint(hint).into()
    })
}
