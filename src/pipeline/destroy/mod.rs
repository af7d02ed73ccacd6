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

pub use envcheck_core::provision::removal::Choice;
pub use plan::{ToDestroy, plan_removal};
pub use run::destroy;

use crate::pipeline::ended::Ended;
use crate::pipeline::provision::made;
use envcheck_core::provision::removal::kinds;
use envcheck_core::spec::Spec;
use std::collections::BTreeSet;
use std::path::Path;

/// Group and kind of what may be removed in a cluster that stays; with an environment and the manifest of its Argo CD, what that holds as
/// well.
pub fn destroyed_kinds(of: Option<(&Spec, &Path)>) -> Result<BTreeSet<(String, String)>, Ended> {
    let made = of.map(|(spec, manifest)| made(spec, manifest)).transpose()?;
    Ok(kinds(made.as_deref().unwrap_or_default()))
}
