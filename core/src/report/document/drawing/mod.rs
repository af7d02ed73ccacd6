//! Drawings: a graph gets places, and is drawn as SVG. Whatever a cluster calls its objects, no two boxes overlap and no
//! text is cut.
//!
//! Things stand in columns, by how far they are from where the lines begin; things of one place stand in a strip. Within a
//! strip `dugong`, a port of dagre, finds the order with few crossings and the heights that keep lines straight. Lines run
//! level where there are boxes and bend only between columns, so that they cross none.

mod column;
mod graph;
mod layout;
mod measure;
mod order;
mod style;
mod svg;
#[cfg(test)]
mod tests;
mod wire;

pub(super) use graph::{Graph, Node, Tone};
pub(super) use style::rules;
pub(super) use svg::{inline, standalone};
