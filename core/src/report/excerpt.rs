//! A problem shown in its source, as compilers do: for findings of `check` and for errors of the command line.
//!
//! The source is cut around the span before it is drawn, so that a minified file of one line costs no more than any
//! other, and every character is made harmless first.

use super::Style;
use super::layout::{width, wrap};
use super::words::push_clean;
use crate::source::{Diagnostic, Place};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Drawn, Origin, Renderer, Snippet};
use std::ops::Range;

/// How bad the problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing can go on, or the gate falls.
    Error,
    /// Worth mending.
    Warning,
    /// Advice.
    Hint,
}

/// The problem with its excerpt, its second place, and its hint, ending in a line break.
pub fn excerpt(diagnostic: &Diagnostic, level: Level, style: &Style) -> String {
    let mut text = Excerpt {
        level,
        id: None,
        message: &diagnostic.message,
        at: diagnostic.place.as_ref().map_or(At::Nowhere, At::Place),
        label: diagnostic.label.as_deref().map(|label| style.clean(label)),
        related: diagnostic
            .related
            .as_ref()
            .map(|(place, words)| (place, style.clean(words))),
        notes: Vec::new(),
    }
    .draw(style);
    if let Some(hint) = &diagnostic.hint {
        let lines = wrap(&style.clean_lines(hint), style.columns_after(6));
        text.push_str(&format!("hint: {}\n", lines.join("\n      ")));
    }
    text
}

/// Where an excerpt points.
pub(super) enum At<'a> {
    /// Into a text.
    Place(&'a Place),
    /// Somewhere that has no text to show: a resource, a line of a snapshot.
    Words(String),
    /// Nowhere.
    Nowhere,
}

/// What is drawn; all words but `id` and `message` are clean already.
pub(super) struct Excerpt<'a> {
    pub(super) level: Level,
    pub(super) id: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) at: At<'a>,
    pub(super) label: Option<String>,
    pub(super) related: Option<(&'a Place, String)>,
    /// Lines under the excerpt, each with its name: `help`, `fix`.
    pub(super) notes: Vec<(&'static str, String)>,
}

/// Follows a file's name where its column must be put right: lines are cut and escaped before they are drawn.
const MARK: char = '\u{e000}';
/// Columns of source shown when the output is not a terminal.
const WIDEST: usize = 200;
/// The drawing never cuts: what it gets has been cut already.
const UNLIMITED: usize = 100_000;

impl Excerpt<'_> {
    pub(super) fn draw(mut self, style: &Style) -> String {
        let (drawn, name) = match self.level {
            Level::Error => (Drawn::ERROR, "error"),
            Level::Warning => (Drawn::WARNING, "warning"),
            Level::Hint => (Drawn::HELP.with_name("hint"), "hint"),
        };
        let id = self.id.map(|id| style.clean(id));
        let head = name.len() + 2 + id.as_ref().map_or(0, |id| width(id) + 2);
        let message = wrap(&style.clean_lines(self.message), style.columns_after(head)).join("\n");
        let mut title = drawn.primary_title(message);
        if let Some(id) = id {
            title = title.id(id);
        }
        let mut group = Group::with_title(title);
        let mut positions = Vec::new();
        match &self.at {
            At::Place(place) => {
                let piece = Piece::cut(place, self.label.as_deref(), style);
                if piece.label_left_out {
                    self.notes.extend(self.label.take().map(|label| ("in", label)));
                }
                positions.push((piece.line, piece.column));
                group = group.element(piece.drawn(AnnotationKind::Primary, self.label, style));
            }
            At::Words(words) => {
                group = group.element(Origin::path(words.clone()));
            }
            At::Nowhere => {}
        }
        if let Some((place, words)) = self.related {
            let piece = Piece::cut(place, Some(&words), style);
            positions.push((piece.line, piece.column));
            group = group.element(piece.drawn(AnnotationKind::Context, Some(words), style));
        }
        let digits = positions.iter().map(|(line, _)| line.to_string().len()).max();
        for (name, words) in &self.notes {
            let indent = digits.unwrap_or(0) + 3 + name.len() + 2;
            let lines = wrap(words, style.columns_after(indent)).join("\n");
            group = group.element(Drawn::HELP.with_name(*name).message(lines));
        }
        let renderer = if style.color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let renderer = renderer.term_width(UNLIMITED).decor_style(if style.unicode {
            DecorStyle::Unicode
        } else {
            DecorStyle::Ascii
        });
        let mut text = put_positions(&renderer.render(&[group]), &positions);
        text.push('\n');
        text
    }
}

/// Replaces what follows each mark by the true line and column.
fn put_positions(text: &str, positions: &[(usize, usize)]) -> String {
    let mut parts = text.split(MARK);
    let mut out = parts.next().unwrap_or("").to_owned();
    for (part, (line, column)) in parts.zip(positions) {
        out.push_str(&format!(":{line}:{column}"));
        out.push_str(part.trim_start_matches(|char: char| char == ':' || char.is_ascii_digit()));
    }
    out
}

/// One line of a source, cut around a span and made harmless.
struct Piece {
    name: String,
    text: String,
    span: Range<usize>,
    line: usize,
    column: usize,
    label_left_out: bool,
}

impl Piece {
    fn cut(place: &Place, label: Option<&str>, style: &Style) -> Self {
        let source = place.source.text.as_str();
        let position = place.start();
        let start = source.floor_char_boundary(place.span.start);
        let end = source.floor_char_boundary(place.span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = source[start..]
            .find('\n')
            .map_or(source.len(), |newline| start + newline);
        // A span over several lines is shown by its first.
        let inside = source[start..end.min(line_end)].trim_end();
        let after = source[start + inside.len()..line_end].trim_end();

        let gutter = position.line.to_string().len() + 3;
        let limit = style.columns_after(gutter).unwrap_or(WIDEST);
        let ellipsis = style.ellipsis();
        let mark = width(ellipsis);
        let (inside, inside_cut) = forward(inside, limit.saturating_sub(2 * mark).max(1), style);
        let label = label.map_or(0, |label| width(label) + 1);
        let label_left_out = label > 0 && width(&inside) + 2 * mark + label > limit;
        let beside = if label_left_out { 0 } else { label };
        let (before, before_cut) = backward(
            &source[line_start..start],
            limit.saturating_sub(width(&inside) + beside + 2 * mark),
            style,
        );
        let used = width(&before) + width(&inside) + 2 * mark;
        let (after, after_cut) = forward(after, limit.saturating_sub(used), style);

        let mut text = String::new();
        text.push_str(if before_cut { ellipsis } else { "" });
        text.push_str(&before);
        let span = text.len()..text.len() + inside.len();
        text.push_str(&inside);
        if inside_cut || after_cut {
            text.truncate(if inside_cut { span.end } else { text.len() });
            if !inside_cut {
                text.push_str(&after);
            }
            text.push_str(ellipsis);
        } else {
            text.push_str(&after);
        }
        Self {
            name: style.clean(&place.source.name),
            text,
            span,
            line: position.line,
            column: position.column,
            label_left_out,
        }
    }

    fn drawn(
        self,
        kind: AnnotationKind,
        label: Option<String>,
        _style: &Style,
    ) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
        Snippet::source(self.text)
            .line_start(self.line)
            .path(format!("{}{MARK}", self.name))
            .annotation(kind.span(self.span).label(label))
    }
}

/// The beginning of `text`, clean, in at most `limit` columns; true when there was more.
fn forward(text: &str, limit: usize, style: &Style) -> (String, bool) {
    let (mut out, mut used) = (String::new(), 0);
    for char in text.chars() {
        let kept = out.len();
        push_clean(&mut out, char, style.unicode);
        used += width(&out[kept..]);
        if used > limit {
            out.truncate(kept);
            return (out, true);
        }
    }
    (out, false)
}

/// The end of `text`, clean, in at most `limit` columns; true when there was more before it.
fn backward(text: &str, limit: usize, style: &Style) -> (String, bool) {
    let (mut parts, mut used) = (Vec::new(), 0);
    for char in text.chars().rev() {
        let mut part = String::new();
        push_clean(&mut part, char, style.unicode);
        used += width(&part);
        if used > limit {
            return (parts.into_iter().rev().collect(), true);
        }
        parts.push(part);
    }
    (parts.into_iter().rev().collect(), false)
}
