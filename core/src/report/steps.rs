//! What plans have in common, whatever their steps do: how they open, what stands in the way, what a step waits for, and what takes
//! it back.

use super::Style;
use super::prose::prose;
use super::style::Tone;
use crate::plan::{Conflict, Pair, Step, Undo};
use std::io::{self, Write};

/// The first line, and what stands in the way.
pub(super) fn opening(
    headline: &str,
    conflicts: &[Conflict],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", style.paint(Tone::Strong, &style.clean(headline)))?;
    for conflict in conflicts {
        writeln!(out)?;
        writeln!(
            out,
            "{}  {}",
            style.paint(Tone::Broken, "in the way"),
            style.clean(&conflict.why)
        )?;
        writeln!(out, "            {}", style.clean(&conflict.hint))?;
    }
    Ok(())
}

/// The same as Markdown.
pub(super) fn markdown_opening(
    headline: &str,
    conflicts: &[Conflict],
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "# {}", prose(headline))?;
    if !conflicts.is_empty() {
        writeln!(out, "\n## In the way\n")?;
    }
    for conflict in conflicts {
        writeln!(out, "- {}. {}", prose(&conflict.why), prose(&conflict.hint))?;
    }
    Ok(())
}

/// How many things stand in the way, as the end of a first line.
pub(super) fn in_the_way(conflicts: &[Conflict]) -> String {
    match conflicts.len() {
        0 => String::new(),
        1 => "; 1 thing in the way".to_owned(),
        number => format!("; {number} things in the way"),
    }
}

/// The numbers of the steps that come before one: `after` has their ids, `all` those of the plan.
pub(super) fn waits<'s>(after: &[String], all: &(impl Iterator<Item = &'s str> + Clone)) -> Vec<String> {
    let number = |id: &String| all.clone().position(|one| one == id);
    let numbers = after.iter().filter_map(number);
    numbers.map(|number| (number + 1).to_string()).collect()
}

/// The same as a part of a line.
pub(super) fn after(waits: &[String]) -> String {
    if waits.is_empty() {
        String::new()
    } else {
        format!(" · after {}", waits.join(", "))
    }
}

/// What must be known of a step.
pub(super) fn cautions(all: &[String], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for caution in all {
        writeln!(out, "   note: {}", style.clean(caution))?;
    }
    Ok(())
}

/// The same of all steps as Markdown, each by its number.
pub(super) fn markdown_cautions<'s>(
    all: impl Iterator<Item = &'s Step>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let numbered = all.enumerate();
    let told = numbered.flat_map(|(at, step)| step.cautions.iter().map(move |caution| (at + 1, caution)));
    let mut told = told.peekable();
    if told.peek().is_some() {
        writeln!(out, "\n## To be known\n")?;
    }
    for (number, caution) in told {
        writeln!(out, "- Of {number}: {}", prose(caution))?;
    }
    Ok(())
}

/// What must be known of a step, and whether it can be taken back.
pub(super) fn closing(known: &[String], undo: &Undo, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    cautions(known, style, out)?;
    match undo {
        Undo::None(why) => writeln!(out, "   no undo: {}", style.clean(why)),
        _ => writeln!(out, "   undo will be in the journal"),
    }
}

/// So many connections are listed on a terminal; what goes into a file has all of them.
const MOST_PAIRS: usize = 40;

/// What opens or closes, a line for each connection.
pub(super) fn pairs(what: &str, pairs: &[Pair], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if pairs.is_empty() {
        return writeln!(out, "{what:<7} nothing");
    }
    let most = if style.width.is_some() {
        MOST_PAIRS
    } else {
        pairs.len()
    };
    for pair in pairs.iter().take(most) {
        let words = connection(pair);
        writeln!(out, "{what:<7} {}", style.clean(&words))?;
    }
    match pairs.len() - most.min(pairs.len()) {
        0 => Ok(()),
        more => writeln!(
            out,
            "{what:<7} {more} more, which are listed where the output is no terminal"
        ),
    }
}

/// `b2b/web[Deployment] → back/db[StatefulSet] (TCP 6379)`.
pub(super) fn connection(pair: &Pair) -> String {
    format!("{} → {} ({})", pair.from, pair.to, pair.conn)
}
