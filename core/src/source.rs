//! Texts that people wrote, places in them, and what is wrong there.
//!
//! A [`Diagnostic`] is how every part of the project says that an input is bad: what, where, and how to mend it.
//! It knows nothing of terminals; the command line renders it with the excerpt.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text with the name under which it is shown (a path as the user gave it, `-` for standard input).
pub struct SourceText {
    /// The name shown in messages.
    pub name: String,
    /// The whole text, without a byte order mark.
    pub text: String,
    /// Where lines begin, found when the first position is asked for: thousands of findings may stand in one text.
    line_starts: OnceLock<Vec<usize>>,
}

impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for SourceText {}

impl std::fmt::Debug for SourceText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourceText({:?}, {} bytes)", self.name, self.text.len())
    }
}

/// A place in a text for people: both numbers count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl SourceText {
    /// A shared text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
        })
    }

    /// Line and column of a byte offset. Offsets past the end are the end; one inside a character is that character.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let starts = self.line_starts.get_or_init(|| {
            let after_newline = self
                .text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_newline).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        let line_start = line
            .checked_sub(1)
            .and_then(|index| starts.get(index))
            .copied()
            .unwrap_or(0);
        Position {
            line,
            column: self.text[line_start..offset].chars().count() + 1,
        }
    }
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub source: Arc<SourceText>,
    /// Byte offsets in it.
    pub span: Range<usize>,
}

impl Place {
    /// A stretch of `source`.
    pub fn new(source: &Arc<SourceText>, span: Range<usize>) -> Self {
        Self {
            source: Arc::clone(source),
            span,
        }
    }

    /// Where it begins.
    pub fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Where it ends (the first character after it).
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }
}

/// Something wrong with an input: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong: one line, lower case, no full stop.
    pub message: String,
    /// Where, when a text is at fault.
    pub place: Option<Place>,
    /// A few words printed under the excerpt.
    pub label: Option<String>,
    /// Another place that explains it, with its words (the first of two duplicates).
    pub related: Option<(Place, String)>,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A problem without a place yet.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            label: None,
            related: None,
            hint: None,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Puts words under the excerpt.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points to a second place.
    #[must_use]
    pub fn related(mut self, place: Place, words: impl Into<String>) -> Self {
        self.related = Some((place, words.into()));
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The one-line form: `file:line:column: message`.
    pub fn one_line(&self) -> String {
        match &self.place {
            Some(place) => {
                let Position { line, column } = place.start();
                format!("{}:{line}:{column}: {}", place.source.name, self.message)
            }
            None => self.message.clone(),
        }
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.one_line())
    }
}

impl std::error::Error for Diagnostic {}
