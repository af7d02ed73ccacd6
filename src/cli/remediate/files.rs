//! `envcheck remediate --files` and `envcheck check --fix`: manifests are mended instead of what runs.

use super::{files_asked, files_told};
use crate::cli::consent::{self, Named};
use crate::cli::error::{self, Failure};
use crate::cli::output::to_secret_file;
use crate::cli::terminal::Terminal;
use crate::cli::values::MostRisk;
use crate::pipeline::{self, Allowed, FileEdit, FilesPlan, Repairing};
use envcheck_core::policy::Risk;
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
    /// Where the patch is written.
    pub(super) patch: Option<&'a Path>,
    /// What was said that may be written.
    pub(super) most: Option<MostRisk>,
}

impl Manifests<'_> {
    /// What is planned. A patch that is only shown harms nobody, and whoever is asked can decline.
    fn allowed(&self) -> Allowed {
        let unsaid = if self.yes { Risk::Safe } else { Risk::Disruptive };
        Allowed {
            most: consent::most(self.most, unsaid),
            declined: None,
            // Whoever says so has all of that risk done, also what no file shows the consequences of.
            enforcing: self.most == Some(MostRisk(Some(Risk::Disruptive))),
        }
    }

    fn plan(&self, repairing: &Repairing, allowed: Allowed) -> Result<FilesPlan, Failure> {
        let plan = pipeline::plan_files(repairing, self.paths, self.complete, allowed)?;
        Ok(plan)
    }
}

/// A patch on standard output, everything else on standard error, so that it can go into `git apply`.
pub(super) fn run(
    repairing: &Repairing,
    manifests: &Manifests<'_>,
    terminal: &Terminal,
) -> Result<u8, Failure> {
    pipeline::editable(manifests.paths)?;
    let allowed = manifests.allowed();
    let whole = manifests.plan(repairing, allowed)?;
    files_told::told(&whole, manifests.patch.is_some(), terminal);
    if whole.edits.is_empty() {
        return Ok(u8::from(remains(&whole)));
    }
    let asks = !manifests.yes && !manifests.only_shown && consent::somebody_is_there();
    let (plan, agreed) = if asks {
        files_asked::asked(
            whole,
            allowed,
            &|allowed| manifests.plan(repairing, allowed),
            terminal,
        )?
    } else {
        files_told::shown(&whole.edits)?;
        files_told::objections(&whole, terminal);
        (whole, manifests.yes)
    };
    // Once: what is written, or all that was shown where nothing is.
    patch(&plan, manifests)?;
    if let Some((problem, hint)) = refused(&plan, terminal) {
        if agreed {
            return Err(Failure::words(problem).hint(hint));
        }
        error::note(&format!("{problem}; {hint}"));
        return Ok(1);
    }
    if agreed {
        return Ok(u8::from(!written(&plan, terminal) || remains(&plan)));
    }
    if !terminal.quiet {
        let numbers = numbers(&plan);
        let flags = consent::by_flags(["writes", "edit"], numbers, manifests.most, &Named::default());
        error::note(&format!("nothing was written; {flags}"));
    }
    Ok(1)
}

/// Of each risk, how many edits there are.
pub(super) fn numbers(plan: &FilesPlan) -> [(Risk, usize); 2] {
    let all: usize = plan.edits.iter().map(|edit| edit.summaries.len()).sum();
    let safe = all.saturating_sub(plan.disruptive);
    [(Risk::Safe, safe), (Risk::Disruptive, plan.disruptive)]
}

/// Whether it is proven that the edits bring about nothing new.
pub(super) fn is_harmless(plan: &FilesPlan) -> bool {
    plan.appeared.is_empty() && plan.unproven.is_empty()
}

/// Why edits are not written, whoever agrees; and what can be done.
fn refused(plan: &FilesPlan, terminal: &Terminal) -> Option<(String, &'static str)> {
    let problem = if let Some(target) = plan.unproven.first() {
        let target = terminal.stderr.clean(&target.to_string());
        format!("nothing was written: what the edits of {target} would bring about could not be tried")
    } else if plan.appeared.is_empty() {
        return None;
    } else {
        "nothing was written: the edits would bring about what is not found now".to_owned()
    };
    Some((problem, "repair less at a time: --only ID"))
}

/// Whether something is left that is not as it should be, or was not looked at, once the edits are written.
fn remains(plan: &FilesPlan) -> bool {
    plan.nowhere.is_some()
        || plan.set_again
        || !plan.assessment.gate.incomplete.is_empty()
        || plan.open > plan.gone
}

/// Writes the patch of these edits, with nothing hidden.
fn patch(plan: &FilesPlan, manifests: &Manifests<'_>) -> Result<(), Failure> {
    let Some(file) = manifests.patch else {
        return Ok(());
    };
    let whole: String = plan.edits.iter().map(FileEdit::diff).collect();
    to_secret_file(file, &whole)?;
    error::note(&format!("wrote {}, with nothing hidden", file.display()));
    Ok(())
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
