//! What all forms for people say alike.

use crate::findings::drift::{Difference, Drift, Drifted, Matter, Moved, NotCompared, Side, State};
use crate::inventory::reference::ACCOUNT_API;
use crate::value::{Value, ValueExt};

/// How many things of which less was looked at are named where people read.
const MOST_NAMED: usize = 5;

/// What one side says.
pub(super) struct Row {
    pub(super) side: &'static str,
    pub(super) value: String,
}

/// The first line.
pub(super) fn headline(drift: &Drift) -> String {
    let differences = match drift.count() {
        0 => "no differences".to_owned(),
        1 => "1 difference".to_owned(),
        number => format!("{number} differences"),
    };
    let within = match drift.things.len() {
        0 => String::new(),
        1 => " in 1 thing".to_owned(),
        number => format!(" in {number} things"),
    };
    let unseen: usize = drift.not_compared.iter().map(|one| one.count.max(1)).sum();
    let unseen = match unseen {
        0 => String::new(),
        number => format!("; {number} not compared"),
    };
    let ignored: usize = drift.ignored.iter().map(|one| one.count).sum();
    let ignored = match ignored {
        0 => String::new(),
        number => format!("; {number} overlooked"),
    };
    let parts: usize = drift.not_looked_for.iter().map(|one| one.count).sum();
    let parts = match parts {
        0 => String::new(),
        number => format!(", {number} of them in part"),
    };
    format!(
        "Drift of {}: {differences}{within}; {} compared{parts}{unseen}{ignored}",
        drift.environment, drift.compared
    )
}

/// Where a thing is declared and committed.
pub(super) fn said(one: &Drifted) -> String {
    let declared = one.declared.as_ref().map(|place| format!("declared in {place}"));
    let committed = one
        .committed
        .as_ref()
        .map(|place| format!("committed in {place}"));
    let all: Vec<String> = declared.into_iter().chain(committed).collect();
    match (one.state, all.is_empty()) {
        (State::Undeclared, _) => "it is there, and nothing declares it".to_owned(),
        (_, true) => String::new(),
        _ => all.join(", "),
    }
}

/// What each side says of a field; those that say nothing are left out.
pub(super) fn rows(difference: &Difference) -> Vec<Row> {
    let sides = [
        ("declared", &difference.declared),
        ("committed", &difference.committed),
        ("live", &difference.live),
    ];
    let said = sides.into_iter().filter(|(_, side)| **side != Side::Silent);
    said.map(|(side, says)| Row {
        side,
        value: value(says),
    })
    .collect()
}

/// A side in one line.
pub(super) fn value(side: &Side) -> String {
    match side {
        Side::Silent => "says nothing".to_owned(),
        Side::Absent => "nothing".to_owned(),
        Side::Says(value) => text(value),
    }
}

fn text(value: &Value) -> String {
    match value.text() {
        Some(text) if !text.is_empty() && !text.contains('\n') && !text.starts_with([' ', '"', '{', '[']) => {
            text.to_owned()
        }
        _ => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// Which side moved, and who wrote it when.
pub(super) fn by(one: &Drifted, difference: &Difference) -> String {
    if one.target.api_version == ACCOUNT_API && difference.moved == Moved::Unknown {
        return "the account keeps no record of who changed it".to_owned();
    }
    let bare = difference.declared == Side::Silent && difference.committed == Side::Silent;
    let moved = match difference.moved {
        Moved::Live if bare => "added live",
        Moved::Declaration if bare => "no longer declared, still live",
        Moved::Git if bare => "no longer committed, still live",
        Moved::Several if bare => "neither declared nor committed any more, still live",
        Moved::Live => "live moved",
        Moved::Declaration => "the declaration moved",
        Moved::Git => "Git moved",
        Moved::Several => "several sides moved",
        Moved::Unknown => "which side moved is not known",
    };
    let Some(writer) = &difference.writer else {
        return moved.to_owned();
    };
    let when = if writer.time.is_empty() {
        String::new()
    } else {
        format!(" at {}", writer.time)
    };
    let part = if writer.subresource.is_empty() {
        String::new()
    } else {
        format!(" through {}", writer.subresource)
    };
    format!("{moved}; last written by {}{part}{when}", writer.manager)
}

/// What a policy says.
pub(super) fn matter(matter: &Matter) -> String {
    let more = match (matter.waived, matter.repair) {
        (true, _) => " (waived)",
        (false, true) => " (repair)",
        (false, false) => "",
    };
    let of = matter.of.as_ref();
    let of = of.map_or_else(String::new, |of| format!(" at {of}"));
    format!("{}{more}{of}: {}", matter.policy, matter.message)
}

/// What was not compared, and the first of the things of which that is so.
pub(super) fn less(one: &NotCompared) -> String {
    let count = match one.count {
        0 | 1 => String::new(),
        number => format!(" ({number})"),
    };
    let first: Vec<String> = one
        .things
        .iter()
        .take(MOST_NAMED)
        .map(ToString::to_string)
        .collect();
    let named = match one.things.len().saturating_sub(MOST_NAMED) {
        _ if first.is_empty() || first == [one.what.as_str()] => String::new(),
        0 => format!(": {}", first.join(", ")),
        more => format!(": {} and {more} more", first.join(", ")),
    };
    format!("{}{count}: {}{named}", one.what, one.why)
}

/// The command that repairs what policies mind.
pub(super) fn remedy(drift: &Drift) -> Option<String> {
    let repairs = drift.repairs();
    (!repairs.is_empty()).then(|| {
        format!(
            "what has a repair: envcheck remediate {} --only {}",
            drift.environment,
            repairs.join(",")
        )
    })
}
