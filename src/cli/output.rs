//! Where reports go: standard output, and files written whole.

use super::args::JudgeArgs;
use super::error::{self, Failure};
use super::terminal::Terminal;
use super::values::{Format, Output, ReportOutput};
use crate::pipeline;
use envcheck_core::findings::{Assessment, Verdict};
use envcheck_core::report::{self, Style};
use jiff::Timestamp;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// So many policies are named that took longest.
const SLOWEST: usize = 5;

/// Refuses outputs that want the same place, before any work is done. `example`: two that do not.
pub(crate) fn verify<F>(outputs: &[Output<F>], example: &str) -> Result<(), Failure> {
    let to_stdout = outputs.iter().filter(|output| output.file.is_none()).count();
    if to_stdout > 1 {
        return Err(
            Failure::words(format!("{to_stdout} outputs want standard output"))
                .hint(&format!("give all but one a file: {example}")),
        );
    }
    for (index, output) in outputs.iter().enumerate() {
        if output.file.is_some() && outputs[..index].iter().any(|other| other.file == output.file) {
            let file = output.file.as_deref().unwrap_or(Path::new("")).display();
            return Err(Failure::words(format!("two outputs go to {file}")).hint("give each its own file"));
        }
    }
    Ok(())
}

/// Writes each output to its place: in colour to a terminal, whole or not at all to a file.
pub(crate) fn to_each<F: Copy>(
    outputs: &[Output<F>],
    terminal: &Terminal,
    write: &dyn Fn(F, &Style, &mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    for Output { format, file } in outputs {
        match file {
            None => to_stdout(&mut |out| write(*format, &terminal.stdout, out))?,
            Some(file) => to_file(file, &mut |out| write(*format, &Style::PLAIN, out))?,
        }
    }
    Ok(())
}

/// Writes a file, whole or not at all.
pub(crate) fn to_file(
    file: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    pipeline::save(file, write).map_err(|error| unwritten(file, &error))
}

/// The same with what may hold secrets: a new file is the user's alone.
pub(crate) fn to_secret_file(file: &Path, text: &str) -> Result<(), Failure> {
    let saved = pipeline::save_secret(file, &mut |out| out.write_all(text.as_bytes()));
    saved.map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::words(format!("cannot write {}: {error}", file.display()))
        .hint("the directory must exist and be writable")
}

/// Writes what a run found, and answers with its exit code.
pub(crate) fn conclude(
    mut assessment: Assessment,
    arguments: &JudgeArgs,
    started: Timestamp,
    terminal: &Terminal,
) -> Result<u8, Failure> {
    let finished = Timestamp::now();
    if terminal.verbose {
        error::note(&told(&assessment, started, finished));
        if let Some(words) = slowest(&assessment) {
            error::note(&words);
        }
    }
    if arguments.timings {
        assessment.timings = Some((started, finished));
    } else {
        for policy in &mut assessment.policies {
            policy.milliseconds = None;
        }
    }
    write(&assessment, &arguments.output, terminal)?;
    Ok(assessment.gate.exit_code)
}

/// What was done, for `--verbose`.
fn told(assessment: &Assessment, started: Timestamp, finished: Timestamp) -> String {
    let ran = assessment
        .policies
        .iter()
        .filter(|policy| policy.verdict != Verdict::NotApplicable)
        .count();
    let milliseconds = finished.as_millisecond() - started.as_millisecond();
    format!(
        "read {} from {} ({} objects); {ran} of {} selected policies had something to judge; {milliseconds} ms",
        assessment.reading.kind,
        assessment.reading.from.join(", "),
        assessment.reading.objects,
        assessment.policies.len(),
    )
}

/// The policies that took longest, for `--verbose`.
fn slowest(assessment: &Assessment) -> Option<String> {
    let mut timed: Vec<(f64, &str)> = assessment
        .policies
        .iter()
        .filter_map(|policy| Some((policy.milliseconds?, policy.id.as_ref())))
        .collect();
    timed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let most: Vec<String> = timed
        .iter()
        .take(SLOWEST)
        .map(|(milliseconds, id)| format!("{id} {milliseconds:.1} ms"))
        .collect();
    (!most.is_empty()).then(|| format!("longest took {}", most.join(", ")))
}

/// Writes the assessment in every wanted format; the table on standard output when none is named.
fn write(assessment: &Assessment, outputs: &[ReportOutput], terminal: &Terminal) -> Result<(), Failure> {
    let default = [ReportOutput {
        format: Format::Table,
        file: None,
    }];
    let outputs = if outputs.is_empty() { &default[..] } else { outputs };
    to_each(outputs, terminal, &|format, style, out| {
        render(assessment, format, style, out)
    })
}

fn render(assessment: &Assessment, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => report::table::render(assessment, style, out),
        Format::Json => report::json::v1::render(assessment, out),
        Format::Sarif => report::sarif::render(assessment, out),
        Format::Junit => report::junit::render(assessment, out),
        Format::Markdown => report::markdown::render(assessment, out),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no error.
pub(crate) fn to_stdout(write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::words(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}
