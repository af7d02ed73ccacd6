//! The living document of an environment: what it consists of and how that belongs together, as it was read and not as
//! somebody once wrote it down. [`document`] writes it from what was observed, once; [`markdown`] renders it.
//!
//! It judges nothing, and it names no Pod, no age and no number that changes by itself unless that was asked for: the same
//! environment gives the same bytes, so that a committed copy changes when the environment does.

mod drawing;
mod escape;
pub mod markdown;
mod model;
mod observed;
mod parts;
mod reads;
mod sections;

pub use model::{Block, Cell, Document, Drawing, Section, Table, Words};
pub use observed::{Observed, Source};
pub use parts::{Parts, Referred};
pub use reads::{collections, kept, kinds};

/// Whether a copy says the same as what would be written now. When a snapshot was captured makes no difference.
pub fn same(copy: &[u8], now: &[u8]) -> bool {
    let told = |text: &[u8]| -> Vec<Vec<u8>> {
        let lines = text
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let kept = lines.filter(|line| !line.starts_with(markdown::CAPTURED.as_bytes()));
        kept.map(<[u8]>::to_vec).collect()
    };
    copy == now || told(copy) == told(now)
}

/// Writes the document of what was observed.
pub fn document(observed: &Observed<'_>) -> Document {
    sections::write(observed)
}
