//! What an environment has drifted to, for people: as a list at a terminal, or as Markdown; and for programs.

mod apart;
pub mod json;
mod markdown;
#[cfg(test)]
mod tests;
mod words;

pub use markdown::markdown;

use super::Style;
use super::style::Tone;
use crate::findings::drift::{Drift, Drifted, State};
use std::io::{self, Write};
use words::{Row, by, headline, less, remedy, said};

/// The columns before what a side says.
const INDENT: usize = 14;

/// What drifted, thing by thing; then what was not compared, what is overlooked, and what to do.
pub fn table(drift: &Drift, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let tone = if drift.is_empty() && drift.not_compared.is_empty() {
        Tone::Good
    } else {
        Tone::Strong
    };
    writeln!(out, "{}", style.paint(tone, &style.clean(&headline(drift))))?;
    for one in &drift.things {
        writeln!(out)?;
        thing(one, style, out)?;
    }
    if !drift.not_compared.is_empty() {
        writeln!(out)?;
    }
    for one in &drift.not_compared {
        let words = less(one);
        writeln!(
            out,
            "{}  {}",
            style.paint(Tone::Unseen, "not compared"),
            style.clean(&words)
        )?;
    }
    if !drift.not_looked_for.is_empty() {
        writeln!(out)?;
    }
    for one in &drift.not_looked_for {
        writeln!(
            out,
            "{}  {}",
            style.paint(Tone::Unseen, "not looked for"),
            style.clean(&less(one))
        )?;
    }
    if !drift.ignored.is_empty() {
        writeln!(out)?;
    }
    for one in &drift.ignored {
        writeln!(
            out,
            "overlooked    {}: {}",
            style.count(u64::try_from(one.count).unwrap_or(u64::MAX), "difference"),
            style.clean(&one.rule)
        )?;
    }
    if let Some(words) = remedy(drift) {
        writeln!(out)?;
        writeln!(out, "{}", style.clean(&words))?;
    }
    for note in &drift.notes {
        writeln!(out, "note: {}", style.clean(note))?;
    }
    Ok(())
}

fn thing(one: &Drifted, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let word = match one.state {
        State::Differs => String::new(),
        other => format!("{} ", other.as_str()),
    };
    let said = said(one);
    let place = if said.is_empty() {
        String::new()
    } else {
        format!("{}{said}", style.dot())
    };
    writeln!(
        out,
        "{}{}",
        style.paint(Tone::Strong, &style.clean(&format!("{word}{}", one.target))),
        style.clean(&place)
    )?;
    for difference in &one.differences {
        writeln!(out, "  {}", style.clean(&difference.path))?;
        let rows = words::rows(difference);
        let mut values: Vec<String> = rows.iter().map(|row| style.clean(&row.value)).collect();
        apart::cut(&mut values, style.columns_after(INDENT), style.ellipsis());
        for (Row { side, .. }, value) in rows.iter().zip(values) {
            writeln!(out, "    {side:<9} {value}")?;
        }
        writeln!(out, "    {}", style.clean(&by(one, difference)))?;
    }
    for matter in &one.matters {
        let words = words::matter(matter);
        writeln!(
            out,
            "  {:<8}  {}",
            style.paint(Tone::Severity(matter.severity), matter.severity.as_str()),
            style.clean(&words)
        )?;
    }
    if one.matters.is_empty() {
        writeln!(out, "  no finding names it")?;
    }
    Ok(())
}
