//! Moves function calls out of the heads of partial sets.
//!
//! Non-strict evaluation drops good members of a set when the call in its head fails for another one, so the call is
//! made a statement at the end of the body, where a failure concerns its own member alone. Lines keep their numbers.

use super::ast;
use super::scan::{Kind, Scan, Token};
use regorus::unstable::{Expr, Literal, Module, Query, Rule, RuleBody, RuleHead};
use std::collections::BTreeSet;
use std::ops::Range;

/// The variable that a head names instead.
const HEAD: &str = "__envcheck_head";

/// A replacement of bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// The text with the edits applied; they are sorted and do not overlap.
pub(super) fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut result = String::with_capacity(text.len() + 64);
    let mut here = 0;
    for edit in edits {
        result.push_str(text.get(here..edit.range.start)?);
        result.push_str(&edit.text);
        here = edit.range.end;
    }
    result.push_str(text.get(here..)?);
    Some(result)
}

/// The edits for a module, sorted.
pub(super) fn edits(module: &Module, text: &str, scan: &Scan, rego_v0: bool) -> Vec<Edit> {
    if text.contains(HEAD) {
        return Vec::new();
    }
    let mut edits: Vec<Edit> = module
        .policy
        .iter()
        .filter_map(|rule| match rule.as_ref() {
            Rule::Spec {
                head:
                    RuleHead::Set {
                        span,
                        refr,
                        key: Some(key),
                    },
                bodies,
                ..
            } if calls(key) => rule_edits(text, &scan.tokens, &ast::range(span), refr, key, bodies, rego_v0),
            _ => None,
        })
        .flatten()
        .collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    if edits
        .windows(2)
        .any(|pair| pair[0].range.end > pair[1].range.start)
    {
        return Vec::new();
    }
    edits
}

fn rule_edits(
    text: &str,
    tokens: &[Token],
    head: &Range<usize>,
    name: &Expr,
    key: &Expr,
    bodies: &[RuleBody],
    rego_v0: bool,
) -> Option<Vec<Edit>> {
    let key_tokens = key_tokens(text, tokens, head, ast::range(name.span()).end)?;
    let (first, last) = (key_tokens.first()?, key_tokens.last()?);
    let mut starts = BTreeSet::new();
    statement_starts(key, &mut starts);
    let starts = starts
        .into_iter()
        .map(|start| token_start(tokens, start))
        .collect();
    let expression = one_line(text, key_tokens, &starts)?;
    let lines = text.get(first.start..last.end)?.matches('\n').count();
    let mut edits = vec![Edit {
        range: first.start..last.end,
        // Words around it may have touched a bracket.
        text: format!(" {HEAD} {}", "\n".repeat(lines)),
    }];
    let statement = format!("{HEAD} := {expression}");
    match bodies {
        [] => edits.push(Edit {
            range: token_end(tokens, head.end)..token_end(tokens, head.end),
            text: format!("{} {{ {statement} }}", if rego_v0 { "" } else { " if" }),
        }),
        [body] => {
            let mut query = ast::range(&body.query.span);
            let ends = body.query.stmts.last().map(|last| last.span.end as usize)?;
            if ends < query.end {
                edits.push(Edit {
                    range: query.end - 1..query.end - 1,
                    text: format!("; {statement} "),
                });
            } else {
                query = token_start(tokens, query.start)..token_end(tokens, query.end);
                edits.push(Edit {
                    range: query.start..query.start,
                    text: "{ ".to_owned(),
                });
                edits.push(Edit {
                    range: query.end..query.end,
                    text: format!("; {statement} }}"),
                });
            }
        }
        _ => return None,
    }
    Some(edits)
}

/// Where the token begins in which `start` lies: the engine's span of a text leaves out its quotes.
fn token_start(tokens: &[Token], start: usize) -> usize {
    let after = tokens.partition_point(|token| token.start <= start);
    let token = after.checked_sub(1).and_then(|index| tokens.get(index));
    token
        .filter(|token| start < token.end)
        .map_or(start, |token| token.start)
}

/// Where the token ends in which `end` lies.
fn token_end(tokens: &[Token], end: usize) -> usize {
    let after = tokens.partition_point(|token| token.start < end);
    let last = after.checked_sub(1).and_then(|last| tokens.get(last));
    last.map_or(end, |last| last.end.max(end))
}

/// The tokens of a head's key: after `contains` to the head's end, or between the brackets.
fn key_tokens<'t>(
    text: &str,
    tokens: &'t [Token],
    head: &Range<usize>,
    name_end: usize,
) -> Option<&'t [Token]> {
    let from = tokens.partition_point(|token| token.start < name_end);
    let to = tokens.partition_point(|token| token.start < head.end);
    let inside = tokens.get(from..to)?;
    match inside.first()?.kind {
        Kind::Symbol(b'[') => {
            let (last, key) = inside.get(1..)?.split_last()?;
            (last.kind == Kind::Symbol(b']')).then_some(key)
        }
        Kind::Word if text.get(inside[0].start..inside[0].end) == Some("contains") => inside.get(1..),
        _ => None,
    }
}

/// The tokens on one line: newlines become spaces, or `;` where they separate statements.
fn one_line(text: &str, tokens: &[Token], starts: &BTreeSet<usize>) -> Option<String> {
    let mut line = String::new();
    let mut before: Option<&Token> = None;
    for token in tokens {
        let word = text.get(token.start..token.end)?;
        if word.contains('\n') {
            return None;
        }
        if let Some(before) = before {
            if starts.contains(&token.start) && before.kind != Kind::Symbol(b';') {
                line.push(';');
            }
            if before.end < token.start {
                line.push(' ');
            }
        }
        line.push_str(word);
        before = Some(token);
    }
    (line.len() < 16 * 1024).then_some(line)
}

/// Whether an expression, or a query inside it, calls a function.
fn calls(expr: &Expr) -> bool {
    if matches!(expr, Expr::Call { .. }) {
        return true;
    }
    let (inside, queries) = parts(expr);
    inside.into_iter().any(calls) || queries.into_iter().flat_map(statement_parts).any(calls)
}

/// Where the statements of queries inside an expression begin, but for the first of each.
fn statement_starts(expr: &Expr, starts: &mut BTreeSet<usize>) {
    let (inside, queries) = parts(expr);
    for child in inside {
        statement_starts(child, starts);
    }
    for query in queries {
        let later = query.stmts.iter().skip(1);
        starts.extend(later.map(|statement| statement.span.start as usize));
        for part in statement_parts(query) {
            statement_starts(part, starts);
        }
        for statement in &query.stmts {
            if let Literal::Every { query, .. } = &statement.literal {
                let later = query.stmts.iter().skip(1);
                starts.extend(later.map(|statement| statement.span.start as usize));
            }
        }
    }
}

/// The expressions directly inside an expression, the terms of a comprehension among them, and its queries.
fn parts(expr: &Expr) -> (Vec<&Expr>, Vec<&Query>) {
    let (mut inside, mut terms, mut queries) = (Vec::new(), Vec::new(), Vec::new());
    ast::children(expr, &mut |child| inside.push(child), &mut |query, of| {
        queries.push(query);
        terms.extend(of);
    });
    inside.extend(terms);
    (inside, queries)
}

/// The expressions of a query's statements.
fn statement_parts(query: &Query) -> Vec<&Expr> {
    let mut parts: Vec<&Expr> = Vec::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn {
                key,
                value,
                collection,
                ..
            } => parts.extend(key.iter().chain([value, collection]).map(AsRef::as_ref)),
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => parts.push(expr),
            Literal::Every { domain, query, .. } => {
                parts.push(domain);
                parts.extend(statement_parts(query));
            }
        }
        parts.extend(statement.with_mods.iter().map(|modifier| modifier.r#as.as_ref()));
    }
    parts
}
