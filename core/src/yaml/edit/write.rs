//! New values as text, in the style of their surroundings.

use super::quote::{double, folded, literal, plain, single};
use crate::value::{Value, ValueExt};
use granit_parser::ScalarStyle;

/// The habits of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    /// Whether lists in mappings have their dashes at the key's column.
    pub(super) indentless: bool,
    /// Whether the text ends with a line break; without one, a block scalar at the end would lose its own.
    pub(super) final_newline: bool,
    /// Whether quotes are rather single than double.
    pub(super) single: bool,
    /// Whether all of it is JSON.
    pub(super) json: bool,
}

/// How things in brackets are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brackets<'t> {
    /// Keys and texts in double quotes.
    pub(super) quoted: bool,
    /// No space after colons and commas.
    pub(super) tight: bool,
    /// Nested collections on lines of their own: the spaces of one more level, and the line break.
    pub(super) lines: Option<(&'t str, &'t str)>,
}

/// How a scalar was written before, and the column of its content if in a block.
pub(super) type Before = Option<(ScalarStyle, Option<usize>)>;

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

impl Writer {
    /// A scalar or an empty collection on one line.
    pub(super) fn scalar(self, value: &Value, flow: bool, before: Option<ScalarStyle>) -> String {
        let Some(text) = value.text() else {
            return match value {
                Value::Object(_) => "{}".to_owned(),
                Value::Array(_) => "[]".to_owned(),
                other => other.to_string(),
            };
        };
        let quotes_single = match before {
            Some(ScalarStyle::SingleQuoted) => true,
            Some(ScalarStyle::DoubleQuoted) => false,
            _ if !self.json && plain(text, flow) => return text.to_owned(),
            _ => self.single,
        };
        let quoted = if quotes_single && !self.json {
            single(text)
        } else {
            None
        };
        quoted.unwrap_or_else(|| double(text))
    }

    pub(super) fn key(self, key: &str, flow: bool) -> String {
        self.scalar(&Value::from(key), flow, None)
    }

    /// What follows a colon or a dash at `column`: the first is the rest of its line, the others whole lines.
    pub(super) fn follow(self, value: &Value, column: usize, dash: bool, before: Before) -> Vec<String> {
        if !is_empty(value) {
            let deeper = match value {
                Value::Array(_) if !dash && self.indentless => column,
                _ => column + 2,
            };
            let mut lines = self.block(value, deeper);
            if dash {
                // The first line goes behind the dash: `- a: 1`.
                if let Some(first) = lines.first_mut() {
                    *first = format!(" {}", first.trim_start_matches(' '));
                }
            } else {
                lines.insert(0, String::new());
            }
            return lines;
        }
        let style = before.map(|(style, _)| style);
        if let Some((header, body)) = value.text().and_then(|text| self.block_scalar(text, style)) {
            let pad = " ".repeat(before.and_then(|(_, column)| column).unwrap_or(column + 2));
            let mut lines = vec![format!(" {header}")];
            let line = |line: &str| {
                if line.is_empty() {
                    String::new()
                } else {
                    format!("{pad}{line}")
                }
            };
            lines.extend(body.into_iter().map(line));
            return lines;
        }
        vec![format!(" {}", self.scalar(value, false, style))]
    }

    /// New texts of several lines, and texts in the place of block scalars, become block scalars.
    fn block_scalar(self, text: &str, before: Option<ScalarStyle>) -> Option<(&'static str, Vec<&str>)> {
        if self.json || (text.ends_with('\n') && !self.final_newline) {
            return None;
        }
        match before {
            Some(ScalarStyle::Folded) => folded(text).or_else(|| literal(text)),
            Some(ScalarStyle::Literal) => literal(text).or_else(|| {
                let one_line = !text.contains('\n') && !text.starts_with(' ');
                let sayable = text.chars().all(super::quote::printable) && !text.trim().is_empty();
                (one_line && sayable).then(|| ("|-", vec![text]))
            }),
            None => literal(text),
            Some(_) => None,
        }
    }

    /// The lines of a collection that is not empty, at a column.
    pub(super) fn block(self, value: &Value, column: usize) -> Vec<String> {
        let pad = " ".repeat(column);
        let mut lines = Vec::new();
        match value {
            Value::Array(items) => {
                for item in items.iter() {
                    push(
                        &mut lines,
                        format!("{pad}-"),
                        self.follow(item, column, true, None),
                    );
                }
            }
            _ => {
                for (key, member) in value.members() {
                    lines.extend(self.member(key, member, column));
                }
            }
        }
        lines
    }

    /// The lines of a member.
    pub(super) fn member(self, key: &str, value: &Value, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let head = format!("{}{}:", " ".repeat(column), self.key(key, false));
        push(&mut lines, head, self.follow(value, column, false, None));
        lines
    }

    /// The lines of a list element.
    pub(super) fn item(self, value: &Value, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let head = format!("{}-", " ".repeat(column));
        push(&mut lines, head, self.follow(value, column, true, None));
        lines
    }

    /// A value in brackets; `indent` is the space before its first line.
    pub(super) fn inline(self, value: &Value, style: Brackets<'_>, indent: &str) -> String {
        let before = style.quoted.then_some(ScalarStyle::DoubleQuoted);
        if is_empty(value) {
            return self.scalar(value, true, before);
        }
        let deeper = style.lines.map(|(step, _)| format!("{indent}{step}"));
        let inner = deeper.as_deref().unwrap_or(indent);
        let parts: Vec<String> = match value {
            Value::Array(items) => items.iter().map(|item| self.inline(item, style, inner)).collect(),
            _ => value
                .members()
                .map(|(key, member)| self.pair(key, member, style, inner))
                .collect(),
        };
        let (open, close) = if matches!(value, Value::Array(_)) {
            ('[', ']')
        } else {
            ('{', '}')
        };
        match style.lines {
            Some((_, ending)) => {
                let between = format!(",{ending}{inner}");
                format!(
                    "{open}{ending}{inner}{}{ending}{indent}{close}",
                    parts.join(&between)
                )
            }
            None => format!("{open}{}{close}", parts.join(style.comma())),
        }
    }

    /// A member in braces.
    pub(super) fn pair(self, key: &str, value: &Value, style: Brackets<'_>, indent: &str) -> String {
        let key = if style.quoted {
            double(key)
        } else {
            self.key(key, true)
        };
        let colon = if style.tight { ":" } else { ": " };
        format!("{key}{colon}{}", self.inline(value, style, indent))
    }
}

impl Brackets<'_> {
    pub(super) fn comma(&self) -> &'static str {
        if self.tight { "," } else { ", " }
    }
}

/// A line that begins with `head`, and what follows it.
fn push(lines: &mut Vec<String>, head: String, follow: Vec<String>) {
    let mut follow = follow.into_iter();
    lines.push(head + &follow.next().unwrap_or_default());
    lines.extend(follow);
}
