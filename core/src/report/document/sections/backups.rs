//! The declared backups: of what, where they arrive, how old they may be and how long they are kept. What arrived last is
//! told only when figures are wanted: it changes every few hours.

use super::super::model::{Block, Cell, Section, Table};
use super::super::observed::{Observed, scalar, text};
use super::{account::bytes_in_words, told};
use crate::value::{Value, ValueExt};
use jiff::Timestamp;

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let declared = observed.spec.items_at(&["digitalocean", "spaces", "backups"]);
    let mut blocks = Vec::new();
    if declared.is_empty() {
        blocks.push(Block::Say("The spec declares no backups.".to_owned()));
    } else {
        blocks.extend(told(
            observed.unread(&["spaces.lifecycles", "spaces.versionings"]),
        ));
        let mut columns = vec!["Of", "Arrives in", "At most this old", "Kept", "Versioning"];
        if observed.figures.is_some() {
            blocks.extend(told(observed.unread(&["spaces.backups"])));
            columns.extend(["Newest", "Age"]);
        }
        let rows = declared.iter().map(|backup| row(observed, backup)).collect();
        blocks.push(Block::Table(Table { columns, rows }));
    }
    Section {
        id: "backups",
        title: "Backups",
        blocks,
    }
}

fn row(observed: &Observed<'_>, backup: &Value) -> Vec<Cell> {
    let bucket = text(backup, "bucket");
    let mut row = vec![
        Cell::optional(backup.text_at(&["of"])),
        Cell::name(format!("{bucket}/{}", text(backup, "prefix"))),
        backup
            .field("maxAge")
            .map(scalar)
            .map_or_else(Cell::default, Cell::name),
        kept(observed, backup),
        versioning(observed, bucket),
    ];
    if let Some(now) = observed.figures {
        row.extend(newest(observed, backup, now));
    }
    row
}

/// The declared retention, and what the bucket's lifecycle rules really do to what arrives.
fn kept(observed: &Observed<'_>, backup: &Value) -> Cell {
    let bucket = text(backup, "bucket");
    let mut cell = Cell::default();
    let declared = observed
        .spec
        .items_at(&["digitalocean", "spaces", "buckets"])
        .iter();
    let mut declared = declared.filter(|own| own.text_at(&["name"]) == Some(bucket));
    let retention = declared.next().and_then(|own| own.field("retention")).map(scalar);
    if let Some(retention) = retention.filter(|retention| !retention.is_empty()) {
        cell.told("", retention, "declared");
    }
    let rows = observed.rows("spaces.lifecycles").iter();
    let mut rows = rows.filter(|row| row.text_at(&["bucket"]) == Some(bucket));
    let rules = rows.next().map_or(&[][..], |row| row.items_at(&["rules"]));
    for rule in rules {
        let concerned = text(backup, "prefix").starts_with(text(rule, "prefix"));
        let days = rule.field("expiration_days").and_then(ValueExt::int);
        if let Some(days) = days.filter(|_| concerned && text(rule, "status") == "Enabled") {
            cell.told("removed after", format!("{days}d"), "by a lifecycle rule");
        }
    }
    cell
}

fn versioning(observed: &Observed<'_>, bucket: &str) -> Cell {
    let rows = observed.rows("spaces.versionings").iter();
    let mut rows = rows.filter(|row| row.text_at(&["bucket"]) == Some(bucket));
    match rows.next() {
        Some(row) => row
            .text_at(&["status"])
            .map_or_else(|| Cell::plain("off"), Cell::name),
        None => Cell::default(),
    }
}

/// What arrived last, and how long ago.
fn newest(observed: &Observed<'_>, backup: &Value, now: Timestamp) -> [Cell; 2] {
    let same = |row: &&Value, key: &str| row.text_at(&[key]) == backup.text_at(&[key]);
    let mut rows = observed.rows("spaces.backups").iter();
    let row = rows.find(|row| same(row, "bucket") && same(row, "prefix"));
    let Some(newest) = row.and_then(|row| row.items_at(&["newest"]).first()) else {
        return [Cell::default(), Cell::default()];
    };
    let mut object = Cell::name(text(newest, "key"));
    if let Some(size) = newest.field("size").and_then(ValueExt::int) {
        object.say(bytes_in_words(size));
    }
    let arrived: Option<Timestamp> = text(newest, "modified").parse().ok();
    let age = arrived.map_or_else(Cell::default, |arrived| {
        let hours = (now.as_second() - arrived.as_second()) / 3600;
        Cell::plain(if hours < 48 {
            format!("{hours} h")
        } else {
            format!("{} d", hours / 24)
        })
    });
    [object, age]
}
