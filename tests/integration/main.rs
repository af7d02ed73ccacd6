//! The root package's integration tests: one binary, one module per subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helper functions too, and says on its output what it skips"
)]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "inputs are built from repeated lines; clarity counts here, not allocations"
)]

mod agreeing_to_edits;
mod browser;
mod check;
mod command_line;
mod demo;
mod document;
mod drift;
mod environment_page;
mod fixes;
mod foreign_policies;
mod hostile_files;
mod hostile_policies;
mod import;
mod installing;
mod new_policies;
mod overlays;
mod patch_files;
mod patching_beside;
mod program;
mod rbac;
mod reach;
mod rendering;
mod repairing_files;
mod reports;
mod secrets;
mod snapshot;
mod snapshot_archives;
mod state;
mod waivers;
mod writing;
mod writing_snapshots;
