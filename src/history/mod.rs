//! What is kept between runs, in one SQLite file: since when facts have been seen of the account's objects, and what was
//! learnt of it that does not change. Times are passed in. What the facts mean is decided in core; this room stores.

mod database;
mod error;
mod memory;
mod place;
mod series;
mod store;

pub use error::StoreError;
pub use place::StatePlace;
pub use store::{Recorded, Store};

#[cfg(test)]
mod tests;
