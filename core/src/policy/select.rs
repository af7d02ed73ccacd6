//! Which policies of the catalogue a run asks for.

use super::catalogue::Catalogue;
use super::{Policy, suggest};
use crate::source::{Diagnostic, Place};
use std::collections::BTreeSet;

/// The bundles that exist even when no policy of the catalogue is in them.
const BUNDLES: [&str; 8] = [
    "environment",
    "hygiene",
    "pod-security-baseline",
    "pod-security-restricted",
    "clusterlint",
    "rbac",
    "cis",
    "none",
];

/// A name that someone wrote, and where when it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it was written; `None` for the command line.
    pub place: Option<Place>,
}

impl From<&str> for Named {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: None,
        }
    }
}

/// What a run asks for. Foreign policies are always asked for, unless `only` names others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Bundles of built-in policies; `none` is the empty one.
    pub bundles: Vec<Named>,
    /// When not empty: exactly these ids, whatever their bundles.
    pub only: Vec<Named>,
    /// Not these ids.
    pub skip: Vec<Named>,
    /// Not these ids, by the spec.
    pub disabled: Vec<Named>,
}

impl Catalogue {
    /// The policies that a selection asks for, sorted by id; the error names every unknown id and bundle.
    pub fn select(&self, selection: &Selection) -> Result<Vec<&Policy>, Vec<Diagnostic>> {
        let ids: BTreeSet<&str> = self.policies().iter().map(|policy| policy.id.as_ref()).collect();
        let bundles = self.bundles();
        let mut problems = Vec::new();
        for named in selection
            .only
            .iter()
            .chain(&selection.skip)
            .chain(&selection.disabled)
        {
            // A policy that may not be loaded is known all the same: its rejection says the rest.
            if !ids.contains(named.name.as_str()) && !self.rejected_ids().contains(&named.name) {
                problems.push(unknown(named, "policy", &ids, "`envcheck policy list` shows all"));
            }
        }
        for named in &selection.bundles {
            if !bundles.contains(named.name.as_str()) {
                let all = bundles.iter().copied().collect::<Vec<_>>().join(", ");
                problems.push(unknown(named, "bundle", &bundles, &format!("bundles are {all}")));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let has = |list: &[Named], id: &str| list.iter().any(|named| named.name == id);
        Ok(self
            .policies()
            .iter()
            .filter(|policy| {
                let asked = if selection.only.is_empty() {
                    policy.is_foreign()
                        || policy
                            .bundles
                            .iter()
                            .any(|bundle| has(&selection.bundles, bundle))
                } else {
                    has(&selection.only, &policy.id)
                };
                asked && !has(&selection.skip, &policy.id) && !has(&selection.disabled, &policy.id)
            })
            .collect())
    }

    /// The names of all bundles.
    pub fn bundles(&self) -> BTreeSet<&str> {
        let declared = self.policies().iter().flat_map(|policy| &policy.bundles);
        declared.map(String::as_str).chain(BUNDLES).collect()
    }
}

fn unknown(named: &Named, what: &str, known: &BTreeSet<&str>, otherwise: &str) -> Diagnostic {
    let hint = suggest::hint(&named.name, known.iter().copied(), || otherwise.to_owned());
    let problem = Diagnostic::new(format!("no {what} is called `{}`", named.name)).hint(hint);
    match &named.place {
        Some(place) => problem.at(place.clone()),
        None => problem,
    }
}
