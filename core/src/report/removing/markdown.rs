//! The same as Markdown, as it stands under a change that somebody reviews.

use super::{billed, headline, stays, total, waits};
use crate::plan::Removing;
use crate::report::prose::prose;
use crate::report::steps;
use std::io::{self, Write};

/// Writes it.
pub fn markdown(plan: &Removing, out: &mut dyn Write) -> io::Result<()> {
    steps::markdown_opening(&headline(plan), &plan.conflicts, out)?;
    if !plan.steps.is_empty() {
        writeln!(out, "\n## Goes\n")?;
        writeln!(
            out,
            "| # | what | with it | because | after | step |\n|---:|---|---|---|---|---|"
        )?;
        for (number, removal) in plan.steps.iter().enumerate() {
            let along: Vec<String> = removal.along.iter().map(billed).collect();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                number + 1,
                prose(&removal.step.summary),
                prose(&along.join("; ")),
                prose(&removal.proof),
                waits(removal, plan).join(", "),
                removal.step.id
            )?;
        }
        steps::markdown_cautions(plan.steps.iter().map(|removal| &removal.step), out)?;
    }
    if !plan.staying.is_empty() {
        writeln!(out, "\n## Stays\n")?;
        for one in &plan.staying {
            writeln!(out, "- {}", prose(&stays(one)))?;
        }
    }
    if let Some(total) = total(plan) {
        writeln!(out, "\n{}", prose(&total))?;
    }
    for note in &plan.notes {
        writeln!(out, "\n{}", prose(note))?;
    }
    Ok(())
}
