//! The container registry's own endpoint, `/v2/`: what an index of images refers to. The DigitalOcean API lists manifests
//! but does not tell which belong to which; here they are read themselves.
//!
//! `endpoint` asks, `challenge` reads how the registry wants to be asked, `credential` gets what it asks for, `manifest` reads
//! what it gives, `fault` says why it gives nothing.

mod challenge;
mod credential;
mod endpoint;
mod fault;
mod manifest;

#[cfg(test)]
mod tests;

pub use endpoint::{ADDRESS, Access, Registry};
