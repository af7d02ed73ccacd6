//! From findings to a plan: which fixes become steps, in which order, and what is left alone, with the reason.
//!
//! It decides alone; what the targets look like is passed in, and nothing is changed here. The law is safety.md: no step on
//! a partial view, none that Argo CD would take back, none that rewrites a secret, and never two that contradict one another.

mod account;
#[cfg(test)]
mod account_tests;
pub mod committed;
mod contradiction;
mod files;
mod keeper;
mod order;
mod proof;
mod propose;
mod spaces;
#[cfg(test)]
mod tests;

pub use contradiction::between as contradiction;
pub use files::{Spot, edited, spot};
pub use keeper::application;
pub use proof::{Comparison, compare};
pub use propose::{Observed, Proposal, Proposed, Routed, Wanted, in_account, propose, targets, undo, wanted};
pub use spaces::of_taking_back as cautions_of_taking_back;
