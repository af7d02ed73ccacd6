//! What reading gives, unit by unit, before anything is judged.

use super::gap::Gap;
use super::origin::Origin;
use super::reference::ResourceRef;
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An object as it was read, before its identity is settled.
#[derive(Debug, Clone)]
pub struct LoadedObject {
    /// Its reference with the namespace as written.
    pub reference: ResourceRef,
    /// The name is a prefix to which an ordinal must be added.
    pub generated: bool,
    /// The object.
    pub value: Value,
    /// Where it was read.
    pub origin: Origin,
}

/// What one unit of input held.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Kubernetes objects.
    pub objects: Vec<LoadedObject>,
    /// Account and Spaces objects: collection, object, origin.
    pub collections: Vec<(String, Value, Origin)>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Documents that are no Kubernetes objects.
    pub not_kubernetes: u64,
    /// Kinds (group, kind) that were read completely, this unit ending them.
    pub read_kinds: Vec<(String, String)>,
    /// Collections that were read completely.
    pub read_collections: Vec<String>,
    /// These lie below manifests: they are context, are not judged by object policies, and give way to a manifest of the
    /// same identity.
    pub below: bool,
}

/// One piece of input: a file, a share of a snapshot, a page of a list. Called from a worker thread, and once more when that
/// worker had to be abandoned; each call gives the same.
pub type Unit = dyn Fn() -> Loaded + Send + Sync;

/// Gives input piece by piece. Called from worker threads, one at a time; may wait for the next piece.
pub trait Feed: Send + Sync {
    /// The next piece; `None` when there is no more, and from then on.
    fn next(&self) -> Option<Arc<Unit>>;

    /// How many pieces there are in all, when that is known before.
    fn total(&self) -> Option<usize> {
        None
    }

    /// How many pieces may be judged ahead of the one that is taken up next, besides those that workers are at; what is
    /// judged ahead lies in memory.
    fn ahead(&self) -> usize {
        16
    }
}

/// A feed of pieces known by number.
pub struct Numbered<F> {
    total: usize,
    load: Arc<F>,
    next: AtomicUsize,
    ahead: usize,
}

impl<F: Fn(usize) -> Loaded + Send + Sync + 'static> Numbered<F> {
    /// Pieces 0 to `total` - 1, each read by `load`.
    pub fn new(total: usize, load: F) -> Self {
        Self {
            total,
            load: Arc::new(load),
            next: AtomicUsize::new(0),
            ahead: 16,
        }
    }

    /// The same, with so many pieces judged ahead.
    #[must_use]
    pub fn with_ahead(self, ahead: usize) -> Self {
        Self { ahead, ..self }
    }
}

impl<F: Fn(usize) -> Loaded + Send + Sync + 'static> Feed for Numbered<F> {
    fn next(&self) -> Option<Arc<Unit>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.total).then(|| {
            let load = Arc::clone(&self.load);
            Arc::new(move || load(number)) as Arc<Unit>
        })
    }

    fn total(&self) -> Option<usize> {
        Some(self.total)
    }

    fn ahead(&self) -> usize {
        self.ahead
    }
}
