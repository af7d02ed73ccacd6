//! What has to be made, for people: as a list at a terminal, or as Markdown for a review.

mod markdown;

pub use markdown::markdown;

use super::Style;
use super::steps;
use super::style::Tone;
use crate::plan::{Bill, Difference, Making, Provisioning, Standing};
use std::io::{self, Write};

/// The plan: what stands in the way, each step with what it makes, what stands and differs, and what it costs.
pub fn plan(plan: &Provisioning, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    steps::opening(&headline(plan), &plan.conflicts, style, out)?;
    let mut inside = false;
    for (number, making) in plan.steps.iter().enumerate() {
        if making.step.deed.in_cluster() {
            if !inside {
                writeln!(out)?;
            }
            inside = true;
            object(number + 1, making, style, out)?;
        } else {
            writeln!(out)?;
            step(number + 1, making, plan, style, out)?;
        }
    }
    if inside {
        writeln!(
            out,
            "what they hold: envcheck provision {} --render DIR; undo of each will be in the journal",
            style.clean(&plan.environment)
        )?;
    }
    if !plan.opened.is_empty() || !plan.closed.is_empty() {
        writeln!(out)?;
        steps::pairs("opens", &plan.opened, style, out)?;
        steps::pairs("closes", &plan.closed, style, out)?;
    }
    adoptions(plan, style, out)?;
    let mut first = true;
    for one in &plan.standing {
        for differs in &one.differs {
            if first {
                writeln!(out)?;
            }
            first = false;
            let words = differing(one, differs);
            writeln!(out, "differs      {}", style.clean(&words))?;
        }
    }
    for way in ways_back(plan) {
        writeln!(out, "{}", style.clean(&way))?;
    }
    for (number, one) in plan.unseen.iter().enumerate() {
        if number == 0 {
            writeln!(out)?;
        }
        writeln!(out, "not looked   {}", style.clean(one))?;
    }
    bill(plan, style, out)?;
    for note in &plan.notes {
        writeln!(out, "note: {}", style.clean(note))?;
    }
    Ok(())
}

/// What differs, and that it is a person's to change where no command does.
pub(super) fn differing(one: &Standing, difference: &Difference) -> String {
    let by_hand = if difference.repaired { "" } else { " (by hand)" };
    format!("{}: {}{by_hand}", one.target, difference.words)
}

/// How what differs becomes as it is declared, a sentence for each way.
pub(super) fn ways_back(plan: &Provisioning) -> Vec<String> {
    let all = || plan.standing.iter().flat_map(|one| &one.differs);
    let (repaired, by_hand) = (all().any(|one| one.repaired), all().any(|one| !one.repaired));
    let environment = &plan.environment;
    let mut ways = Vec::new();
    if repaired && plan.captured {
        ways.push(format!(
            "what differs was so when the snapshot was taken, and nothing in it is repaired: envcheck remediate {environment} repairs what runs, \
             where the spec or --context names it"
        ));
    } else if repaired {
        ways.push(format!(
            "what differs is repaired, not provisioned: envcheck remediate {environment}"
        ));
    }
    if by_hand {
        ways.push(
            "what is to be done by hand no command changes: change it yourself, or what the spec declares"
                .to_owned(),
        );
    }
    ways
}

/// What is used only once somebody has agreed to it.
fn adoptions(plan: &Provisioning, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if plan.adoptions.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for one in &plan.adoptions {
        writeln!(out, "adopts       {}", style.clean(&one.words()))?;
    }
    writeln!(out, "{ADOPTED}")
}

/// What adopting means.
pub(super) const ADOPTED: &str = "what is adopted is used as it is, and destroy leaves it: provision asks for it once, or --adopt ID names it";

/// The first line.
pub(super) fn headline(plan: &Provisioning) -> String {
    let environment = &plan.environment;
    let stands = match plan.standing.len() {
        0 => String::new(),
        number => format!("; {number} stand"),
    };
    let adopted = match plan.adoptions.len() {
        0 => String::new(),
        number => format!("; {number} to adopt"),
    };
    let conflicts = steps::in_the_way(&plan.conflicts);
    let steps = match plan.steps.len() {
        0 if !plan.unseen.is_empty() => "nothing to make as far as was looked".to_owned(),
        0 => "nothing to make".to_owned(),
        1 => "1 thing to make".to_owned(),
        number => format!("{number} things to make"),
    };
    let unseen = if plan.unseen.is_empty() {
        ""
    } else {
        "; not all was looked at"
    };
    format!("Plan for {environment}: {steps}{stands}{adopted}{unseen}{conflicts}")
}

fn step(
    number: usize,
    making: &Making,
    plan: &Provisioning,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let step = &making.step;
    writeln!(
        out,
        "{number:<3}  {:<11} {}",
        step.risk.as_str(),
        style.paint(Tone::Strong, &style.clean(&step.summary))
    )?;
    let place = if step.deed.in_spaces() {
        "in Spaces"
    } else {
        "in the DigitalOcean account"
    };
    let waits = steps::after(&waits(making, plan));
    writeln!(out, "   {place}{waits} · step {}", step.id)?;
    for line in &step.preview {
        writeln!(out, "     {}", style.clean(line))?;
    }
    steps::closing(&step.cautions, &step.undo, style, out)
}

/// An object of the cluster in one line: there are many, and what they hold is better read as files.
fn object(number: usize, making: &Making, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let step = &making.step;
    writeln!(
        out,
        "{number:<3}  {:<11} {} · step {}",
        step.risk.as_str(),
        style.clean(&step.summary),
        step.id
    )?;
    steps::cautions(&step.cautions, style, out)
}

/// The numbers of the steps that come before one.
pub(super) fn waits(making: &Making, plan: &Provisioning) -> Vec<String> {
    steps::waits(&making.after, &plan.steps.iter().map(|one| one.step.id.as_str()))
}

fn bill(plan: &Provisioning, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if plan.bill.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let width = plan
        .bill
        .iter()
        .map(|line| dollars(line).len())
        .max()
        .unwrap_or(0);
    for line in &plan.bill {
        writeln!(
            out,
            "{:>width$}  {}  {}",
            dollars(line),
            if line.new { "new   " } else { "stands" },
            style.clean(&words(line))
        )?;
    }
    writeln!(out, "{}", total(plan))
}

/// What a line is of, and who shares it.
pub(super) fn words(line: &Bill) -> String {
    if line.shared {
        format!("{}, shared with other environments", line.what)
    } else {
        line.what.clone()
    }
}

/// `$24.00`, or that the price is not known.
pub(super) fn dollars(line: &Bill) -> String {
    line.cents.map_or_else(|| "not listed".to_owned(), amount)
}

pub(super) fn amount(cents: u64) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// Both sums, and that they are not all.
pub(super) fn total(plan: &Provisioning) -> String {
    let unknown = plan.bill.iter().any(|line| line.cents.is_none());
    let rest = if unknown {
        ", beside what no price is known of"
    } else {
        ""
    };
    format!(
        "each month {} more, {} already{rest}; load balancers, Spaces and traffic come on top",
        amount(plan.cents(true)),
        amount(plan.cents(false))
    )
}
