//! What stands beside findings, folded: each list with its number, so that none is overlooked.

use super::super::prose::prose;
use super::table;
use crate::findings::{Assessment, Verdict};
use crate::inventory::ResourceRef;
use crate::report::facts;
use crate::report::style::Style;
use std::io::{self, Write};

pub(super) fn render(a: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let named = |resource: Option<&ResourceRef>| {
        resource.map_or_else(|| "all".to_owned(), |resource| prose(&resource.to_string()))
    };
    let rows = a.not_evaluated.iter().map(|entry| {
        let (policy, why) = (prose(&entry.policy), prose(&facts::why(entry)));
        vec![policy, named(entry.resource.as_ref()), why]
    });
    folded("Not evaluated", &["policy", "resource", "why"], rows, out)?;
    let rows = a.errors.iter().map(|entry| {
        let (policy, message) = (prose(&entry.policy), prose(&entry.message));
        vec![policy, named(entry.resource.as_ref()), message]
    });
    folded("Failed to run", &["policy", "resource", "error"], rows, out)?;
    let young = a.suppressed.iter().filter(|entry| entry.is_pending());
    let rows = young.map(|entry| {
        let (policy, resource) = (prose(&entry.policy), named(Some(&entry.resource)));
        vec![policy, resource, prose(&entry.message)]
    });
    folded("Pending", &["policy", "resource", "what"], rows, out)?;
    let excused = a.suppressed.iter().filter(|entry| !entry.is_pending());
    let rows = excused.map(|entry| {
        let (policy, resource) = (prose(&entry.policy), named(Some(&entry.resource)));
        vec![policy, resource, prose(&entry.message), prose(&entry.by)]
    });
    folded("Suppressed", &["policy", "resource", "what", "by"], rows, out)?;
    let rows = a.policies.iter().filter_map(|policy| {
        let reason = policy.reason.as_ref()?;
        (policy.verdict == Verdict::NotApplicable).then(|| vec![prose(&policy.id), prose(reason)])
    });
    folded("Not run", &["policy", "why"], rows, out)?;
    let skipped = a.reading.skipped.iter();
    let rows = skipped.map(|(file, why)| vec![prose(file), prose(why)]);
    folded("Files skipped", &["file", "why"], rows, out)?;
    let rows = a.warnings.iter().map(|warning| vec![prose(warning)]);
    folded("Warnings", &["warning"], rows, out)
}

/// A heading that opens to a table; nothing without rows.
fn folded(
    title: &str,
    titles: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let count = Style::PLAIN.number(rows.len() as u64);
    // Markdown inside HTML begins after a blank line.
    writeln!(out, "<details>\n<summary>{title} ({count})</summary>\n")?;
    table(titles, &rows, out)?;
    writeln!(out, "</details>\n")
}
