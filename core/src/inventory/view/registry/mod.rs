//! The container registry: repositories, manifests, what images are in it, and what of it is garbage.

mod digest;
mod garbage;
mod manifests;
mod presence;

pub(super) use digest::Digest;
pub(super) use garbage::{Garbage, Used};
pub(super) use manifests::Manifests;
pub(super) use presence::Presence;
