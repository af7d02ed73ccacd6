//! Replacements of stretches of a text, gathered in any order and done in one pass.

use std::ops::Range;

/// Replacements on one text.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    /// The replacements in order, without overlap: deletions that meet become one, insertions at one place keep their
    /// order, and where the last lines of a text without final newline go, the line break before them goes too.
    fn ordered(&self, text: &str) -> Option<Vec<(Range<usize>, String)>> {
        let mut all = self.0.clone();
        all.sort_by_key(|(range, _)| range.start);
        let mut done: Vec<(Range<usize>, String)> = Vec::with_capacity(all.len());
        for (range, new) in all {
            match done.last_mut() {
                Some((last, before)) if before.is_empty() && new.is_empty() && range.start <= last.end => {
                    last.end = last.end.max(range.end);
                }
                Some((last, before)) if range.start < last.end => {
                    // Only deletions may overlap, and insertions may lie inside of one.
                    if !before.is_empty() && !new.is_empty() && range.start < range.end {
                        return None;
                    }
                    last.end = last.end.max(range.end);
                    before.push_str(&new);
                }
                _ => done.push((range, new)),
            }
        }
        if !text.ends_with(['\n', '\r']) {
            let mut floor = 0;
            for (range, new) in &mut done {
                let before = text.get(..range.start).unwrap_or_default();
                if range.end == text.len() && range.start < range.end && new.is_empty() {
                    range.start = without_break(before).len().max(floor);
                }
                floor = range.end;
            }
        }
        Some(done)
    }

    /// The text with the replacements done; `None` when they contradict each other. A text without final newline gains
    /// none.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let mut result = String::with_capacity(text.len() + 256);
        let mut at = 0;
        for (range, new) in self.ordered(text)? {
            result.push_str(text.get(at..range.start)?);
            result.push_str(&new);
            at = range.end;
        }
        result.push_str(text.get(at..)?);
        if !text.ends_with(['\n', '\r']) {
            result.truncate(without_break(&result).len());
        }
        Some(result)
    }

    /// Whether all lies within a stretch of the text.
    pub(super) fn within(&self, range: &Range<usize>) -> bool {
        let inside = |splice: &Range<usize>| range.start <= splice.start && splice.end <= range.end;
        self.0.iter().all(|(splice, _)| inside(splice))
    }
}

/// A text without the line break at its end.
fn without_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
