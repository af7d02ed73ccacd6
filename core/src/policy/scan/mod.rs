//! Reads the tokens of a Rego text once, before the engine's parser sees it.
//!
//! The parser overflows its stack on long chains, doubles its time with each nested literal, stops silently at a NUL and
//! copies whole lines into its errors. So whatever could make it do so is found here, in one pass without recursion.

mod guard;
mod tokens;

pub(super) use tokens::{Kind, Token};

use crate::source::{Diagnostic, Place, SourceText};
use guard::Guard;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokens::{ends_value, tokens};

/// The first thing in a text that the parser must not be given.
type Refusal = Box<Diagnostic>;

/// The largest file.
const MAX_BYTES: usize = 1 << 20;
/// The longest line as the engine counts it: bytes, a tab as four, without a comment.
const MAX_COLUMNS: usize = 4096;
/// The longest line with its comment.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// The most lines.
const MAX_LINES: usize = 20_000;
/// What to do about too much of it.
const DATA: &str = "keep data in data files, not in policies";

/// What the tokens say before parsing.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// `import rego.v1`.
    pub(super) imports_v1: bool,
    /// Words of the newer syntax that are used without being imported.
    pub(super) speaks_v1: bool,
    /// A body without `if`.
    pub(super) speaks_v0: bool,
}

impl Scan {
    /// The syntaxes worth trying, in order; true is the older one.
    pub(super) fn syntaxes(&self) -> &'static [bool] {
        match (self.imports_v1 || self.speaks_v1, self.speaks_v0) {
            (true, _) => &[false],
            (false, true) => &[true],
            (false, false) => &[false, true],
        }
    }
}

/// Reads the tokens; the error names the first thing that the parser must not be given.
pub(super) fn scan(source: &Arc<SourceText>) -> Result<Scan, Refusal> {
    let text = source.text.as_str();
    let at = |start: usize, end: usize| Place::new(source, start..end.min(text.len()));
    if text.len() > MAX_BYTES {
        let message = format!(
            "the file has {} bytes; a policy has at most {MAX_BYTES}",
            text.len()
        );
        return Err(refuse(at(0, 0), message, DATA));
    }
    if let Some(nul) = text.find('\0') {
        let place = at(nul, nul + 1);
        return Err(refuse(
            place,
            "the file contains a NUL character",
            "save it as plain UTF-8 text",
        ));
    }
    check_lines(source)?;
    let tokens = tokens(source)?;
    let mut guard = Guard::new(source);
    for (index, token) in tokens.iter().enumerate() {
        guard.token(index, token, &tokens)?;
        if token.kind == tokens::Kind::Text && asks_for_padding(&text[token.start..token.end]) {
            let message = "a format pads to a thousand characters or more";
            return Err(refuse(
                at(token.start, token.end),
                message,
                "sprintf would fill memory with it; leave the width out",
            ));
        }
    }
    guard.finish()?;
    Ok(syntax(text, tokens))
}

/// Whether a text holds a `sprintf` verb with a width or precision of four digits or more, as `%1000000d`.
fn asks_for_padding(text: &str) -> bool {
    text.split('%').skip(1).any(|verb| {
        let verb = verb.trim_start_matches(['-', '+', ' ', '#', '0']);
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let width = digits(verb);
        let rest = &verb[width..];
        let precision = rest.strip_prefix('.').map_or(0, digits);
        let after = rest.strip_prefix('.').map_or(rest, |rest| &rest[precision..]);
        (width > 3 || precision > 3) && after.starts_with(|verb: char| verb.is_ascii_alphabetic())
    })
}

fn check_lines(source: &Arc<SourceText>) -> Result<(), Refusal> {
    let mut start = 0;
    for (number, line) in source.text.split('\n').enumerate() {
        if number >= MAX_LINES {
            let place = Place::new(source, start..start);
            return Err(refuse(
                place,
                format!("the file has more than {MAX_LINES} lines"),
                DATA,
            ));
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(too_wide(source, start, MAX_LINE_BYTES));
        }
        start += line.len() + 1;
    }
    Ok(())
}

fn too_wide(source: &Arc<SourceText>, offset: usize, most: usize) -> Refusal {
    let place = Place::new(source, offset..offset);
    refuse(
        place,
        format!("the line is longer than {most} columns"),
        "break the line",
    )
}

#[cold]
fn refuse(place: Place, message: impl Into<String>, hint: &str) -> Refusal {
    Box::new(Diagnostic::new(message).at(place).hint(hint))
}

/// Which syntax the tokens speak.
fn syntax(text: &str, tokens: Vec<Token>) -> Scan {
    let word = |index: usize| {
        tokens
            .get(index)
            .filter(|token| token.kind == Kind::Word)
            .map_or("", |token| &text[token.start..token.end])
    };
    let symbol = |index: usize| match tokens.get(index) {
        Some(Token {
            kind: Kind::Symbol(symbol),
            ..
        }) => *symbol,
        _ => 0,
    };
    let mut imported: BTreeSet<&str> = BTreeSet::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let (mut imports_v1, mut speaks_v0, mut depth) = (false, false, 0usize);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word => match word(index) {
                "import" if word(index + 1) == "rego" && word(index + 3) == "v1" => imports_v1 = true,
                "import" if word(index + 1) == "future" && word(index + 3) == "keywords" => {
                    match (symbol(index + 4), word(index + 5)) {
                        (b'.', "every") => imported.extend(["every", "in"]),
                        (b'.', keyword) => imported.extend([keyword]),
                        _ => imported.extend(["if", "in", "every", "contains"]),
                    }
                }
                keyword @ ("if" | "in" | "every" | "contains") => {
                    let field = index > 0 && symbol(index - 1) == b'.';
                    let call = symbol(index + 1) == b'(' && keyword == "contains";
                    if !field && !call {
                        used.insert(keyword);
                    }
                }
                _ => {}
            },
            Kind::Symbol(b'{' | b'[' | b'(') => {
                speaks_v0 |= depth == 0
                    && symbol(index) == b'{'
                    && index > 0
                    && (word(index - 1) == "else" || ends_value(text, &tokens[index - 1]));
                depth += 1;
            }
            Kind::Symbol(b'}' | b']' | b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let speaks_v1 = !used.is_subset(&imported);
    Scan {
        tokens,
        imports_v1,
        speaks_v1,
        speaks_v0,
    }
}
