//! Where a value ends that a text assigns. In doubt it ends later: masking too much is safe.

use super::Named;
use super::line::Line;
use std::ops::Range;

/// How far a list in brackets is read; one that goes on further takes the rest of the text with it.
const LONGEST_LIST: usize = 64 * 1024;

/// The value after the separator at `at`, without quotes; `None` when there is none, or a nested map whose members speak
/// for themselves.
pub(super) fn of(text: &str, named: &Named<'_>, at: usize, line: &Line) -> Option<Range<usize>> {
    let start = skip(text, at + 1, &[' ', '\t']);
    let end = line_end(text, start);
    let rest = &text[start..end];
    let colon = text.as_bytes()[at] == b':';
    let alone = is_alone(text.get(line.start..named.start)?);
    let column = named.start - line.start;
    if rest.trim().is_empty() {
        return if colon { below(text, end, column) } else { None };
    }
    let header = rest.trim_end();
    if colon && header.starts_with(['|', '>']) && header.len() <= 3 && is_header(&header[1..]) {
        return block(text, end, column);
    }
    for fence in ["\"\"\"", "'''"] {
        if let Some(inner) = rest.strip_prefix(fence) {
            // On several lines, as TOML and Python write it.
            let inner = end - inner.len();
            let length = text[inner..].find(fence);
            return Some(inner..length.map_or(text.len(), |length| inner + length));
        }
    }
    let opened = rest.trim_start_matches('\\');
    if opened.starts_with(['"', '\'', '`']) {
        return quoted(text, start);
    }
    if let Some(inner) = rest.strip_prefix('{') {
        if inner.trim().is_empty() || inner.starts_with([' ', '"', '\'', '}', '{', '\\']) {
            return None;
        }
    } else if let Some(inner) = rest.strip_prefix('[') {
        if inner.trim().is_empty() || inner.trim_start().starts_with('{') {
            return None;
        }
        return Some(start..list_end(text, start));
    }
    let end = if named.quoted {
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, ',' | '}' | ']');
        start + rest.find(ends).unwrap_or(rest.len())
    } else if alone && colon {
        continued(text, end, column)
    } else if alone {
        end
    } else {
        enclosed(text, line, start, colon)
    };
    Some(trimmed(text, start..end))
}

/// The value of a flag whose name ends at `from`: the next word, or the next item of a list.
pub(super) fn after_flag(text: &str, from: usize) -> Option<Range<usize>> {
    let mut at = from;
    let mut quote = None;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' | b'\'' => quote = Some(*byte),
            b' ' | b'\t' | b',' => quote = None,
            // On the next line only as the next item of a list.
            b'\n' | b'\r' => {
                let next = text[at..].trim_start();
                next.strip_prefix("- ")?;
                at = text.len() - next.len() + 1;
                quote = None;
            }
            _ => break,
        }
        at += 1;
    }
    let rest = &text[at..];
    if at == from || rest.is_empty() || rest.starts_with("--") {
        return None;
    }
    let length = match quote {
        Some(quote) => rest.find([char::from(quote), '\n']),
        None => rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`')),
    };
    Some(at..at + length.unwrap_or(rest.len()))
}

/// The rest of the line, or what stands in quotes.
pub(super) fn word_or_quoted(text: &str, start: usize) -> Option<Range<usize>> {
    if text[start..].starts_with(['"', '\'']) {
        return quoted(text, start);
    }
    Some(trimmed(text, start..line_end(text, start)))
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |feed| at + feed)
}

fn skip(text: &str, at: usize, letters: &[char]) -> usize {
    text.len() - text[at..].trim_start_matches(letters).len()
}

/// Whether nothing but a list's dashes, a flag's, or `export` stands before a name.
fn is_alone(before: &str) -> bool {
    let before = before.trim_start();
    let before = before.strip_prefix("export ").unwrap_or(before);
    before
        .chars()
        .all(|letter| matches!(letter, '-' | ' ' | '\t' | '"' | '\''))
}

/// What may follow the `|` of a block: how to end it and how deep it stands.
fn is_header(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'+' || byte == b'-')
}

/// Between the quotes that begin at `start`; in a text within a text they are escaped. What follows them without a space
/// belongs to the value.
pub(super) fn quoted(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let escapes = rest.len() - rest.trim_start_matches('\\').len();
    let quote = rest.as_bytes().get(escapes)?;
    let inner = start + escapes + 1;
    let bytes = text.as_bytes();
    let mut at = inner;
    while let Some(byte) = bytes.get(at) {
        let slashes = bytes[inner..at]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        let doubled = *quote == b'\'' && bytes.get(at + 1) == Some(&b'\'');
        if byte == quote && slashes <= escapes && doubled {
            at += 2;
        } else if byte == quote && slashes <= escapes {
            let glued = bytes
                .get(at + 1)
                .is_some_and(|next| !next.is_ascii_whitespace() && !b",;]})&<\\\"'`:|".contains(next));
            let end = if glued {
                line_end(text, at)
            } else {
                at - slashes.min(escapes)
            };
            return Some(inner..end);
        } else {
            at += 1;
        }
    }
    Some(inner..text.len())
}

/// Where the list ends that begins at `start`: at its bracket, quotes heeded.
fn list_end(text: &str, start: usize) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(start).take(LONGEST_LIST) {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b']', None) => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where an unquoted value ends that does not begin its line: at the quote around the whole, else at a space, or at the
/// line's end after a colon.
fn enclosed(text: &str, line: &Line, start: usize, colon: bool) -> usize {
    text.bytes()
        .enumerate()
        .skip(start)
        .find(|(_, byte)| line.encloses(*byte) || *byte == b'\n' || (!colon && byte.is_ascii_whitespace()))
        .map_or(text.len(), |(at, _)| at)
}

/// Where a value without quotes ends that goes on in deeper lines.
fn continued(text: &str, end: usize, column: usize) -> usize {
    lines_below(text, end, column, false).map_or(end, |span| span.end)
}

/// What stands below an empty value: a plain text or a list of texts. A map's members speak for themselves.
fn below(text: &str, end: usize, column: usize) -> Option<Range<usize>> {
    let first = text[end..].lines().find(|line| !line.trim().is_empty())?.trim();
    let item = first.strip_prefix("- ").unwrap_or(first).trim();
    let nested = item.contains(": ") || item.ends_with(':') || item.starts_with(['{', '[']);
    if nested {
        None
    } else {
        lines_below(text, end, column, true)
    }
}

/// The block of text below a `|`.
fn block(text: &str, end: usize, column: usize) -> Option<Range<usize>> {
    lines_below(text, end, column, false)
}

/// The lines after `end` that stand deeper than `column`, or, as items of a list, as deep.
fn lines_below(text: &str, end: usize, column: usize, items: bool) -> Option<Range<usize>> {
    let mut span: Option<Range<usize>> = None;
    let mut at = end + 1;
    while at < text.len() {
        let stop = line_end(text, at);
        let line = &text[at..stop];
        let content = line.trim();
        if !content.is_empty() {
            let depth = line.len() - line.trim_start().len();
            if depth < column || (depth == column && !(items && content.starts_with("- "))) {
                break;
            }
            let start = span.map_or(at + depth, |span| span.start);
            span = Some(start..at + line.trim_end().len());
        }
        at = stop + 1;
    }
    span
}

/// Without what surrounds a value in a list or on a line.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let kept = text[span.clone()].trim_end_matches([' ', '\t', '\r', '\n', ',', ';']);
    span.start..span.start + kept.len()
}
