//! The catalogue of rules: what each policy is, read from its METADATA, and whether it may be loaded at all.

mod load;
pub mod severity;
mod types;

pub use load::{Catalogue, Selection};
pub use severity::{Risk, Severity};
pub use types::{EntryRule, Kinds, Module, Parameter, Policy, Provenance, RegoFile, Scope, Stage};
