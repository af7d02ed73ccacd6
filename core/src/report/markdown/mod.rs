//! Markdown for comments on pull requests and summaries of jobs: the verdict first, then what there is to mend, then,
//! folded, what was not looked at. Everything that came from outside goes through `prose`, and stands in tables.

mod findings;
mod rest;
#[cfg(test)]
mod tests;

use super::prose::prose;
use super::style::Style;
use crate::findings::{Assessment, Verb, Verdict};
use crate::policy::Severity;
use std::io::{self, Write};

/// Writes the document, with a line break at the end. Nothing is left out, however long it gets.
pub fn render(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    verdict(assessment, &mut out)?;
    counts(assessment, &mut out)?;
    findings::render(assessment, &mut out)?;
    rest::render(assessment, &mut out)?;
    out.flush()
}

fn verdict(a: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let verb = match a.verb {
        Verb::Check => "check",
        Verb::Audit => "audit",
    };
    let verdict = match (
        a.gate.findings,
        a.gate.incomplete.is_empty(),
        a.open().next().is_none(),
    ) {
        (true, true, _) => "failed",
        (true, false, _) => "failed, and incomplete",
        (false, false, _) => "incomplete",
        (false, true, false) => "passed, with findings",
        (false, true, true) => "clean",
    };
    let environment = a.heading.environment.as_deref().unwrap_or("");
    let name = prose(&format!("envcheck {verb} {environment}"));
    writeln!(out, "## {name}: {verdict}\n")?;
    let failing = a
        .findings
        .iter()
        .filter(|finding| findings::fails(a, finding))
        .count();
    let mut sentences = vec![match a.open().count() {
        0 => "No findings.".to_owned(),
        count => format!(
            "{}, of which {failing} at or above the threshold `{}`.",
            Style::PLAIN.count(count as u64, "finding"),
            a.gate.fail_on
        ),
    }];
    let waived = a.waived().count();
    if waived > 0 {
        sentences.push(format!("{waived} waived."));
    }
    for reason in &a.gate.incomplete {
        sentences.push(format!("Incomplete: {}.", prose(reason)));
    }
    sentences.push(format!("Exit code {}.", a.gate.exit_code));
    writeln!(out, "{}\n", sentences.join(" "))?;
    writeln!(out, "{}\n", read(a))
}

/// Of what this is the verdict.
fn read(a: &Assessment) -> String {
    let heading = &a.heading;
    let mut facts = Vec::new();
    let named = [
        ("cluster", &heading.cluster),
        ("region", &heading.region),
        ("Kubernetes", &heading.version),
        ("DigitalOcean team", &heading.team),
    ];
    for (noun, name) in named {
        facts.extend(name.as_ref().map(|name| format!("{noun} {}", prose(name))));
    }
    if !a.reading.from.is_empty() {
        let from = prose(&a.reading.from.join(" "));
        facts.push(format!("{} {from}", a.reading.kind));
    }
    let judged = a
        .policies
        .iter()
        .filter(|policy| policy.verdict != Verdict::NotApplicable)
        .count();
    facts.push(Style::PLAIN.count(a.reading.objects, "object"));
    facts.push(format!(
        "{judged} of {} had something to judge",
        Style::PLAIN.count(a.policies.len() as u64, "policy")
    ));
    facts.push(format!("as of {}", a.as_of.strftime("%Y-%m-%d %H:%M UTC")));
    format!("Read: {}.", facts.join(Style::PLAIN.dot()))
}

fn counts(a: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let mut columns: Vec<(String, String)> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| {
            (
                severity.to_string(),
                Style::PLAIN.number(a.count(severity) as u64),
            )
        })
        .collect();
    let young = a.suppressed.iter().filter(|entry| entry.is_pending()).count();
    for (title, count) in [
        ("not evaluated", a.not_evaluated.len()),
        ("failed to run", a.errors.len()),
        ("pending", young),
        ("suppressed", a.suppressed.len() - young),
    ] {
        // Most runs have none.
        if title == "pending" && count == 0 {
            continue;
        }
        columns.push((title.to_owned(), Style::PLAIN.number(count as u64)));
    }
    columns.push(("coverage".to_owned(), a.coverage.percent()));
    let (titles, numbers): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let marks: Vec<_> = titles.iter().map(|_| "---:".to_owned()).collect();
    for cells in [&titles, &marks, &numbers] {
        row(cells, out)?;
    }
    writeln!(out)
}

/// One line of a table.
fn row(cells: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// A table with these titles; the cells are Markdown already.
fn table(titles: &[&str], rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let titles: Vec<_> = titles.iter().map(|title| (*title).to_owned()).collect();
    let marks: Vec<_> = titles.iter().map(|_| "---".to_owned()).collect();
    row(&titles, out)?;
    row(&marks, out)?;
    for cells in rows {
        row(cells, out)?;
    }
    writeln!(out)
}
