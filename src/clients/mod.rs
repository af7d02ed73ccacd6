//! How the world is reached: one client per service, each with its budget, its retries and its credentials in one
//! place. Clients hand over bytes; they know neither objects nor policies.

pub mod digitalocean;
pub mod download;
pub mod git;
pub mod http;
pub mod kubernetes;
mod program;
pub mod registry;
pub mod renderers;
pub mod runtime;
pub mod spaces;

pub use program::ProgramError;
