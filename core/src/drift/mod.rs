//! From what is declared, committed and live to what differs: which side moved, who wrote it last, what is overlooked. What the
//! sides are is passed in; nothing is read here.

mod added;
mod digests;
mod ignored;
mod managers;
mod matters;
mod moved;
mod sides;
#[cfg(test)]
mod tests;
mod thing;
mod unused;
mod withdrawn;

pub use digests::veil;
pub use ignored::{Rules, unread_rules};
pub use managers::{Record, has_strangers, record};
pub use matters::matters;
pub use sides::Outcome;
pub use thing::{Found, Said, THE_SPEC, Thing, identity};
pub use unused::unused_rules;
pub use withdrawn::tells_applied;
