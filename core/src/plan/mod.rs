//! What is to be done, before anything is: steps from a closed list of actions, each with its target, risk, reason, preview,
//! precondition and inverse; and what a journal keeps of steps that were done.
//!
//! Plain data. `remediate` makes plans, `apply` carries them out, `report` shows them; none of it is known here.

mod account;
mod credential;
mod deed;
mod fields;
mod file;
mod finalizers;
mod floor;
mod inputs;
pub mod journal;
mod marking;
mod masked;
mod meaning;
mod outcome;
mod overlay;
mod preview;
pub mod provisioning;
pub mod removing;
pub mod schema;
mod step;
mod taking_back;
mod text;

#[cfg(test)]
mod floor_tests;
#[cfg(test)]
mod taking_back_tests;
#[cfg(test)]
mod tests;

pub use account::{
    address, collection_ended, hazard, id_of, is_counted_since, nothing_is_pushed, rules_as_they_are,
    rules_one_by_one, same_manifest,
};
pub use credential::{NEVER_A_CREDENTIAL, rewrites_credential};
pub use deed::{Deed, Undo};
pub use file::{API_VERSION, NoPlan, read, write};
pub use finalizers::is_foreign;
pub use floor::{FIRST_PASSWORD, MANAGER, Never, risk};
pub use inputs::{Inputs, OfPolicy, digest_of};
pub use masked::{file_preview, masked_diff};
pub(crate) use meaning::emptied;
pub use meaning::{inverse, inverse_is_shown, meaning, meaning_hash};
pub use outcome::{Consent, Outcome, Run, Verified};
pub use overlay::{Overlaid, Overlay};
pub use preview::{git_name, preview, text_diff};
pub use provisioning::{Adoption, Bill, Conflict, Difference, MadeFor, Making, Provisioning, Standing};
pub use removing::{Along, Removal, Removing, Staying};
pub use step::{DRIFT, InGit, Keeper, LeftAlone, Pair, Plan, PlannedCluster, Proof, Repaired, Step};
pub use taking_back::{TakenBack, taking_back};
