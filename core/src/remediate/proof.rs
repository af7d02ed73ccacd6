//! What a rehearsal, or a look afterwards, says of the findings that steps are for.

use crate::findings::Finding;
use crate::plan::Repaired;
use std::collections::BTreeSet;

/// What became of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Those that are no longer there.
    pub gone: Vec<Repaired>,
    /// Those that are, or of which the same policy finds something else about the same thing: it is not yet as it should be.
    pub remaining: Vec<Repaired>,
    /// What was not there before, by policies or about things of which nothing was found.
    pub appeared: Vec<Repaired>,
}

/// Compares findings before and after. `concerned` are those that the steps are for.
pub fn compare<'f>(
    concerned: &[Repaired],
    before: impl Iterator<Item = &'f Finding>,
    after: impl Iterator<Item = &'f Finding>,
) -> Comparison {
    let before: Vec<Repaired> = before.map(Repaired::from).collect();
    let after: Vec<Repaired> = after.map(Repaired::from).collect();
    let known: BTreeSet<&str> = before.iter().map(|one| one.fingerprint.as_str()).collect();
    let there: BTreeSet<&str> = after.iter().map(|one| one.fingerprint.as_str()).collect();
    let about = |one: &Repaired| (one.policy.clone(), one.resource.clone());
    let told: BTreeSet<_> = before.iter().map(about).collect();
    let (other, appeared): (Vec<Repaired>, Vec<Repaired>) = after
        .iter()
        .filter(|one| !known.contains(one.fingerprint.as_str()))
        .cloned()
        .partition(|one| told.contains(&about(one)));
    let other: BTreeSet<_> = other.iter().map(about).collect();
    let (remaining, gone) = concerned
        .iter()
        .cloned()
        .partition(|one| there.contains(one.fingerprint.as_str()) || other.contains(&about(one)));
    Comparison {
        gone,
        remaining,
        appeared,
    }
}
