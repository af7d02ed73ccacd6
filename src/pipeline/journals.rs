//! Where runs are kept: opened, and begun.

use super::ended::Ended;
use super::live::random_key;
use crate::apply::journal::Journal;
use crate::apply::journal::{JournalPlace, Journals};
use crate::clients::http::Variables;
use crate::clients::{runtime, spaces};
use crate::collect::secrets::Secrets;
use crate::collect::spaces::key_of_variables;
use envcheck_core::plan::journal::Head;
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A run may take hours; each request has its own, shorter time.
const PATIENCE: Duration = Duration::from_hours(24);

/// Opens the journals of a place.
pub(super) fn opened(place: &JournalPlace) -> Result<Journals, Diagnostic> {
    let (bucket, prefix, region) = match place {
        JournalPlace::Folder(folder) => return Ok(Journals::on_disk(folder.clone())),
        JournalPlace::Bucket {
            bucket,
            prefix,
            region,
        } => (bucket, prefix, region),
    };
    let variables = Variables::real();
    let endpoint = variables.text(&["SPACES_ENDPOINT_URL"]);
    let region = region.clone().or_else(|| endpoint.as_deref().map(region_of));
    let region = region.ok_or_else(|| {
        Diagnostic::new(format!("the region of {place} is not known")).hint(format!("{place}?region=fra1"))
    })?;
    let key = key_of_variables(&Secrets::new(variables.clone(), false)).ok_or_else(|| {
        Diagnostic::new(format!("there is no key for {place}"))
            .hint("export SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY")
    })??;
    let access = spaces::Access {
        region,
        endpoint,
        key,
    };
    // What was done has to be told also when the run is interrupted: it has a token of its own.
    let budget = spaces::Budget::until(Instant::now() + PATIENCE, CancellationToken::new());
    let spaces = spaces::connect(&access, budget, &variables)?;
    Ok(Journals::in_bucket(spaces, bucket, prefix))
}

/// `https://fra1.digitaloceanspaces.com` is in `fra1`.
fn region_of(endpoint: &str) -> String {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let first = host.split(['.', ':', '/']).next().unwrap_or(host);
    first.to_owned()
}

/// Threads for asking where no cluster is open.
pub(super) fn threads() -> Result<Runtime, Diagnostic> {
    runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for the journal: {error}")))
}

/// Begins the journal of a run. Nothing was done yet where it cannot be: `nothing` says so, as `nothing was changed`.
pub(super) async fn begun(place: &JournalPlace, head: &Head, nothing: &str) -> Result<Journal, Diagnostic> {
    let begun = opened(place)?.begin(head).await;
    begun.map_err(|error| {
        Diagnostic::new(format!(
            "{nothing}: the journal cannot be written below {place}: {error}"
        ))
        .hint("name another place: --journal PLACE")
    })
}

/// `2026-11-23T03-00-00Z-9f3a`: sorts by time, and two runs of one second differ.
pub(super) fn run_name(now: Timestamp) -> Result<String, Ended> {
    let key = random_key()?;
    let second = now.strftime("%Y-%m-%dT%H-%M-%SZ");
    Ok(format!("{second}-{:02x}{:02x}", key[0], key[1]))
}
