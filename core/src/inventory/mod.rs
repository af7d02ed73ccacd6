//! What was observed: objects, who they are, where they came from, and what could not be read.

pub mod gap;
pub mod origin;
pub mod reference;

pub use gap::{Gap, GapSubject};
pub use origin::Origin;
pub use reference::ResourceRef;
