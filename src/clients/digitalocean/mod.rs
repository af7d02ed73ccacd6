//! The DigitalOcean API: what it can be asked ([`Call`], one file per resource), and its answers, raw or typed.
//!
//! `api` asks, one `attempt` after the other, as the run's `budget` and the token's allowance in `limiter` permit;
//! `pages` follows lists to their end; `envelope` knows what is around an answer and `told` what is in a refusal. The
//! token goes to the configured address alone, and into no message.

mod allowances;
mod api;
mod attempt;
mod budget;
mod call;
mod envelope;
mod error;
mod limiter;
mod outlook;
mod pages;
mod told;
mod tolerant;
mod usage;

pub mod account;
pub mod cdn_endpoints;
pub mod certificates;
pub mod clusters;
pub mod droplets;
pub mod firewalls;
pub mod load_balancers;
pub mod projects;
pub mod registries;
pub mod sizes;
pub mod snapshots;
pub mod spaces_keys;
pub mod tags;
pub mod volumes;
pub mod vpcs;

#[cfg(test)]
mod tests;

pub use allowances::Allowances;
pub use api::{ADDRESS, Access, Api};
pub use attempt::MAX_BODY;
pub use budget::{Budget, Pauses};
pub use call::{Call, PAGE};
pub use error::RequestError;
pub(in crate::clients) use outlook::{Outlook, Reach};
pub use pages::{Page, Pages};
pub use usage::Usage;
