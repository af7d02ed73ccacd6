//! The line that is being read.

/// The line that is being read, kept up as the scan goes on: looking back for it each time would take quadratic time.
#[derive(Default)]
pub(super) struct Line {
    /// Where it begins.
    pub(super) start: usize,
    /// Which of `"`, `'` and the back quote are open.
    open: [bool; 3],
}

/// The quotes that may stand around an assignment.
const QUOTES: [u8; 3] = [b'"', b'\'', b'`'];

impl Line {
    /// Goes on past the byte at `at`.
    pub(super) fn pass(&mut self, bytes: &[u8], at: usize) {
        let byte = bytes[at];
        if byte == b'\n' {
            *self = Self {
                start: at + 1,
                open: [false; 3],
            };
        } else if let Some(quote) = QUOTES.iter().position(|quote| *quote == byte) {
            // An apostrophe within a word opens nothing.
            let within = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
            self.open[quote] = !self.open[quote] && !within;
        }
    }

    /// Whether this quote stands open around what is being read.
    pub(super) fn encloses(&self, byte: u8) -> bool {
        QUOTES
            .iter()
            .zip(self.open)
            .any(|(quote, open)| *quote == byte && open)
    }
}
