//! What the parser lets pass and kubectl does not.

use crate::source::{Diagnostic, Place, SourceText};
use std::ops::Range;
use std::sync::Arc;

/// YAML allows no control characters but tab and line breaks, not even in quotes. The breaks of old (next line, line and
/// paragraph separator) end lines and comments for kubectl but not for the parser: what follows one could hide from an
/// audit, so they are refused too.
pub(super) fn control_characters(
    source: &Arc<SourceText>,
    range: &Range<usize>,
) -> Result<(), Box<Diagnostic>> {
    let text = &source.text[range.clone()];
    let control = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F;
    let mut found = text.bytes().position(control);
    if found.is_none() && !text.is_ascii() {
        let odd = |character| {
            matches!(
                character,
                '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}'
            )
        };
        found = text.find(odd);
    }
    let Some((at, character)) = found.and_then(|at| Some((at, text[at..].chars().next()?))) else {
        return Ok(());
    };
    let at = range.start + at;
    let code = u32::from(character);
    Err(Box::new(
        Diagnostic::new(format!(
            "the control character U+{code:04X} is not allowed in YAML"
        ))
        .at(Place::new(source, at..at + character.len_utf8()))
        .hint("remove it, or write it as an escape in double quotes"),
    ))
}

/// Whether a text has characters that JSON allows in strings and the parser nowhere: without the parser it has no places.
pub(super) fn beyond_the_parser(text: &str) -> bool {
    let odd = |character| matches!(character, '\u{80}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    text.bytes().any(|byte| byte == 0x7F) || (!text.is_ascii() && text.contains(odd))
}

/// The parser lets tabs before the keys of block mappings pass.
pub(super) fn no_tab_before(
    source: &Arc<SourceText>,
    document: usize,
    key: usize,
) -> Result<(), Box<Diagnostic>> {
    let before = source.text.as_bytes().get(document..key).unwrap_or_default();
    let spaces = before
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let (rest, spaces) = before.split_at(before.len() - spaces);
    // After an anchor or a tag a tab is as good as a space.
    let indents = matches!(rest.last(), None | Some(b'\n' | b'\r' | b'-' | b'?'));
    match spaces
        .iter()
        .rev()
        .position(|byte| *byte == b'\t')
        .filter(|_| indents)
    {
        None => Ok(()),
        Some(back) => Err(Box::new(
            Diagnostic::new("a tab stands in the indentation")
                .at(Place::new(source, key - back - 1..key - back))
                .hint("tabs cannot indent YAML; use spaces"),
        )),
    }
}
