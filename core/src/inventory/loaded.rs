//! What reading gives, unit by unit, before anything is judged.

use super::gap::Gap;
use super::origin::Origin;
use super::reference::ResourceRef;
use crate::value::Value;

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

/// Reads a unit of input; called from worker threads.
pub type Loader = dyn Fn(usize) -> Loaded + Send + Sync;
