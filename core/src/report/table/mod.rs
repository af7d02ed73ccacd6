//! For people at a terminal: `audit` as a list by severity, `check` as a compiler would say it.

mod audit;
mod block;
mod check;
mod rest;
mod total;
mod waived;

#[cfg(test)]
mod tests;

use super::Style;
use crate::findings::{Assessment, Verb};
use std::io::{self, Write};

/// Columns before the words under a heading: as wide as the longest severity and a gap.
const INDENT: usize = 10;

/// What stands beside findings, alone: what was not looked at and why, what is too young, what failed, what is doubtful.
pub fn beside_findings(assessment: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    rest::render(assessment, style, out)
}

/// Writes the assessment. Whatever it holds, nothing a terminal would act on is written raw.
pub fn render(assessment: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match assessment.verb {
        Verb::Audit => audit::render(assessment, style, &mut out)?,
        Verb::Check => check::render(assessment, style, &mut out)?,
    }
    out.flush()
}
