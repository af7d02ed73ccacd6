//! Writing to the world.

pub mod account;
pub mod branch;
pub mod directory;
pub mod files;
pub mod journal;
pub mod kubernetes;
pub mod lease;
pub mod patch_names;
mod removals;
pub mod snapshot;
pub mod spaces;
pub mod spaces_key;
