//! What is said of edits of manifests.

use crate::cli::error::{self, Failure};
use crate::cli::output::to_stdout;
use crate::cli::terminal::Terminal;
use crate::pipeline::{Applied, FileEdit, FilesPlan};
use envcheck_core::report::{repair, table};

/// What the edits are, what is left alone, and where what is shown can be used as a patch; `patched` is written as well.
pub(super) fn told(plan: &FilesPlan, patched: bool, terminal: &Terminal) {
    if !terminal.quiet {
        for line in repair::left_alone(&plan.left, &terminal.stderr) {
            error::note(&line);
        }
        let edits: usize = plan.edits.iter().map(|edit| edit.summaries.len()).sum();
        error::note(&format!(
            "{} in {} repair {} of {}",
            repair::counted(edits, "edit"),
            repair::counted(plan.edits.len(), "file"),
            plan.gone,
            repair::counted(plan.open, "finding")
        ));
        for (kustomization, check) in &plan.patched {
            error::note(&terminal.stderr.clean(&format!(
                "{} gets a patch, which shows in what it renders, not in the manifest: {check}",
                kustomization.display()
            )));
        }
        for caution in &plan.cautions {
            error::note(&terminal.stderr.clean(caution));
        }
        for line in skipped(&plan.assessment.reading.skipped) {
            error::note(&terminal.stderr.clean(&line));
        }
    }
    if let Some(words) = &plan.nowhere {
        error::note(&terminal.stderr.clean(words));
    }
    // A file that cannot be read is told where it cannot.
    let mut unseen = Vec::new();
    if table::beside_findings(&plan.assessment, &terminal.stderr, &mut unseen).is_ok() && !unseen.is_empty() {
        error::note(String::from_utf8_lossy(&unseen).trim_end());
    }
    for reason in &plan.assessment.gate.incomplete {
        error::note(&format!("incomplete: {}", terminal.stderr.clean(reason)));
    }
    if !plan.edits.is_empty() {
        usable(plan, patched, terminal);
    }
}

/// Where what is shown can be used as a patch, and where it cannot: nobody applies half of one.
fn usable(plan: &FilesPlan, patched: bool, terminal: &Terminal) {
    match &plan.applied {
        Applied::Here => {}
        Applied::At(root) => error::note(&format!(
            "the patch is for git apply in {}",
            terminal.stderr.clean(&root.display().to_string())
        )),
        Applied::Nowhere => error::note(
            "this is no patch for git apply: not all of these files lie below here, or in one repository",
        ),
    }
    if plan.edits.iter().any(FileEdit::has_carriage_returns) && !patched {
        error::note(
            "some lines end with carriage returns, which are not shown: for git apply take --patch FILE; where the edits are written they stay",
        );
    }
}

/// Shows edits as a patch on standard output.
pub(super) fn shown(edits: &[FileEdit]) -> Result<(), Failure> {
    let shown: Vec<(String, usize)> = edits.iter().map(FileEdit::shown).collect();
    to_stdout(&mut |out| {
        shown
            .iter()
            .try_for_each(|(text, _)| out.write_all(text.as_bytes()))
    })?;
    let hidden = shown.iter().map(|(_, hidden)| hidden).sum();
    if hidden > 0 {
        let lines = repair::counted(hidden, "line");
        error::note(&format!(
            "{lines} hidden, where secrets may stand: git apply does not take this patch, but that of --patch FILE"
        ));
    }
    Ok(())
}

/// What the edits would bring about that is not found now.
pub(super) fn objections(plan: &FilesPlan, terminal: &Terminal) {
    for one in &plan.appeared {
        error::note(&format!(
            "they would bring about {}: {}: {}",
            one.policy,
            terminal.stderr.clean(&one.resource.to_string()),
            terminal.stderr.clean(&one.message)
        ));
    }
}

/// What was left out on purpose, a line for each reason.
fn skipped(files: &[(String, String)]) -> Vec<String> {
    /// More names help nobody.
    const NAMED: usize = 3;
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (file, reason) in files {
        match by_reason.iter_mut().find(|(other, _)| other == reason) {
            Some((_, files)) => files.push(file),
            None => by_reason.push((reason, vec![file])),
        }
    }
    let line = |(reason, files): &(&str, Vec<&str>)| {
        let named: Vec<&str> = files.iter().take(NAMED).copied().collect();
        let more = match files.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("skipped {}{more}: {reason}", named.join(", "))
    };
    by_reason.iter().map(line).collect()
}
