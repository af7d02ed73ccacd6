//! The catalogue: all policies that may be loaded, and for the others why not.

use super::load::Loading;
use super::module::{Module, Provenance, RegoFile, TestModule};
use super::parse::with_stack;
use super::types::Policy;
use crate::source::Diagnostic;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Modules that share one engine: our own, or those of one `-p` argument with what they import from others.
#[derive(Debug)]
pub struct Group {
    /// Whose policies they are.
    pub provenance: Provenance,
    /// The modules in the order given.
    pub modules: Vec<Arc<Module>>,
    /// For each module the others that it refers to.
    pub(super) needs: Vec<BTreeSet<usize>>,
}

/// All policies that may be loaded.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(super) policies: Vec<Policy>,
    pub(super) groups: Vec<Group>,
    pub(super) tests: Vec<TestModule>,
    pub(super) rejected: BTreeSet<String>,
}

impl Catalogue {
    /// Loads our own policies and the sets that the user brought, one per `-p` argument. What may not be loaded is told
    /// with its place and left out; everything else is there.
    pub fn load(builtin: &[RegoFile], foreign: &[Vec<RegoFile>]) -> (Self, Vec<Diagnostic>) {
        match with_stack(|| Loading::default().run(builtin, foreign)) {
            Ok(loaded) => loaded,
            Err(error) => (Self::default(), vec![Diagnostic::new(error)]),
        }
    }

    /// All policies, sorted by id.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The policy of this id.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        let index = self
            .policies
            .binary_search_by(|policy| policy.id.as_ref().cmp(id))
            .ok()?;
        self.policies.get(index)
    }

    /// The groups of modules; each gets an engine of its own. The first is ours.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The modules that an engine for this policy's group must contain.
    pub fn modules_for(&self, policy: &Policy) -> &[Arc<Module>] {
        self.groups.get(policy.group).map_or(&[], |group| &group.modules)
    }

    /// The modules of this policy's package and all that they refer to: enough to evaluate it alone.
    pub fn closure_of(&self, policy: &Policy) -> Vec<Arc<Module>> {
        self.groups.get(policy.group).map_or_else(Vec::new, |group| {
            let closure = group.closure(&policy.package);
            closure
                .into_iter()
                .map(|index| Arc::clone(&group.modules[index]))
                .collect()
        })
    }

    /// The test modules, in the order given.
    pub fn tests(&self) -> &[TestModule] {
        &self.tests
    }

    /// Ids that were declared by files that may not be loaded.
    pub fn rejected_ids(&self) -> &BTreeSet<String> {
        &self.rejected
    }
}

impl Group {
    /// The indices of the modules of a package and of all that they refer to.
    pub(super) fn closure(&self, package: &str) -> BTreeSet<usize> {
        let own = self
            .modules
            .iter()
            .enumerate()
            .filter(|(_, module)| module.package == package);
        let mut open: Vec<usize> = own.map(|(index, _)| index).collect();
        let mut closure = BTreeSet::new();
        while let Some(index) = open.pop() {
            if closure.insert(index)
                && let Some(needs) = self.needs.get(index)
            {
                open.extend(needs);
            }
        }
        closure
    }
}
