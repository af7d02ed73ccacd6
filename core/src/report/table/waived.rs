//! Findings that a waiver accepts: a line each, below what nobody accepts.

use super::INDENT;
use super::block::indented;
use crate::findings::{Assessment, Finding};
use crate::policy::Severity;
use crate::report::Style;
use crate::report::layout::{pad, width};
use crate::report::style::Tone;
use std::io::{self, Write};

/// Findings of one policy under one waiver.
struct Line<'a> {
    severity: Severity,
    policy: String,
    findings: Vec<&'a Finding>,
    words: String,
}

/// `MEDIUM    ingress-controller-supported   ingress-nginx/controller (Deployment)   waived until 2027-01-31 (platform team)`
pub(super) fn render(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (finding, waiver) in a.waived() {
        let (policy, words) = (style.clean(&finding.policy), style.clean(&waiver.words()));
        let same = lines
            .iter_mut()
            .rev()
            .find(|line| line.severity == finding.severity && line.policy == policy && line.words == words);
        match same {
            Some(line) => line.findings.push(finding),
            None => lines.push(Line {
                severity: finding.severity,
                policy,
                findings: vec![finding],
                words,
            }),
        }
    }
    let policies = lines.iter().map(|line| width(&line.policy)).max().unwrap_or(0) + 3;
    let subjects: Vec<String> = lines.iter().map(|line| line.subject(style)).collect();
    let column = subjects.iter().map(|subject| width(subject)).max().unwrap_or(0) + 3;
    for (line, subject) in lines.iter().zip(&subjects) {
        let severity = pad(&line.severity.as_str().to_uppercase(), INDENT);
        let severity = style.paint(Tone::Severity(line.severity), &severity);
        let needed = INDENT + policies + column + width(&line.words);
        if style.columns().is_some_and(|columns| needed > columns) {
            writeln!(out, "{severity}{}", line.policy)?;
            indented(INDENT, subject, style, out)?;
            indented(INDENT, &line.words, style, out)?;
        } else {
            let (policy, subject) = (pad(&line.policy, policies), pad(subject, column));
            writeln!(out, "{severity}{policy}{subject}{}", line.words)?;
        }
    }
    if lines.is_empty() { Ok(()) } else { writeln!(out) }
}

impl Line<'_> {
    /// The resource, or how many findings there are.
    fn subject(&self, style: &Style) -> String {
        match self.findings.as_slice() {
            [one] => style.clean(&one.resource().to_string()),
            several => style.count(several.len() as u64, "finding"),
        }
    }
}

/// `1 waived, expires in 69 days`; of several the first to expire.
pub(super) fn total(a: &Assessment, style: &Style) -> Option<String> {
    let days: Vec<i64> = a.waived().map(|(_, waiver)| waiver.days_left).collect();
    let first = *days.iter().min()?;
    let when = match first {
        ..=0 => "today".to_owned(),
        days => format!("in {}", style.count(days.unsigned_abs(), "day")),
    };
    let count = style.number(days.len() as u64);
    Some(if days.len() == 1 {
        format!("{count} waived, expires {when}")
    } else {
        format!("{count} waived, the first expires {when}")
    })
}
