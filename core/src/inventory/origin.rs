//! Where an observed thing was read.

use crate::source::Place;
use crate::yaml::Document;
use std::sync::Arc;

/// Where a thing was read; kept symbolic, so that lines are computed only for what is reported.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A document of a manifest. `item` is its index in a `List`'s items.
    Manifest {
        /// The document.
        document: Arc<Document>,
        /// The index below `items` when the document is a `List`.
        item: Option<usize>,
    },
    /// A line of a snapshot's file, from 1.
    Snapshot {
        /// The file, relative to the snapshot.
        file: Arc<str>,
        /// The line, from 1.
        line: usize,
    },
    /// The spec: an absent thing is located where it is declared.
    Declared(Place),
    /// A running API server, or nowhere in particular.
    Live,
}
