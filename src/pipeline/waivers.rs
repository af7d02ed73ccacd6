//! The waivers of files: for runs, and for looking at them without one.

use super::judge::known;
use crate::collect::waivers::{NoWaivers, read};
use envcheck_core::findings::WaiverResult;
use envcheck_core::findings::waiver::{Waiving, Written, waive};
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::policy::Catalogue;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{InlineWaivers, Spec};
use envcheck_core::value::ValueExt;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Why files give no waivers: all problems at once.
#[derive(Debug)]
pub struct RefusedWaivers {
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// Whether a file cannot be read at all.
    pub unreadable: bool,
}

/// The waivers of the files that the spec names, then those of `more`. A file that cannot be read ends the run: what it says of the gate is not known.
pub fn waivers(spec: Option<&Spec>, more: &[PathBuf]) -> Result<Vec<Written>, RefusedWaivers> {
    let mut files = Vec::new();
    let named = spec.map_or(&[][..], |spec| spec.value.items_at(&["waivers"]));
    for (index, name) in named.iter().enumerate() {
        let path = [PathElement::Key("waivers".to_owned()), PathElement::Index(index)];
        let place = spec.and_then(|spec| spec.place(&FieldPath(path.to_vec())));
        files.extend(name.text().map(|name| (name.to_owned(), place)));
    }
    files.extend(more.iter().map(|file| (file.display().to_string(), None)));
    let mut seen = BTreeSet::new();
    files.retain(|(name, _)| seen.insert(name.clone()));
    let mut waivers = Vec::new();
    let mut refused = RefusedWaivers {
        problems: Vec::new(),
        unreadable: false,
    };
    for (name, place) in files {
        match read(&name, place) {
            Ok(found) => waivers.extend(found),
            Err(NoWaivers::Malformed(found)) => refused.problems.extend(found),
            Err(NoWaivers::Unreadable(problem)) => {
                refused.problems.push(problem);
                refused.unreadable = true;
            }
        }
    }
    if refused.problems.is_empty() {
        Ok(waivers)
    } else {
        Err(refused)
    }
}

/// How waivers stand on a day, whatever they accept.
pub fn judged_waivers(waivers: Vec<Written>, now: Timestamp, catalogue: &Catalogue) -> Vec<WaiverResult> {
    let known = known(catalogue);
    let waiving = Waiving {
        waivers,
        inline: &InlineWaivers::default(),
        now,
        whole: false,
        ran: &BTreeSet::new(),
        known: known.as_deref(),
        origin: &|_| None,
    };
    waive(waiving, &mut [], &mut [], &mut [])
}
