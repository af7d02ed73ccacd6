//! Which findings the spec accepts: the files that hold waivers. What stands in them is not read here.

use super::super::model::{Block, Cell, Section, Table};
use super::super::observed::Observed;
use crate::value::ValueExt;

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let files = observed
        .spec
        .items_at(&["waivers"])
        .iter()
        .filter_map(ValueExt::text);
    // The folder is a matter of where the spec lies on this machine.
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let rows: Vec<Vec<Cell>> = files.map(|path| vec![Cell::name(name(path))]).collect();
    let mut blocks = Vec::new();
    if rows.is_empty() {
        blocks.push(Block::Say("The spec names no file of waivers.".to_owned()));
    } else {
        blocks.push(Block::Table(Table {
            columns: vec!["File"],
            rows,
        }));
    }
    if let Some(inline) = observed.declared(&["policies", "inlineWaivers"]) {
        let mut cell = Cell::default();
        cell.told("", inline, "");
        blocks.push(Block::Facts(vec![("In comments and annotations", cell)]));
    }
    Section {
        id: "waivers",
        title: "Waivers",
        blocks,
    }
}
