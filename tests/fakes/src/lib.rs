//! Doubles of what envcheck talks to outside the cluster, for tests and for the tutorial.
//!
//! [`Fake`] is a stateful fake of DigitalOcean's API and container registry on a [`World`]; [`Contract`] holds both
//! sides of it to the published description of the API; [`Spaces`] is an S3 server; [`furnish`] makes the environment
//! `stage` of a cluster. Nothing here knows envcheck, and nothing of it outlives the process that owns it.

mod answering;
mod api;
mod buckets;
mod clock;
mod contract;
mod control;
mod doks;
mod fake;
mod faults;
mod gate;
mod http;
mod inside;
mod installing;
mod journal;
mod limits;
mod meanwhile;
mod paging;
mod person;
mod prism;
mod registry;
mod server;
mod spaces;
mod state;
#[cfg(test)]
mod tests;
mod tokens;
mod world;

pub use contract::{Contract, Guarded};
pub use doks::Attached;
pub use fake::Fake;
pub use faults::Fault;
pub use gate::{Fate, Gate};
pub use inside::{furnish, running, settle, stage_object, tls_secret};
pub use journal::{Endpoint, Request};
pub use limits::Limits;
pub use prism::Prism;
pub use spaces::{Moto, Spaces};
pub use world::{Credentials, Image, Size, World, id_of};
