//! Fields of objects: how what is declared, committed and live is compared by meaning, field by field, and who wrote a field by
//! the server's own record (`metadata.managedFields`). Which of it matters is for others to say.

mod compare;
mod items;
mod lists;
pub mod managed;
mod noted;
mod pairs;
mod quantity;
mod same;
#[cfg(test)]
mod tests;

pub use compare::{Compared, Sides, agrees, compare, is_default};
pub use items::corresponding;
pub use managed::{Writer, leaves, writers};
pub use noted::{LAST_APPLIED, noted, noters};
pub use quantity::quantity;
pub use same::{is_absent, is_nothing};
