//! By what it is known whose a thing is that stands in the account, beside what is written on the thing itself.

use super::proofs::Proofs;
use crate::spec::Spec;
use std::collections::BTreeSet;

/// What journals of runs and other specs tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// What the journals say.
    pub proofs: Proofs,
    /// What other environments declare: whose, of which kind, and by which name ([`declared_by_each`]).
    pub elsewhere: BTreeSet<(String, &'static str, String)>,
}

impl Provenance {
    /// The environments beside this one that declare a thing.
    pub(super) fn declaring<'a>(&'a self, kind: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.elsewhere.iter();
        all.filter(move |(_, of, called)| *of == kind && called == name)
            .map(|(environment, ..)| environment.as_str())
    }
}

/// What environments declare in the account, each for itself.
pub fn declared_by_each<'s>(
    environments: impl IntoIterator<Item = &'s Spec>,
) -> BTreeSet<(String, &'static str, String)> {
    let of_one = |spec: &Spec| {
        let whose = spec.name().to_owned();
        declared(spec)
            .into_iter()
            .map(move |(kind, name)| (whose.clone(), kind, name))
            .collect::<Vec<_>>()
    };
    environments.into_iter().flat_map(of_one).collect()
}

/// Kind and name of everything that an environment declares in the account and that can be removed from there.
pub(super) fn declared(spec: &Spec) -> Vec<(&'static str, String)> {
    let Some(declared) = spec.environment.spec.digitalocean.as_ref() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    all.extend(
        declared
            .project
            .as_ref()
            .map(|one| ("Project", one.name.to_string())),
    );
    all.extend(declared.vpc.as_ref().map(|one| ("VPC", one.name.to_string())));
    all.extend(
        declared
            .cluster
            .as_ref()
            .map(|one| ("Cluster", one.name.to_string())),
    );
    let firewalls = declared.firewalls.iter();
    all.extend(firewalls.map(|one| ("Firewall", one.name.to_string())));
    let keys = declared.spaces.iter().flat_map(|spaces| &spaces.keys);
    all.extend(keys.map(|one| ("SpacesKey", one.name.to_string())));
    let buckets = declared.spaces.iter().flat_map(|spaces| &spaces.buckets);
    all.extend(buckets.map(|one| ("Bucket", one.name.to_string())));
    all
}
