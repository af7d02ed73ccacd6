//! From a spec to what has to be made: spec − what is there. It decides alone; what is there, and texts that the spec only names,
//! are passed in, and nothing is made here.
//!
//! Three kinds of answers, and no fourth: what is missing becomes a step; what stands, if under another name, is used as it is, and
//! where a setting of it differs, that is repaired (`remediate`), not provisioned; what could only be made true by replacing or
//! removing something is a conflict, and nothing is made while there is one. What a run left half done is completed by a step, and
//! a key whose secret nobody has goes by the name of its step.
//!
//! The way back is here as well, since both know the same marks: what is there and proved to be made for the environment, in the
//! order in which it can go (`removal`).

pub mod account;
mod allowing;
mod cluster;
mod differences;
pub mod elsewhere;
mod foreign;
mod keys;
mod kinds;
pub mod objects;
mod places;
mod proofs;
mod provenance;
pub mod removal;
pub mod rendered;
mod steps;

pub use account::{Account, account};
pub use allowing::allows_less;
pub use cluster::{Known, cluster, not_yet_open};
pub use elsewhere::{Elsewhere, Others, Standin};
pub use foreign::declared_of;
pub use keys::{keys, labels};
pub use kinds::unserved;
pub use proofs::Proofs;
pub use provenance::{Provenance, declared_by_each};
