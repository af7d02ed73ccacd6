//! A problem shown in its source, as compilers do: for findings of `check` and for errors of the command line.
//!
//! The source is cut around the span before it is drawn, so that a minified file of one line costs no more than any
//! other, and every character is made harmless first.

mod piece;
#[cfg(test)]
mod tests;

use super::Style;
use super::layout::{width, wrap};
use super::style::Tone;
use crate::source::{Diagnostic, Place};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Drawn, Origin, Renderer};
use piece::Piece;
use std::fmt::Write as _;

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
        let name = style.paint(Tone::Strong, "hint:");
        let _ = writeln!(text, "{name} {}", lines.join("\n      "));
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
/// Columns that a title needs to be worth wrapping.
const NARROWEST_TITLE: usize = 36;
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
        // Beside a long id there may be no room to wrap in; then the terminal does it.
        let room = style.columns_after(head).filter(|room| *room >= NARROWEST_TITLE);
        let message = wrap(&style.clean_lines(self.message), room).join("\n");
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
                group = group.element(piece.drawn(AnnotationKind::Primary, self.label));
            }
            At::Words(words) => {
                group = group.element(Origin::path(words.clone()));
            }
            At::Nowhere => {}
        }
        if let Some((place, words)) = self.related {
            let piece = Piece::cut(place, Some(&words), style);
            positions.push((piece.line, piece.column));
            let mut label = Some(words);
            if piece.label_left_out {
                self.notes.extend(label.take().map(|label| ("note", label)));
            }
            group = group.element(piece.drawn(AnnotationKind::Context, label));
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
        let _ = write!(out, ":{line}:{column}");
        out.push_str(part.trim_start_matches(|char: char| char == ':' || char.is_ascii_digit()));
    }
    out
}
