//! The deciding half of envcheck: nouns (values, spec, inventory, network facts, policies, findings, plans) and the verbs over
//! them (evaluate, remediate, provision, import, drift, report). It knows neither clock, disk, network nor terminal; what it needs of them is passed in.
//!
//! Modules stand in the order in which they may use one another; `tests/architecture.rs` holds them to it.

pub mod drift;
pub mod evaluate;
pub mod fields;
pub mod findings;
pub mod import;
pub mod inventory;
pub mod network;
pub mod path;
pub mod plan;
pub mod policy;
pub mod provision;
pub mod remediate;
pub mod report;
pub mod source;
pub mod spec;
pub mod value;
pub mod yaml;
