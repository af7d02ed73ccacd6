//! An environment as it would be after some steps: what is read passes through, changed on the way.

use super::deed::Deed;
use crate::findings::FixAction;
use crate::inventory::{Feed, Loaded, LoadedObject, Origin, ResourceRef, Unit};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Steps to be seen as done.
#[derive(Debug, Default)]
pub struct Overlay {
    /// By target, in the order in which they are done.
    changes: BTreeMap<Key, Vec<Deed>>,
    created: Vec<Deed>,
    /// Things that belong to another project, as the list of assignments shows them.
    assigned: Vec<(Key, &'static str, Value)>,
    /// In the account, in the order in which they are done.
    rows: Vec<Deed>,
    /// Targets that came by and could be changed as planned.
    met: Mutex<BTreeSet<Key>>,
}

/// A target in whatever version it is served.
type Key = (String, String, Option<String>, String);

fn key(reference: &ResourceRef) -> Key {
    (
        reference.group().to_owned(),
        reference.kind.clone(),
        reference.namespace.clone(),
        reference.name.clone(),
    )
}

impl Overlay {
    /// Of steps in the cluster and on rows of the account; others are passed over.
    pub fn of<'d>(deeds: impl IntoIterator<Item = &'d Deed>) -> Self {
        let mut overlay = Self::default();
        for deed in deeds {
            if let Some((collection, row)) = deed.assignment() {
                overlay.assigned.push((key(&deed.target), collection, row));
                overlay.rows.push(deed.clone());
            } else if !deed.collections().is_empty() {
                overlay.rows.push(deed.clone());
            } else if deed.action == FixAction::KubernetesCreate {
                overlay.created.push(deed.clone());
            } else if deed.in_cluster() {
                let deeds = overlay.changes.entry(key(&deed.target)).or_default();
                deeds.push(deed.clone());
            }
        }
        overlay
    }

    fn change(&self, object: LoadedObject) -> Option<LoadedObject> {
        if object.generated {
            // What looks like its name is only how that begins.
            return Some(object);
        }
        let mut reference = object.reference.clone();
        // Objects of manifests may leave out the default.
        if reference.namespace.as_deref() == Some("") {
            reference.namespace = None;
        }
        if reference.namespace.is_none() && !self.changes.contains_key(&key(&reference)) {
            reference.namespace = Some("default".to_owned());
        }
        let Some(deeds) = self.changes.get(&key(&reference)) else {
            return Some(object);
        };
        let mut value = Some(object.value.clone());
        for deed in deeds {
            match deed.done_to(value.as_ref()) {
                Ok(after) => value = after,
                // The step was planned on the object as the server has it; here parts of it are taken out.
                Err(_) => return Some(object),
            }
        }
        if let Ok(mut met) = self.met.lock() {
            met.insert(key(&reference));
        }
        value.map(|value| LoadedObject { value, ..object })
    }

    /// A row of a collection afterwards; `None` when it is gone.
    fn change_row(&self, collection: &str, row: Value) -> Option<Value> {
        let mut row = Some(row);
        for deed in &self.rows {
            let Some(now) = &row else { break };
            if !deed.collections().contains(&collection) || !deed.is_of(now) {
                continue;
            }
            // Where it was before is not always read: it is added where it will be.
            if deed.assignment().is_some() {
                return None;
            }
            // One that cannot be done is not seen, and so not rehearsed.
            if let Ok(after) = deed.done_in(collection, now) {
                row = after;
                if let Ok(mut met) = self.met.lock() {
                    met.insert(key(&deed.target));
                }
            }
        }
        row
    }

    /// Whether the target of this step was seen changed, once all has come by.
    pub fn has_met(&self, deed: &Deed) -> bool {
        let created = self.created.contains(deed);
        let assigned = self
            .assigned
            .iter()
            .any(|(target, ..)| *target == key(&deed.target));
        created || assigned || self.met.lock().is_ok_and(|met| met.contains(&key(&deed.target)))
    }

    fn additions(&self) -> Loaded {
        let objects = self.created.iter().map(|deed| LoadedObject {
            reference: deed.target.clone(),
            generated: false,
            value: deed.data.clone(),
            origin: Origin::Live,
        });
        let rows = self.assigned.iter();
        let rows = rows.map(|(_, collection, row)| ((*collection).to_owned(), row.clone(), Origin::Live));
        Loaded {
            objects: objects.collect(),
            collections: rows.collect(),
            ..Loaded::default()
        }
    }

    fn adds(&self) -> bool {
        !self.created.is_empty() || !self.assigned.is_empty()
    }
}

/// A feed of the environment as it would be.
pub struct Overlaid {
    feed: Arc<dyn Feed>,
    overlay: Arc<Overlay>,
    ended: AtomicBool,
}

impl Overlaid {
    /// Shows what this feed gives with these changes.
    pub fn new(feed: Arc<dyn Feed>, overlay: Arc<Overlay>) -> Self {
        Self {
            feed,
            overlay,
            ended: AtomicBool::new(false),
        }
    }
}

impl Feed for Overlaid {
    fn next(&self) -> Option<Arc<Unit>> {
        let overlay = Arc::clone(&self.overlay);
        if let Some(unit) = self.feed.next() {
            return Some(Arc::new(move || {
                let mut loaded = unit();
                loaded.objects = loaded
                    .objects
                    .into_iter()
                    .filter_map(|object| overlay.change(object))
                    .collect();
                if !overlay.rows.is_empty() {
                    let rows = std::mem::take(&mut loaded.collections).into_iter();
                    let rows = rows.filter_map(|(collection, row, origin)| {
                        let row = overlay.change_row(&collection, row)?;
                        Some((collection, row, origin))
                    });
                    loaded.collections = rows.collect();
                }
                loaded
            }));
        }
        let first = !self.ended.swap(true, Ordering::Relaxed);
        (first && overlay.adds()).then(|| Arc::new(move || overlay.additions()) as Arc<Unit>)
    }

    fn total(&self) -> Option<usize> {
        let more = usize::from(self.overlay.adds());
        self.feed.total().map(|total| total + more)
    }

    fn ahead(&self) -> usize {
        self.feed.ahead()
    }
}
