//! How errors look: `error:`, where, and a hint.

use super::terminal::Terminal;
use crate::pipeline::{Ended, RefusedWaivers};
use envcheck_core::plan::Conflict;
use envcheck_core::report::excerpt::{Level, excerpt};
use envcheck_core::source::Diagnostic;
use std::io::Write;

/// Why a verb could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One or more problems, all shown.
    Problems(Vec<Diagnostic>),
    /// The user stopped it: what was not done, and of which kinds.
    Interrupted(&'static str, Vec<String>),
}

impl Failure {
    pub(crate) fn words(message: impl Into<String>) -> Self {
        Self::Problems(vec![Diagnostic::new(message)])
    }

    /// Why there is nothing to be shown: what was read so far is no answer.
    pub(crate) fn of_reading(ended: Ended) -> Self {
        match ended {
            Ended::Interrupted(unread) => Self::Interrupted("read", unread),
            refused @ Ended::Refused(_) => Self::from(refused),
        }
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        if let Self::Problems(problems) = &mut self
            && let Some(last) = problems.pop()
        {
            problems.push(last.hint(hint));
        }
        self
    }

    /// The exit code: 2, or 130 as for every program that is interrupted.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Problems(_) => 2,
            Self::Interrupted(..) => 130,
        }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self::Problems(problems)
    }
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Self::Problems(vec![problem])
    }
}

impl From<RefusedWaivers> for Failure {
    fn from(refused: RefusedWaivers) -> Self {
        Self::Problems(refused.problems)
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Refused(problems) => Self::Problems(problems),
            Ended::Interrupted(unread) => Self::Interrupted("evaluated", unread),
        }
    }
}

/// Prints every problem, and how many there are when there are many.
pub(crate) fn print(failure: &Failure, terminal: &Terminal) {
    match failure {
        Failure::Problems(problems) => {
            report(problems, Level::Error, terminal);
            if problems.len() > 1 {
                say(&format!("{} errors\n", problems.len()));
            }
        }
        Failure::Interrupted(what, unread) => {
            say("interrupted: nothing was written\n");
            if !unread.is_empty() {
                say(&format!("not {what}: {}\n", unread.join(", ")));
            }
        }
    }
}

/// Prints problems that do not end the run.
pub(crate) fn warn(problems: &[Diagnostic], terminal: &Terminal) {
    if !terminal.quiet {
        report(problems, Level::Warning, terminal);
    }
}

fn report(problems: &[Diagnostic], level: Level, terminal: &Terminal) {
    for problem in problems {
        say(&excerpt(problem, level, &terminal.stderr));
    }
}

fn say(text: &str) {
    // A closed standard error is nobody's error.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Why nothing is done: all that stands in the way, each with what to do about it.
pub(crate) fn in_the_way(nothing: &str, conflicts: &[Conflict]) -> Failure {
    let problems = conflicts.iter().map(|one| {
        let problem = Diagnostic::new(format!("{nothing}: {}", one.why));
        if one.hint.is_empty() {
            problem
        } else {
            problem.hint(one.hint.clone())
        }
    });
    Failure::Problems(problems.collect())
}

/// The exit code of a run that has ended and told what it did: 130 where the user stopped it before all was done.
pub(crate) fn ended(well: bool, interrupted: bool) -> u8 {
    if well {
        return 0;
    }
    if !interrupted {
        return 1;
    }
    note("interrupted: what is listed was done; run the same again to go on with the rest");
    130
}

/// Prints a line of information.
pub(crate) fn note(line: &str) {
    say(&format!("{line}\n"));
}
