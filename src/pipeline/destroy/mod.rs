//! Destroying: survey → what goes and what stays → consent → one thing after the other, each looked for again before it goes,
//! journalled, removed, and waited for; at last a survey that shows what is left. What a run did not get to, the next one finds.

mod backups;
mod going;
mod guard;
mod inside;
mod plan;
mod run;
mod stock;
mod verify;
mod walk;

pub use envcheck_core::provision::removal::{Choice, kinds as destroyed_kinds};
pub use plan::{ToDestroy, plan_removal};
pub use run::destroy;
