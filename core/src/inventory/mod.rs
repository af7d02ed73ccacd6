//! What was observed: objects, who they are, where they came from, and what could not be read.

pub mod by_reference;
pub mod declared;
pub mod declared_cluster;
pub mod delivery;
pub mod gap;
pub mod identity;
pub mod kept_rows;
pub mod loaded;
pub mod memory;
pub mod observation;
pub mod observed;
pub mod origin;
pub mod owner;
pub mod page;
pub(crate) mod patience;
pub mod redact;
pub mod reference;
pub mod resource_name;
pub mod snapshot;
pub mod view;

pub use by_reference::ByReference;
pub use declared::{Declared, DeclaredBucket, DeclaredNamespace, DeclaredRegistry};
pub use gap::{Gap, GapSubject};
pub use identity::{Content, content, identify};
pub use kept_rows::KeptRows;
pub use loaded::{Feed, Loaded, LoadedObject, Numbered, Unit};
pub use memory::Memory;
pub use observed::{Inventory, InventoryBuilder};
pub use origin::Origin;
pub use owner::{Lineage, OwnerIndex, OwnerReference};
pub use reference::{ResourceRef, WAIVER_ANNOTATION};
pub use view::View;
