//! `envcheck remediate --files` and `envcheck check --fix`: manifests are mended instead of what runs.

use crate::cli::consent;
use crate::cli::error::{self, Failure};
use crate::cli::output::to_stdout;
use crate::cli::terminal::Terminal;
use crate::pipeline::{self, FilesPlan, Repairing};
use envcheck_core::policy::Risk;
use envcheck_core::report::{repair, table};

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
    /// What may be written without being asked for by name.
    pub(super) most: Risk,
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
        Risk::Disruptive
    };
    let plan = pipeline::plan_files(repairing, manifests.paths, manifests.complete, most)?;
    to_stdout(&mut |out| {
        plan.edits
            .iter()
            .try_for_each(|edit| out.write_all(edit.diff().as_bytes()))
    })?;
    told(&plan, terminal);
    let incomplete = !plan.assessment.gate.incomplete.is_empty();
    let remains = incomplete || plan.assessment.open().count() > plan.gone;
    if plan.edits.is_empty() {
        return Ok(u8::from(remains));
    }
    let harmless = plan.appeared.is_empty();
    let agreed = manifests.yes || harmless && !manifests.only_shown && asked(&plan);
    if !agreed {
        if !terminal.quiet {
            error::note("nothing was written; --yes writes it");
        }
        return Ok(1);
    }
    if !harmless {
        return Err(
            Failure::words("nothing was written: the edits would bring about what is not found now")
                .hint("repair less at a time: --only ID"),
        );
    }
    Ok(u8::from(!written(&plan, terminal) || remains))
}

fn told(plan: &FilesPlan, terminal: &Terminal) {
    if !terminal.quiet {
        for left in &plan.left {
            error::note(&repair::left_words(left, &terminal.stderr));
        }
        let edits: usize = plan.edits.iter().map(|edit| edit.summaries.len()).sum();
        error::note(&format!(
            "{edits} edits in {} files repair {} of {} findings",
            plan.edits.len(),
            plan.gone,
            plan.assessment.open().count()
        ));
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

fn asked(plan: &FilesPlan) -> bool {
    let noun = if plan.edits.len() == 1 { "file" } else { "files" };
    consent::answered(&format!("Write {} {noun}? [y/N] ", plan.edits.len()))
}

/// Whether all of it was written.
fn written(plan: &FilesPlan, terminal: &Terminal) -> bool {
    let mut well = true;
    for (path, result) in pipeline::write_files(&plan.edits) {
        match result {
            Ok(()) if terminal.quiet => {}
            Ok(()) => error::note(&format!("wrote {}", path.display())),
            Err(why) => {
                well = false;
                error::note(&format!("did not write {}: {why}", path.display()));
            }
        }
    }
    well
}
