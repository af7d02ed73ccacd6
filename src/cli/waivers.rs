//! `envcheck waivers list|lint`.

use super::args::{ListFormat, WaiversArgs, WaiversVerb};
use super::error::{self, Failure};
use super::output::to_stdout;
use super::terminal::Terminal;
use crate::pipeline::{self, RefusedWaivers};
use envcheck_core::findings::WaiverResult;
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, Write};

pub(crate) fn run(verb: &WaiversVerb, terminal: &Terminal) -> Result<u8, Failure> {
    match verb {
        WaiversVerb::List { waivers, output } => {
            let found = found(waivers)??;
            to_stdout(&mut |out| match output {
                ListFormat::Json => list_json(&found, out),
                ListFormat::Text => list(&found, terminal, out),
            })?;
            Ok(0)
        }
        WaiversVerb::Lint { waivers } => lint(waivers, terminal),
    }
}

fn found(arguments: &WaiversArgs) -> Result<Result<Vec<WaiverResult>, RefusedWaivers>, Failure> {
    let spec = pipeline::environment(&arguments.environment)?;
    let catalogue = pipeline::catalogue(true, &arguments.policy)?;
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    Ok(pipeline::waivers(Some(&spec), &arguments.waivers)
        .map(|written| pipeline::judged_waivers(written, now, &catalogue)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'w> {
    waivers: Vec<Row<'w>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'w> {
    policy: Option<&'w str>,
    resources: &'w [String],
    reason: Option<&'w str>,
    owner: Option<&'w str>,
    ticket: Option<&'w str>,
    expires: Option<String>,
    state: &'static str,
    days_left: Option<i64>,
    place: &'w str,
    problems: Vec<String>,
}

fn list_json(waivers: &[WaiverResult], out: &mut dyn Write) -> io::Result<()> {
    let rows = waivers.iter().map(|waiver| {
        let terms = waiver.terms.as_ref();
        Row {
            policy: waiver.policy.as_deref(),
            resources: &waiver.resources,
            reason: terms.map(|terms| terms.reason.as_str()),
            owner: terms.map(|terms| terms.owner.as_str()),
            ticket: terms.and_then(|terms| terms.ticket.as_deref()),
            expires: terms.map(|terms| terms.expires.to_string()),
            state: waiver.state.as_str(),
            days_left: waiver.days_left,
            place: &waiver.place,
            problems: waiver.problems.iter().map(Diagnostic::one_line).collect(),
        }
    });
    serde_json::to_writer_pretty(
        &mut *out,
        &List {
            waivers: rows.collect(),
        },
    )?;
    writeln!(out)
}

/// State, days left, policy, resources and whose it is: one line each.
fn list(waivers: &[WaiverResult], terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 5]> = waivers.iter().map(|waiver| row(waiver, terminal)).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate().take(4) {
            let gap = width(column).saturating_sub(cell.chars().count()) + 2;
            line.push_str(cell);
            line.push_str(&" ".repeat(gap));
        }
        line.push_str(&row[4]);
        writeln!(out, "{}", line.trim_end())?;
    }
    if rows.is_empty() {
        writeln!(out, "no waivers")?;
    }
    Ok(())
}

fn row(waiver: &WaiverResult, terminal: &Terminal) -> [String; 5] {
    let clean = |text: &str| terminal.stdout.clean(text);
    let until = match (&waiver.terms, waiver.days_left) {
        (Some(terms), Some(days)) => format!("{} ({})", terms.expires, left(days)),
        _ => "-".to_owned(),
    };
    let whose = match &waiver.terms {
        Some(terms) => {
            let ticket = terms.ticket.iter().map(|ticket| format!(", {ticket}"));
            format!("{}{}", terms.owner, ticket.collect::<String>())
        }
        None => waiver
            .problems
            .first()
            .map(Diagnostic::one_line)
            .unwrap_or_default(),
    };
    [
        waiver.state.as_str().to_owned(),
        until,
        clean(waiver.policy.as_deref().unwrap_or("-")),
        clean(&waiver.resources.join(", ")),
        clean(&whose),
    ]
}

fn left(days: i64) -> String {
    match days {
        0 => "last day".to_owned(),
        1 => "1 day left".to_owned(),
        2.. => format!("{days} days left"),
        -1 => "1 day ago".to_owned(),
        _ => format!("{} days ago", -days),
    }
}

/// Shows everything that is wrong, at its place.
fn lint(arguments: &WaiversArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let found = match found(arguments)? {
        Ok(found) => found,
        Err(refused) if refused.unreadable => return Err(refused.into()),
        Err(refused) => {
            error::print(&refused.into(), terminal);
            return Ok(1);
        }
    };
    let problems: Vec<Diagnostic> = found.iter().flat_map(WaiverResult::diagnostics).collect();
    if !problems.is_empty() {
        error::print(&Failure::Problems(problems), terminal);
        return Ok(1);
    }
    let words = match found.len() {
        0 => "no waivers".to_owned(),
        1 => "1 waiver, as it should be".to_owned(),
        count => format!("{count} waivers, all as they should be"),
    };
    to_stdout(&mut |out| writeln!(out, "{words}"))?;
    Ok(0)
}
