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
    pub(super) fn ordered(&self, text: &str) -> Option<Vec<(Range<usize>, String)>> {
        let mut all = self.0.clone();
        if !text.ends_with(['\n', '\r']) {
            for (range, _) in &mut all {
                let before = text.get(..range.start).unwrap_or_default();
                if range.end == text.len() && range.start < range.end && before.ends_with(['\n', '\r']) {
                    let before = before.strip_suffix('\n').unwrap_or(before);
                    range.start = before.strip_suffix('\r').unwrap_or(before).len();
                }
            }
        }
        all.sort_by_key(|(range, _)| range.start);
        let mut done: Vec<(Range<usize>, String)> = Vec::with_capacity(all.len());
        for (range, new) in all {
            match done.last_mut() {
                Some((last, before)) if range.start < last.end => {
                    // Only deletions may overlap, and insertions may lie at the edge of one or inside.
                    if !before.is_empty() && !new.is_empty() && !range.is_empty() {
                        return None;
                    }
                    last.end = last.end.max(range.end);
                    before.push_str(&new);
                }
                _ => done.push((range, new)),
            }
        }
        Some(done)
    }

    /// The text with the replacements done, and how many bytes were taken and given; `None` when they contradict each
    /// other.
    pub(super) fn apply(&self, text: &str) -> Option<(String, usize, usize)> {
        let ordered = self.ordered(text)?;
        let mut result = String::with_capacity(text.len() + 256);
        let (mut at, mut taken, mut given) = (0, 0, 0);
        for (range, new) in ordered {
            result.push_str(text.get(at..range.start)?);
            result.push_str(&new);
            taken += range.len();
            given += new.len();
            at = range.end;
        }
        result.push_str(text.get(at..)?);
        Some((result, taken, given))
    }

    /// Whether all lies within a stretch of the text.
    pub(super) fn within(&self, range: &Range<usize>) -> bool {
        let inside = |splice: &Range<usize>| range.start <= splice.start && splice.end <= range.end;
        self.0.iter().all(|(splice, _)| inside(splice))
    }
}
