//! Reading the world: files, captures, clusters, accounts and Spaces become items for the inventory.

pub mod account;
pub mod checkout;
pub mod cluster;
pub mod fixture;
pub mod kustomization;
pub mod manifests;
pub mod meter;
mod patch_files;
pub mod rego;
pub mod secrets;
pub mod snapshot;
pub mod sources;
pub mod spaces;
pub mod specs;
pub mod texts;
pub mod units;
pub mod waivers;
