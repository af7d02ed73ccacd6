//! What is kept of an environment while it is judged: the things that are compared, so that nothing is read twice.

use envcheck_core::drift::identity;
use envcheck_core::inventory::{Feed, Inventory, InventoryBuilder, Loaded, ResourceRef, Unit};
use envcheck_core::policy::Needed;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// By what a thing is known on all sides.
pub(super) type Identity = (String, String, Option<String>, String);

/// Kinds of which all objects are kept: what delivers, and what sets replicas.
const ALL_OF: [&str; 2] = ["Application", "HorizontalPodAutoscaler"];

/// What is kept.
#[derive(Debug)]
pub(in crate::pipeline) struct Kept {
    /// The key of digests, under which other sides are masked as well.
    pub(in crate::pipeline) key: [u8; 32],
    wanted: BTreeSet<Identity>,
    /// A label by which objects are known as made for this environment.
    mark: (String, String),
    needed: Needed,
    found: Mutex<Looked>,
}

/// What was seen.
#[derive(Debug, Default)]
struct Looked {
    inventory: InventoryBuilder,
    objects: BTreeMap<Identity, (ResourceRef, Value)>,
    rows: BTreeMap<String, BTreeSet<Value>>,
}

/// What was seen, once all was read.
#[derive(Debug)]
pub(super) struct Seen {
    /// What could not be read.
    pub(super) inventory: Inventory,
    /// The objects.
    pub(super) objects: BTreeMap<Identity, (ResourceRef, Value)>,
    /// Rows by collection, as `digitalocean.vpcs`.
    pub(super) rows: BTreeMap<String, Vec<Value>>,
}

impl Kept {
    pub(super) fn new(
        key: [u8; 32],
        wanted: BTreeSet<Identity>,
        mark: (String, String),
        needed: Needed,
    ) -> Self {
        Self {
            key,
            wanted,
            mark,
            needed,
            found: Mutex::default(),
        }
    }

    /// What has to be read for it.
    pub(in crate::pipeline) fn needed(&self) -> Needed {
        self.needed.clone()
    }

    /// Learns what is known before anything is read.
    pub(in crate::pipeline) fn described(&self, describe: &dyn Fn(&mut InventoryBuilder)) {
        describe(&mut self.found().inventory);
    }

    fn found(&self) -> MutexGuard<'_, Looked> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a piece. A piece that is read twice is seen once.
    fn look(&self, loaded: &Loaded) {
        let mut found = self.found();
        for gap in &loaded.gaps {
            found.inventory.gap(gap.clone());
        }
        for (group, kind) in &loaded.read_kinds {
            found.inventory.read_kind(group, kind);
        }
        for collection in &loaded.read_collections {
            found.inventory.read_collection(collection);
        }
        for (collection, row, _) in &loaded.collections {
            if self.needed.collections.contains_key(collection) {
                found.inventory.read_collection(collection);
                found
                    .rows
                    .entry(collection.clone())
                    .or_default()
                    .insert(row.clone());
            }
        }
        for object in &loaded.objects {
            let own = identity(&object.reference);
            let marked = || object.value.text_at(&["metadata", "labels", &self.mark.0]) == Some(&self.mark.1);
            let kept =
                self.wanted.contains(&own) || ALL_OF.contains(&object.reference.kind.as_str()) || marked();
            if kept {
                found
                    .objects
                    .insert(own, (object.reference.clone(), object.value.clone()));
            }
        }
    }

    /// What was seen, once all was read.
    pub(super) fn seen(&self) -> Seen {
        let Looked {
            inventory,
            objects,
            rows,
        } = std::mem::take(&mut *self.found());
        let rows = rows.into_iter();
        Seen {
            inventory: inventory.build(),
            objects,
            rows: rows
                .map(|(name, rows)| (name, rows.into_iter().collect()))
                .collect(),
        }
    }
}

/// A feed of which some is kept on its way.
pub(in crate::pipeline) struct Keeping {
    feed: Arc<dyn Feed>,
    kept: Arc<Kept>,
}

impl Keeping {
    pub(in crate::pipeline) fn new(feed: Arc<dyn Feed>, kept: &Arc<Kept>) -> Self {
        Self {
            feed,
            kept: Arc::clone(kept),
        }
    }
}

impl Feed for Keeping {
    fn next(&self) -> Option<Arc<Unit>> {
        let unit = self.feed.next()?;
        let kept = Arc::clone(&self.kept);
        Some(Arc::new(move || {
            let loaded = unit();
            kept.look(&loaded);
            loaded
        }))
    }

    fn total(&self) -> Option<usize> {
        self.feed.total()
    }

    fn ahead(&self) -> usize {
        self.feed.ahead()
    }
}
