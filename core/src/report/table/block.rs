//! Findings of `audit`: one block per severity and policy, in which no message and no repair is said twice.

use super::INDENT;
use crate::findings::{Assessment, Finding, Fix};
use crate::policy::Severity;
use crate::report::layout::{cut_middle, pad, width, wrap};
use crate::report::style::Tone;
use crate::report::{Style, facts};
use std::collections::HashMap;
use std::io::{self, Write};

/// Findings of one policy and severity, grouped by what is said of them.
struct Block<'a> {
    severity: Severity,
    policy: String,
    groups: Vec<Group<'a>>,
    count: usize,
}

/// Findings with the same message and repair.
struct Group<'a> {
    message: &'a str,
    fix: Option<&'a Fix>,
    findings: Vec<&'a Finding>,
}

/// What is printed of a repair: summary and risk.
type SaidFix<'a> = (&'a str, &'a str);

fn said(fix: &Fix) -> SaidFix<'_> {
    (&fix.summary, fix.risk.as_str())
}

pub(super) fn render(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let open: Vec<&Finding> = a.open().collect();
    let blocks: Vec<_> = open
        .chunk_by(|left, right| left.severity == right.severity && left.policy == right.policy)
        .map(|findings| Block::of(findings, style))
        .collect();
    let column = blocks.iter().map(|block| width(&block.policy)).max().unwrap_or(0);
    for block in &blocks {
        block.head(column, style, out)?;
        block.body(a, style, out)?;
        writeln!(out)?;
    }
    Ok(())
}

impl<'a> Block<'a> {
    fn of(findings: &[&'a Finding], style: &Style) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut known: HashMap<(&str, Option<SaidFix<'_>>), usize> = HashMap::new();
        for finding in findings.iter().copied() {
            let fix = finding.fix.as_ref();
            let said = (finding.message.as_str(), fix.map(said));
            let index = *known.entry(said).or_insert_with(|| {
                groups.push(Group {
                    message: &finding.message,
                    fix,
                    findings: Vec::new(),
                });
                groups.len() - 1
            });
            groups[index].findings.push(finding);
        }
        Self {
            severity: findings[0].severity,
            policy: style.clean(&findings[0].policy),
            groups,
            count: findings.len(),
        }
    }

    /// `CRITICAL  dedicated-load-balancer   ingress-nginx/controller (Service)`, or how many findings there are.
    fn head(&self, column: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let subject = match (self.count, self.groups.first()) {
            (1, Some(group)) => style.clean(&group.findings[0].resource().to_string()),
            _ => style.count(self.count as u64, "finding"),
        };
        let (mut policy, mut subject) = (self.policy.clone(), subject);
        let mut column = column + 3;
        if let Some(columns) = style.columns_after(INDENT)
            && column + width(&subject) > columns
        {
            // The subject may have what the policy leaves, but at least half; the policy what then remains.
            let room = columns - 2;
            let subject_room = room.saturating_sub(width(&policy)).max(room / 2);
            subject = cut_middle(&subject, subject_room, style.ellipsis());
            let policy_room = room.saturating_sub(width(&subject));
            policy = cut_middle(&policy, policy_room, style.ellipsis());
            column = column.min(columns - width(&subject)).max(width(&policy) + 2);
        }
        let severity = self.severity.as_str().to_uppercase();
        writeln!(
            out,
            "{}{}{subject}",
            style.paint(Tone::Severity(self.severity), &pad(&severity, INDENT)),
            style.paint(Tone::Strong, &pad(&policy, column)),
        )
    }

    fn body(&self, a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let common_fix = self
            .groups
            .iter()
            .all(|group| group.said_fix() == self.groups[0].said_fix());
        for group in &self.groups {
            indented(INDENT, &style.clean_lines(group.message), style, out)?;
            if self.count == 1 {
                let facts = facts(a, group.findings[0], style);
                if !facts.is_empty() {
                    indented(INDENT, &facts.join(style.dot()), style, out)?;
                }
            } else {
                group.members(a, style, out)?;
            }
            if !common_fix {
                fix(group.fix, style, out)?;
            }
        }
        if common_fix {
            fix(self.groups[0].fix, style, out)?;
        }
        Ok(())
    }
}

impl Group<'_> {
    fn said_fix(&self) -> Option<SaidFix<'_>> {
        self.fix.map(said)
    }

    /// The resources under one message: a line each when there is something to say of each, else one list.
    fn members(&self, a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let all: Vec<Vec<String>> = self
            .findings
            .iter()
            .map(|finding| facts(a, finding, style))
            .collect();
        // What is true of each is said before them.
        let shared: Vec<String> = match all.as_slice() {
            [first, others @ ..] if !others.is_empty() => first
                .iter()
                .filter(|fact| others.iter().all(|facts| facts.contains(fact)))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        if !shared.is_empty() {
            indented(INDENT, &shared.join(style.dot()), style, out)?;
        }
        let rows: Vec<(String, String)> = self
            .findings
            .iter()
            .zip(all)
            .map(|(finding, mut facts)| {
                facts.retain(|fact| !shared.contains(fact));
                (
                    style.clean(&finding.resource().to_string()),
                    facts.join(style.dot()),
                )
            })
            .collect();
        let indent = INDENT + 2;
        if rows.iter().all(|(_, facts)| facts.is_empty()) {
            let mut names: Vec<_> = rows.into_iter().map(|(name, _)| name).collect();
            names.dedup();
            return indented(indent, &names.join(", "), style, out);
        }
        let column = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        let needed = column + 2 + rows.iter().map(|(_, facts)| width(facts)).max().unwrap_or(0);
        // Where a row would be too long, what is known of a resource stands below its name.
        if style
            .columns_after(indent)
            .is_some_and(|columns| needed > columns)
        {
            for (name, facts) in rows {
                indented(indent, &name, style, out)?;
                if !facts.is_empty() {
                    indented(indent + 2, &facts, style, out)?;
                }
            }
            return Ok(());
        }
        for (name, facts) in rows {
            let line = format!("{}{}  {facts}", " ".repeat(indent), pad(&name, column));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What is known of a finding, harmless to a terminal.
fn facts(a: &Assessment, finding: &Finding, style: &Style) -> Vec<String> {
    let known = facts::of(a, finding);
    known.iter().map(|fact| style.clean(fact)).collect()
}

fn fix(fix: Option<&Fix>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(fix) = fix else { return Ok(()) };
    let words = format!("fix: {}", style.clean_lines(&facts::fix(fix)));
    indented(INDENT, &words, style, out)
}

/// The words in lines that fit, below the heading they belong to.
pub(super) fn indented(indent: usize, words: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for line in wrap(words, style.columns_after(indent)) {
        writeln!(out, "{}", format!("{}{line}", " ".repeat(indent)).trim_end())?;
    }
    Ok(())
}
