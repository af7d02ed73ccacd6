//! Scalars as text that reads back the same: plain only where every reader agrees, otherwise in quotes.

use super::super::scalar::{Scalar, resolve};
use super::super::tag::timestamp;
use std::fmt::Write as _;

/// Whether a text can stand without quotes. Beyond what our own resolver says, dates, times in colons and the other
/// words of YAML 1.1 are quoted, which some readers take for more than text.
pub(super) fn plain(text: &str, flow: bool) -> bool {
    let is_text = matches!(resolve(text), Scalar::Text(_)) && !matches!(text, "=" | "<<");
    let colons = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'_' | b'-' | b'+');
    if !is_text || timestamp(text) || (text.contains(':') && text.bytes().all(colons)) {
        return false;
    }
    let begins = match text.as_bytes() {
        [b'-', b' ', ..] | [b'-'] | [] => false,
        [first, ..] => !b"?:,[]{}#&*!|>'\"%@` ".contains(first),
    };
    let inside = !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' ']);
    let marks = text.starts_with("---") || text.starts_with("...");
    begins && inside && !marks && text.chars().all(printable) && (!flow || plain_in_flow(text))
}

fn plain_in_flow(text: &str) -> bool {
    let brackets = text.contains([',', '[', ']', '{', '}']);
    let mut colons = text.match_indices(':');
    let fine = colons.all(|(at, _)| {
        let after = text.as_bytes().get(at + 1);
        after.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'/')
    });
    !brackets && fine && !text.starts_with('-')
}

/// Whether a character may stand as it is, on one line, for every reader.
pub(super) fn printable(character: char) -> bool {
    !matches!(
        character,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{A0}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
    )
}

/// In single quotes, if that can say it.
pub(super) fn single(text: &str) -> Option<String> {
    text.chars()
        .all(printable)
        .then(|| format!("'{}'", text.replace('\'', "''")))
}

/// In double quotes, with the escapes that JSON and YAML share.
pub(super) fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if printable(character) => quoted.push(character),
            _ => {
                // Everything unprintable here lies in the first 65,536 characters. Writing to a text cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The lines of a text in a literal block scalar with their header, if that can say it.
pub(super) fn literal(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let spaced = text.starts_with([' ', '\t', '\n']);
    let sayable = text
        .chars()
        .all(|character| matches!(character, '\n' | '\t') || printable(character));
    let body = text.trim_end_matches('\n');
    let blank = |line: &str| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty();
    if !text.contains('\n') || spaced || !sayable || body.is_empty() || body.split('\n').any(blank) {
        return None;
    }
    let header = match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    };
    let lines = text.strip_suffix('\n').unwrap_or(text);
    Some((header, lines.split('\n').collect()))
}

/// The lines of a text in a folded block scalar with their header, if that can say it plainly.
pub(super) fn folded(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let simple =
        |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']) && !line.ends_with([' ', '\t']);
    if !body
        .chars()
        .all(|character| character == '\n' || printable(character))
        || !body.split('\n').all(simple)
    {
        return None;
    }
    let header = if body.len() == text.len() { ">-" } else { ">" };
    let mut lines = Vec::new();
    for line in body.split('\n') {
        if !lines.is_empty() {
            lines.push("");
        }
        lines.push(line);
    }
    Some((header, lines))
}
