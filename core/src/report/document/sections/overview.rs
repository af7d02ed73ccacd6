//! Which environment this is, where it was read, and how much of it could be.

use super::super::model::{Block, Cell, Section};
use super::super::observed::{Observed, Source, text};
use crate::value::ValueExt;

pub(super) fn section(observed: &Observed<'_>, unread: &[String]) -> Section {
    let account = observed.rows("digitalocean.account").first();
    let team = account.and_then(|account| {
        let team = account.text_at(&["team", "name"]);
        team.or_else(|| account.text_at(&["name"]))
    });
    let facts = vec![
        ("Environment", Cell::optional(observed.declared(&["name"]))),
        ("Cluster", cluster(observed)),
        (
            "Region",
            Cell::optional(observed.declared(&["digitalocean", "region"])),
        ),
        ("Kubernetes", version(observed)),
        ("Account", Cell::optional(team)),
        ("Read from", source(observed)),
        ("View", completeness(unread)),
    ];
    let notes = observed.notes.iter().cloned().map(Block::Say);
    let missing = unread.iter().cloned().map(Block::Unread);
    let blocks = std::iter::once(Block::Facts(facts));
    Section {
        id: "overview",
        title: "Overview",
        blocks: blocks.chain(notes).chain(missing).collect(),
    }
}

fn cluster(observed: &Observed<'_>) -> Cell {
    let mut cell = Cell::optional(observed.declared(&["digitalocean", "cluster", "name"]));
    if let Some(cluster) = observed.cluster() {
        cell.told("", text(cluster, "id"), "");
    }
    cell
}

/// What the cluster says of itself; the account's word where that is not known.
fn version(observed: &Observed<'_>) -> Cell {
    let account = observed.cluster().map(|cluster| text(cluster, "version"));
    let mut cell = Cell::optional(observed.version);
    if let Some(account) = account.filter(|version| !version.is_empty()) {
        cell.told("", account, "in the account");
    }
    if let Some(declared) = observed.declared(&["digitalocean", "cluster", "version"]) {
        cell.told("", declared, "declared");
    }
    cell
}

fn source(observed: &Observed<'_>) -> Cell {
    Cell::plain(match observed.source {
        Source::Snapshot(_) => "a snapshot",
        Source::Running => "the running environment",
    })
}

fn completeness(unread: &[String]) -> Cell {
    Cell::plain(match unread.len() {
        0 => "complete: everything that this document tells of was read".to_owned(),
        1 => "incomplete: one thing is missing, named below".to_owned(),
        many => format!("incomplete: {many} things are missing, named below"),
    })
}
