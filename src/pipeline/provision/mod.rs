//! Provisioning: survey → plan → consent → one thing after the other, each looked for again before it is made, journalled, made,
//! and waited for. What a run could not make, or did not hear of, the next one finds.

mod cluster;
mod ground;
mod walk;

pub use ground::{ToProvision, plan_as_agreed, plan_provisioning};
pub use walk::provision;
