//! The faults planted into the demo, each with the findings it produces. README.md of the demo is written from this list.

mod account;
mod delivery;
mod ingress;
mod namespaces;
mod network;
mod spaces;
mod stores;
mod system;

use super::world::World;

/// One thing that went wrong in the environment.
pub(super) struct Fault {
    /// How people would tell it.
    pub(super) what: &'static str,
    /// What it does to the clean world.
    pub(super) apply: fn(&mut World) -> Result<(), String>,
    /// What an audit must say about it.
    pub(super) findings: &'static [Expected],
}

/// A finding that an audit of the demo must have.
pub(super) struct Expected {
    pub(super) policy: &'static str,
    pub(super) severity: &'static str,
    pub(super) resource: &'static str,
    pub(super) says: &'static str,
}

/// All of them, in the order in which the README tells them.
pub(super) fn all() -> impl Iterator<Item = &'static Fault> {
    let subjects: [&[Fault]; 8] = [
        &network::FAULTS,
        &namespaces::FAULTS,
        &system::FAULTS,
        &delivery::FAULTS,
        &ingress::FAULTS,
        &stores::FAULTS,
        &account::FAULTS,
        &spaces::FAULTS,
    ];
    subjects.into_iter().flatten()
}
