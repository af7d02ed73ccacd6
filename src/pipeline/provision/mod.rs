//! Provisioning: survey → plan → consent → one thing after the other, each looked for again before it is made, journalled, made,
//! and waited for. What a run could not make, or did not hear of, the next one finds. `render` writes the cluster's side into a
//! directory instead.

mod captured;
mod closing;
mod cluster;
mod inside;
mod install;
mod keys;
mod look;
mod plan;
mod render;
mod run;
mod seen;
mod walk;

pub use plan::{ToProvision, plan_environment, plan_provisioning};
pub use render::{RenderChoice, Rendered, render};
pub(super) use render::{made_by_file, read};
pub use run::provision;
