//! `audit`: which environment, what is wrong with it from critical down, what was not looked at, what to do next.

use super::{block, rest, total, waived};
use crate::findings::Assessment;
use crate::report::Style;
use crate::report::layout::{width, wrap};
use crate::report::style::Tone;
use std::io::{self, Write};

/// Where the right side of the heading ends when the output has no width of its own.
const USUAL_WIDTH: usize = 100;

pub(super) fn render(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    heading(a, style, out)?;
    writeln!(out)?;
    block::render(a, style, out)?;
    waived::render(a, style, out)?;
    rest::render(a, style, out)?;
    total::audit(a, style, out)
}

fn heading(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let heading = &a.heading;
    let environment = heading.environment.as_deref().map(|name| style.clean(name));
    let mut left: Vec<String> = environment.iter().cloned().collect();
    let facts: Vec<_> = [&heading.region, &heading.version]
        .into_iter()
        .flatten()
        .map(|fact| style.clean(fact))
        .collect();
    if let Some(cluster) = &heading.cluster {
        // Versions of DigitalOcean's clusters end in `-do.0`.
        let managed = heading
            .version
            .as_ref()
            .is_some_and(|version| version.contains("-do."));
        let kind = if managed { "DOKS" } else { "cluster" };
        left.push(format!(
            "{kind} {}{}",
            style.clean(cluster),
            parenthesised(&facts)
        ));
    } else if !facts.is_empty() {
        left.push(format!("Kubernetes{}", parenthesised(&facts)));
    }
    if let Some(team) = &heading.team {
        left.push(format!("DigitalOcean team {}", style.clean(team)));
    }
    if a.reading.kind == "snapshot" {
        let from = style.clean(&a.reading.from.join(" "));
        left.push(format!(
            "snapshot {from} of {}",
            a.as_of.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    if let Some(context) = a.reading.cluster.as_ref().and_then(|read| read.context.as_ref())
        && a.reading.kind == "cluster"
    {
        left.push(format!("context {}", style.clean(context)));
    }
    if left.is_empty() {
        left.push("audit".to_owned());
    }
    let left = left.join(style.dot());
    let right = [
        style.count(a.policies.len() as u64, "policy"),
        style.count(a.reading.objects, "object"),
    ]
    .join(style.dot());

    let wanted = style
        .columns()
        .unwrap_or(USUAL_WIDTH)
        .min(USUAL_WIDTH.max(width(&left) + 3 + width(&right)));
    let gap = wanted.saturating_sub(width(&left) + width(&right));
    let painted = |left: &str| match &environment {
        Some(name) if left.starts_with(name.as_str()) => {
            format!("{}{}", style.paint(Tone::Strong, name), &left[name.len()..])
        }
        _ => left.to_owned(),
    };
    if gap >= 3 || style.width.is_none() {
        return writeln!(out, "{}{}{right}", painted(&left), " ".repeat(gap.max(3)));
    }
    for (number, line) in wrap(&left, style.columns()).iter().enumerate() {
        writeln!(out, "{}", if number == 0 { painted(line) } else { line.clone() })?;
    }
    writeln!(out, "{right}")
}

fn parenthesised(facts: &[String]) -> String {
    if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join(", "))
    }
}
