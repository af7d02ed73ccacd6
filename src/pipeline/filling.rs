//! Takes into an inventory whatever is read, where nothing is judged on the way.

use envcheck_core::inventory::{Feed, InventoryBuilder, Loaded};

/// Takes all that comes.
pub(super) fn fill(inventory: &mut InventoryBuilder, feed: &dyn Feed) {
    while let Some(unit) = feed.next() {
        let Loaded {
            gaps,
            objects,
            collections,
            read_kinds,
            read_collections,
            ..
        } = unit();
        for gap in gaps {
            inventory.gap(gap);
        }
        for (group, kind) in &read_kinds {
            inventory.read_kind(group, kind);
        }
        for collection in &read_collections {
            inventory.read_collection(collection);
        }
        for (collection, row, origin) in collections {
            inventory.absorb_collection(&collection, row, origin);
        }
        for object in objects {
            let reference = inventory.settle(object.reference, object.generated);
            inventory.absorb(&reference, &object.value, object.origin);
        }
    }
}
