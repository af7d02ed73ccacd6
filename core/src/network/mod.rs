//! What NetworkPolicies allow: exact reachability by classes, as data for policies and as the rows of `reach`.
//!
//! A [`NetworkBuilder`] takes plain objects; the [`Network`] answers per workload ([`WorkloadFacts`]), per pair
//! ([`Network::connects`]) and for all pairs ([`Network::connections`]). Endpoints that no policy can tell apart are one
//! class, and everything is computed per class. `docs/network.md` describes the document that policies read.

mod accept;
mod address;
mod backend;
mod bits;
mod build;
mod builder;
mod changes;
mod classes;
mod connections;
mod coverage;
mod destinations;
mod endpoint;
mod facts;
mod foreign;
mod gather;
mod graph;
mod labels;
mod mentioned;
mod newcomers;
mod pairs;
mod policy;
mod port_table;
mod ports;
mod reads;
mod rule_parts;
mod rules;
#[cfg(test)]
pub(crate) mod scenarios;
mod selector;
mod sources;
mod told;
mod vocabulary;

pub use address::AddressRange;
pub use builder::NetworkBuilder;
pub use changes::Admission;
pub use connections::{Connection, Node};
pub use destinations::Destinations;
pub use endpoint::{ContainerPort, Endpoint, WorkloadId, endpoints_from_object, resolve_owners};
pub use gather::Gatherer;
pub use graph::{Acceptance, ClassId, Network, SelectedBy, WorkloadFacts};
pub use labels::Labels;
pub use newcomers::{NEWCOMER, newcomer, selects_every_pod};
pub use policy::Gap;
pub use ports::{PortRange, PortSet, Protocol};
pub use reads::{reach_reads, reads};
pub use sources::{Source, Sources};
pub use told::Told;
