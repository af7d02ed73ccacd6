//! From findings to a plan: which fixes become steps, in which order, and what is left alone, with the reason.
//!
//! It decides alone; what the targets look like is passed in, and nothing is changed here. The law is safety.md: no step on
//! a partial view, none that Argo CD would take back, none that rewrites a secret, and never two that contradict one another.

mod access;
mod account;
#[cfg(test)]
mod account_tests;
mod autoscaler;
mod behind;
mod callbacks;
mod claims;
pub mod committed;
mod connections;
mod contradiction;
mod declared;
#[cfg(test)]
mod declared_tests;
mod files;
mod in_file;
mod keeper;
mod login;
mod managers;
#[cfg(test)]
mod managers_tests;
mod order;
mod proof;
mod propose;
#[cfg(test)]
mod safety_tests;
mod sequence;
mod set_back;
mod spaces;
#[cfg(test)]
mod tests;

pub use access::{Access, admitted};
pub use account::in_reach;
pub use autoscaler::{AUTOSCALERS, replicas, scaled_by, scales};
pub use callbacks::{CALLED_BY, CALLERS, Callback, Caller, callbacks, cut_off, is_caller, routes};
pub use claims::{Unagreed, cascade, ephemeral, owners, scaled_set, shrinks_with_claims};
pub use connections::{decides, is_of_another_api, of_network, reach};
pub use contradiction::between as contradiction;
pub use declared::{Declared, Reach, undeclared};
pub use files::{NotEdited, Spot, edited, object_at, spot};
pub use keeper::{application, healed, keeper};
pub use login::{DEX, Logins, PASSWORDS, ROLES, SERVER, SETTINGS, other_admin, other_secrets};
pub use proof::{Comparison, compare};
pub use propose::{
    Observed, Proposal, Proposed, Routed, Wanted, in_account, propose, targets, undo, untouchable, wanted,
};
pub use sequence::{Sequence, sequence};
pub use set_back::{Fields, is_put_back, is_put_back_field, is_set_back, set_back};
pub use spaces::of_taking_back as cautions_of_taking_back;
