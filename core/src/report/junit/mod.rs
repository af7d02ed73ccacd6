//! JUnit XML, as GitLab, Jenkins and others read it: every policy that judged something is a suite.
//!
//! Readers of JUnit know red and green, so red is what the gate says: a failure is a finding at or above `--fail-on`, an
//! error says that the run is incomplete and what broke. All else is told as skipped, with its reason, and never as passed.
//! Times are 0: the same input gives the same bytes.

mod suite;
#[cfg(test)]
mod tests;
mod xml;

use crate::findings::{Assessment, Verb};
use std::io::{self, Write};

/// Writes the document, laid out for reading, with a line break at the end.
pub fn render(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    // The writer writes a few bytes at a time.
    let mut out = io::BufWriter::new(out);
    let verb = match assessment.verb {
        Verb::Check => "check",
        Verb::Audit => "audit",
    };
    let name = match &assessment.heading.environment {
        Some(environment) => format!("envcheck {verb} {environment}"),
        None => format!("envcheck {verb}"),
    };
    xml::write(&name, &suite::all(assessment), &mut out)?;
    out.flush()
}
