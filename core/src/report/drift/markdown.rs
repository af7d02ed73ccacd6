//! Drift as Markdown: for a review, or a page that a job keeps.

use super::words::{by, headline, less, matter, remedy, said, value};
use crate::findings::drift::{Drift, Side};
use crate::report::prose::prose;
use std::io::{self, Write};

/// Writes it.
pub fn markdown(drift: &Drift, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}", prose(&headline(drift)))?;
    for one in &drift.things {
        writeln!(out, "\n## {}\n", prose(&one.target.to_string()))?;
        writeln!(out, "{} {}", one.state.as_str(), prose(&said(one)))?;
        if !one.differences.is_empty() {
            writeln!(
                out,
                "\n| field | declared | committed | live | who |\n|---|---|---|---|---|"
            )?;
        }
        let cell = |side: &Side| match side {
            Side::Silent => String::new(),
            other => prose(&value(other)),
        };
        for difference in &one.differences {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                prose(&difference.path),
                cell(&difference.declared),
                cell(&difference.committed),
                cell(&difference.live),
                prose(&by(one, difference))
            )?;
        }
        if !one.matters.is_empty() {
            writeln!(out)?;
        }
        for own in &one.matters {
            writeln!(out, "- {} {}", own.severity.as_str(), prose(&matter(own)))?;
        }
    }
    if !drift.not_compared.is_empty() {
        writeln!(out, "\n## Not compared\n")?;
    }
    for one in &drift.not_compared {
        writeln!(out, "- {}", prose(&less(one)))?;
    }
    if !drift.not_looked_for.is_empty() {
        writeln!(out, "\n## Not looked for\n")?;
    }
    for one in &drift.not_looked_for {
        writeln!(out, "- {}", prose(&less(one)))?;
    }
    if !drift.ignored.is_empty() {
        writeln!(out, "\n## Overlooked\n\n| differences | rule |\n|---:|---|")?;
    }
    for one in &drift.ignored {
        writeln!(out, "| {} | {} |", one.count, prose(&one.rule))?;
    }
    if let Some(words) = remedy(drift) {
        writeln!(out, "\n{}", prose(&words))?;
    }
    for note in &drift.notes {
        writeln!(out, "\n{}", prose(note))?;
    }
    Ok(())
}
