//! Writing to the world.

pub mod files;
pub mod snapshot;
