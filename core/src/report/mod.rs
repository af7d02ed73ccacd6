//! Renderers: an [`Assessment`](crate::findings::Assessment) in, bytes out. One format, one module, with its own
//! transfer types; none of them prints, reads a clock, or changes what was found.
//!
//! For people: [`table`], [`markdown`] and, for single problems, [`excerpt`]. For machines: [`json`], [`sarif`], [`junit`].
//! Beside them [`cluster_role`]: what an audit has to be allowed to read, [`document`]: what an environment consists of,
//! and [`drift`]: how it is not as it was declared.

pub mod cluster_role;
pub mod document;
pub mod drift;
pub mod excerpt;
mod facts;
pub mod json;
pub mod junit;
mod layout;
pub mod markdown;
mod place;
mod prose;
pub mod provisioning;
pub mod removing;
pub mod repair;
pub mod sarif;
#[cfg(test)]
mod seen;
mod standing;
mod steps;
mod style;
pub mod table;
mod words;

#[cfg(test)]
mod sample;

pub use style::Style;
