//! Follows brackets and operators, and refuses what would overflow the parser or keep it busy.

use super::tokens::{Kind, Token, ends_value};
use super::{Refusal, refuse};
use crate::source::{Place, SourceText};
use std::sync::Arc;

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
/// What to do about too much nesting.
const NAME_IT: &str = "name the inner values by rules or variables of their own";

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
pub(super) struct Guard<'s> {
    source: &'s Arc<SourceText>,
    frames: Vec<Frame>,
    nesting: usize,
    work: u64,
    imports: usize,
}

impl<'s> Guard<'s> {
    pub(super) fn new(source: &'s Arc<SourceText>) -> Self {
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

    pub(super) fn token(&mut self, index: usize, token: &Token, tokens: &[Token]) -> Result<(), Refusal> {
        let text = self.source.text.as_str();
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let after_value = before.is_some_and(|before| ends_value(text, before));
        let depth = self.frames.len() - 1;
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        self.work = self.work.saturating_add(frame.weight);
        if self.work > MAX_WORK {
            let message = "the nesting here would keep the parser busy for too long";
            return Err(refuse(self.place(token), message, NAME_IT));
        }
        let postfix = after_value && !token.fresh_line;
        if token.fresh_line && after_value && !matches!(token.kind, Kind::Symbol(_)) {
            frame.next_statement();
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
                    frame.next_statement();
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
            Kind::Symbol(b';') => frame.next_statement(),
            Kind::Symbol(b',' | b':') => frame.next_expression(),
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

    fn check(&self, token: &Token) -> Result<(), Refusal> {
        let problem = |message: String, hint: &str| Err(refuse(self.place(token), message, hint));
        if self.nesting > MAX_NESTING {
            return problem(
                format!("literals and parentheses nest deeper than {MAX_NESTING}"),
                NAME_IT,
            );
        }
        if self.frames.len() > MAX_BRACKETS {
            return problem(format!("brackets nest deeper than {MAX_BRACKETS}"), NAME_IT);
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

    pub(super) fn finish(&self) -> Result<(), Refusal> {
        match self.frames.get(1..) {
            Some([.., unclosed]) => {
                let place = Place::new(self.source, unclosed.open..unclosed.open + 1);
                Err(refuse(
                    place,
                    "the bracket is never closed",
                    "close it, or remove it",
                ))
            }
            _ => Ok(()),
        }
    }
}

impl Frame {
    fn next_expression(&mut self) {
        self.longest = self.longest.max(self.chain.saturating_add(self.inside));
        (self.chain, self.inside) = (0, 0);
    }

    fn next_statement(&mut self) {
        self.next_expression();
        self.statements += 1;
    }
}
