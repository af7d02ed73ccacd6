//! The last lines: the answer in one line, why it is incomplete, and what to do next.

use super::waived;
use crate::findings::{Assessment, Verb, Verdict};
use crate::policy::Severity;
use crate::report::Style;
use crate::report::layout::wrap;
use crate::report::style::Tone;
use std::io::{self, Write};

/// `3 findings (2 critical, 1 high) · coverage 98.7 % (2 not evaluated) · exit 1`
pub(super) fn audit(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut facts = Vec::new();
    let open = a.open().count() as u64;
    if open == 0 {
        facts.push(clean_or_not(a, style));
    } else {
        facts.push(format!(
            "{} ({})",
            style.count(open, "finding"),
            severities(a, style)
        ));
    }
    facts.extend(waived::total(a, style));
    facts.extend(suppressed(a, style));
    if open > 0 || !is_clean(a) {
        facts.push(coverage(a, style));
    }
    if !is_clean(a) {
        facts.push(format!("exit {}", a.gate.exit_code));
    }
    answer(a, &facts.join(style.dot()), style, out)?;
    spent(a, style, out)?;
    next(a, style, out)
}

/// `DigitalOcean API: 14 calls, 4,986 of 5,000 left this hour`
fn spent(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(account) = &a.reading.account else {
        return Ok(());
    };
    let calls = style.count(u64::from(account.calls), "call");
    let left = account.left.map_or_else(String::new, |left| {
        format!(
            ", {} of {} left this hour",
            style.number(u64::from(left)),
            style.number(u64::from(account.limit))
        )
    });
    writeln!(out, "DigitalOcean API: {calls}{left}")
}

/// `1 finding in 38 files (64 objects)`
pub(super) fn check(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let reading = &a.reading;
    let mut facts = Vec::new();
    let open = a.open().count() as u64;
    if open == 0 {
        facts.push(clean_or_not(a, style));
    } else {
        let read = match reading.files {
            0 => style.count(reading.objects, "object"),
            files => format!(
                "{} ({})",
                style.count(files, "file"),
                style.count(reading.objects, "object")
            ),
        };
        let by_severity = match open {
            1 => String::new(),
            _ => format!(": {}", severities(a, style)),
        };
        facts.push(format!("{} in {read}{by_severity}", style.count(open, "finding")));
    }
    facts.extend(skipped(a, style));
    if reading.not_kubernetes > 0 {
        facts.push(format!(
            "{} not Kubernetes",
            style.count(reading.not_kubernetes, "document")
        ));
    }
    facts.extend(waived::total(a, style));
    facts.extend(suppressed(a, style));
    if a.coverage.not_evaluated > 0 && !(open == 0 && is_clean(a)) {
        facts.push(coverage(a, style));
    }
    if !a.gate.incomplete.is_empty() {
        facts.push(format!("exit {}", a.gate.exit_code));
    }
    answer(a, &facts.join(style.dot()), style, out)?;
    next(a, style, out)
}

fn is_clean(a: &Assessment) -> bool {
    a.open().next().is_none() && a.gate.incomplete.is_empty()
}

fn clean_or_not(a: &Assessment, style: &Style) -> String {
    if !is_clean(a) {
        return "no findings, but the run is incomplete".to_owned();
    }
    let judged = a
        .policies
        .iter()
        .filter(|policy| policy.verdict != Verdict::NotApplicable)
        .count();
    let others = match a.policies.len() - judged {
        0 => String::new(),
        others => format!(" ({} not applicable)", style.number(others as u64)),
    };
    let files = match a.reading.files {
        0 => String::new(),
        files => format!(" in {}", style.count(files, "file")),
    };
    format!(
        "clean: {}{others} over {}{files}, {}",
        style.count(judged as u64, "policy"),
        style.count(a.reading.objects, "object"),
        coverage(a, style),
    )
}

fn severities(a: &Assessment, style: &Style) -> String {
    let counts: Vec<_> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| match a.count(severity) as u64 {
            0 => None,
            count => Some(format!("{} {severity}", style.number(count))),
        })
        .collect();
    counts.join(", ")
}

/// `coverage 98.7 % (2 not evaluated, 1 not evaluated and waived, 1 failed to run)`
fn coverage(a: &Assessment, style: &Style) -> String {
    let failed: u64 = a.policies.iter().map(|policy| policy.errors).sum();
    let waived = a.coverage.waived;
    let unseen = a.coverage.not_evaluated.saturating_sub(failed + waived);
    let missing: Vec<_> = [
        (unseen, "not evaluated"),
        (waived, "not evaluated and waived"),
        (failed, "failed to run"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{} {words}", style.number(count)))
    .collect();
    let percent = a.coverage.percent();
    if missing.is_empty() {
        format!("coverage {percent}")
    } else {
        format!("coverage {percent} ({})", missing.join(", "))
    }
}

/// `2 pending`, `1 suppressed by exceptions of the policies`
fn suppressed(a: &Assessment, style: &Style) -> Vec<String> {
    let young = a.suppressed.iter().filter(|entry| entry.is_pending()).count();
    let counts = [
        (young, "pending"),
        (
            a.suppressed.len() - young,
            "suppressed by exceptions of the policies",
        ),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, words)| format!("{} {words}", style.number(count as u64)))
        .collect()
}

fn skipped(a: &Assessment, style: &Style) -> Option<String> {
    let skipped = &a.reading.skipped;
    let (_, reason) = skipped.first()?;
    let files = format!("{} skipped", style.count(skipped.len() as u64, "file"));
    Some(if skipped.iter().all(|(_, other)| other == reason) {
        format!("{files} ({})", style.clean(reason))
    } else {
        files
    })
}

fn answer(a: &Assessment, words: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let tone = match (is_clean(a), a.gate.findings) {
        (true, _) => Tone::Good,
        (_, true) => Tone::Strong,
        _ => Tone::Unseen,
    };
    for line in wrap(words, style.columns()) {
        writeln!(out, "{}", style.paint(tone, &line))?;
    }
    Ok(())
}

/// Why it is incomplete and how to complete it, what was not run, and where the worst finding is explained.
fn next(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Vec::new();
    for reason in &a.gate.incomplete {
        lines.push(format!("incomplete: {}", style.clean(reason)));
    }
    if !a.gate.incomplete.is_empty() && a.coverage.not_evaluated > a.coverage.waived {
        // Floored, because the threshold that is to be met must not lie above what was reached.
        let reached = (a.coverage.ratio * 100.0).floor();
        // Another reason than coverage is not accepted by a lower threshold.
        let accept = if a
            .gate
            .incomplete
            .iter()
            .all(|reason| reason.starts_with("coverage "))
        {
            format!("; to accept it as it is: --min-coverage {reached}%")
        } else {
            String::new()
        };
        lines.push(format!(
            "to complete it, mend what is listed as not evaluated{accept}"
        ));
    }
    let whole = a
        .policies
        .iter()
        .filter(|policy| policy.needs_whole_environment())
        .count() as u64;
    if whole > 0 {
        let need = if whole == 1 { "needs" } else { "need" };
        lines.push(format!(
            "{} {need} the whole environment: add --complete when the paths hold all of it, or --on SNAPSHOT",
            style.count(whole, "policy")
        ));
    }
    // `check` has said with each policy's first finding how to mend it.
    let explained = a.open().find(|finding| !finding.foreign);
    if let (Verb::Audit, Some(worst)) = (a.verb, explained) {
        lines.push(format!(
            "why, and how to mend it: envcheck policy explain {}",
            style.clean(&worst.policy)
        ));
    }
    for line in lines.iter().flat_map(|line| wrap(line, style.columns())) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
