//! What was observed: objects, who they are, where they came from, and what could not be read.

pub mod gap;
pub mod identity;
pub mod loaded;
pub mod observed;
pub mod origin;
pub mod redact;
pub mod reference;
pub mod snapshot;
pub mod view;

pub use gap::{Gap, GapSubject};
pub use identity::{Content, content, identify};
pub use loaded::{Loaded, LoadedObject, Loader};
pub use observed::{Inventory, InventoryBuilder};
pub use origin::Origin;
pub use reference::ResourceRef;
pub use view::View;
