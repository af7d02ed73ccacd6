//! What is asked of edits of manifests: first what is safe, then what is disruptive, each shown on its own.

use super::files::{is_harmless, numbers};
use super::files_told::{objections, shown};
use crate::cli::consent::{answered, counted};
use crate::cli::error::{self, Failure};
use crate::cli::terminal::Terminal;
use crate::pipeline::{Allowed, FileEdit, FilesPlan};
use envcheck_core::policy::Risk;
use envcheck_core::report::repair;
use std::path::Path;

/// Plans such edits.
type Planning<'a> = &'a dyn Fn(Allowed) -> Result<FilesPlan, Failure>;

/// What was agreed to, with `true`; or the whole plan, where nothing was.
pub(super) fn asked(
    whole: FilesPlan,
    allowed: Allowed,
    plan: Planning<'_>,
    terminal: &Terminal,
) -> Result<(FilesPlan, bool), Failure> {
    if numbers(&whole).iter().any(|(_, number)| *number == 0) {
        return at_once(whole, terminal);
    }
    let safe = plan(Allowed {
        most: Some(Risk::Safe),
        ..allowed
    })?;
    let alone = is_harmless(&safe) && !safe.edits.is_empty();
    if !alone && is_harmless(&whole) {
        // What is safe needs the rest.
        return at_once(whole, terminal);
    }
    let first = alone && {
        shown(&safe.edits)?;
        of_risk(Risk::Safe, &safe, &safe.edits)?
    };
    if !first {
        let rest = plan(Allowed {
            declined: Some(Risk::Safe),
            ..allowed
        })?;
        let agreed = !rest.edits.is_empty() && offered(&rest, &rest.edits, terminal)?;
        return Ok(if agreed {
            declined(Risk::Safe, &whole);
            (rest, true)
        } else {
            (whole, false)
        });
    }
    if number(Risk::Safe, &whole) < number(Risk::Safe, &safe) {
        error::note("what is disruptive contradicts what is safe: run it again, once that is written");
        return Ok((safe, true));
    }
    if offered(&whole, &besides(&safe, &whole), terminal)? {
        return Ok((whole, true));
    }
    declined(Risk::Disruptive, &whole);
    Ok((safe, true))
}

/// One question for all.
fn at_once(whole: FilesPlan, terminal: &Terminal) -> Result<(FilesPlan, bool), Failure> {
    shown(&whole.edits)?;
    if !is_harmless(&whole) {
        objections(&whole, terminal);
        return Ok((whole, false));
    }
    let of_each = numbers(&whole);
    let there = of_each.iter().filter(|(_, number)| *number > 0);
    let words: Vec<String> = there
        .map(|(risk, number)| counted(*number, *risk, "edit"))
        .collect();
    let agreed = question(&whole.edits, &words.join(" and "))?;
    Ok((whole, agreed))
}

/// Shows and asks for what is disruptive, where that brings about nothing new.
fn offered(plan: &FilesPlan, edits: &[FileEdit], terminal: &Terminal) -> Result<bool, Failure> {
    shown(edits)?;
    if is_harmless(plan) {
        return of_risk(Risk::Disruptive, plan, edits);
    }
    objections(plan, terminal);
    Ok(false)
}

fn of_risk(risk: Risk, plan: &FilesPlan, edits: &[FileEdit]) -> Result<bool, Failure> {
    question(edits, &counted(number(risk, plan), risk, "edit"))
}

fn question(edits: &[FileEdit], with: &str) -> Result<bool, Failure> {
    let files = repair::counted(edits.len(), "file");
    answered(&format!("Write {files} with {with}? [y/N] "))
}

/// What one part of what was shown becomes where another is written.
fn declined(risk: Risk, whole: &FilesPlan) {
    let number = counted(number(risk, whole), risk, "edit");
    error::note(&format!("not written: {number}"));
}

fn number(risk: Risk, plan: &FilesPlan) -> usize {
    let numbers = numbers(plan);
    let of_it = numbers.iter().filter(|(other, _)| *other == risk);
    of_it.map(|(_, number)| number).sum()
}

/// What `whole` edits once the edits of `first` are there.
fn besides(first: &FilesPlan, whole: &FilesPlan) -> Vec<FileEdit> {
    let there = |path: &Path| first.edits.iter().find(|edit| edit.path == path);
    let edits = whole.edits.iter().cloned();
    edits
        .map(|mut edit| {
            if let Some(first) = there(&edit.path) {
                edit.before.clone_from(&first.after);
            }
            edit
        })
        .filter(|edit| edit.before != edit.after)
        .collect()
}
