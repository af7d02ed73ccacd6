//! A plan as Markdown, as it stands under a change that somebody reviews.

use super::{ADOPTED, differing, dollars, headline, total, waits, ways_back, words};
use crate::plan::Provisioning;
use crate::report::prose::prose;
use crate::report::steps;
use std::io::{self, Write};

/// Writes it.
pub fn markdown(plan: &Provisioning, out: &mut dyn Write) -> io::Result<()> {
    steps::markdown_opening(&headline(plan), &plan.conflicts, out)?;
    if !plan.steps.is_empty() {
        writeln!(out, "\n## To be made\n")?;
        writeln!(out, "| # | what | risk | after | step |\n|---:|---|---|---|---|")?;
        for (number, making) in plan.steps.iter().enumerate() {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                number + 1,
                prose(&making.step.summary),
                making.step.risk.as_str(),
                waits(making, plan).join(", "),
                making.step.id
            )?;
        }
        steps::markdown_cautions(plan.steps.iter().map(|making| &making.step), out)?;
    }
    if !plan.opened.is_empty() || !plan.closed.is_empty() {
        writeln!(out, "\n## Connections of what runs\n")?;
    }
    for (what, pairs) in [("opens", &plan.opened), ("closes", &plan.closed)] {
        for pair in pairs {
            writeln!(out, "- {what} {}", prose(&steps::connection(pair)))?;
        }
    }
    if !plan.adoptions.is_empty() {
        writeln!(out, "\n## Adopts\n")?;
        for one in &plan.adoptions {
            writeln!(out, "- {}", prose(&one.words()))?;
        }
        writeln!(out, "\n{}", prose(ADOPTED))?;
    }
    if plan.differs() {
        writeln!(out, "\n## Differs\n")?;
        for one in &plan.standing {
            for differs in &one.differs {
                writeln!(out, "- {}", prose(&differing(one, differs)))?;
            }
        }
        for way in ways_back(plan) {
            writeln!(out, "\n{}", prose(&way))?;
        }
    }
    if !plan.unseen.is_empty() {
        writeln!(out, "\n## Not looked at\n")?;
        for one in &plan.unseen {
            writeln!(out, "- {}", prose(one))?;
        }
    }
    if !plan.bill.is_empty() {
        writeln!(out, "\n## Each month\n\n| | | |\n|---:|---|---|")?;
        for line in &plan.bill {
            let when = if line.new { "new" } else { "stands" };
            writeln!(out, "| {} | {when} | {} |", dollars(line), prose(&words(line)))?;
        }
        writeln!(out, "\n{}", prose(&total(plan)))?;
    }
    for note in &plan.notes {
        writeln!(out, "\n{}", prose(note))?;
    }
    Ok(())
}
