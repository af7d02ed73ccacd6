//! What is used of one image, and what that is in the registry.

use super::name::ImageName;
use crate::inventory::view::registry::{Digest, Used};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is used of all images.
#[derive(Debug, Default)]
pub(in crate::inventory::view) struct Uses {
    /// By image.
    pub images: BTreeMap<Arc<str>, ImageUse>,
    /// Why it is not known of everything that runs what it is.
    pub unknown: Option<String>,
}

/// What is used of one image.
#[derive(Debug, Default)]
pub(in crate::inventory::view) struct ImageUse {
    /// Ids of the workloads at the top.
    pub workloads: BTreeSet<String>,
    /// What runs under this name.
    pub running: BTreeSet<Digest>,
    /// The repositories that nodes pulled it from, by digest.
    pub pulled: BTreeSet<(Arc<str>, Digest)>,
    /// True when something runs under this name of which nobody says what it is.
    pub unknown: bool,
    /// True when the template of a workload at the top names it.
    pub desired: bool,
}

impl ImageUse {
    /// What this image is, where all that runs under its name is one.
    pub(super) fn only(&self) -> Option<Digest> {
        let mut running = self.running.iter();
        let only = running.next().filter(|_| !self.unknown)?;
        running.next().is_none().then_some(*only)
    }
}

/// What is in use of one registry, by these uses.
pub(in crate::inventory::view) fn in_registry(
    uses: &BTreeMap<Arc<str>, ImageUse>,
    registry: &str,
) -> BTreeSet<Used> {
    let mut used = BTreeSet::new();
    for (text, found) in uses {
        let here = ImageName::read(text).filter(|name| name.is_in(registry));
        if let Some(name) = &here {
            used.extend(named(name));
            used.extend(found.running.iter().map(|digest| Used::Digest(*digest)));
        }
        let pulled = found
            .pulled
            .iter()
            .filter(|(repository, _)| ImageName::read(repository).is_some_and(|name| name.is_in(registry)));
        used.extend(pulled.map(|(_, digest)| Used::Digest(*digest)));
    }
    used
}

/// What a reference names.
pub(in crate::inventory::view) fn named(name: &ImageName<'_>) -> Option<Used> {
    match name.digest {
        Some(digest) => Digest::read(digest).map(Used::Digest),
        None => name
            .tag
            .map(|tag| Used::Tag(name.repository.clone(), tag.to_owned())),
    }
}
