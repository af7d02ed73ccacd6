//! What the terminal can show. Colour only repeats what words already say, and is applied after measuring.

use super::words;
use crate::policy::Severity;
use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};

/// How to write for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Emit colours.
    pub color: bool,
    /// Columns of the terminal; `None` when this is not a terminal: then nothing is wrapped or cut.
    pub width: Option<usize>,
    /// The locale is UTF-8; otherwise everything is ASCII.
    pub unicode: bool,
}

/// Narrower than this nothing can be laid out; the terminal wraps by itself.
const NARROWEST: usize = 40;

/// What a stretch of words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Severity(Severity),
    /// The whole line answers the question.
    Strong,
    /// The answer is good.
    Good,
    /// Something was not looked at.
    Unseen,
    /// A policy failed to run.
    Broken,
}

impl Style {
    /// For files and pipes: no colour, no limit.
    pub const PLAIN: Self = Self {
        color: false,
        width: None,
        unicode: true,
    };

    /// The columns there are, when there is a limit.
    pub(super) fn columns(&self) -> Option<usize> {
        self.width.map(|width| width.max(NARROWEST))
    }

    /// The columns left after an indent.
    pub(super) fn columns_after(&self, indent: usize) -> Option<usize> {
        self.columns()
            .map(|columns| columns.saturating_sub(indent).max(8))
    }

    /// The words in the colour of their tone.
    pub(super) fn paint(&self, tone: Tone, words: &str) -> String {
        if !self.color || words.is_empty() {
            return words.to_owned();
        }
        let ansi = match tone {
            Tone::Severity(Severity::Critical) | Tone::Broken => {
                AnsiColor::BrightRed.on_default().effects(Effects::BOLD)
            }
            Tone::Severity(Severity::High) => AnsiColor::Red.on_default(),
            Tone::Severity(Severity::Medium) | Tone::Unseen => AnsiColor::Yellow.on_default(),
            Tone::Severity(Severity::Low) => AnsiColor::Cyan.on_default(),
            Tone::Strong => Ansi::new().effects(Effects::BOLD),
            Tone::Good => AnsiColor::Green.on_default(),
        };
        format!("{}{words}{}", ansi.render(), ansi.render_reset())
    }

    /// Words from outside on one line, harmless to a terminal.
    pub fn clean(&self, words: &str) -> String {
        words::clean(words, self.unicode, false)
    }

    /// Words from outside that may have several lines.
    pub(super) fn clean_lines(&self, words: &str) -> String {
        words::clean(words, self.unicode, true)
    }

    /// Stands between facts on one line.
    pub(super) fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }

    /// Stands for what was cut.
    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// A count as people read it: `1 284`, with a narrow space where there is one.
    pub(super) fn number(&self, number: u64) -> String {
        words::grouped(number, if self.unicode { '\u{202f}' } else { ' ' })
    }

    /// `1 finding`, `1 284 findings`.
    pub(super) fn count(&self, number: u64, noun: &str) -> String {
        format!("{} {}", self.number(number), words::plural(number, noun))
    }
}
