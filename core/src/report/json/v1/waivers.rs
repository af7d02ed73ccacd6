//! Waivers as the report has them.

use super::dto;
use crate::findings::{self, waiver};

pub(super) fn waiver(waiver: &waiver::Waiver) -> dto::Waiver<'_> {
    dto::Waiver {
        source: source(waiver.source),
        reason: &waiver.terms.reason,
        owner: &waiver.terms.owner,
        ticket: waiver.terms.ticket.as_deref(),
        expires: waiver.terms.expires.to_string(),
        state: state(waiver.state),
        days_left: waiver.days_left,
        place: &waiver.place,
    }
}

pub(super) fn result(result: &findings::WaiverResult) -> dto::WaiverResult<'_> {
    let terms = result.terms.as_ref();
    dto::WaiverResult {
        policy: result.policy.as_deref(),
        source: source(result.source),
        state: state(result.state),
        resources: &result.resources,
        reason: terms.map(|terms| terms.reason.as_str()),
        owner: terms.map(|terms| terms.owner.as_str()),
        ticket: terms.and_then(|terms| terms.ticket.as_deref()),
        expires: terms.map(|terms| terms.expires.to_string()),
        days_left: result.days_left,
        place: &result.place,
        problems: result
            .problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect(),
        findings: result.findings,
        not_evaluated: result.not_evaluated,
    }
}

fn source(source: findings::WaiverSource) -> dto::WaiverSource {
    match source {
        findings::WaiverSource::File => dto::WaiverSource::File,
        findings::WaiverSource::Annotation => dto::WaiverSource::Annotation,
        findings::WaiverSource::Comment => dto::WaiverSource::Comment,
    }
}

fn state(state: findings::WaiverState) -> dto::WaiverState {
    match state {
        findings::WaiverState::Active => dto::WaiverState::Active,
        findings::WaiverState::Expiring => dto::WaiverState::Expiring,
        findings::WaiverState::Expired => dto::WaiverState::Expired,
        findings::WaiverState::Unused => dto::WaiverState::Unused,
        findings::WaiverState::Malformed => dto::WaiverState::Malformed,
    }
}
