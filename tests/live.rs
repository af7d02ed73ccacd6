//! What can only be shown on a real Kubernetes API server. Every test here is below `live::`, by which
//! `cargo xtask test` keeps them apart: the group `cluster` builds the servers first, the group `tests` leaves them out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of this is test code"
)]
#![allow(
    clippy::format_collect,
    reason = "inputs are built from repeated lines; clarity counts here, not allocations"
)]

#[allow(dead_code, reason = "shared with the integration tests, which use all of it")]
#[path = "integration/installing.rs"]
mod installing;
#[path = "live/mod.rs"]
mod live;
#[allow(dead_code, reason = "shared with the integration tests, which use all of it")]
#[path = "integration/program.rs"]
mod program;
