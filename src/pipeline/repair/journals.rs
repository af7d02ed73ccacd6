//! Where runs are kept, opened.

use crate::apply::journal::{JournalPlace, Journals};
use crate::clients::http::Variables;
use crate::clients::{runtime, spaces};
use crate::collect::secrets::Secrets;
use crate::collect::spaces::key_of_variables;
use envcheck_core::source::Diagnostic;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A run may take hours; each request has its own, shorter time.
const PATIENCE: Duration = Duration::from_hours(24);

/// Opens the journals of a place.
pub(in crate::pipeline) fn opened(place: &JournalPlace) -> Result<Journals, Diagnostic> {
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
