//! Where the documents of a stream begin and end, found without parsing them.
//!
//! `---` and `...` at column 0 are document marks wherever they stand: no scalar may contain them there.

use crate::source::SourceText;
use serde::de::IgnoredAny;
use std::ops::Range;

/// One document of a stream, not loaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its place in the stream from 0, empty documents counted.
    pub index: usize,
    /// Its bytes in the text, from its `---` line (or directives or comments before it) to the next document.
    pub range: Range<usize>,
}

/// What a line that starts at column 0 is to the stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Start,
    End,
    /// Blank or a comment; before a document it belongs to the document.
    Nothing,
    Directive,
    Content,
}

/// The documents of a text in order. Together with what lies between them they cover it; a text of nothing but comments
/// has none. JSON values written one after another, as in newline-delimited JSON, are documents too.
pub fn split(source: &SourceText) -> Vec<Part> {
    let text = source.text.as_str();
    let mut ranges = Vec::new();
    // Where the current part began, and whether a document is open in it.
    let mut part = 0;
    let mut open = false;
    let mut line = 0;
    while line < text.len() {
        let rest = &text.as_bytes()[line..];
        // Inside a document only the marks matter, so that a line costs one comparison.
        let kind = if open { mark(rest) } else { kind(rest) };
        let next = line + length(rest);
        match kind {
            Line::Start => {
                if open {
                    ranges.push(part..line);
                    part = line;
                }
                open = true;
            }
            Line::End if open => {
                ranges.push(part..next);
                part = next;
                open = false;
            }
            Line::Content => open = true,
            Line::End | Line::Nothing | Line::Directive => {}
        }
        line = next;
    }
    if open || text[part..].lines().any(|line| line.starts_with('%')) {
        ranges.push(part..text.len());
    }
    ranges
        .into_iter()
        .flat_map(|range| values(text, range))
        .enumerate()
        .map(|(index, range)| Part { index, range })
        .collect()
}

/// Bytes of the line at the start of `rest` with its line break.
fn length(rest: &[u8]) -> usize {
    match rest.iter().position(|byte| *byte == b'\n' || *byte == b'\r') {
        Some(at) if rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n') => at + 2,
        Some(at) => at + 1,
        None => rest.len(),
    }
}

fn mark(rest: &[u8]) -> Line {
    let kind = match rest {
        [b'-', b'-', b'-', ..] => Line::Start,
        [b'.', b'.', b'.', ..] => Line::End,
        _ => return Line::Content,
    };
    match rest.get(3) {
        None | Some(b' ' | b'\t' | b'\n' | b'\r') => kind,
        Some(_) => Line::Content,
    }
}

fn kind(rest: &[u8]) -> Line {
    match mark(rest) {
        Line::Content => {}
        other => return other,
    }
    if rest.first() == Some(&b'%') {
        return Line::Directive;
    }
    // A byte order mark may stand before any document, as when files were concatenated.
    let rest = rest.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(rest);
    match rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')) {
        None | Some(b'\n' | b'\r' | b'#') => Line::Nothing,
        Some(_) => Line::Content,
    }
}

/// The JSON values that stand one after another in a part; the part itself when it is anything else.
fn values(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let part = &text[range.clone()];
    let trimmed = part.trim_start();
    // Only objects: `{{` begins a template, and `[1] [2]` is nobody's manifest.
    let object = trimmed
        .strip_prefix('{')
        .is_some_and(|inside| inside.trim_start().starts_with(['"', '}']));
    if !object {
        return vec![range];
    }
    let mut stream = serde_json::Deserializer::from_str(part).into_iter::<IgnoredAny>();
    let mut found = Vec::new();
    let mut start = range.start;
    while let Some(Ok(_)) = stream.next() {
        let end = range.start + stream.byte_offset();
        if end < range.end && text[end..range.end].trim_start().is_empty() {
            break;
        }
        if end < range.end && !text[end..range.end].trim_start().starts_with('{') {
            // Something else follows: not a stream of JSON, let the loader complain.
            return vec![range];
        }
        if end < range.end {
            found.push(start..end);
            start = end;
        }
    }
    found.push(start..range.end);
    found
}
