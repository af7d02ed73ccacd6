//! Takes into an inventory whatever is read, where nothing is judged on the way.

use envcheck_core::inventory::{Feed, InventoryBuilder, Loaded, Origin, ResourceRef};
use envcheck_core::value::Value;

/// Is shown each object once the inventory has it.
pub(super) type Onlooker<'o> = &'o mut dyn FnMut(&InventoryBuilder, &ResourceRef, &Value, &Origin);

/// Takes all that comes.
pub(super) fn fill(inventory: &mut InventoryBuilder, feed: &dyn Feed) {
    fill_before(inventory, feed, &mut |_, _, _, _| {});
}

/// The same before somebody who looks on.
pub(super) fn fill_before(inventory: &mut InventoryBuilder, feed: &dyn Feed, onlooker: Onlooker<'_>) {
    while let Some(unit) = feed.next() {
        take(inventory, unit(), onlooker);
    }
}

/// Takes one piece.
pub(super) fn take(inventory: &mut InventoryBuilder, loaded: Loaded, onlooker: Onlooker<'_>) {
    let Loaded {
        gaps,
        objects,
        collections,
        read_kinds,
        read_collections,
        ..
    } = loaded;
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
        inventory.absorb(&reference, &object.value, object.origin.clone());
        onlooker(inventory, &reference, &object.value, &object.origin);
    }
}
