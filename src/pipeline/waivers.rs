//! The waivers of files: for runs, and for looking at them without one.

use crate::collect::waivers::{NoWaivers, read};
use envcheck_core::evaluate::{Conclusion, EvaluationPlan, Run};
use envcheck_core::findings::waiver::{Waiving, Written, waive};
use envcheck_core::findings::{Coverage, WaiverResult};
use envcheck_core::inventory::Inventory;
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::policy::Catalogue;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{InlineWaivers, Spec};
use envcheck_core::value::ValueExt;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

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
    waive(&waiving, &mut [], &mut [], &mut [])
}

/// Holds all waivers against what was concluded; coverage then leaves out what they accept.
pub(super) fn held(
    waivers: Vec<Written>,
    conclusion: &mut Conclusion,
    spec: Option<&Spec>,
    catalogue: &Catalogue,
    plan: &EvaluationPlan,
    run: &Run,
    inventory: &Inventory,
) -> Vec<WaiverResult> {
    let ran = plan.policies.iter().filter(|planned| planned.not_run.is_none());
    let ran = ran.map(|planned| Arc::clone(&planned.policy.id)).collect();
    let known = known(catalogue);
    let waiving = Waiving {
        waivers,
        inline: &spec.map_or_else(InlineWaivers::default, |spec| {
            spec.environment.spec.policies.inline_waivers.clone()
        }),
        now: run.now,
        whole: run.complete,
        ran: &ran,
        known: known.as_deref(),
        origin: &|resource| inventory.origin(resource).cloned(),
    };
    let results = waive(
        &waiving,
        &mut conclusion.findings,
        &mut conclusion.not_evaluated,
        &mut conclusion.policies,
    );
    conclusion.coverage = Coverage::of_policies(&conclusion.policies);
    results
}

/// The ids of all policies; `None` when the built-in ones were not read.
fn known(catalogue: &Catalogue) -> Option<Vec<&str>> {
    let policies = catalogue.policies();
    let read = policies.iter().any(|policy| !policy.is_foreign());
    let ids = policies.iter().map(|policy| policy.id.as_ref());
    read.then(|| ids.collect())
}
