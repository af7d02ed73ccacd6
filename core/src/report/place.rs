//! Where a finding is, in the words all renderers share: the file as the user can open it.

use crate::findings::{Assessment, Finding, Location};
use crate::inventory::Origin;
use std::borrow::Cow;

/// The file of a finding's location, joined with the snapshot's folder when it is a snapshot's line.
pub(super) fn file<'a>(assessment: &Assessment, finding: &Finding, location: &'a Location) -> Cow<'a, str> {
    let reading = &assessment.reading;
    match (&finding.origin, reading.from.as_slice()) {
        (Origin::Snapshot { .. }, [folder]) if reading.kind == "snapshot" => {
            Cow::Owned(format!("{}/{}", folder.trim_end_matches('/'), location.file))
        }
        _ => Cow::Borrowed(&location.file),
    }
}

/// `file:line:column`, or `file:line` for a snapshot, whose lines are whole objects.
pub(super) fn words(assessment: &Assessment, finding: &Finding, location: &Location) -> String {
    let file = file(assessment, finding, location);
    match &location.place {
        Some(_) => format!("{file}:{}:{}", location.line, location.column),
        None => format!("{file}:{}", location.line),
    }
}

/// True when the text around the finding may hold what nobody should read in a log.
pub(super) fn is_secret(finding: &Finding) -> bool {
    finding.resource().kind == "Secret"
}
