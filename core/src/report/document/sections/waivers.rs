//! Which findings somebody answers for, and until when: what the files of waivers say, and the annotations of objects.
//! Whether a waiver is still needed only an audit can say.

use super::super::model::{Block, Cell, Section, Table};
use super::super::observed::Observed;
use crate::findings::waiver::{Terms, WaiverSource, Written};
use crate::value::ValueExt;
use jiff::Timestamp;

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let mut blocks = Vec::new();
    if observed.waivers.is_empty() {
        blocks.push(Block::Say("Nothing is waived.".to_owned()));
    } else {
        let rows = observed.waivers.iter();
        blocks.push(Block::Table(Table {
            columns: vec![
                "Policy",
                "What",
                "Until",
                "Who answers for it",
                "Why",
                "Written in",
            ],
            rows: rows.map(|waiver| row(waiver, observed.figures)).collect(),
        }));
    }
    blocks.push(Block::Facts(vec![(
        "Comments and annotations may waive",
        inline(observed),
    )]));
    Section {
        id: "waivers",
        title: "Waivers",
        blocks,
    }
}

fn inline(observed: &Observed<'_>) -> Cell {
    let path = ["policies", "inlineWaivers"];
    let listed = observed.spec.items_at(&path);
    if !listed.is_empty() {
        return Cell::names(listed.iter().filter_map(ValueExt::text).map(ToOwned::to_owned));
    }
    match observed.declared(&path) {
        Some("default") => Cell::plain("every policy but the critical ones"),
        _ => Cell::plain("no policy"),
    }
}

fn row(waiver: &Written, now: Option<Timestamp>) -> Vec<Cell> {
    let terms = waiver.terms.as_ref().ok();
    let of = |field: fn(&Terms) -> &str| Cell::optional(terms.map(field));
    let mut who = of(|terms| &terms.owner);
    if let Some(ticket) = terms.and_then(|terms| terms.ticket.as_deref()) {
        who.told("", ticket, "");
    }
    vec![
        Cell::optional(waiver.policy.as_deref()),
        Cell::names(waiver.covers.words()),
        terms.map_or_else(
            || Cell::plain("not written as a waiver must be: it waives nothing"),
            |terms| until(terms, now),
        ),
        who,
        of(|terms| &terms.reason),
        written_in(waiver),
    ]
}

fn until(terms: &Terms, now: Option<Timestamp>) -> Cell {
    let mut cell = Cell::plain(terms.expires.to_string());
    if now.is_some_and(|now| terms.have_ended(now)) {
        cell.say("expired");
    }
    cell
}

fn written_in(waiver: &Written) -> Cell {
    match (waiver.source, &waiver.at) {
        // The folder is a matter of where the spec lies on this machine, and lines move with each edit of the file.
        (WaiverSource::File, Some(place)) => {
            let name = &place.source.name;
            Cell::name(name.rsplit(['/', '\\']).next().unwrap_or(name))
        }
        (source, _) => Cell::plain(source.as_str()),
    }
}
