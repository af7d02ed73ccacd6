//! The parser's complaints in words that say what to mend.

use crate::source::{Diagnostic, Place, SourceText};
use granit_parser::{ErrorKind, ScanError};
use std::ops::Range;
use std::sync::Arc;

/// What is wrong, where, and how to mend it.
pub(super) fn explain(source: &Arc<SourceText>, range: &Range<usize>, error: &ScanError) -> Diagnostic {
    let text = &source.text;
    let at = range.start + error.marker().byte_offset().unwrap_or_default();
    let mut at = at.min(range.end);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line_start = text[..at]
        .rfind('\n')
        .map_or(0, |newline| newline + 1)
        .max(range.start);
    let indentation = &text[line_start..at];
    let place = |span: Range<usize>| Place::new(source, span);
    let here = at..at + text[at..range.end].chars().next().map_or(0, char::len_utf8);

    let about_tabs = matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
    );
    // The parser names a tab in a line that continues a scalar at the end of the line before.
    let lines = if about_tabs {
        2
    } else {
        usize::from(indentation.trim_start_matches([' ', '\t']).is_empty())
    };
    if let Some(tab) = tab_in_indentation(&text[line_start..range.end], lines) {
        let tab = line_start + tab;
        return Diagnostic::new("a tab stands in the indentation")
            .at(place(tab..tab + 1))
            .hint("tabs cannot indent YAML; use spaces");
    }

    let about_keys = matches!(
        error.kind(),
        ErrorKind::MappingValueNotAllowed
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::InvalidIndentation
    );
    if let Some((space, name)) = about_keys.then(|| odd_space(text, range, at)).flatten() {
        return Diagnostic::new(format!("{name} stands in the indentation"))
            .at(place(space))
            .hint("only plain spaces indent YAML; it is often copied from a web page");
    }

    let (message, hint): (String, &str) = match error.kind() {
        _ if about_tabs => ("a tab stands where YAML allows only spaces".into(), "use spaces"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => (
            "a quote opened here is never closed".into(),
            "close it, or put text that contains quotes in the other kind of quotes",
        ),
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("the `{open}` opened here is never closed"), "close it")
        }
        ErrorKind::UnexpectedEofFlowSequence => {
            ("the list in brackets is never closed".into(), "close it with `]`")
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => (
            "the mapping in braces is never closed".into(),
            "close it with `}`",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => (
            "this bracket closes nothing".into(),
            "remove it, or put the text in quotes",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => (
            format!("`{open}` is closed by `{close}`"),
            "close each bracket with its own kind",
        ),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a comma or the closing bracket is missing here".into(),
            "separate entries with commas",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `key: value` cannot begin here".into(),
            "put a value that contains `: ` in quotes; keys of one mapping begin in the same column",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text after the closing quote".into(),
            "put all of the value inside the quotes",
        ),
        ErrorKind::InvalidColonPlacement => (
            "a `:` cannot stand here".into(),
            "close the bracket or quote opened above, or put text with a colon in quotes",
        ),
        ErrorKind::ExpectedBlockMappingKey => (
            "a key was expected here".into(),
            "keys of one mapping begin in the same column; text after a closing quote belongs inside it",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "a key without `: ` after it".into(),
            "write `key: value`, or indent the line if it continues the value above",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "a list item was expected here".into(),
            "begin each item with `- ` in the same column",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list item cannot begin here".into(),
            "begin the list on a line of its own",
        ),
        ErrorKind::InvalidIndentation => (
            "the indentation fits none of the lines above".into(),
            "indent it like the key or item that it belongs to",
        ),
        // The name is not repeated: an unquoted password may begin with `*`.
        ErrorKind::UnknownAnchor => (
            "no anchor of this name stands before this alias in the document".into(),
            "put text that begins with `*` in quotes",
        ),
        ErrorKind::UnexpectedCharacter { character } => (
            format!(
                "the character `{}` cannot begin a value",
                character.escape_debug()
            ),
            "put the value in quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "an unknown escape in double quotes".into(),
            "double the backslash, or use single quotes",
        ),
        ErrorKind::RecursionLimitExceeded => ("too many levels of nesting".into(), ""),
        ErrorKind::MissingAnchorOrAliasName => (
            "a name is missing after `&` or `*`".into(),
            "put text that begins with `&` or `*` in quotes",
        ),
        ErrorKind::MissingDirectiveName | ErrorKind::InvalidDirectiveName => (
            "a line that begins with `%` is a directive, and this is none".into(),
            "put text that begins with `%` in quotes",
        ),
        ErrorKind::ExpectedDocumentStart => (
            "the document does not continue here".into(),
            "begin another document with `---` on a line of its own",
        ),
        ErrorKind::UndeclaredTagHandle => (
            "the tag is not declared by a `%TAG` line".into(),
            "put text that begins with `!` in quotes",
        ),
        _ => (error.info(), ""),
    };
    let diagnostic = Diagnostic::new(message).at(place(here));
    if hint.is_empty() {
        diagnostic
    } else {
        diagnostic.hint(hint)
    }
}

/// A blank that is no space for YAML, though it looks like one, in the indentation of the line at `at` or of the one before: such a
/// line continues the value above for the parser, which complains later.
fn odd_space(text: &str, range: &Range<usize>, at: usize) -> Option<(Range<usize>, &'static str)> {
    const NAMES: [(char, &str); 4] = [
        ('\u{a0}', "a no-break space"),
        ('\u{202f}', "a narrow no-break space"),
        ('\u{2007}', "a figure space"),
        ('\u{3000}', "an ideographic space"),
    ];
    let end = text[at..range.end].find('\n').map_or(range.end, |end| at + end);
    let mut start = end;
    let lines = text[range.start..end].rsplit('\n').map(|line| {
        start = start.saturating_sub(line.len());
        let own = start;
        start = start.saturating_sub(1);
        (own, line)
    });
    let mut filled = lines.filter(|(_, line)| !line.trim().is_empty()).take(2);
    filled.find_map(|(start, line)| {
        let indentation = &line[..line.len() - line.trim_start().len()];
        NAMES.iter().find_map(|(char, name)| {
            let found = start + indentation.find(*char)?;
            Some((found..found + char.len_utf8(), *name))
        })
    })
}

/// The first tab in the indentation of the first lines that are not blank.
fn tab_in_indentation(text: &str, lines: usize) -> Option<usize> {
    let mut offset = 0;
    let filled = text.split_inclusive('\n').map(|line| {
        let start = offset;
        offset += line.len();
        (start, line)
    });
    filled
        .filter(|(_, line)| !line.trim().is_empty())
        .take(lines)
        .find_map(|(start, line)| {
            let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
            line[..indentation].find('\t').map(|tab| start + tab)
        })
}
