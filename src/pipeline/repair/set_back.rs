//! What was made from the spec and is not any more as it is declared, though no policy minds: by drift's own comparison, so that what
//! the spec overlooks stays.

use super::hand::Hand;
use super::plan::Repairing;
use crate::pipeline::ended::Ended;
use envcheck_core::drift::{Found, Rules, Said, THE_SPEC, Thing};
use envcheck_core::findings::drift::Side;
use envcheck_core::findings::{Finding, FixAction};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, meaning};
use envcheck_core::provision::elsewhere::is_marked;
use envcheck_core::provision::objects::{self, ENVIRONMENT_LABEL, MANAGED_BY_LABEL, without_marks};
use envcheck_core::remediate::{Fields, is_set_back, set_back};
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is not as it is declared.
#[derive(Debug, Default)]
pub(super) struct Drifted {
    /// What is to be put back, and what of it stays as somebody applied it.
    pub(super) findings: Vec<Finding>,
    /// What would put NetworkPolicies back, whoever applied what is there.
    pub(super) wished: Vec<Deed>,
    /// What could not be looked at.
    pub(super) unknown: Vec<String>,
}

/// What is to be put back, beside what these findings repair. What somebody accepted stays.
pub(super) fn drifted(
    repairing: &Repairing,
    hand: &Hand,
    wanted: &[&Finding],
    accepted: &[&Finding],
) -> Result<Drifted, Ended> {
    let spec = repairing.spec()?;
    let mut repaired: BTreeMap<ResourceRef, Vec<Deed>> = BTreeMap::new();
    let own = wanted.iter().filter_map(|finding| repairs(finding));
    let own = own.filter(|deed| !first(&deed.target));
    for deed in own.chain(accepted.iter().filter_map(|finding| repairs(finding))) {
        repaired.entry(deed.target.clone()).or_default().push(deed);
    }
    let mut desired = objects::own(spec);
    desired.retain(|one| {
        let target = &one.reference;
        is_set_back(target) && is_within(target, repairing)
    });
    let targets: Vec<ResourceRef> = desired.iter().map(|one| one.reference.clone()).collect();
    let looked = hand.look(&targets, &[]);
    let scaled = BTreeMap::new();
    let rules = Rules {
        declared: &spec.environment.spec.drift.ignore_differences,
        applications: &[],
        scaled: &scaled,
        marks: &[ENVIRONMENT_LABEL, MANAGED_BY_LABEL],
        one_key: true,
    };
    let mut all = Drifted::default();
    for one in &desired {
        let live = looked.objects.get(&one.reference);
        // What others made under that name is theirs.
        let Some(live) = live.filter(|live| is_marked(live, spec.name())) else {
            continue;
        };
        let declared = without_marks(&one.value);
        let (told, looked_at) = told(&one.reference, &declared, live, &rules);
        let fields = Fields {
            told: &told,
            looked_at: &looked_at,
            repaired: repaired.get(&one.reference).map_or(&[], Vec::as_slice),
        };
        let back = |live: &Value| set_back(spec.name(), &one.reference, &declared, live, fields);
        if first(&one.reference) {
            all.wished.extend(back(&meaning(live)).iter().filter_map(repairs));
        }
        all.findings.extend(back(live));
    }
    let unread = looked.unread.iter();
    let notes =
        unread.map(|(target, why)| format!("whether {target} is as it is declared is not known: {why}"));
    all.unknown.extend(notes);
    Ok(all)
}

/// Whether it is put back before anything else is considered: what a policy would add to NetworkPolicies so that the declared ones
/// are not missed is not wanted once these are back. For others, as levels of Pod Security, the policies know the order.
pub(super) fn first(target: &ResourceRef) -> bool {
    target.kind == "NetworkPolicy"
}

/// What a finding's fix does.
pub(super) fn repairs(finding: &Finding) -> Option<Deed> {
    let fix = finding
        .fix
        .as_ref()
        .filter(|fix| fix.action != FixAction::Instructions)?;
    Deed::of(fix, finding.resource()).ok()
}

/// Whether the command line asks for it.
fn is_within(target: &ResourceRef, repairing: &Repairing) -> bool {
    repairing.namespace.as_deref().is_none_or(|namespace| {
        target.namespace.as_deref() == Some(namespace)
            || target.kind == "Namespace" && target.name == namespace
    })
}

/// The fields that are declared otherwise, and that nobody overlooks; and all that nobody overlooks.
fn told(
    target: &ResourceRef,
    declared: &Value,
    live: &Value,
    rules: &Rules<'_>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let thing = Thing {
        target: target.clone(),
        declared: Some(Said {
            value: declared.clone(),
            place: THE_SPEC.to_owned(),
        }),
        committed: None,
        live: Found::There(live.clone()),
        applied: None,
    };
    let drifted = thing.compared(rules).drifted.into_iter();
    let differences: Vec<_> = drifted.flat_map(|drifted| drifted.differences).collect();
    let said = differences.iter().filter(|one| one.declared != Side::Silent);
    let told = said.map(|one| one.path.clone()).collect();
    (told, differences.into_iter().map(|one| one.path).collect())
}
