//! Repairing: audit → plan → rehearsal on a copy → consent → one step after the other, each journalled before and verified
//! after; and taking a run back. Nothing is changed before `carry_out` is called with what the user agreed to.

mod arranged;
mod beside;
mod carry_out;
mod choosing;
mod chosen;
pub(super) mod claims;
mod collecting;
mod confined;
mod cured;
mod editing;
mod file_edit;
mod files;
pub(super) mod hand;
mod in_git;
mod inputs;
mod overlaid;
mod plan;
mod reachability;
mod rehearsal;
mod rendering;
mod rollback;
mod rollout;
mod set_again;
mod set_back;
mod settled;
pub(super) mod site;
mod still_built;
mod verify;
mod walk;

#[cfg(test)]
mod properties;

pub use carry_out::{Ground, carry_out};
pub use chosen::{Witness, chosen};
pub use file_edit::{FileEdit, editable, write_files};
pub use files::{Allowed, FilesPlan, plan_files};
pub use in_git::{Edits, GitChoice, MadeBranch};
pub use plan::{PlannedRepair, Repairing, plan_again, plan_repair};
pub use rollback::{Remembered, plan_rollback, runs};
