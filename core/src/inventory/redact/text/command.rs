//! Commands inside a text: flags of one letter that are a password's to the program before them.

use super::super::program::{self, Password};
use super::Scan;
use std::ops::Range;

/// How far back the program is looked for.
const LONGEST_COMMAND: usize = 512;
/// What stands around words of shells and of lists.
const AROUND: [char; 10] = [' ', '\t', '"', '\'', '`', ',', '[', ']', '\\', '('];

impl<'a> Scan<'a> {
    /// `-pVALUE` behind `mysql`.
    pub(super) fn short_flag(&self, at: usize) -> Option<Range<usize>> {
        let begins =
            at > 0 && (self.bytes[at - 1].is_ascii_whitespace() || b"\"'`[,".contains(&self.bytes[at - 1]));
        if !begins || !self.bytes.get(at + 1)?.is_ascii_graphic() || !self.runs() {
            return None;
        }
        let words = self
            .command(at)
            .split(|letter: char| AROUND.contains(&letter) || letter.is_whitespace());
        let program = program::of(&words)?;
        let word = self.word(at);
        let (span, behind) = match program.password(word)? {
            Password::Here(start) => (self.argument(at + start), None),
            Password::Next(behind) => (super::value::after_flag(self.text, at + word.len()), behind),
        };
        let span = span?;
        let skipped = match behind {
            Some(sign) => self.text[span.clone()].find(sign)? + 1,
            None => 0,
        };
        self.judged(Some(span.start + skipped..span.end))
    }

    /// Whether the text names any such program: most do not.
    fn runs(&self) -> bool {
        *self.runs.get_or_init(|| program::is_named_in(self.text))
    }

    /// What stands before a place in the command that it belongs to.
    pub(super) fn command(&self, at: usize) -> &'a str {
        let start =
            (at.saturating_sub(LONGEST_COMMAND)..=at).find(|start| self.text.is_char_boundary(*start));
        let before = &self.text[start.unwrap_or(at)..at];
        let ends = |at: usize, byte: u8| match byte {
            b';' | b'|' | b'&' => true,
            // A line goes on behind a backslash, and a list in its next item.
            b'\n' => {
                let above = before[..at].trim_end_matches('\r');
                let below = before[at + 1..].trim_start();
                let item = below.is_empty() || below.starts_with("- ") || below.starts_with(['"', '\'', ',']);
                !above.ends_with('\\') && !item
            }
            _ => false,
        };
        let end = before
            .bytes()
            .enumerate()
            .rev()
            .find(|(at, byte)| ends(*at, *byte));
        &before[end.map_or(0, |(at, _)| at + 1)..]
    }

    /// From here to the next space or quote.
    fn word(&self, at: usize) -> &'a str {
        let rest = &self.text[at..];
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '`' | '\'' | ',' | ']');
        let quoted =
            |end: usize| rest[end..].starts_with(['"', '\'']) && !self.text[..at].ends_with(['"', '\'']);
        match rest.find(ends) {
            // A value in quotes behind the flag is the flag's.
            Some(end) if quoted(end) => &rest[..=end],
            Some(end) => &rest[..end],
            None => rest,
        }
    }

    /// The value that begins here, without its quotes.
    pub(super) fn argument(&self, at: usize) -> Option<Range<usize>> {
        if self.text[at..].starts_with(['"', '\'']) {
            return super::value::word_or_quoted(self.text, at);
        }
        let ends =
            |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | ';' | '|' | '&');
        let rest = &self.text[at..];
        Some(at..at + rest.find(ends).unwrap_or(rest.len()))
    }
}
