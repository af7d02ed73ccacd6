//! Cuts a Rego text into tokens as the engine's lexer does.

use super::{MAX_COLUMNS, Refusal, too_wide};
use crate::source::SourceText;
use std::sync::Arc;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Kind {
    Word,
    Number,
    Text,
    /// A bracket, separator or operator: its first byte.
    Symbol(u8),
}

/// A token: its bytes in the text.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Token {
    pub(in crate::policy) kind: Kind,
    pub(in crate::policy) start: usize,
    pub(in crate::policy) end: usize,
    /// Whether a line ended between the token before and this one.
    pub(in crate::policy) fresh_line: bool,
}

/// Cuts the text into tokens as the engine's lexer does; what that will refuse anyway is skipped byte by byte.
pub(super) fn tokens(source: &Arc<SourceText>) -> Result<Vec<Token>, Refusal> {
    let text = source.text.as_str();
    let bytes = text.as_bytes();
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let (mut here, mut line_start, mut tabs, mut fresh_line) = (0, 0, 0, false);
    while let Some(&byte) = bytes.get(here) {
        let start = here;
        let kind = match byte {
            b'\n' => {
                (here, line_start, tabs, fresh_line) = (here + 1, here + 1, 0, true);
                continue;
            }
            b'\t' => {
                (here, tabs) = (here + 1, tabs + 1);
                continue;
            }
            b'#' => {
                here = text[here..]
                    .find('\n')
                    .map_or(bytes.len(), |length| here + length);
                continue;
            }
            b'"' => {
                here = text_end(bytes, here + 1);
                Kind::Text
            }
            b'`' => {
                here = text[here + 1..]
                    .find('`')
                    .map_or(bytes.len(), |length| here + length + 2);
                Kind::Text
            }
            b'0'..=b'9' => {
                here = number_end(bytes, here);
                Kind::Number
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while bytes
                    .get(here)
                    .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
                {
                    here += 1;
                }
                Kind::Word
            }
            b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'+' | b'-' | b'*' | b'/' | b'%' | b',' | b';'
            | b'.' | b'&' | b'|' => {
                here += 1;
                Kind::Symbol(byte)
            }
            b':' | b'<' | b'>' | b'=' | b'!' => {
                here += if bytes.get(here + 1) == Some(&b'=') { 2 } else { 1 };
                Kind::Symbol(byte)
            }
            _ => {
                here += 1;
                continue;
            }
        };
        tokens.push(Token {
            kind,
            start,
            end: here,
            fresh_line,
        });
        fresh_line = false;
        if kind == Kind::Text
            && let Some(newline) = text.get(start..here).and_then(|part| part.rfind('\n'))
        {
            (line_start, tabs) = (start + newline + 1, 0);
        }
        if here - line_start + tabs * 3 > MAX_COLUMNS {
            return Err(too_wide(source, start, MAX_COLUMNS));
        }
    }
    Ok(tokens)
}

/// The end of a quoted text whose inside begins at `here`: past its quote, or the end of its line.
fn text_end(bytes: &[u8], mut here: usize) -> usize {
    while let Some(byte) = bytes.get(here) {
        match byte {
            b'"' => return here + 1,
            b'\n' => return here,
            b'\\' => here += 2,
            _ => here += 1,
        }
    }
    bytes.len()
}

fn number_end(bytes: &[u8], mut here: usize) -> usize {
    let digits = |mut here: usize| {
        while bytes.get(here).is_some_and(u8::is_ascii_digit) {
            here += 1;
        }
        here
    };
    here = digits(here);
    if bytes.get(here) == Some(&b'.') && bytes.get(here + 1).is_some_and(u8::is_ascii_digit) {
        here = digits(here + 1);
    }
    if matches!(bytes.get(here), Some(b'e' | b'E')) {
        here += 1;
        if matches!(bytes.get(here), Some(b'+' | b'-')) {
            here += 1;
        }
        here = digits(here);
    }
    here
}

/// Whether a bracket right after this token belongs to it: an index, a call, or a body.
pub(super) fn ends_value(text: &str, token: &Token) -> bool {
    match token.kind {
        Kind::Word => match &text[token.start..token.end] {
            // The function when it touches its parenthesis, else the keyword.
            "contains" => text.as_bytes().get(token.end) == Some(&b'('),
            word => !matches!(
                word,
                "if" | "else"
                    | "in"
                    | "not"
                    | "some"
                    | "every"
                    | "with"
                    | "as"
                    | "default"
                    | "import"
                    | "package"
            ),
        },
        Kind::Number | Kind::Text => true,
        Kind::Symbol(symbol) => matches!(symbol, b')' | b']' | b'}'),
    }
}
