//! Lines around a byte of a text. `base` is where the document begins: nothing before it is looked at.

use std::ops::Range;

/// Where the line of `at` begins.
pub(super) fn line_start(text: &str, base: usize, at: usize) -> usize {
    let before = text.get(base..at).unwrap_or_default();
    let start = before
        .rfind(['\n', '\r'])
        .map_or(base, |newline| base + newline + 1);
    let mark = text
        .get(start..at)
        .is_some_and(|line| line.starts_with('\u{FEFF}'));
    if mark {
        start + '\u{FEFF}'.len_utf8()
    } else {
        start
    }
}

/// The end of the line of `at`, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// Where the line after that of `at` begins; the end of the text when there is none.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    match text.get(end..).map(str::as_bytes) {
        Some([b'\r', b'\n', ..]) => end + 2,
        Some([b'\n' | b'\r', ..]) => end + 1,
        _ => end,
    }
}

/// The column of `at`, in characters from 0.
pub(super) fn column(text: &str, base: usize, at: usize) -> usize {
    let start = line_start(text, base, at);
    text.get(start..at).map_or(0, |before| before.chars().count())
}

/// Whether only spaces stand before `at` on its line.
pub(super) fn begins_line(text: &str, base: usize, at: usize) -> bool {
    let before = text
        .get(base..at)
        .unwrap_or_default()
        .trim_end_matches([' ', '\t']);
    let before = before.strip_suffix('\u{FEFF}').unwrap_or(before);
    before.is_empty() || before.ends_with(['\n', '\r'])
}

/// The spaces at the beginning of the line of `at`.
pub(super) fn indentation(text: &str, base: usize, at: usize) -> &str {
    let line = text.get(line_start(text, base, at)..).unwrap_or_default();
    let width = line
        .bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    line.get(..width).unwrap_or_default()
}

/// The line break to write near `at`: that of the line before, or of any line.
pub(super) fn ending(text: &str, at: usize) -> &'static str {
    let before = text.get(..at).unwrap_or_default();
    let near = before.rfind('\n').or_else(|| text.find('\n'));
    match near {
        Some(newline) if text.get(..newline).is_some_and(|before| before.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// Where the block of comments directly above the line of `at` begins, if they stand at the column of `at`; else where
/// that line begins. Lines before `floor` are not looked at.
pub(super) fn with_comments(text: &str, base: usize, floor: usize, at: usize) -> usize {
    let column = column(text, base, at);
    let mut start = line_start(text, base, at);
    while start > floor.max(base) {
        let previous = text.get(base..start).unwrap_or_default();
        let previous = previous.strip_suffix('\n').unwrap_or(previous);
        let previous = previous.strip_suffix('\r').unwrap_or(previous);
        let above = line_start(text, base, base + previous.len());
        let line = text.get(above..base + previous.len()).unwrap_or_default();
        let comment = line.trim_start_matches(' ');
        if above < floor
            || !comment.starts_with('#')
            || line.len() - comment.len() != column
            || above >= start
        {
            break;
        }
        start = above;
    }
    start
}

/// The comment that ends the line of `at`, with the spaces before it; empty when anything else follows there.
pub(super) fn trailing(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default();
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let comment = rest.get(spaces..).is_some_and(|rest| rest.starts_with('#')) && spaces > 0;
    if comment { at..at + rest.len() } else { at..at }
}

/// Whether the line of `at` holds nothing more, or only a comment.
pub(super) fn ends_line(text: &str, at: usize) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default();
    rest.trim_matches([' ', '\t']).is_empty() || !trailing(text, at).is_empty()
}

/// Where the first blank or content after `at` begins that is no space, on this line or below.
pub(super) fn after_spaces(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()
}
