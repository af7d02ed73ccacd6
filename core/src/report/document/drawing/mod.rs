//! Drawings: a graph gets places, and is drawn as SVG. Whatever a cluster calls its objects, no two boxes overlap and no
//! text is cut.

mod graph;

pub use graph::{Edge, Graph, Node, Tone};
