//! Reads the tokens of a Rego text once, before the engine's parser sees it.
//!
//! The parser overflows its stack on long chains, doubles its time with each nested literal, stops silently at a NUL and
//! copies whole lines into its errors. So whatever could make it do so is found here, in one pass without recursion.

use crate::source::{Diagnostic, Place, SourceText};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The largest file.
const MAX_BYTES: usize = 1 << 20;
/// The longest line as the engine counts it: bytes, a tab as four, without a comment.
const MAX_COLUMNS: usize = 4096;
/// The longest line with its comment.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// The most lines.
const MAX_LINES: usize = 20_000;
/// Literals and parentheses inside one another.
const MAX_NESTING: usize = 10;
/// Brackets of any kind inside one another.
const MAX_BRACKETS: usize = 48;
/// Operators that follow one another in one expression.
const MAX_OPERATORS: u32 = 500;
/// Imports, each of which the parser compares with all before it.
const MAX_IMPORTS: usize = 500;
/// Statements of one body, which the engine orders by comparing each with all.
const MAX_STATEMENTS: u32 = 2_000;
/// How many tokens the parser may read again because of nesting.
const MAX_WORK: u64 = 3_000_000;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Text,
    /// A bracket, separator or operator: its first byte.
    Symbol(u8),
}

/// A token: its bytes in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether a line ended between the token before and this one.
    pub(super) fresh_line: bool,
}

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
pub(super) fn scan(source: &Arc<SourceText>) -> Result<Scan, Diagnostic> {
    let text = source.text.as_str();
    let at = |start: usize, end: usize| Place::new(source, start..end.min(text.len()));
    if text.len() > MAX_BYTES {
        return Err(Diagnostic::new(format!(
            "the file has {} bytes; a policy has at most {MAX_BYTES}",
            text.len()
        ))
        .at(at(0, 0))
        .hint("keep data in data files, not in policies"));
    }
    if let Some(nul) = text.find('\0') {
        return Err(Diagnostic::new("the file contains a NUL character")
            .at(at(nul, nul + 1))
            .hint("save it as plain UTF-8 text"));
    }
    check_lines(source)?;
    let tokens = tokens(source)?;
    let mut guard = Guard::new(source);
    for (index, token) in tokens.iter().enumerate() {
        guard.token(index, token, &tokens)?;
    }
    guard.finish()?;
    Ok(syntax(text, tokens))
}

fn check_lines(source: &Arc<SourceText>) -> Result<(), Diagnostic> {
    let mut start = 0;
    for (number, line) in source.text.split('\n').enumerate() {
        if number >= MAX_LINES {
            return Err(
                Diagnostic::new(format!("the file has more than {MAX_LINES} lines"))
                    .at(Place::new(source, start..start))
                    .hint("keep data in data files, not in policies"),
            );
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(too_wide(source, start, MAX_LINE_BYTES));
        }
        start += line.len() + 1;
    }
    Ok(())
}

fn too_wide(source: &Arc<SourceText>, offset: usize, most: usize) -> Diagnostic {
    Diagnostic::new(format!("the line is longer than {most} columns"))
        .at(Place::new(source, offset..offset))
        .hint("break the line")
}

/// Cuts the text into tokens as the engine's lexer does; what that will refuse anyway is skipped byte by byte.
fn tokens(source: &Arc<SourceText>) -> Result<Vec<Token>, Diagnostic> {
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

/// An open bracket.
struct Frame {
    open: usize,
    /// A literal, a comprehension or a parenthesis: what the limit on nesting counts.
    nests: bool,
    /// How many times the parser reads what stands here.
    weight: u64,
    /// Operators in the expression so far, and the longest chain inside its brackets.
    chain: u32,
    inside: u32,
    /// The longest chain of the expressions before.
    longest: u32,
    statements: u32,
    /// `every` was read, so the next brace opens its body.
    every: bool,
}

/// Follows brackets and operators and says when the parser could not.
struct Guard<'s> {
    source: &'s Arc<SourceText>,
    frames: Vec<Frame>,
    nesting: usize,
    work: u64,
    imports: usize,
}

impl<'s> Guard<'s> {
    fn new(source: &'s Arc<SourceText>) -> Self {
        let mut guard = Self {
            source,
            frames: Vec::new(),
            nesting: 0,
            work: 0,
            imports: 0,
        };
        guard.open(0, false, 2);
        guard
    }

    fn open(&mut self, offset: usize, nests: bool, weight: u64) {
        self.nesting += usize::from(nests);
        self.frames.push(Frame {
            open: offset,
            nests,
            weight,
            chain: 0,
            inside: 0,
            longest: 0,
            statements: 0,
            every: false,
        });
    }

    fn place(&self, token: &Token) -> Place {
        Place::new(self.source, token.start..token.end)
    }

    fn token(&mut self, index: usize, token: &Token, tokens: &[Token]) -> Result<(), Diagnostic> {
        let text = self.source.text.as_str();
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let after_value = before.is_some_and(|before| ends_value(text, before));
        let depth = self.frames.len() - 1;
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        self.work = self.work.saturating_add(frame.weight);
        if self.work > MAX_WORK {
            return Err(
                Diagnostic::new("the nesting here would keep the parser busy for too long")
                    .at(self.place(token))
                    .hint("name the inner values by rules or variables of their own"),
            );
        }
        let postfix = after_value && !token.fresh_line;
        if token.fresh_line && after_value && !matches!(token.kind, Kind::Symbol(_)) {
            frame.next_expression();
        }
        match token.kind {
            Kind::Symbol(b'(') if after_value => {
                let weight = frame.weight;
                frame.chain += 1;
                self.open(token.start, false, weight);
            }
            Kind::Symbol(b'[') if postfix => {
                let weight = frame.weight;
                frame.chain += 1;
                self.open(token.start, false, weight);
            }
            Kind::Symbol(open @ (b'(' | b'[' | b'{')) => {
                let body = open == b'{'
                    && (before.is_some_and(|before| text[before.start..before.end] == *"if")
                        || (depth == 0 && after_value)
                        || (depth == 0
                            && before.is_some_and(|before| text[before.start..before.end] == *"else"))
                        || (frame.every && after_value));
                frame.every = false;
                if token.fresh_line && after_value {
                    frame.next_expression();
                }
                let factor = if body || open == b'(' { 1 } else { 2 };
                let weight = frame.weight.saturating_mul(factor);
                self.open(token.start, !body, weight);
            }
            Kind::Symbol(b')' | b']' | b'}') => {
                if self.frames.len() > 1
                    && let Some(mut closed) = self.frames.pop()
                {
                    self.nesting -= usize::from(closed.nests);
                    closed.next_expression();
                    if let Some(outer) = self.frames.last_mut() {
                        outer.inside = outer.inside.max(closed.longest);
                    }
                }
            }
            Kind::Symbol(b',' | b';') => frame.next_expression(),
            Kind::Symbol(b':') => frame.next_expression(),
            Kind::Symbol(b'=') if token.end - token.start == 1 => frame.next_expression(),
            Kind::Symbol(b'|') if frame.nests => {
                frame.chain += 1;
                frame.weight = frame.weight.saturating_add(frame.weight / 2);
            }
            Kind::Symbol(_) => frame.chain += 1,
            Kind::Word => match &text[token.start..token.end] {
                "in" => frame.chain += 1,
                "every" => frame.every = true,
                "if" | "else" | "with" | "as" | "contains" | "not" | "some" => frame.next_expression(),
                "import" if depth == 0 => self.imports += 1,
                _ => {}
            },
            Kind::Number | Kind::Text => {}
        }
        self.check(token)
    }

    fn check(&self, token: &Token) -> Result<(), Diagnostic> {
        let problem =
            |message: String, hint: &str| Err(Diagnostic::new(message).at(self.place(token)).hint(hint));
        if self.nesting > MAX_NESTING {
            return problem(
                format!("literals and parentheses nest deeper than {MAX_NESTING}"),
                "name the inner values by rules or variables of their own",
            );
        }
        if self.frames.len() > MAX_BRACKETS {
            return problem(
                format!("brackets nest deeper than {MAX_BRACKETS}"),
                "name the inner values by rules or variables of their own",
            );
        }
        if self.imports > MAX_IMPORTS {
            return problem(
                format!("the file has more than {MAX_IMPORTS} imports"),
                "split the file",
            );
        }
        let Some(frame) = self.frames.last() else {
            return Ok(());
        };
        if frame.chain.saturating_add(frame.inside) > MAX_OPERATORS {
            return problem(
                format!("the expression has more than {MAX_OPERATORS} operators"),
                "use sum, concat or a comprehension over an array",
            );
        }
        if self.frames.len() > 1 && frame.statements > MAX_STATEMENTS && !frame.nests {
            return problem(
                format!("the body has more than {MAX_STATEMENTS} statements"),
                "split the rule",
            );
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), Diagnostic> {
        match self.frames.get(1..) {
            Some([.., unclosed]) => Err(Diagnostic::new("the bracket is never closed")
                .at(Place::new(self.source, unclosed.open..unclosed.open + 1))),
            _ => Ok(()),
        }
    }
}

impl Frame {
    fn next_expression(&mut self) {
        self.longest = self.longest.max(self.chain.saturating_add(self.inside));
        (self.chain, self.inside) = (0, 0);
        self.statements += 1;
    }
}

/// Whether a bracket right after this token belongs to it: an index, a call, or a body.
fn ends_value(text: &str, token: &Token) -> bool {
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
