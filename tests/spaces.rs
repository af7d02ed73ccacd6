//! Spaces as a real S3 server shows it: moto's, over HTTP.
//!
//! What it does not do, permissions, overload and broken answers, is shown beside the client and the collector.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "all of this is test code: what goes wrong fails the test, and what is skipped is said on its output"
)]

#[path = "spaces/backups.rs"]
mod backups;
#[path = "spaces/buckets.rs"]
mod buckets;
#[path = "spaces/lock.rs"]
mod lock;
#[path = "spaces/moto.rs"]
mod moto;
