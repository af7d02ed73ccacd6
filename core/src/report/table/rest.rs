//! What stands beside findings: what was not looked at, policies that failed to run, warnings.
//! A reason that many policies share is said once.

use super::block::indented;
use crate::findings::{Assessment, Verdict};
use crate::inventory::ResourceRef;
use crate::report::layout::{pad, width, wrap};
use crate::report::style::Tone;
use crate::report::{Style, facts};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// One line: what it is about, and why.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    label: String,
    /// The policies, when the label only counts them.
    policies: String,
    words: String,
}

pub(super) fn render(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let unseen = grouped(
        a.not_evaluated
            .iter()
            .map(|entry| (entry.policy.as_ref(), entry.resource.as_ref(), facts::why(entry))),
        a,
        style,
    );
    section("not evaluated", Tone::Unseen, &unseen, style, out)?;
    let broken = grouped(
        a.errors.iter().map(|entry| {
            (
                entry.policy.as_ref(),
                entry.resource.as_ref(),
                entry.message.clone(),
            )
        }),
        a,
        style,
    );
    section("failed to run", Tone::Broken, &broken, style, out)?;
    for warning in &a.warnings {
        let lines = wrap(&style.clean_lines(warning), style.columns_after(9));
        writeln!(
            out,
            "{} {}",
            style.paint(Tone::Unseen, "warning:"),
            lines.join("\n         ")
        )?;
    }
    if !a.warnings.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Entries with the same words and the same resources become one line over their policies; a policy that then says
/// one thing of several resources counts them.
fn grouped<'a>(
    entries: impl Iterator<Item = (&'a str, Option<&'a ResourceRef>, String)>,
    a: &Assessment,
    style: &Style,
) -> Vec<Line> {
    let applicable = a
        .policies
        .iter()
        .filter(|policy| policy.verdict != Verdict::NotApplicable)
        .count();
    let mut by_policy: BTreeMap<(&str, String), BTreeSet<Option<&ResourceRef>>> = BTreeMap::new();
    for (policy, resource, words) in entries {
        by_policy.entry((policy, words)).or_default().insert(resource);
    }
    let mut by_words: BTreeMap<(String, BTreeSet<Option<&ResourceRef>>), Vec<&str>> = BTreeMap::new();
    for ((policy, words), resources) in by_policy {
        by_words.entry((words, resources)).or_default().push(policy);
    }
    let mut lines: Vec<Line> = by_words
        .into_iter()
        .map(|((words, resources), policies)| {
            let words = style.clean_lines(&words);
            let about = about(&resources, style);
            match policies.as_slice() {
                [policy] => Line {
                    label: format!("{}{about}", style.clean(policy)),
                    policies: String::new(),
                    words,
                },
                all if all.len() == applicable => Line {
                    label: format!("all {}{about}", style.count(all.len() as u64, "policy")),
                    policies: String::new(),
                    words,
                },
                some => Line {
                    label: format!("{}{about}", style.count(some.len() as u64, "policy")),
                    policies: style.clean(&some.join(", ")),
                    words,
                },
            }
        })
        .collect();
    lines.sort();
    lines
}

/// ` (2 Buckets)`, ` (Bucket acme-images)`, nothing.
fn about(resources: &BTreeSet<Option<&ResourceRef>>, style: &Style) -> String {
    let named: Vec<_> = resources.iter().flatten().collect();
    match named.as_slice() {
        [] => String::new(),
        [one] => format!(
            " ({} {})",
            style.clean(&one.kind),
            style.clean(&one.qualified_name())
        ),
        [first, others @ ..] => {
            let one_kind = others.iter().all(|other| other.kind == first.kind);
            let noun = if one_kind {
                style.clean(&first.kind)
            } else {
                "resource".to_owned()
            };
            format!(" ({})", style.count(named.len() as u64, &noun))
        }
    }
}

fn section(title: &str, tone: Tone, lines: &[Line], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let indent = title.len() + 3;
    let widest = lines.iter().map(|line| width(&line.label)).max().unwrap_or(0);
    // Where labels leave too little beside them, the words stand below.
    let stacked = style
        .columns_after(indent)
        .is_some_and(|columns| widest > columns * 2 / 5);
    let words_at = if stacked { indent } else { indent + widest + 3 };
    let mut last = ("", "");
    for (number, line) in lines.iter().enumerate() {
        let heading = if number == 0 {
            pad(title, indent)
        } else {
            " ".repeat(indent)
        };
        let this = (line.label.as_str(), line.policies.as_str());
        let (label, policies) = if this == last { ("", "") } else { this };
        last = this;
        let mut words = wrap(&line.words, style.columns_after(words_at)).into_iter();
        let heading = style.paint(tone, &heading);
        if !stacked {
            let first = words.next().unwrap_or_default();
            writeln!(out, "{heading}{}{first}", pad(label, widest + 3))?;
        } else if !label.is_empty() {
            let mut labels = wrap(label, style.columns_after(indent)).into_iter();
            writeln!(out, "{heading}{}", labels.next().unwrap_or_default())?;
            for more in labels {
                writeln!(out, "{}{more}", " ".repeat(indent))?;
            }
        }
        for more in words {
            writeln!(out, "{}{more}", " ".repeat(words_at))?;
        }
        if !policies.is_empty() {
            indented(words_at, &format!("({policies})"), style, out)?;
        }
    }
    writeln!(out)
}
