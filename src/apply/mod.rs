//! Writing to the world.

pub mod files;
