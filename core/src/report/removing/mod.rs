//! What goes and what stays when an environment is destroyed, for people: as a list at a terminal, or as Markdown for a review.

mod markdown;
#[cfg(test)]
mod tests;

pub use markdown::markdown;

use super::Style;
use super::provisioning::amount;
use super::steps;
use super::style::Tone;
use crate::plan::{Along, Removal, Removing, Staying};
use std::io::{self, Write};

/// The plan: what stands in the way, each step with what goes along, what stays, and what is billed no longer.
pub fn plan(plan: &Removing, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    steps::opening(&headline(plan), &plan.conflicts, style, out)?;
    for (number, removal) in plan.steps.iter().enumerate() {
        writeln!(out)?;
        step(number + 1, removal, plan, style, out)?;
    }
    if !plan.staying.is_empty() {
        writeln!(out)?;
    }
    for one in &plan.staying {
        writeln!(out, "{:<10} {}", "stays", style.clean(&stays(one)))?;
    }
    if let Some(total) = total(plan) {
        writeln!(out, "\n{total}")?;
    }
    for note in &plan.notes {
        writeln!(out, "note: {}", style.clean(note))?;
    }
    Ok(())
}

/// The first line.
pub(super) fn headline(plan: &Removing) -> String {
    let environment = &plan.environment;
    let steps = match plan.steps.len() {
        0 => "nothing to remove".to_owned(),
        1 => "1 thing goes".to_owned(),
        number => format!("{number} things go"),
    };
    let stays = match plan.staying.len() {
        0 => String::new(),
        1 => "; 1 stays".to_owned(),
        number => format!("; {number} stay"),
    };
    let conflicts = steps::in_the_way(&plan.conflicts);
    format!("Destroying {environment}: {steps}{stays}{conflicts}")
}

fn step(
    number: usize,
    removal: &Removal,
    plan: &Removing,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let step = &removal.step;
    writeln!(
        out,
        "{number:<3}  {:<11} {}",
        step.risk.as_str(),
        style.paint(Tone::Strong, &style.clean(&step.summary))
    )?;
    let waits = steps::after(&waits(removal, plan));
    let id = step.deed.target.id.as_deref();
    let id = id.map_or_else(String::new, |id| format!(" · {id}"));
    writeln!(
        out,
        "   {}{}{waits} · step {}",
        style.clean(&removal.proof),
        style.clean(&id),
        step.id
    )?;
    for line in &removal.along {
        writeln!(out, "     - {}", style.clean(&billed(line)))?;
    }
    steps::closing(&step.cautions, &step.undo, style, out)
}

/// The numbers of the steps that come before one.
pub(super) fn waits(removal: &Removal, plan: &Removing) -> Vec<String> {
    steps::waits(&removal.after, &plan.steps.iter().map(|one| one.step.id.as_str()))
}

/// A line of what goes along, with its price where that is known.
pub(super) fn billed(line: &Along) -> String {
    match line.cents {
        Some(cents) => format!("{}, {} a month", line.what, amount(cents)),
        None => line.what.clone(),
    }
}

/// What stays, why, what it costs, and how it would go.
pub(super) fn stays(one: &Staying) -> String {
    let bill = match (one.billed, one.cents) {
        (false, _) => String::new(),
        (true, Some(cents)) => format!("; it goes on being billed, {} a month", amount(cents)),
        (true, None) => "; it goes on being billed".to_owned(),
    };
    let step = one
        .step
        .as_ref()
        .map_or_else(String::new, |step| format!(" (--step {step} removes it)"));
    format!("{}: {}{bill}{step}", one.target, one.why)
}

/// What is billed no longer, where something was.
pub(super) fn total(plan: &Removing) -> Option<String> {
    let mut along = plan.steps.iter().flat_map(|one| &one.along);
    let unlisted = along.any(|line| line.cents.is_none());
    match (plan.cents(), unlisted) {
        (0, false) => None,
        (0, true) => Some("each month less by what no price is known of".to_owned()),
        (cents, false) => Some(format!("each month {} less", amount(cents))),
        (cents, true) => Some(format!(
            "each month {} less, beside what no price is known of",
            amount(cents)
        )),
    }
}

/// What is still there once a run has ended.
pub fn remains(left: &Removing, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for one in &left.steps {
        let words = format!("{} ({})", one.step.deed.target, one.proof);
        writeln!(
            out,
            "{}  {}",
            style.paint(Tone::Broken, "still there"),
            style.clean(&words)
        )?;
    }
    for one in &left.staying {
        writeln!(out, "{:<11}  {}", "stays", style.clean(&stays(one)))?;
    }
    for one in &left.conflicts {
        writeln!(
            out,
            "{}    {}",
            style.paint(Tone::Broken, "not known"),
            style.clean(&one.why)
        )?;
    }
    for note in &left.notes {
        writeln!(out, "note: {}", style.clean(note))?;
    }
    if left.is_empty() && left.open().next().is_none() {
        let else_ = if left.staying.is_empty() { "" } else { " else" };
        let words = format!("verified: nothing{else_} of {} is left", left.environment);
        writeln!(out, "{}", style.paint(Tone::Good, &style.clean(&words)))?;
    }
    Ok(())
}
