//! Spaces, asked by the S3 protocol, which is known to no other room.
//!
//! `connect` takes where Spaces is and the key; what the machine adds, a proxy and whom to trust, comes from
//! `surroundings`. `client` asks, one attempt after the other as `fault` allows and `budget` has room for; the questions are
//! in `buckets` and `objects`, what changes buckets is in `changes`, what is written under a condition in `conditions`. The library's own retries are off, so that there is one place that counts and waits.

mod buckets;
mod budget;
mod changes;
mod client;
mod conditions;
mod configuration;
mod connect;
mod digest;
mod error;
mod fault;
mod objects;
mod trouble;
mod way;
mod whole;

#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use client::Spaces;
pub use conditions::{Tagged, When, Written};
pub use configuration::{Acl, Bucket, CorsRule, Found, Grant, LifecycleRule, Upload, Uploads};
pub use connect::{Access, Key, connect};
pub use error::{ConnectError, SpacesError};
pub use objects::{Ask, Object, Page};
