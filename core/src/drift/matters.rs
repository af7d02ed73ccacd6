//! The policies' view: whether what drifted is against a rule, and whether there is a repair.

use crate::findings::drift::{Drift, Matter};
use crate::findings::{Finding, FixAction};
use crate::inventory::ResourceRef;

/// Adds to what drifted the findings that name it.
pub fn matters(drift: &mut Drift, findings: &[Finding]) {
    for one in &mut drift.things {
        let own = findings
            .iter()
            .filter(|finding| is_same(finding.resource(), &one.target));
        one.matters = own
            .map(|finding| Matter {
                policy: finding.policy.clone(),
                severity: finding.severity,
                message: finding.message.clone(),
                waived: finding.waiver.is_some(),
                repair: finding
                    .fix
                    .as_ref()
                    .is_some_and(|fix| fix.action != FixAction::Instructions),
            })
            .collect();
        one.matters.sort_by(|one, other| {
            (std::cmp::Reverse(one.severity), one).cmp(&(std::cmp::Reverse(other.severity), other))
        });
        one.matters.dedup();
    }
}

/// Versions of an API show the same objects, and a declared thing of the account has no id yet.
fn is_same(one: &ResourceRef, other: &ResourceRef) -> bool {
    let ids = match (&one.id, &other.id) {
        (Some(one), Some(other)) => one == other,
        _ => one.name == other.name,
    };
    ids && one.group() == other.group() && one.kind == other.kind && one.namespace == other.namespace
}
