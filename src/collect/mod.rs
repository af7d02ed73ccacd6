//! Reading the world: files, captures, clusters and accounts become items for the inventory.

pub mod snapshot;
