//! Has the engine's parser read a text, and turns its complaints into places.

use super::module::policy_length;
use super::scan::Scan;
use crate::source::{Diagnostic, Place, SourceText};
use regorus::unstable::{Module, Parser};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

/// The stack on which policies are parsed: the parser and the walks over its trees recurse.
const STACK: usize = 64 << 20;

/// Runs `work` on a thread with a stack that fits every text that passed the scan.
pub(super) fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("policies".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("cannot start a thread: {error}"))?
            .join()
            .map_err(|_| "the engine failed".to_owned())
    })
}

/// Parses a text that passed the scan. Also answers whether it is in the older syntax.
pub(super) fn parse(source: &Arc<SourceText>, scan: &Scan) -> Result<(Module, bool), Box<Diagnostic>> {
    let mut first = None;
    for rego_v0 in scan.syntaxes() {
        // The parser has assertions of its own; one failing must not take the other files with it.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse_as(source, *rego_v0)))
            .unwrap_or_else(|_| Err("the parser failed on this file".to_owned()));
        match parsed {
            Ok(module) => return Ok((module, *rego_v0)),
            Err(error) => {
                first.get_or_insert((error, *rego_v0));
            }
        }
    }
    let (error, rego_v0) = first.unwrap_or_default();
    let mut diagnostic = explain(source, &error);
    if rego_v0 && diagnostic.hint.is_none() {
        diagnostic = diagnostic.hint("the file was read as Rego v0, for its rules have bodies without `if`");
    }
    Err(Box::new(diagnostic))
}

fn parse_as(source: &Arc<SourceText>, rego_v0: bool) -> Result<Module, String> {
    let limits = policy_length();
    let text = regorus::Source::from_contents_with_limits(
        String::new(),
        source.text.clone(),
        limits.max_file_bytes,
        limits.max_lines,
    )
    .map_err(|error| error.to_string())?;
    let mut parser = Parser::new(&text).map_err(|error| error.to_string())?;
    parser.set_max_col(limits.max_col);
    if !rego_v0 {
        parser.enable_rego_v1().map_err(|error| error.to_string())?;
    }
    let module = parser.parse().map_err(|error| error.to_string())?;
    if module.target.is_some() {
        return Err("targets (`__target__`) are not supported".to_owned());
    }
    Ok(module)
}

/// A complaint of the engine about `source`, with its place. The engine writes `--> file:line:column`, the line, a
/// caret, and `error: words`; now and then `file:line:column error: words`.
pub(super) fn explain(source: &Arc<SourceText>, error: &str) -> Diagnostic {
    let (position, message) = match error.rfind("\n--> ") {
        Some(arrow) => {
            let rest = &error[arrow + 5..];
            let position = rest.lines().next().unwrap_or_default();
            let message = rest.rfind("error: ").map_or(rest, |words| &rest[words + 7..]);
            (position, message)
        }
        None => match error.split_once(" error: ") {
            Some((position, message)) => (position, message),
            None => ("", error),
        },
    };
    let message = message.trim();
    let mut numbers = position.rsplit(':').map(str::trim).map(str::parse::<usize>);
    let diagnostic = Diagnostic::new(
        message
            .lines()
            .next()
            .unwrap_or("the file cannot be read")
            .to_owned(),
    );
    let diagnostic = match (numbers.next(), numbers.next()) {
        (Some(Ok(column)), Some(Ok(line))) => diagnostic.at(place(source, line, column)),
        _ => diagnostic.at(Place::new(source, 0..0)),
    };
    match message {
        words
            if words.contains("`if` keyword is required")
                || words.contains("`contains` keyword is required") =>
        {
            diagnostic.hint("write `deny contains msg if { … }`, or use the older syntax in the whole file")
        }
        _ => diagnostic,
    }
}

/// The place at a line and column as the engine counts them: from 1, in bytes, a tab as four.
fn place(source: &Arc<SourceText>, line: usize, column: usize) -> Place {
    let text = source.text.as_str();
    let mut start = 0;
    for _ in 1..line {
        start = text[start..]
            .find('\n')
            .map_or(text.len(), |length| start + length + 1);
    }
    let mut counted = 1;
    for byte in text.as_bytes().get(start..).unwrap_or_default() {
        if counted >= column || *byte == b'\n' {
            break;
        }
        counted += if *byte == b'\t' { 4 } else { 1 };
        start += 1;
    }
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let word = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let end = (start + word.max(1)).min(text.len());
    Place::new(source, start..end.max(start))
}
