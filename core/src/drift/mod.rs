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

pub use ignored::{Rules, unread_rules};
pub use managers::has_strangers;
pub use matters::matters;
pub use sides::{Found, Outcome, Said, Thing, identity};
