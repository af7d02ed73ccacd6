//! What is missing under the name that the spec would give it, and stands under others.

use super::comparison::Comparison;
use crate::pipeline::ended::Ended;
use crate::pipeline::others;
use envcheck_core::drift::{Found, Thing, identity};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::provision::elsewhere::{Elsewhere, elsewhere, sought};
use std::collections::BTreeSet;

impl Comparison<'_> {
    /// What of the spec is missing under its name and stands under others. Where nothing could be it, nothing more is read.
    pub(super) fn elsewhere(&self, things: &[Thing]) -> Result<Elsewhere, Ended> {
        let missing = |thing: &&Thing| thing.live == Found::Absent && thing.committed.is_none();
        let missing: BTreeSet<&ResourceRef> =
            things.iter().filter(missing).map(|thing| &thing.target).collect();
        let there = |one: &ResourceRef| self.seen.objects.get(&identity(one)).map(|(_, object)| object);
        let desired = &self.statements.desired;
        let sought = sought(desired, &there);
        if !sought.iter().any(|one| missing.contains(&one.reference)) {
            return Ok(Elsewhere::new());
        }
        let judging = &self.wanted.judging;
        let others = others::read(
            self.spec,
            &self.wanted.target,
            judging.started,
            &judging.interrupt,
        )?;
        let mut found = elsewhere(self.spec, desired, &there, &others);
        found.retain(|target, _| missing.contains(target));
        Ok(found)
    }
}
