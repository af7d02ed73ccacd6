//! The catalogue of rules: what each policy is, read from its METADATA, and whether it may be loaded at all.
//!
//! The flow of [`Catalogue::load`] is scan (limits that protect the parser) → parse → facts (what a module defines and
//! refers to) → METADATA → link (calls, recursion) → policies. Nothing here evaluates, except [`probe`], which asks the
//! engine whether it would.

mod ast;
mod catalogue;
mod conftest;
mod dialect;
mod facts;
mod heads;
mod kinds;
mod link;
mod load;
mod metadata;
mod module;
mod needed;
mod parameter;
mod parse;
mod policies;
mod probe;
mod reads;
mod scan;
mod select;
mod severity;
mod suggest;
mod types;

#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, Group};
pub use dialect::is_reserved;
pub use metadata::MAX_ID;
pub use module::{Module, Provenance, RegoFile, TestModule, TestRule, policy_length};
pub use needed::{Needed, NeededKind, PolicyIds, reads_every_kind};
pub use parameter::seconds;
pub use probe::probe;
pub use select::{Named, Selection};
pub use severity::{Risk, Severity};
pub use suggest::nearest;
pub use types::{Dialect, EntryRule, KindPattern, Kinds, Parameter, Policy, Scope, Stage};
