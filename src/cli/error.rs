//! How errors look: `error:`, where, and a hint.

use super::terminal::Terminal;
use envcheck_core::report::excerpt::{Level, excerpt};
use envcheck_core::source::Diagnostic;
use std::io::Write;

/// Why a verb could not do its work: one or more problems, all shown.
#[derive(Debug)]
pub(crate) struct Failure(pub Vec<Diagnostic>);

impl Failure {
    pub(crate) fn words(message: impl Into<String>) -> Self {
        Self(vec![Diagnostic::new(message)])
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        if let Some(last) = self.0.pop() {
            self.0.push(last.hint(hint));
        }
        self
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self(problems)
    }
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Self(vec![problem])
    }
}

/// Prints every problem, and how many there are when there are many.
pub(crate) fn print(failure: &Failure, terminal: &Terminal) {
    report(&failure.0, Level::Error, terminal);
    if failure.0.len() > 1 {
        say(&format!("{} errors\n", failure.0.len()));
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
