//! The catalogue of rules: what each policy is, read from its METADATA, and whether it may be loaded at all.

pub mod severity;

pub use severity::{Risk, Severity};
