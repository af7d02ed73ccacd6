//! The newest backup has to be fresh before a datastore goes: what the policy `backup-fresh` says of the declared backups now.
//! Waivers do not count here, and whether the cluster answers does not matter.

use super::plan::ToDestroy;
use crate::pipeline::ended::Ended;
use crate::pipeline::input::Input;
use crate::pipeline::judge::{Judging, Session, judge, unjudged};
use crate::pipeline::setup::catalogue;
use envcheck_core::findings::{Reading, Verb};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::reference::ACCOUNT_API;
use envcheck_core::plan::Conflict;
use envcheck_core::policy::{Named, Selection};

/// The policy.
const FRESH: &str = "backup-fresh";
const HINT: &str = "make a backup first and look whether it arrived; --without-backup goes on without";

/// What is wrong with the declared backups; nothing where none is declared.
pub(super) fn stale(wanted: &ToDestroy) -> Result<Vec<Conflict>, Ended> {
    let spec = &wanted.spec;
    let declared = spec.environment.spec.digitalocean.as_ref();
    let spaces = declared.and_then(|declared| declared.spaces.as_ref());
    if spaces.is_none_or(|spaces| spaces.backups.is_empty()) {
        return Ok(Vec::new());
    }
    let catalogue = catalogue(true, &[])?;
    let only = Selection {
        only: vec![Named::from(FRESH)],
        ..Selection::default()
    };
    let selected = catalogue.select(&only)?.into_iter().cloned().collect();
    let judging = Judging {
        catalogue,
        selected,
        interrupt: wanted.interrupt.clone(),
        ..unjudged(spec.clone(), wanted.started)
    };
    let session = Session::new(judging, Verb::Audit, true);
    let input = Input::of_account(&session, &wanted.target)?;
    let reading = Reading {
        kind: "account".to_owned(),
        ..Reading::default()
    };
    let assessment = judge(session, input, reading)?;
    let environment = || of_environment(spec.name());
    let conflict = |target: ResourceRef, why: String| Conflict {
        target,
        why,
        hint: HINT.to_owned(),
    };
    let found = assessment
        .findings
        .iter()
        .map(|finding| conflict(finding.resource().clone(), finding.message.clone()));
    let unseen = assessment.not_evaluated.iter().map(|one| {
        let target = one.resource.clone().unwrap_or_else(environment);
        let why = format!(
            "whether the newest backup is fresh is not known: {}: {}",
            one.reason, one.detail
        );
        conflict(target, why)
    });
    let broken = assessment.errors.iter().map(|one| {
        let why = format!(
            "whether the newest backup is fresh could not be judged: {}",
            one.message
        );
        conflict(environment(), why)
    });
    Ok(found.chain(unseen).chain(broken).collect())
}

/// What is said of all backups of an environment.
fn of_environment(name: &str) -> ResourceRef {
    ResourceRef {
        api_version: ACCOUNT_API.to_owned(),
        kind: "Backup".to_owned(),
        namespace: None,
        name: name.to_owned(),
        id: None,
    }
}
