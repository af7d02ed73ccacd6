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
use crate::pipeline::provision::made_by_file;
use envcheck_core::provision::removal::kinds;
use envcheck_core::spec::Spec;
use std::collections::BTreeSet;
use std::path::Path;

/// Group and kind of what may be removed in a cluster that stays; of an environment also what the manifest of its Argo CD holds: the one
/// in this file, else in the declared file. Nothing is fetched.
pub fn destroyed_kinds(
    of: Option<&Spec>,
    argocd_manifest: Option<&Path>,
) -> Result<BTreeSet<(String, String)>, Ended> {
    let made = match of {
        Some(spec) => made_by_file(spec, argocd_manifest)?,
        None => Vec::new(),
    };
    Ok(kinds(&made))
}
