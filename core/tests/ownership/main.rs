//! Who owns whom, and what that does to what is reported.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod cluster;
mod folding;
mod owners;
mod shuffled;
