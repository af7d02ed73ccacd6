//! Renderers: an [`Assessment`](crate::findings::Assessment) in, bytes out. One format, one module, with its own
//! transfer types; none of them prints, reads a clock, or changes what was found.
//!
//! For people: [`table`] and, for single problems, [`excerpt`]. For machines: [`json`], [`sarif`].
//! Beside them [`cluster_role`]: what an audit has to be allowed to read, and [`document`]: what an environment consists of.

pub mod cluster_role;
pub mod document;
pub mod excerpt;
pub mod json;
mod layout;
mod place;
pub mod sarif;
mod style;
pub mod table;
mod words;

#[cfg(test)]
mod sample;

pub use style::Style;
