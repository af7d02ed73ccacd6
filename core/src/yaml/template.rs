//! Telling a Helm template from YAML, so that its errors say what it is.

use crate::source::Diagnostic;
use std::ops::Range;

/// The first `{{ … }}` of a text where it is not merely part of a text value: outside comments, quotes and block
/// scalars, judged line by line. A heuristic, for words in errors; valid YAML is never judged by it.
pub fn looks_like_template(text: &str) -> Option<Range<usize>> {
    let mut offset = 0;
    // While in a block scalar: the indentation of the line that opened it.
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_end();
        let indentation = content.len() - content.trim_start().len();
        if content.is_empty() {
            continue;
        }
        match block {
            Some(opened) if indentation > opened => continue,
            _ => block = None,
        }
        if let Some(found) = action(content) {
            return Some(start + found.start..start + found.end);
        }
        if opens_block(content) {
            block = Some(indentation);
        }
    }
    None
}

/// Adds the hint to a problem in a text that looks like a template.
pub(super) fn hint(problem: Diagnostic, text: &str) -> Diagnostic {
    if looks_like_template(text).is_some() {
        problem.hint("this looks like a Helm template; render it with `helm template` and check the result")
    } else {
        problem
    }
}

/// The first `{{ … }}` of a line outside quotes and comments.
fn action(line: &str) -> Option<Range<usize>> {
    let bytes = line.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let begins = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'[' | b'{' | b',' | b':');
        match quote {
            Some(b'"') if byte == b'\\' => at += 1,
            Some(open) if byte == open => quote = None,
            None if byte == b'{' && bytes.get(at + 1) == Some(&b'{') => {
                let end = line[at..].find("}}").map(|end| at + end + 2)?;
                return Some(at..end);
            }
            None if begins && matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if byte == b'#' && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t')) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the line ends with the header of a block scalar.
fn opens_block(line: &str) -> bool {
    let line = line
        .find(" #")
        .map_or(line, |comment| &line[..comment])
        .trim_end();
    let header =
        line.trim_end_matches(|character: char| matches!(character, '+' | '-') || character.is_ascii_digit());
    let Some(before) = header.strip_suffix(['|', '>']) else {
        return false;
    };
    before.ends_with([' ', '\t']) || before.is_empty()
}
