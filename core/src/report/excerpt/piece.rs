//! The part of a source that an excerpt shows.

use super::{MARK, Style};
use crate::report::layout::width;
use crate::report::words::push_clean;
use crate::source::Place;
use annotate_snippets::{AnnotationKind, Snippet};
use std::ops::Range;

/// Columns of source shown when the output is not a terminal.
const WIDEST: usize = 200;

/// One line of a source, cut around a span and made harmless.
pub(super) struct Piece {
    name: String,
    text: String,
    span: Range<usize>,
    /// The true place of the span, before anything was cut or escaped.
    pub(super) line: usize,
    pub(super) column: usize,
    /// There is no room for the label beside the span.
    pub(super) label_left_out: bool,
}

impl Piece {
    pub(super) fn cut(place: &Place, label: Option<&str>, style: &Style) -> Self {
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
        let room = limit.saturating_sub(width(&inside) + beside + 2 * mark);
        let before = &source[line_start..start];
        let (mut before, before_cut) = match backward(before, room, style) {
            whole @ (_, false) => whole,
            // What is cut anyway leaves half of the room to what follows.
            _ => backward(before, room / 2, style),
        };
        if before_cut {
            before.insert_str(0, ellipsis);
        }
        let used = width(&before) + width(&inside) + mark;
        let (after, after_cut) = forward(after, limit.saturating_sub(used), style);

        let mut text = before;
        let span = text.len()..text.len() + inside.len();
        text.push_str(&inside);
        if !inside_cut {
            text.push_str(&after);
        }
        if inside_cut || after_cut {
            text.push_str(ellipsis);
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

    pub(super) fn drawn(
        self,
        kind: AnnotationKind,
        label: Option<String>,
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
