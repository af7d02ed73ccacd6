//! `envcheck remediate --files` and `envcheck check --fix`: manifests are mended instead of what runs.

use crate::cli::consent;
use crate::cli::error::{self, Failure};
use crate::cli::output::{to_secret_file, to_stdout};
use crate::cli::terminal::Terminal;
use crate::pipeline::{self, Allowed, Applied, FileEdit, FilesPlan, Repairing};
use envcheck_core::policy::Risk;
use envcheck_core::report::{repair, table};
use std::path::Path;

/// Which manifests, and what may be done to them.
pub(super) struct Manifests<'a> {
    /// Files and directories.
    pub(super) paths: &'a [String],
    /// They hold the whole environment.
    pub(super) complete: bool,
    /// They are written without asking.
    pub(super) yes: bool,
    /// Nothing is written, and nobody is asked.
    pub(super) only_shown: bool,
    /// Where the whole patch is written.
    pub(super) patch: Option<&'a Path>,
    /// What may be written without being asked for by name.
    pub(super) most: Option<Risk>,
    /// What is asked for is all of that risk, also what enforces.
    pub(super) enforcing: bool,
}

/// A patch on standard output, everything else on standard error, so that it can go into `git apply`.
pub(super) fn run(
    repairing: &Repairing,
    manifests: &Manifests<'_>,
    terminal: &Terminal,
) -> Result<u8, Failure> {
    pipeline::editable(manifests.paths)?;
    // A patch that is only shown harms nobody.
    let most = if manifests.yes {
        manifests.most
    } else {
        Some(Risk::Disruptive)
    };
    let allowed = Allowed {
        most,
        enforcing: manifests.enforcing,
    };
    let plan = planned(repairing, manifests, allowed, terminal)?;
    if plan.edits.is_empty() {
        return Ok(u8::from(remains(&plan)));
    }
    let harmless = is_harmless(&plan);
    let Some(plan) = agreed(plan, repairing, manifests, allowed, terminal)? else {
        if !terminal.quiet {
            error::note(if harmless {
                "nothing was written; --yes writes it"
            } else {
                "nothing was written, and --yes does not write it, either: repair less at a time with --only ID"
            });
        }
        return Ok(1);
    };
    if let Some(target) = plan.unproven.first() {
        let target = terminal.stderr.clean(&target.to_string());
        return Err(Failure::words(format!(
            "nothing was written: what the edits of {target} would bring about could not be tried"
        ))
        .hint("repair less at a time: --only ID"));
    }
    if !plan.appeared.is_empty() {
        return Err(
            Failure::words("nothing was written: the edits would bring about what is not found now")
                .hint("repair less at a time: --only ID"),
        );
    }
    Ok(u8::from(!written(&plan, terminal) || remains(&plan)))
}

/// The plan, once it was shown.
fn planned(
    repairing: &Repairing,
    manifests: &Manifests<'_>,
    allowed: Allowed,
    terminal: &Terminal,
) -> Result<FilesPlan, Failure> {
    let plan = pipeline::plan_files(repairing, manifests.paths, manifests.complete, allowed)?;
    let shown: Vec<(String, usize)> = plan.edits.iter().map(FileEdit::shown).collect();
    to_stdout(&mut |out| {
        shown
            .iter()
            .try_for_each(|(text, _)| out.write_all(text.as_bytes()))
    })?;
    told(&plan, terminal);
    let hidden = shown.iter().map(|(_, hidden)| hidden).sum();
    patch(&plan, manifests, hidden, terminal)?;
    Ok(plan)
}

/// What was agreed to of a plan: all of it, or only what is safe, which is shown and asked for on its own.
fn agreed(
    plan: FilesPlan,
    repairing: &Repairing,
    manifests: &Manifests<'_>,
    allowed: Allowed,
    terminal: &Terminal,
) -> Result<Option<FilesPlan>, Failure> {
    if manifests.yes {
        return Ok(Some(plan));
    }
    if manifests.only_shown || !is_harmless(&plan) || !consent::somebody_is_there() {
        return Ok(None);
    }
    if plan.disruptive == 0 {
        return Ok(asked(&plan, "")?.then_some(plan));
    }
    let disruptive = repair::counted(plan.disruptive, "disruptive edit");
    if asked(&plan, &format!(" with {disruptive}"))? {
        return Ok(Some(plan));
    }
    let safe = Allowed {
        most: Some(Risk::Safe),
        ..allowed
    };
    let plan = planned(repairing, manifests, safe, terminal)?;
    let agreed = !plan.edits.is_empty() && is_harmless(&plan) && asked(&plan, " with what is safe")?;
    Ok(agreed.then_some(plan))
}

/// Whether it is proven that the edits bring about nothing new.
fn is_harmless(plan: &FilesPlan) -> bool {
    plan.appeared.is_empty() && plan.unproven.is_empty()
}

/// Whether something is left that is not as it should be, or was not looked at, once the edits are written.
fn remains(plan: &FilesPlan) -> bool {
    !plan.assessment.gate.incomplete.is_empty() || plan.assessment.open().count() > plan.gone
}

/// Where what is shown can be used as a patch, and where it cannot: nobody applies half of one.
fn patch(
    plan: &FilesPlan,
    manifests: &Manifests<'_>,
    hidden: usize,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if plan.edits.is_empty() {
        return Ok(());
    }
    match &plan.applied {
        Applied::Here => {}
        Applied::At(root) => error::note(&format!(
            "the patch is for git apply in {}",
            terminal.stderr.clean(&root.display().to_string())
        )),
        Applied::Nowhere => error::note(
            "this is no patch for git apply: not all of these files lie below here, or in one repository; --yes writes the edits",
        ),
    }
    if hidden > 0 {
        let lines = repair::counted(hidden, "line");
        error::note(&format!(
            "{lines} hidden, where secrets may stand: git apply does not take this patch; --yes writes the edits"
        ));
    }
    if plan.edits.iter().any(FileEdit::has_carriage_returns) && manifests.patch.is_none() {
        error::note(
            "some lines end with carriage returns, which are not shown: for git apply take --patch FILE; --yes keeps them",
        );
    }
    let Some(file) = manifests.patch else {
        return Ok(());
    };
    let whole: String = plan.edits.iter().map(FileEdit::diff).collect();
    to_secret_file(file, &whole)?;
    error::note(&format!("wrote {}, with nothing hidden", file.display()));
    Ok(())
}

fn told(plan: &FilesPlan, terminal: &Terminal) {
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
            repair::counted(plan.assessment.open().count(), "finding")
        ));
        for (kustomization, check) in &plan.patched {
            error::note(&terminal.stderr.clean(&format!(
                "{} gets a patch, which shows in what it renders, not in the manifest: {check}",
                kustomization.display()
            )));
        }
    }
    if !terminal.quiet {
        for line in skipped(&plan.assessment.reading.skipped) {
            error::note(&terminal.stderr.clean(&line));
        }
    }
    if let Some(words) = &plan.nowhere {
        error::note(&terminal.stderr.clean(words));
    }
    for one in &plan.appeared {
        error::note(&format!(
            "they would bring about {}: {}: {}",
            one.policy,
            terminal.stderr.clean(&one.resource.to_string()),
            terminal.stderr.clean(&one.message)
        ));
    }
    // A file that cannot be read is told where it cannot.
    let mut unseen = Vec::new();
    if table::beside_findings(&plan.assessment, &terminal.stderr, &mut unseen).is_ok() && !unseen.is_empty() {
        error::note(String::from_utf8_lossy(&unseen).trim_end());
    }
    for reason in &plan.assessment.gate.incomplete {
        error::note(&format!("incomplete: {}", terminal.stderr.clean(reason)));
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

fn asked(plan: &FilesPlan, with: &str) -> Result<bool, Failure> {
    let files = repair::counted(plan.edits.len(), "file");
    consent::answered(&format!("Write {files}{with}? [y/N] "))
}

/// Whether all of it was written.
fn written(plan: &FilesPlan, terminal: &Terminal) -> bool {
    let mut well = true;
    for (path, result) in pipeline::write_files(&plan.edits) {
        let path = terminal.stderr.clean(&path.display().to_string());
        match result {
            Ok(()) if terminal.quiet => {}
            Ok(()) => error::note(&format!("wrote {path}")),
            Err(why) => {
                well = false;
                error::note(&format!("did not write {path}: {}", terminal.stderr.clean(&why)));
            }
        }
    }
    well
}
