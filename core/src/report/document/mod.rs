//! The living document of an environment: what it consists of and how that belongs together, as it was read and not as
//! somebody once wrote it down. [`document`] writes it from what was observed, once; [`markdown`] and [`html`] render it.
//!
//! It judges nothing, and it names no Pod, no age and no number that changes by itself unless that was asked for: the same
//! environment gives the same bytes, so that a committed copy changes when the environment does.

mod drawing;
mod escape;
pub mod html;
pub mod markdown;
mod model;
mod observed;
mod parts;
mod reads;
mod sections;
#[cfg(test)]
mod tests;

pub use model::{Block, Cell, Document, Drawing, Section, Table, Words};
pub use observed::{Observed, Source};
pub use parts::{Parts, Referred};
pub use reads::{collections, kept, kinds};

/// Whether a copy says the same as what would be written now. When a snapshot was captured makes no difference.
pub fn same(copy: &[u8], now: &[u8]) -> bool {
    fn told(text: &[u8]) -> impl Iterator<Item = &[u8]> {
        // A checkout may have given every line another end.
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let times = [markdown::CAPTURED, html::CAPTURED];
        lines.filter(move |line| !times.iter().any(|time| line.starts_with(time.as_bytes())))
    }
    told(copy).eq(told(now))
}

/// Writes the document of what was observed.
pub fn document(observed: &Observed<'_>) -> Document {
    sections::write(observed)
}
